"""Published figures as intervals, and the arithmetic of intervals with units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

from ..claims import last_digit
from ..dates import PartialDate
from ..errors import DateError
from ..formatting import format_size
from ..units import Dimensions, Unit, parse_unit, unit_words

Interval = tuple[float, float]
_DAY = 86_400
_UPWARD, _DOWNWARD = ("above", "at least", "over"), ("below", "up to", "less than")
BOUNDS = ("exact", "about", *_UPWARD, *_DOWNWARD, "nearly", "range", "not seen")
RELATIONS: dict[str, int | None] = {
    "sum of": None, "includes": None, "count of": None, "product of": None, "change of": 2,
    "share of": 2, "quotient of": 2, "difference of": 2, "same as": 1, "span": 0, "within": 0,
}  # fmt: skip
"""How a figure can follow from others, and from how many; ``None`` for one or more."""


class CannotTell(Exception):  # noqa: N818 - it never leaves the audit
    """Why a figure cannot be recomputed."""


def digit_step(number: str) -> float:
    """Return the size of the last significant digit: the last decimal, or that of a whole number.

    The first three digits of a whole number count, two from a million on, and then all but zeros.

    >>> digit_step("601.4"), digit_step("1861"), digit_step("250600")
    (0.1, 1.0, 100.0)
    """
    _, _, decimals = number.partition(".")
    if decimals:
        return 10.0 ** -len(decimals)
    whole = str(abs(int(number)))
    zeros = len(whole) - len(whole.rstrip("0"))
    return float(10 ** max(0, min(zeros, len(whole) - (2 if len(whole) > 6 else 3))))


@dataclass(frozen=True)
class Figure:
    """One published figure: who published it, when, about what, and how it follows from others."""

    id: str
    quantity: str
    unit: str = "1"
    value: str = ""
    low: str = ""
    high: str = ""
    bound: str = "exact"
    publisher: str = ""
    place: str = ""
    period: str = ""
    published_on: str = ""
    scope: str = ""
    rounded_to: str = ""
    relation: str = ""
    refers_to: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()

    @property
    def size(self) -> Unit:
        """Return the parsed unit."""
        return parse_unit(self.unit)

    @property
    def places(self) -> int:
        """Return the number of published decimal places."""
        return len(self.value.partition(".")[2])

    def interval(self, open_ended: bool = True, measured: bool = False) -> Interval | None:
        """Return the least and most the figure can mean, in its unit, if it was published.

        ``open_ended`` lets *above* and *up to* run without end. As an input of arithmetic a figure
        ends at its last digit: *above 120,000* is 120,000 to 130,000. ``measured`` takes whole days
        as rounded: 259 hours are published as 11 days too.

        >>> Figure("a", "cost", "USD", "24", bound="about").interval()
        (23.5, 24.5)
        >>> Figure("a", "shutdowns", "count", "19").interval()
        (19.0, 19.0)
        """
        if self.low or self.high:
            ends = [float(v) for v in (self.low, self.value, self.high) if v]
            return min(ends), max(ends)
        if not self.value:
            return None
        value, half = float(self.value), self.step(measured) / 2
        digit = last_digit(value)
        if self.bound in _UPWARD:
            return value, math.inf if open_ended else value + digit
        if self.bound in _DOWNWARD:
            return -math.inf if open_ended else value - digit, value
        return (value - digit, value) if self.bound == "nearly" else (value - half, value + half)

    def step(self, measured: bool = False) -> float:
        """Return what the figure was rounded to; zero for whole counts and days."""
        if self.rounded_to:
            return float(self.rounded_to)
        if self.bound == "about":
            return last_digit(float(self.value))
        whole = self.value.lstrip("-").partition(".")[0]
        if measured and self.unit == "day" and not self.places:
            return 1.0
        is_counted = self.unit == "day" or dict(self.size.dimensions) == {"count": 1}
        if is_counted and not self.places and (whole[-1] != "0" or len(whole) < 4):
            return 0.0
        return digit_step(self.value)

    def meets(self, other: Figure) -> bool:
        """Return whether two published figures in one unit can mean the same."""
        a, b = (f.interval(open_ended=False) for f in (self, other))
        return a is not None and b is not None and overlap(a, b)

    def amount(self, interval: Interval) -> Amount:
        """Return an interval in the figure's unit as an amount."""
        factor = float(self.size.factor)
        return Amount(interval[0] * factor, interval[1] * factor, self.size.dimensions)

    def words(self) -> str:
        """Return the figure as published, with hedge and unit."""
        numbers = [v for v in (self.low, self.high) if v] or [self.value]
        if not numbers[0]:
            return "not published"
        sizes = list(dict.fromkeys(float(v) for v in numbers))
        hedge = "" if self.bound in ("exact", "range") else f"{self.bound} "
        text = " to ".join(format_size(v, 6) for v in sizes)
        return hedge + text + unit_words(self.unit, sizes[-1])


@dataclass(frozen=True)
class Amount:
    """An interval in base units with its dimensions."""

    low: float
    high: float
    dimensions: Dimensions = ()

    def __mul__(self, other: Amount) -> Amount:
        pairs = product((self.low, self.high), (other.low, other.high))
        ends = [a * b if a and b else 0.0 for a, b in pairs]
        return Amount(min(ends), max(ends), _joined(self.dimensions, other.dimensions, 1))

    def __truediv__(self, other: Amount) -> Amount:
        if other.low <= 0:
            raise CannotTell("divides by a figure that may be zero")
        return self * Amount(1 / other.high, 1 / other.low, _joined((), other.dimensions, -1))

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.low + other.low, self.high + other.high, _same(self, other))

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.low - other.high, self.high - other.low, _same(self, other))

    def in_unit(self, unit: str) -> Interval:
        """Return the interval in a unit. Raises `CannotTell` for a unit of another kind."""
        target = parse_unit(unit)
        if self.dimensions != target.dimensions:
            raise CannotTell(f"its inputs do not measure {unit}")
        return self.low / float(target.factor), self.high / float(target.factor)


def change(new: Amount, base: Amount) -> Amount:
    """Return new / base - 1 [1]."""
    _same(new, base)
    if base.low <= 0:
        raise CannotTell("the base may be zero")
    return Amount(new.low / base.high - 1, new.high / base.low - 1)


def share(part: Amount, whole: Amount, whole_period: str = "") -> Amount:
    """Return part / whole [1]; a rate is first run through the period of the whole."""
    if _joined(part.dimensions, whole.dimensions, -1) == (("s", -1),) and whole_period:
        seconds = span(whole_period).high
        part = part * Amount(seconds, seconds, (("s", 1),))
    _same(part, whole)
    return part / whole


def span(period: str) -> Amount:
    """Return the length of a period, its last day counted or not. Raises `CannotTell`."""
    try:
        when = PartialDate.parse(period)
    except DateError as error:
        raise CannotTell(str(error)) from None
    days = (when.latest - when.earliest).days
    return Amount(_DAY * (days + (when.precision != "span")), _DAY * (days + 1), (("s", 1),))


def overlap(a: Interval, b: Interval) -> bool:
    """Return whether two intervals meet, rounding of the last binary digit aside."""
    slack = 1e-9 * max((abs(v) for v in (*a, *b) if math.isfinite(v)), default=0.0)
    return a[0] <= b[1] + slack and b[0] <= a[1] + slack


def _same(a: Amount, b: Amount) -> Dimensions:
    if a.dimensions != b.dimensions:
        raise CannotTell("its inputs do not measure the same thing")
    return a.dimensions


def _joined(a: Dimensions, b: Dimensions, sign: int) -> Dimensions:
    found = dict(a)
    for name, power in b:
        found[name] = found.get(name, 0) + sign * power
    return tuple(sorted((n, p) for n, p in found.items() if p))
