"""How a number follows from others: each relation takes intervals and gives one, in units that fit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...dates import PartialDate
from ...errors import DateError
from ...units import parse_unit
from .figures import Figure, Interval

Dimensions = dict[str, int]


class CannotTell(Exception):  # noqa: N818 - it never leaves the audit
    """Why a number cannot be worked out again."""


@dataclass(frozen=True)
class Amount:
    """An interval in base units with its dimensions, ready for arithmetic."""

    low: float
    high: float
    dimensions: tuple[tuple[str, int], ...]

    def __mul__(self, other: Amount) -> Amount:
        ends = [_times(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Amount(min(ends), max(ends), _joined(self.dimensions, other.dimensions, 1))

    def __truediv__(self, other: Amount) -> Amount:
        if other.low <= 0:
            raise CannotTell("divides by a number that may be zero")
        return self * Amount(1 / other.high, 1 / other.low, _joined((), other.dimensions, -1))

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.low + other.low, self.high + other.high, _same(self, other))

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.low - other.high, self.high - other.low, _same(self, other))


def amount(figure: Figure, interval: Interval) -> Amount:
    """A figure's interval in base units."""
    factor = float(figure.size.factor)
    return Amount(interval[0] * factor, interval[1] * factor, figure.size.dimensions)


def in_unit(found: Amount, unit: str) -> Interval:
    """An amount in the unit of the number it is compared with. Raises `CannotTell` where it measures something else."""
    wanted = parse_unit(unit)
    if dict(found.dimensions) != dict(wanted.dimensions):
        raise CannotTell(f"its inputs do not measure {unit}")
    return found.low / float(wanted.factor), found.high / float(wanted.factor)


def total(parts: Sequence[Amount]) -> Amount:
    """The sum."""
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def product(parts: Sequence[Amount]) -> Amount:
    """The product."""
    first, *rest = parts
    for part in rest:
        first = first * part
    return first


def change(new: Amount, base: Amount) -> Amount:
    """How much the new value lies above the base, as a share of it [1]."""
    _same(new, base)
    if base.low <= 0:
        raise CannotTell("the base may be zero")
    return Amount(new.low / base.high - 1, new.high / base.low - 1, ())


def share(part: Amount, whole: Amount, whole_period: str = "") -> Amount:
    """A part over its whole [1]; a rate is first run through the period of the whole."""
    over = _joined(part.dimensions, whole.dimensions, -1)
    if over == (("s", -1),) and whole_period:
        seconds = days_of(whole_period)[0] * 86_400
        part = Amount(part.low * seconds, part.high * seconds, whole.dimensions)
    _same(part, whole)
    return part / whole


def span(period: str) -> Amount:
    """The length of a period, its last day counted or not."""
    most, least = days_of(period)
    return Amount(least * 86_400, most * 86_400, (("s", 1),))


def days_of(period: str) -> tuple[int, int]:
    """Days of a period with its last day counted, and without; ends known to the day for a span. Raises `CannotTell`."""
    try:
        when = PartialDate.parse(period)
    except DateError as error:
        raise CannotTell(str(error)) from None
    days = (when.latest - when.earliest).days
    return days + 1, days if when.precision == "span" else days + 1


def is_day_span(period: str) -> bool:
    """Whether a period runs from one day to another."""
    parts = period.split("/")
    return len(parts) == 2 and all(re.fullmatch(r"\d{4}-\d\d-\d\d", p) for p in parts)


def _times(a: float, b: float) -> float:
    return 0.0 if 0 in (a, b) else a * b


def _same(a: Amount, b: Amount) -> tuple:
    if dict(a.dimensions) != dict(b.dimensions):
        raise CannotTell("its inputs do not measure the same thing")
    return a.dimensions


def _joined(a: tuple, b: tuple, sign: int) -> tuple:
    found: Dimensions = dict(a)
    for name, power in b:
        found[name] = found.get(name, 0) + sign * power
    return tuple(sorted((n, p) for n, p in found.items() if p))


def overlap(a: Interval, b: Interval) -> bool:
    """Whether two intervals meet, rounding of the last binary digit aside."""
    slack = 1e-9 * max(abs(v) for v in (*a, *b) if math.isfinite(v))
    return a[0] <= b[1] + slack and b[0] <= a[1] + slack
