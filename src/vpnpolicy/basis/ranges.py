"""A quantity that is known between two bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .errors import UsageError, did_you_mean

SHAPES = ("fixed", "triangular", "uniform", "lognormal", "pert")


@dataclass(frozen=True)
class Range:
    """Low, central and high value of one quantity, its unit and the shape of what lies between.

    Raises `UsageError` where a bound is not finite, where low is above high, or where the centre lies outside.

    >>> Range(0.5, 1.0, 1.5, "USD/Mbps/month").scaled(2).high
    3.0
    """

    low: float
    central: float
    high: float
    unit: str = "1"
    shape: str = "triangular"

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (self.low, self.central, self.high)):
            raise UsageError(f"a range needs finite bounds: found {self.low}, {self.central}, {self.high}.")
        if not self.low <= self.central <= self.high:
            raise UsageError(f"a range runs from low to high: found low {self.low}, central {self.central}, high {self.high}.")
        if self.shape not in SHAPES:
            raise UsageError(f"'{self.shape}' is not a shape of a range. {did_you_mean(self.shape, SHAPES)}")

    @classmethod
    def exact(cls, value: float, unit: str = "1") -> Range:
        """A range of one value."""
        return cls(value, value, value, unit, "fixed")

    @property
    def is_exact(self) -> bool:
        """Whether low and high are the same."""
        return self.low == self.high

    def scaled(self, by: float, unit: str | None = None) -> Range:
        """The range times a number; a negative number turns it round.

        >>> Range(1, 2, 3).scaled(-1).low
        -3
        """
        low, high = sorted((self.low * by, self.high * by))
        return Range(low, self.central * by, high, unit or self.unit, self.shape)

    def __mul__(self, other: Range) -> Range:
        """The product of two ranges of non-negative quantities, bound by bound.

        >>> (Range(1, 2, 3) * Range(10, 10, 20)).high
        60
        """
        if self.low < 0 or other.low < 0:
            raise UsageError("ranges are multiplied bound by bound only where nothing is negative.")
        return Range(self.low * other.low, self.central * other.central, self.high * other.high, "1", "triangular")

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high
