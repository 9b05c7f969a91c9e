"""Rupees and dollars at the dated exchange rate nearest to a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from .data.tables import Folder, Table
from .dates import PartialDate


@dataclass(frozen=True)
class Rate:
    """One dated exchange rate: rupees per dollar, its date and its source."""

    pkr_per_usd: float
    about_on: str
    source_id: str


def rate_on(day: PartialDate | None, folder: Folder) -> Rate:
    """Return the rate dated nearest to the middle of ``day``; the newest one without a day."""
    aim = _middle(day) if day else date.max
    rates = _rates(folder.table("indicators"), "exchange_rate")
    return _as_rate(
        min(rates, key=lambda r: (abs((_middle(r["about_on"]) - aim).days), r["indicator_id"]))
    )


def rates_near(day: PartialDate, folder: Folder, within_days: int) -> list[Rate]:
    """Return every rate dated within some days of ``day``, oldest first.

    Rates implied by the two sums of one year count where the day lies in that year.
    """
    table = folder.table("indicators")
    dated = [
        r for r in _rates(table, "exchange_rate") if r["about_on"].may_coincide(day, within_days)
    ]
    implied = [r for r in _rates(table, "exchange_rate_implied") if _within(day, r["about_on"])]
    return [_as_rate(r) for r in sorted([*dated, *implied], key=lambda r: r["about_on"].earliest)]


@lru_cache(maxsize=8)
def _rates(indicators: Table, name: str) -> list[dict[str, Any]]:
    """Return one kind of rate among the indicators."""
    return [r for r in indicators.rows() if r["indicator"] == name and r["unit"] == "PKR/USD"]


def _as_rate(row: dict[str, Any]) -> Rate:
    return Rate(row["value"], str(row["about_on"]), row["source_id"])


def _middle(day: PartialDate) -> date:
    return day.earliest + (day.latest - day.earliest) / 2


def _within(day: PartialDate, year: PartialDate) -> bool:
    return year.earliest <= day.earliest and day.latest <= year.latest
