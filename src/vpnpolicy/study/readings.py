"""Each way to read a printed price, put through the model and set beside dated market prices."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from fractions import Fraction
from numbers import Number

import pandas as pd

from ..errors import UnitError, UsageError, did_you_mean
from ..formatting import format_number, plain_number, split_ids
from ..model import bandwidth
from ..record.schema import Folder
from ..record.tables import load_prices, load_readings
from ..units import convert
from .estimate import Estimate

MAX_TBPS, MAX_MINUTES = 10_000, 527_040
_TARGETS = {"usd_per_min_per_tbps": "USD/min/Tbps", "usd_per_gb": "USD/GB", "usd_per_mbps_month": "USD/Mbps/month"}
MONTH_NOTE = "An undated month is 365.25 / 12 days, 43,830 minutes."


def find_reading(reading: str, data: str | os.PathLike | None = None) -> dict:
    """One row of ``readings``. Raises `UsageError` with the nearest name for an unknown reading."""
    rows = {r["reading_id"]: r for r in Folder(data).checked("readings").rows()}
    if reading not in rows:
        raise UsageError(f"there is no reading '{reading}'. {did_you_mean(reading, rows)}")
    return rows[reading]


def surge_cost(tbps=1, minutes=60, reading: str = "as-stated", *, data: str | os.PathLike | None = None) -> Estimate:
    """What extra traffic costs under one reading of the quoted prices.

    cost = tbps x minutes x price, the price turned into USD a minute and Tbps

    Parameters: ``tbps`` extra traffic, scalar, array or Series [Tbps]; ``minutes`` duration, likewise [min];
    ``reading`` a ``reading_id`` of ``load_readings()``. Returns an `Estimate` [USD], exact for scalars.
    Raises `UsageError` for an unknown reading or a magnitude outside 0 to 10,000 Tbps or 0 to 527,040 min.

    >>> surge_cost(1, 60).to_dict()["cost_usd"]
    600000
    """
    row = find_reading(reading, data)
    flow, duration = magnitude("tbps", tbps, MAX_TBPS), magnitude("minutes", minutes, MAX_MINUTES)
    exact = isinstance(flow, Fraction) and isinstance(duration, Fraction)
    prices = [convert(_exact(row[k]) if exact else float(row[k]), row["unit"], "USD/min/Tbps") for k in _bounds_of(row)]
    low, central, high = (bandwidth.surge_cost(flow, duration, p) for p in prices)
    inputs = {
        "tbps": _shown(flow),
        "minutes": _shown(duration),
        "reading": reading,
        "price": plain_number(row["value"]),
        "price_unit": row["unit"],
    }
    working = (f"{format_number(prices[1], 6)} USD/min/Tbps x {_shown(flow)} Tbps x {_shown(duration)} min",)
    notes = (f"Reading: {row['label']} ({row['plausibility']}: {row['why']}).",) + (
        (MONTH_NOTE,) if "month" in row["unit"] else ()
    )
    sources = tuple(split_ids([row["source_id"], row["more_source_ids"]]))
    return Estimate("cost", low, central, high, "USD", inputs, working, sources, notes)


def price_cost(tbps, minutes, price: str) -> Estimate:
    """What extra traffic costs at a price of one's own.

    Parameters: ``tbps`` [Tbps]; ``minutes`` [min]; ``price`` a number and a unit, such as ``0.5 USD/Mbps/month``.
    Returns an `Estimate` in the currency of the price. Raises `UnitError` for a unit outside the table.

    >>> price_cost(1, 60, "1 USD/MB").to_dict()["cost_usd"]
    450000000
    """
    value, unit = split_quantity(price)
    currency = unit.split("/")[0]
    flow, duration = magnitude("tbps", tbps, MAX_TBPS), magnitude("minutes", minutes, MAX_MINUTES)
    rate = convert(value, unit, f"{currency}/min/Tbps")
    cost = bandwidth.surge_cost(flow, duration, rate)
    working = (f"{format_number(rate, 6)} {currency}/min/Tbps x {_shown(flow)} Tbps x {_shown(duration)} min",)
    notes = ("Price: own input.",) + ((MONTH_NOTE,) if "month" in unit else ())
    inputs = {"tbps": _shown(flow), "minutes": _shown(duration), "price": price}
    return Estimate("cost", cost, cost, cost, currency, inputs, working, (), notes)


def split_quantity(text: str) -> tuple[Decimal, str]:
    """A number and its unit out of text. Raises `UnitError` where either is missing.

    >>> split_quantity("0.5 USD/Mbps/month")
    (Decimal('0.5'), 'USD/Mbps/month')
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([^\s\d.,;:+\-].*?)\s*", text, re.ASCII)
    if not match:
        raise UnitError(f"'{text}' is not a price. Write a number and a unit, for example '1 USD/Mbps/month'.")
    return Decimal(match[1]), match[2].replace(" ", "")


def _bounds_of(row: dict) -> list[str]:
    return [k if row[k] is not None else "value" for k in ("low", "value", "high")]


def _exact(value) -> Fraction:
    return Fraction(Decimal(repr(value))) if isinstance(value, float) else Fraction(value)


def magnitude(name: str, value, limit: float):
    """A quantity checked against 0 and a limit; scalars become exact fractions. Raises `UsageError`."""
    if (
        isinstance(value, bool)
        or (not isinstance(value, (Number, Decimal)) and not hasattr(value, "__len__"))
        or isinstance(value, str)
    ):
        raise UsageError(f"{name} must be a number; found {value!r}.")
    if hasattr(value, "__len__"):
        values = value if hasattr(value, "min") else pd.Series(value, dtype="float64").to_numpy()
        if not (values >= 0).all() or not (values <= limit).all():
            raise UsageError(f"range: {name} must lie between 0 and {limit:,} throughout.")
        return values
    if not 0 <= value <= limit:
        raise UsageError(f"range: {name} is {value}; expected 0 to {limit:,}.")
    return _exact(float(value) if not isinstance(value, (int, Fraction, Decimal)) else value)


def _shown(value):
    return plain_number(value) if isinstance(value, Fraction) else f"array of {len(value)}"


def compare_readings(tbps=1, minutes=60, *, data: str | os.PathLike | None = None) -> pd.DataFrame:
    """`surge_cost` under every reading, side by side; none is averaged with another.

    Parameters: ``tbps`` [Tbps] and ``minutes`` [min], scalars. Returns a DataFrame, one row a reading, with
    ``cost_usd`` [USD], the label, the plausibility and the source.

    >>> float(compare_readings().set_index("reading_id").cost_usd["megabyte"])
    450000000.0
    """
    frame = load_readings(data)
    costs = [float(surge_cost(tbps, minutes, r, data=data).central) for r in frame["reading_id"]]
    frame.insert(2, "cost_usd", costs)
    return frame[["reading_id", "label", "cost_usd", "plausibility", "why", "source_id"]]


def implied_prices(
    *, as_of: str | None = None, known_on: str | None = None, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Every reading and every dated market price in the same three units.

    Parameters: ``as_of`` and ``known_on`` choose the market prices, as in `load_prices`.
    Returns a DataFrame, readings first, then market prices by date: ``usd_per_min_per_tbps`` [USD/min/Tbps],
    ``usd_per_gb`` [USD/GB], ``usd_per_mbps_month`` [USD/Mbps/month] with its ``_low`` and ``_high``, and
    ``times_wholesale``, how many times the central Pakistani wholesale price of the newest period it is [1].

    >>> float(implied_prices().set_index("id").usd_per_mbps_month["as-stated"].round(1))
    438.3
    """
    frame = pd.concat(
        [_reading_prices(data), _market_prices(load_prices(data, as_of=as_of, known_on=known_on))], ignore_index=True
    )
    frame["times_wholesale"] = frame["usd_per_mbps_month"] / wholesale_price(load_prices(data, as_of=as_of, known_on=known_on))
    return frame


def wholesale_price(prices: pd.DataFrame) -> float:
    """Middle of the Pakistani wholesale prices of the newest period among ``prices`` [USD/Mbps/month]; NaN for none."""
    party = prices[(prices["market"] == "Pakistan") & (prices["statistic"] == "party claim")]
    newest = party[party["about_on"] == party["about_on"].max()]
    return float(newest["value"].median())


def _reading_prices(data) -> pd.DataFrame:
    frame = load_readings(data).rename(columns={"reading_id": "id"})
    frame["kind"], frame["about_on"] = "reading", None
    return _in_three_units(frame)[[*_COLUMNS, "plausibility"]]


def _market_prices(prices: pd.DataFrame) -> pd.DataFrame:
    frame = prices.rename(columns={"price_id": "id"})
    frame = frame[frame["measure"] == "price per Mbps per month"].copy()
    frame["kind"] = frame["market"].map({"Pakistan": "market, Pakistan", "abroad": "market, abroad"})
    frame["label"] = frame["place"] + frame["port"].map(lambda p: f", {p}" if isinstance(p, str) else "")
    frame["label"] += frame["bound"].map({"below": " (below)", "above": " (above)"}).fillna("")
    frame["value"] = frame["value"].fillna((frame["low"] + frame["high"]) / 2)
    return _in_three_units(frame).sort_values(["about_on", "id"])[_COLUMNS]


_COLUMNS = ["kind", "id", "label", "about_on", *_TARGETS, "usd_per_mbps_month_low", "usd_per_mbps_month_high", "source_id"]


def _in_three_units(frame: pd.DataFrame) -> pd.DataFrame:
    for column, target in _TARGETS.items():
        frame[column] = [float(convert(float(v), u, target)) for v, u in zip(frame["value"], frame["unit"], strict=True)]
    for end in ("low", "high"):
        filled = frame[end].fillna(frame["value"])
        frame[f"usd_per_mbps_month_{end}"] = [
            convert(float(v), u, "USD/Mbps/month") for v, u in zip(filled, frame["unit"], strict=True)
        ]
    return frame
