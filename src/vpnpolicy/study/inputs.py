"""Rows of the record as ranges, and ranges in words."""

from __future__ import annotations

import math
from numbers import Real

from ..basis.errors import UsageError, did_you_mean
from ..basis.numerals import format_number
from ..basis.ranges import Range
from ..record.schema import Folder


def checked_number(name: str, value, most: float, least: float = 0) -> float:
    """A number as a user gives it. Raises `UsageError` for what is none, is not finite or lies outside the bounds.

    >>> checked_number("hours", 5, 24)
    5.0
    """
    number = _as_float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not math.isfinite(number):
        raise UsageError(f"{name} must be a finite number; found {value!r}.")
    if not least <= number <= most:
        raise UsageError(f"range: {name} is {number:.6g}; wanted {least:g} to {most:,.15g}.")
    return number


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def checked_range(name: str, value, most: float, unit: str = "1") -> Range:
    """A number or a `Range` from 0 to ``most``, as a range. Raises `UsageError` as `checked_number` does."""
    if not isinstance(value, Range):
        return Range.exact(checked_number(name, value, most), unit)
    for end in (value.low, value.high):
        checked_number(name, end, most)
    return value


def row_range(row: dict) -> Range:
    """A row with ``low``, ``value``, ``high``, ``unit`` and ``shape`` as a range; a bound not stated is the value."""
    low, high = (row["value"] if row[k] is None else row[k] for k in ("low", "high"))
    return Range(low, row["value"], high, row["unit"], row["shape"])


def assumption(name: str, folder: Folder) -> tuple[Range, dict]:
    """One assumption as a range, with its row. Raises `UsageError` for an unknown name."""
    rows = {r["name"]: r for r in folder.checked("assumptions").rows()}
    if name not in rows:
        raise UsageError(f"there is no assumption '{name}'. {did_you_mean(name, rows)}")
    return row_range(rows[name]), rows[name]


def span_words(r: Range, digits: int = 4) -> str:
    """A range in words.

    >>> span_words(Range(1, 2, 3)), span_words(Range.exact(5))
    ('1 to 3', '5')
    """
    return (
        format_number(r.central, digits) if r.is_exact else f"{format_number(r.low, digits)} to {format_number(r.high, digits)}"
    )
