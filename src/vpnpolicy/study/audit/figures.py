"""A printed number as an interval: its digits, its hedge and its rounding say how far it can be from what was meant."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal

from ...formatting import format_size
from ...record.statements import last_digit
from ...units import Unit, parse_unit, unit_words

Interval = tuple[float, float]
_UPWARD, _DOWNWARD = ("above", "at least", "over"), ("below", "up to", "less than")
BOUNDS = ("exact", "about", *_UPWARD, *_DOWNWARD, "nearly", "range", "not seen")
RELATIONS = {
    "sum of": None, "includes": None, "count of": None, "product of": None, "change of": 2, "share of": 2, "quotient of": 2,
    "difference of": 2, "same as": 1, "span": 0, "within": 0,
}  # fmt: skip
"""How a number can follow from others, and from how many; ``None`` for any number of them."""


def digit_step(number: str) -> float:
    """The last digit of a printed number that is meant: the last decimal, or the last digit of a whole number.

    A trailing zero counts as one that may have been rounded only past the third digit (past the second from a million on).

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
    """One printed number: who printed it, when, about what, and how it is said to follow from others."""

    id: str
    quantity: str
    unit: str = "1"
    value: str = ""
    low: str = ""
    high: str = ""
    bound: str = "exact"
    publisher: str = ""
    item: str = ""
    place: str = ""
    period: str = ""
    printed_on: str = ""
    scope: str = ""
    rounded_to: str = ""
    relation: str = ""
    refers_to: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    scale: float = 1.0
    column: str = ""
    unread: str = ""

    @property
    def is_known(self) -> bool:
        """Whether a number was printed."""
        return bool(self.value or self.low or self.high)

    @property
    def size(self) -> Unit:
        """The unit, read."""
        return parse_unit(self.unit)

    @property
    def key(self) -> tuple[str, ...]:
        """What the number is about, whoever printed it when."""
        return (self.publisher, self.place, self.period, self.quantity, self.scope, self.unit)

    @property
    def lack(self) -> str:
        """In words why there is no number: not printed, or not readable."""
        return f"not readable: '{self.unread}'" if self.unread else "not printed"

    @property
    def places(self) -> int:
        """Decimal places as printed."""
        return max(0, -Decimal(self.value).as_tuple().exponent) if self.value else 0

    def interval(self, open_ended: bool = True) -> Interval | None:
        """Least and most the number can mean, in its unit; ``None`` where none was printed.

        ``open_ended`` lets *above* and *up to* run without end, as a number that is judged may; one that is put into
        arithmetic ends at its last printed digit: *above 120,000* is 120,000 to 130,000.

        >>> Figure("a", "cost", "USD", "24", bound="about").interval()
        (23.5, 24.5)
        >>> Figure("a", "shutdowns", "count", "19").interval()
        (19.0, 19.0)
        """
        if not self.is_known:
            return None
        if self.low or self.high:
            ends = [float(v) * self.scale for v in (self.low, self.value, self.high) if v]
            return min(ends), max(ends)
        value, half = float(self.value), self.step() / 2
        if self.bound in _UPWARD:
            return value * self.scale, (math.inf if open_ended else (value + last_digit(value)) * self.scale)
        if self.bound in _DOWNWARD:
            return (-math.inf if open_ended else (value - last_digit(value)) * self.scale), value * self.scale
        if self.bound == "nearly":
            return (value - last_digit(value)) * self.scale, value * self.scale
        return (value - half) * self.scale, (value + half) * self.scale

    def step(self) -> float:
        """To what the number was rounded, in the unit it was printed in.

        ``rounded_to`` where it is given; nothing for whole counts and days; else the last printed digit that is meant.
        """
        if self.rounded_to:
            return float(self.rounded_to)
        if self.bound == "about":
            return last_digit(float(self.value))
        whole = str(abs(int(Decimal(self.value))))
        if not self.places and self.scale == 1 and self._is_counted and (whole[-1] != "0" or len(whole) < 4):
            return 0.0
        return digit_step(self.value)

    @property
    def _is_counted(self) -> bool:
        """Whether it is counted rather than measured: things, and whole days."""
        return self.unit == "day" or dict(self.size.dimensions) == {"count": 1}

    def measured(self) -> Figure:
        """The same, whole days taken as rounded: 259 hours are printed as 11 days too."""
        return replace(self, rounded_to="1") if self.unit == "day" and not self.rounded_to and not self.places else self

    def words(self) -> str:
        """The number as printed, with hedge and unit."""
        if not self.is_known:
            return self.lack
        sizes = list(dict.fromkeys(float(v) * self.scale for v in (self.low, self.high) if v)) or [float(self.value) * self.scale]
        hedge = "" if self.bound in ("exact", "range") else f"{self.bound} "
        return hedge + " to ".join(format_size(v, 6) for v in sizes) + unit_words(self.unit, sizes[-1])

    def following(self, relation: str, refers_to: tuple[str, ...]) -> Figure:
        """The same number, said to follow from others."""
        return replace(self, relation=relation, refers_to=refers_to)
