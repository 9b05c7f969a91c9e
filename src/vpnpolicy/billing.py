"""A bill for a traffic series: flat, by volume, or at the 95th percentile of five-minute samples in a calendar month."""

from __future__ import annotations

import math
import os
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ._exchange import rate_on
from .bandwidth import split_quantity
from .data.tables import Folder
from .dates import PartialDate
from .errors import Problem, UnitError, UsageError, did_you_mean
from .formatting import TABLE_STYLE, format_number, note_html, ordinal, plural, table_html
from .money import to_money, total
from .ranges import checked_number
from .series.five_minutes import SAMPLE_NS, Samples
from .series.reader import read_samples
from .series.times import find_zone
from .units import convert, parse_unit

SCHEMES = {"p95": "Mbps/month", "volume": "GB", "flat": "month"}
"""Schemes, and what a price in each is per."""
_COLUMN_UNITS = {
    "bps": "bps", "kbps": "kbps", "mbps": "Mbps", "gbps": "Gbps", "tbps": "Tbps", "bits": "bit", "bytes": "B", "octets": "B", "mb": "MB",
    "gb": "GB", "tb": "TB",
}  # fmt: skip
MAX_PRICE, MAX_DIGITS = 10**12, 40
SAMPLE_S = SAMPLE_NS // 10**9


@dataclass(frozen=True)
class Bill:
    """The cost of a traffic series by calendar month, with the terms applied and the warnings."""

    scheme: str
    price: Decimal
    currency: str
    months: pd.DataFrame = field(repr=False)
    zone: str = "UTC"
    working: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    source_ids: tuple[str, ...] = ()

    @property
    def total_usd(self) -> Decimal:
        """Return the sum of the months [USD], exact to a millionth."""
        return total(self.months["cost_usd"])

    @property
    def total_pkr(self) -> Decimal:
        """Return the sum of the months [PKR], each at its dated rate."""
        return total(self.months["cost_pkr"])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per month; money as `Decimal`."""
        return self.months.copy()

    def to_dict(self) -> dict:
        """Return plain values; money as text, so that no digit is lost."""
        rows = [{k: _plain(v) for k, v in row.items()} for row in self.months.to_dict("records")]
        return {
            "schema": "vpnpolicy.bill/1", "scheme": self.scheme, "price": str(self.price), "currency": self.currency, "zone": self.zone,
            "total_usd": str(self.total_usd), "total_pkr": str(self.total_pkr), "months": rows, "working": list(self.working),
            "problems": [str(p) for p in self.problems], "source_ids": list(self.source_ids),
        }  # fmt: skip

    def headline(self) -> str:
        """Return the total in one sentence."""
        return f"USD {self.total_usd:,.2f} (PKR {self.total_pkr:,.2f}) for {plural(len(self.months), 'calendar month')} in {self.zone}"

    def remarks(self) -> list[str]:
        """Return the terms applied and the first twenty warnings."""
        return [*self.working, *(str(p) for p in self.problems[:20])]

    def lines(self) -> list[str]:
        """Return total, months and remarks as lines of text."""
        rows = [
            f"{m['month']}: USD {m['cost_usd']:,.2f}; {format_number(m['billable'], 6)} {m['billable_unit']}; {m['samples']:,} of "
            f"{m['expected_samples']:,} samples" for m in self.months.to_dict("records")
        ]  # fmt: skip
        return [self.headline(), *rows, *self.remarks()]

    def __str__(self) -> str:
        return "\n  ".join(self.lines())

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        rows = [
            (m["month"], f"{m['cost_usd']:,.2f}", f"{m['cost_pkr']:,.2f}", f"{format_number(m['billable'], 6)} {m['billable_unit']}",
             f"{m['samples']:,} of {m['expected_samples']:,}") for m in self.months.to_dict("records")
        ]  # fmt: skip
        heads = ("Month", "Cost [USD]", "Cost [PKR]", "Billed", "Samples")
        table = table_html("Calendar months", heads, rows, (False, True, True, True, True))
        return {
            "text/html": note_html("vp-estimate", self.headline(), self.remarks())
            + TABLE_STYLE
            + table,
            "text/plain": str(self),
        }


def _plain(value):
    if isinstance(value, Decimal):
        return str(value)
    value = value.item() if hasattr(value, "item") else value
    return None if value != value else value


def bill(
    series: str | os.PathLike | pd.DataFrame | pd.Series, price: str | float | Decimal = "1", scheme: str = "p95", *, kind: str = "rate",
    unit: str | None = None, time: str = "timestamp", value: str | None = None, zone: str | None = None, months_in: str = "Asia/Karachi",
    percentile: float = 95.0, commit: float = 0.0, burst_price: str | float | Decimal | None = None, data: str | os.PathLike | None = None,
) -> Bill:  # fmt: skip
    """Compute what a traffic series costs by calendar month.

    ``p95``: the 95th percentile of the month's five-minute samples x price; ``volume``: data carried x price; ``flat``:
    price a month, whatever the traffic. A commitment is paid in any case, what lies above it at the burst price. Months are
    charged whole; samples that are missing are left out, never filled, and a month without any between two others is still
    in the bill: its price or its commitment is due.

    Parameters: ``series`` a CSV or Parquet file, a DataFrame with a time column or a Series on times; ``price`` a number
    [USD/Mbps/month, USD/GB or USD/month by scheme] or text with a unit, such as ``300 PKR/GB``; ``kind`` ``rate``,
    ``total`` (data in each step) or ``counter`` (data since the start); ``unit`` of the values, by default read from the
    column's name; ``time``, ``value`` columns; ``zone`` of times without an offset; ``months_in`` zone of the calendar;
    ``percentile`` [%]; ``commit`` [Mbps, or GB]; ``burst_price`` as ``price``. Returns a `Bill`: exact in USD, and in PKR
    by the rate nearest to each month. Raises `DataError` with every fault by line, `UsageError`, `UnitError`.

    >>> times = pd.date_range("2024-11-01", periods=8640, freq="5min", tz="Asia/Karachi")
    >>> bill(pd.Series(10.0, index=times, name="mbps"), 1).total_usd
    Decimal('10.000000')
    """
    terms = _terms(scheme, price, burst_price, commit, percentile)
    calendar = find_zone(str(months_in)) or ZoneInfo("UTC")
    column, samples = read_samples(series, kind, time=time, value=value, zone=zone)
    bits = samples.amounts * _factor(unit, column, kind)
    folder = Folder(data)
    rows = [
        _month(label, expected, bits[part], samples.seconds[part], terms, folder)
        for label, expected, part in months_of(samples, calendar)
    ]
    return Bill(
        scheme, to_money(terms.price), "USD" if terms.usd else "PKR", pd.DataFrame(rows), months_in, _working(terms, samples),
        tuple(samples.problems), tuple(dict.fromkeys(r["rate_source_id"] for r in rows)),
    )  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """A contract: scheme, price and burst price in one currency, commitment, percentile."""

    scheme: str
    price: Fraction
    burst: Fraction
    usd: bool
    commit: Fraction
    percentile: float


def _terms(scheme: str, price, burst_price, commit, percentile) -> Terms:
    if scheme not in SCHEMES:
        raise UsageError(f"there is no scheme '{scheme}'. {did_you_mean(str(scheme), SCHEMES)}")
    share, floor = (
        checked_number("percentile", percentile, 100),
        checked_number("commit", commit, 1e12),
    )
    if not share:
        raise UsageError("range: percentile is 0; expected above 0 and up to 100.")
    if scheme == "flat" and (commit or burst_price is not None):
        raise UsageError("a flat price has no commitment and no burst price.")
    if burst_price is not None and not floor:
        raise UsageError(
            "a burst price is for traffic above a commitment. Give commit (--commit) above 0 too, or the price alone."
        )
    amount, currency = _price(price, scheme)
    burst, other = _price(burst_price, scheme) if burst_price is not None else (amount, currency)
    if other != currency:
        raise UsageError("price and burst price are in two currencies; write both in one.")
    return Terms(scheme, amount, burst, currency == "USD", Fraction(repr(floor)), share)


def _price(price, scheme: str) -> tuple[Fraction, str]:
    """Return the exact price of a scheme: a number is in USD; text may name a unit of the same kind. Raises `UnitError` for another."""
    per, text = SCHEMES[scheme], str(price).strip()
    if isinstance(price, Fraction):
        return _in_range(price, text), "USD"
    try:
        number, currency = Decimal(text), "USD"
    except InvalidOperation:
        number, unit = split_quantity(text)
        currency = unit.split("/")[0]
        if currency not in ("USD", "PKR"):
            raise UnitError(
                f"'{text}': a price is a plain number in USD or PKR, for example '300 PKR/Mbps/month'."
            ) from None
        if ("bps" in unit.lower()) != (scheme == "p95"):
            raise UnitError(
                f"'{text}' is no price for {scheme}: expected {currency}/{per}."
            ) from None
        return _in_range(Fraction(convert(number, unit, f"{currency}/{per}")), text), currency
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_DIGITS):
        raise UsageError(f"range: the price is {text}; expected 0 to 10^12.")
    return _in_range(Fraction(number), text), currency


def _in_range(amount: Fraction, text: str) -> Fraction:
    if not 0 <= amount <= MAX_PRICE:
        raise UsageError(f"range: the price is {text}; expected 0 to 10^12.")
    return amount


def _factor(unit: str | None, column: str, kind: str) -> float:
    """Return the factor from values to bit/s, or bit. Raises `UsageError` for a missing unit, `UnitError` where it is of another kind."""
    name = unit or _COLUMN_UNITS.get(column.lower().split("_")[-1])
    if name is None:
        raise UsageError(
            f"say the unit of '{column}', such as unit='Mbps' for a rate or unit='GB' for a total."
        )
    expected = "bit/s" if kind == "rate" else "bit"
    if parse_unit(name).dimensions != parse_unit(expected).dimensions:
        raise UnitError(
            f"'{name}' is no unit of a {kind}: expected {'a rate such as Mbps' if kind == 'rate' else 'an amount such as GB'}."
        )
    return float(convert(1, name, expected))


def months_of(samples: Samples, calendar: ZoneInfo):
    """Yield each calendar month, empty ones included: label, expected samples, slice of samples."""
    first = datetime.fromtimestamp(int(samples.starts[0]) // 10**9, UTC).astimezone(calendar)
    year, month = first.year, first.month
    while True:
        start, end = (
            _stamp(y, m, calendar) for y, m in ((year, month), (year + month // 12, month % 12 + 1))
        )
        low, high = np.searchsorted(samples.starts, [start, end])
        yield f"{year}-{month:02d}", int(end - start) // SAMPLE_NS, slice(low, high)
        if high == len(samples.starts):
            return
        year, month = year + month // 12, month % 12 + 1


def _stamp(year: int, month: int, zone: ZoneInfo) -> int:
    return int(datetime(year, month, 1, tzinfo=zone).timestamp()) * 10**9


def _month(
    label: str, expected: int, bits: np.ndarray, seconds: np.ndarray, terms: Terms, folder: Folder
) -> dict:
    volume, rates = volume_gb(bits), bits / seconds / 1e6
    p95 = percentile_rate(rates, terms.percentile) if len(rates) else None
    billable, unit = {
        "p95": (p95 or 0.0, "Mbps"),
        "volume": (volume, "GB"),
        "flat": (1.0, "month"),
    }[terms.scheme]
    cost = to_money(_cost(billable, terms))
    day = PartialDate.parse(f"{label}/{label}-{monthrange(int(label[:4]), int(label[5:]))[1]}")
    rate = rate_on(day, folder)
    other = Fraction(repr(rate.pkr_per_usd))
    usd, pkr = (
        (cost, to_money(Fraction(cost) * other))
        if terms.usd
        else (to_money(Fraction(cost) / other), cost)
    )
    return {
        "month": label, "samples": len(rates), "expected_samples": expected, "coverage": float(seconds.sum() / (expected * SAMPLE_S)),
        "mean_mbps": volume * 8e3 / float(seconds.sum()) if len(rates) else None, "p95_mbps": p95,
        "peak_mbps": float(rates.max()) if len(rates) else None, "volume_gb": volume,
        "billable": billable, "billable_unit": unit, "cost_usd": usd, "cost_pkr": pkr, "pkr_per_usd": rate.pkr_per_usd,
        "rate_about_on": rate.about_on, "rate_source_id": rate.source_id,
    }  # fmt: skip


def _cost(billable: float, terms: Terms) -> Fraction:
    exact = Fraction(
        f"{billable:.15g}"
    )  # the digits that a float holds; later ones are noise of division
    if terms.scheme == "flat":
        return exact * terms.price
    return Fraction(billed_with_commit(exact, terms.commit, terms.price, terms.burst))


def _working(terms: Terms, samples: Samples) -> tuple[str, ...]:
    currency = "USD" if terms.usd else "PKR"
    how = {
        "p95": f"{ordinal(terms.percentile)} percentile by nearest rank", "volume": "volume in decimal GB", "flat": "one price a month",
    }[terms.scheme]  # fmt: skip
    commit = (
        f"; {format_number(float(terms.commit))} committed, {format_number(terms.burst, 9)} above it"
        if terms.commit
        else ""
    )
    rows = f"{samples.n_rows:,} rows of {format_number(samples.step_s)} s, as five-minute means weighted by time"
    return (
        f"{how} at {format_number(terms.price, 9)} {currency}/{SCHEMES[terms.scheme]}{commit}",
        rows,
    )


def percentile_rate(rates, percentile=95.0):
    """Return the percentile of rates by nearest rank, as transit is billed.

    rank = ceil(percentile / 100 x n); the sample of that rank, smallest first

    Parameters: ``rates`` samples of one month, array [any unit of rate]; ``percentile`` [%], above 0 and up to 100.
    Returns a sample, in its unit. Source: usual transit practice; no Pakistani contract was seen.

    >>> percentile_rate([1.0] * 95 + [100.0] * 5)
    1.0
    """
    ordered = np.sort(np.asarray(rates, dtype=float))
    rank = int(np.ceil(round(percentile / 100 * len(ordered), 9)))
    return float(ordered[max(rank, 1) - 1])


def volume_gb(bits):
    """Return the data carried by samples, added without intermediate rounding.

    volume = sum of rate x seconds that held data / 8 / 10^9

    Parameters: ``bits`` rate x seconds of each sample, array [bit]. Returns [GB], decimal.

    >>> volume_gb([8e9, 8e9])
    2.0
    """
    return math.fsum(np.asarray(bits, dtype=float).ravel().tolist()) / 8e9


def billed_with_commit(billable, commit, price, burst_price):
    """Return a bill with a commitment, which is paid in any case; the rest has the burst price.

    cost = commit x price + max(0, billable - commit) x burst price

    Parameters: ``billable`` and ``commit`` in one unit; ``price`` and ``burst_price`` money per that unit. Returns money.

    >>> billed_with_commit(120, 100, 1, 2)
    140
    """
    return commit * price + max(0, billable - commit) * burst_price
