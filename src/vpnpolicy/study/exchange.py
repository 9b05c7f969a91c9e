"""Rupees and dollars by the dated rate nearest to a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ..dates import PartialDate
from ..record.schema import Folder, Table


@dataclass(frozen=True)
class Rate:
    """One dated exchange rate: rupees per dollar, when, and from which source."""

    pkr_per_usd: float
    about_on: str
    source_id: str


def rate_on(day: PartialDate | None, folder: Folder) -> Rate:
    """The rate whose date lies nearest to ``day``; the newest one where there is no day."""
    aim = _middle(day) if day else date.max
    best = min(
        _rates(folder.table("indicators"), "exchange_rate"),
        key=lambda r: (abs((_middle(r["about_on"]) - aim).days), r["indicator_id"]),
    )
    return Rate(best["value"], str(best["about_on"]), best["source_id"])


@lru_cache(maxsize=8)
def _rates(indicators: Table, name: str) -> list[dict]:
    """Rates among the indicators, picked out once: of a day or month, or ``exchange_rate_implied`` by the two sums of a year."""
    return [r for r in indicators.rows() if r["indicator"] == name and r["unit"] == "PKR/USD"]


def _middle(day: PartialDate) -> date:
    return day.earliest + (day.latest - day.earliest) / 2


def _within(day: PartialDate, year: PartialDate) -> bool:
    return year.earliest <= day.earliest and day.latest <= year.latest


def rates_near(day: PartialDate, folder: Folder, within_days: int) -> list[Rate]:
    """Every rate dated within some days of ``day``, and those implied by a year that it lies in, oldest first."""
    table = folder.table("indicators")
    dated = [r for r in _rates(table, "exchange_rate") if r["about_on"].may_coincide(day, within_days)]
    years = [r for r in _rates(table, "exchange_rate_implied") if _within(day, r["about_on"])]
    near = sorted([*dated, *years], key=lambda r: r["about_on"].earliest)
    return [Rate(r["value"], str(r["about_on"]), r["source_id"]) for r in near]
