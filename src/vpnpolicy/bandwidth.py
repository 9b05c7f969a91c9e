"""What traffic costs: a surge under each meaning of a price, and traffic that leaves caches."""

from __future__ import annotations

import os
import re
from calendar import monthrange
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from .data.asof import View
from .data.frames import load
from .data.tables import Folder
from .dates import PartialDate
from .errors import UnitError, UsageError, did_you_mean
from .formatting import format_number, plain_number, split_ids
from .prices import find_interpretation
from .ranges import Estimate, Range, checked_number, checked_range, row_range
from .units import convert

MAX_TBPS, MAX_MINUTES, MAX_GBPS = 10_000, 527_040, 1e7
MONTH_NOTE = "An undated month is 365.25 / 12 days, 43,830 minutes."


def surge_cost(
    tbps: Any = 1,
    minutes: Any = 60,
    interpretation: str = "as-stated",
    *,
    data: str | os.PathLike[str] | None = None,
) -> Estimate:
    """Compute what extra traffic costs under one interpretation of the quoted prices.

    cost = tbps x minutes x price, with the price in USD per minute and Tbps. The form is that of
    the PTA figure, S006.

    Parameters
    ----------
    tbps : number, array or Series [Tbps]
        The extra traffic, 0 to 10,000.
    minutes : number, array or Series [min]
        How long it lasts, 0 to 527,040.
    interpretation : str
        The id of a meaning of the price, in the table ``readings``.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    Estimate [USD]
        In the shape of the arguments.

    Raises
    ------
    UsageError
        If there is no such interpretation, or if a number is outside its bounds.

    Examples
    --------
    >>> surge_cost(1, 60).to_dict()["cost_usd"]
    600000
    """
    row = find_interpretation(interpretation, Folder(data))
    values = [row["value"] if row[k] is None else row[k] for k in ("low", "value", "high")]
    notes = (f"Interpretation: {row['label']} ({row['plausibility']}: {row['why']}).",)
    sources = tuple(split_ids([row["source_id"], row["more_source_ids"]]))
    price = {"price": plain_number(row["value"]), "price_unit": row["unit"]}
    inputs = {"interpretation": interpretation, **price}
    return _surge(tbps, minutes, values, row["unit"], inputs, notes, sources)


def price_cost(tbps: Any, minutes: Any, price: str) -> Estimate:
    """Compute what extra traffic costs at a price of the user's own.

    Parameters
    ----------
    tbps, minutes : number, array or Series
        As in `surge_cost` [Tbps], [min].
    price : str
        A number and a unit, such as ``0.5 USD/Mbps/month``.

    Returns
    -------
    Estimate
        In the currency of the price.

    Raises
    ------
    UnitError
        If the unit is not one of the table, or not that of a price of traffic.

    Examples
    --------
    >>> price_cost(1, 60, "1 USD/MB").to_dict()["cost_usd"]
    450000000
    """
    value, unit = split_quantity(price)
    return _surge(tbps, minutes, [value] * 3, unit, {"price": price}, ("Price: own input.",), ())


def _surge(
    tbps: Any,
    minutes: Any,
    prices: list[Any],
    unit: str,
    inputs: dict[str, Any],
    notes: tuple[str, ...],
    sources: tuple[str, ...],
) -> Estimate:
    """Multiply; scalars stay exact fractions, arrays are floats."""
    currency = unit.split("/")[0]
    flow, time = _magnitude("tbps", tbps, MAX_TBPS), _magnitude("minutes", minutes, MAX_MINUTES)
    exact = isinstance(flow, Fraction) and isinstance(time, Fraction)
    number = _exact if exact else float
    rates = [convert(number(p), unit, f"{currency}/min/Tbps") for p in prices]
    low, central, high = (flow * time * rate for rate in rates)
    rate = format_number(rates[1], 6)
    working = f"{rate} {currency}/min/Tbps x {_shown(flow)} Tbps x {_shown(time)} min"
    notes += (MONTH_NOTE,) if "month" in unit else ()
    inputs = {"tbps": _shown(flow), "minutes": _shown(time), **inputs}
    return Estimate("cost", low, central, high, currency, inputs, (working,), sources, notes)


def split_quantity(text: str) -> tuple[Decimal, str]:
    """Split text into a number and its unit. Raises `UnitError` where either is missing.

    >>> split_quantity("0.5 USD/Mbps/month")
    (Decimal('0.5'), 'USD/Mbps/month')
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([^\s\d.,;:+\-].*?)\s*", text, re.ASCII)
    if not match:
        raise UnitError(
            f"'{text}' is not a price. Write a number and a unit, for example '1 USD/Mbps/month'."
        )
    return Decimal(match[1]), match[2].replace(" ", "")


def _exact(value: Any) -> Fraction:
    return Fraction(Decimal(repr(value))) if isinstance(value, float) else Fraction(value)


def _magnitude(name: str, value: Any, limit: float) -> Any:
    """Check a quantity against 0 and a limit; a scalar becomes an exact fraction."""
    if not hasattr(value, "__len__") or isinstance(value, str):
        number = checked_number(name, value, limit)
        return _exact(value if isinstance(value, (int, Fraction, Decimal)) else number)
    values = value if hasattr(value, "min") else pd.Series(value, dtype="float64").to_numpy()
    if not ((values >= 0) & (values <= limit)).all():
        raise UsageError(f"range: {name} must lie between 0 and {limit:,} throughout.")
    return values


def _shown(value: Any) -> Any:
    return plain_number(value) if isinstance(value, Fraction) else f"array of {len(value)}"


def compare_interpretations(
    tbps: float = 1, minutes: float = 60, *, data: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Compute `surge_cost` under every interpretation, side by side; none is averaged with another.

    Parameters
    ----------
    tbps, minutes : float
        The extra traffic [Tbps] and how long it lasts [min].
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    DataFrame
        One row per interpretation: ``interpretation``, ``label``, ``cost_usd`` [USD],
        ``plausibility``, ``why``, ``source_id``.

    Examples
    --------
    >>> costs = compare_interpretations().set_index("interpretation").cost_usd
    >>> float(costs["megabyte"])
    450000000.0
    """
    frame = load("readings", data=data).rename(columns={"reading_id": "interpretation"})
    costs = [surge_cost(tbps, minutes, i, data=data).central for i in frame["interpretation"]]
    frame["cost_usd"] = costs
    return frame[["interpretation", "label", "cost_usd", "plausibility", "why", "source_id"]]


def break_even_price(cost_usd: float, tbps: float, minutes: float) -> float:
    """Return the price at which traffic costs a given sum [USD/Mbps/month].

    >>> round(break_even_price(600_000, 1, 60), 1)
    438.3
    """
    return float(convert(cost_usd / (tbps * minutes), "USD/min/Tbps", "USD/Mbps/month"))


def assumption(name: str, folder: Folder) -> tuple[Range, dict[str, Any]]:
    """Return one assumption as a range, with its row. Raises `UsageError` for an unknown name."""
    rows = {r["name"]: r for r in folder.checked("assumptions").rows()}
    if name not in rows:
        raise UsageError(f"there is no assumption '{name}'. {did_you_mean(name, rows)}")
    return row_range(rows[name]), rows[name]


def bypass_traffic(
    vpn_gbps: float | Range | None = None, *, data: str | os.PathLike[str] | None = None
) -> Estimate:
    """Estimate the extra international traffic when VPN use leaves caches inside the country.

    extra = VPN traffic x share that a cache would have served (S073, S086)

    Parameters
    ----------
    vpn_gbps : float or Range, optional
        VPN traffic [Gbps], 0 to 10 million; a `Range` in another unit is converted. By default
        the published months, lowest to highest.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    Estimate [Gbps]
        An upper bound: it assumes that caches serve VPN traffic as they serve other traffic.

    Raises
    ------
    UsageError
        If the traffic is outside its bounds or in a unit of another kind.

    Examples
    --------
    >>> round(bypass_traffic(815.0).central, 1)
    570.5
    """
    folder = Folder(data)
    flow, row = assumption("vpn_traffic_gbps", folder)
    share, shared = assumption("cache_share", folder)
    if vpn_gbps is not None:
        flow = checked_range("vpn_gbps", vpn_gbps, MAX_GBPS, "Gbps")
    extra = flow * share.scaled(0.01)
    working = (f"{flow.words()} Gbps x {share.words()} %",)
    notes = ("An upper bound: VPN traffic is assumed to be as cacheable as other traffic.",)
    sources = tuple(split_ids([row["source_id"] if vpn_gbps is None else "", shared["source_id"]]))
    values = extra.low, extra.central, extra.high
    return Estimate("extra_traffic", *values, "Gbps", {}, working, sources, notes)


def monthly_bills(
    *,
    as_of: str | date | PartialDate | None = None,
    known_on: str | date | PartialDate | None = None,
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Compute what each month of the published VPN traffic would cost under each interpretation.

    A price per month is charged once a month; a price per data or per minute for the minutes of
    that very month. Whether the published traffic is a peak or an average is not stated, so each
    bill is for traffic at that rate throughout.

    Parameters
    ----------
    as_of, known_on : str, date or PartialDate, optional
        Choose the months, as in `load`.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    DataFrame
        One row per month and interpretation: ``month``, ``vpn_gbps`` [Gbps], ``minutes`` of the
        month [min], ``interpretation``, ``label``, ``plausibility``, ``cost_usd`` [USD],
        ``source_ids``.

    Examples
    --------
    >>> bills = monthly_bills()
    >>> float(bills[bills.interpretation == "mbps-month"].cost_usd.sum())
    2861000.0
    """
    folder = Folder(data)
    traffic = View.at(folder, as_of, known_on).rows("traffic")
    rows = [_bill(t, r) for t in traffic for r in folder.checked("readings").rows()]
    columns = [
        "month", "vpn_gbps", "minutes", "interpretation", "label", "plausibility", "cost_usd",
        "source_ids",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _bill(t: dict[str, Any], r: dict[str, Any]) -> dict[str, Any]:
    first = PartialDate.parse(t["month"]).earliest
    minutes = monthrange(first.year, first.month)[1] * 1440
    if r["unit"].endswith("/month"):
        cost = convert(r["value"], r["unit"], "USD/Mbps/month") * t["vpn_gbps"] * 1000
    else:
        cost = t["vpn_gbps"] / 1000 * minutes * convert(r["value"], r["unit"], "USD/min/Tbps")
    ids = [t["source_id"], t["more_source_ids"], r["source_id"], r["more_source_ids"]]
    return {
        "month": str(t["month"]),
        "vpn_gbps": t["vpn_gbps"],
        "minutes": minutes,
        "interpretation": r["reading_id"],
        "label": r["label"],
        "plausibility": r["plausibility"],
        "cost_usd": float(cost),
        "source_ids": ";".join(split_ids(ids)),
    }
