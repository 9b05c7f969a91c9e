"""Quantities known between two bounds, each with its unit, and checks of numbers a user gives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from numbers import Real
from typing import Any

from .errors import UnitError, UsageError, did_you_mean
from .formatting import format_money, format_number, note_html, plain_number
from .units import convert, parse_unit

SHAPES = ("fixed", "triangular", "uniform", "lognormal", "pert")


@dataclass(frozen=True)
class Range:
    """Low, central and high value of one quantity, its unit, and the shape of what lies between.

    Parameters
    ----------
    low, central, high : float
        The bounds and the central value [``unit``].
    unit : str, default "1"
        A unit of the table, see `list_units`. A function that asks for another unit of the same
        kind converts the range; a range without a unit is taken in the unit asked for.
    shape : {"triangular", "uniform", "pert", "lognormal", "fixed"}
        How values are drawn between the bounds.

    Raises
    ------
    UsageError
        If a bound is not a finite number, if low is above high, or if the centre lies outside.

    Examples
    --------
    >>> Range(0.5, 1.0, 1.5, "USD/Mbps/month").scaled(2).high
    3.0
    >>> Range(0.3, 0.5, 0.7, "Tbps").to("Gbps").central
    500.0
    """

    low: float
    central: float
    high: float
    unit: str = "1"
    shape: str = "triangular"

    def __post_init__(self) -> None:
        values = (self.low, self.central, self.high)
        if not all(_is_number(v) and math.isfinite(v) for v in values):
            raise UsageError(f"a range needs finite bounds: found {', '.join(map(str, values))}.")
        if not self.low <= self.central <= self.high:
            raise UsageError(
                f"a range runs from low to high: found low {self.low}, "
                f"central {self.central}, high {self.high}."
            )
        if self.shape not in SHAPES:
            hint = did_you_mean(self.shape, SHAPES)
            raise UsageError(f"'{self.shape}' is not a shape of a range. {hint}")

    @classmethod
    def exact(cls, value: float, unit: str = "1") -> Range:
        """Return a range of one value."""
        return cls(value, value, value, unit, "fixed")

    @property
    def is_exact(self) -> bool:
        """Whether low and high are the same."""
        return self.low == self.high

    def scaled(self, by: float, unit: str | None = None) -> Range:
        """Return the range times a number; a negative number swaps the ends.

        >>> Range(1, 2, 3).scaled(-1).low
        -3
        """
        low, high = sorted((self.low * by, self.high * by))
        return Range(low, self.central * by, high, unit or self.unit, self.shape)

    def to(self, unit: str, pkr_per_usd: float | None = None) -> Range:
        """Return the range in another unit.

        Parameters
        ----------
        unit : str
            The unit asked for. A range without a unit is taken in it, unless both are shares.
        pkr_per_usd : float, optional
            Exchange rate [PKR/USD] that turns rupees into dollars.

        Raises
        ------
        UnitError
            If the two units measure different things.

        Examples
        --------
        >>> Range(0.3, 0.5, 0.7).to("%").central
        50.0
        """
        if self.unit == unit:
            return self
        source, by = self.unit, 1.0
        if source == "1" and parse_unit(unit).dimensions:
            return Range(self.low, self.central, self.high, unit, self.shape)
        if pkr_per_usd and source.startswith("PKR") and unit.startswith("USD"):
            source, by = f"USD{source[3:]}", 1 / pkr_per_usd
        return self.scaled(convert(by, source, unit), unit)

    def words(self, digits: int = 4) -> str:
        """Return the bounds in words.

        >>> Range(1, 2, 3).words(), Range.exact(5).words()
        ('1 to 3', '5')
        """
        if self.is_exact:
            return format_number(self.central, digits)
        return f"{format_number(self.low, digits)} to {format_number(self.high, digits)}"

    def __mul__(self, other: Range) -> Range:
        """Multiply two ranges of non-negative quantities, bound by bound.

        >>> (Range(1, 2, 3) * Range(10, 10, 20)).high
        60
        """
        if self.low < 0 or other.low < 0:
            raise UsageError("ranges are multiplied bound by bound only where nothing is negative.")
        return Range(
            self.low * other.low, self.central * other.central, self.high * other.high, "1"
        )

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def _is_number(value: object) -> bool:
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool)


def checked_number(name: str, value: object, most: float, least: float = 0) -> float:
    """Return a number as a user gives it, within its bounds.

    Raises `UsageError` for what is not a finite number or lies outside the bounds.

    >>> checked_number("hours", 5, 24)
    5.0
    """
    number = _as_float(value) if _is_number(value) else math.nan
    if not math.isfinite(number):
        raise UsageError(f"{name} must be a finite number; found {value!r}.")
    if not least <= number <= most:
        raise UsageError(f"range: {name} is {number:.15g}; expected {least:g} to {most:,.15g}.")
    return number


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def checked_range(name: str, value: object, most: float, unit: str = "1") -> Range:
    """Return a number or a `Range` from 0 to ``most`` as a range in ``unit``.

    Raises `UsageError` as `checked_number` does, and `UnitError` for a range of another kind.
    """
    if not isinstance(value, Range):
        return Range.exact(checked_number(name, value, most), unit)
    try:
        found = value.to(unit)
    except UnitError as error:
        raise UnitError(f"{name}: {error}") from None
    for end in (found.low, found.high):
        checked_number(name, end, most)
    return found


def row_range(row: Mapping[str, Any]) -> Range:
    """Return a row's ``low``, ``value``, ``high``, ``unit`` and ``shape`` as a range.

    A bound that is not stated is the value; a row without a shape is uniform.
    """
    low, high = (row["value"] if row[k] is None else row[k] for k in ("low", "high"))
    return Range(low, row["value"], high, row["unit"], row.get("shape") or "uniform")


@dataclass(frozen=True)
class Estimate:
    """A number that follows from the record, with its range, its working and its sources.

    Parameters
    ----------
    quantity : str
        What is estimated, such as ``cost``.
    low, central, high : float or array
        The bounds and the central value [``unit``]; ``exact`` keeps them as they were calculated.
    unit : str
        A unit of the table.
    inputs : dict
        The inputs by name.
    working, source_ids, notes : tuple of str
        The arithmetic in words, the ids of its sources, and remarks.

    Examples
    --------
    >>> Estimate("traffic", 0.5, 1, 2, "Tbps").to("Gbps").central
    1000.0
    """

    quantity: str
    low: Any
    central: Any
    high: Any
    unit: str
    inputs: dict[str, Any] = field(default_factory=dict)
    working: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    exact: tuple[Any, Any, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "exact", (self.low, self.central, self.high))
        for name, value in zip(("low", "central", "high"), self.exact, strict=True):
            object.__setattr__(self, name, value if hasattr(value, "__len__") else float(value))

    @property
    def is_exact(self) -> bool:
        """Whether low and high are one value."""
        return bool(self.exact[0] == self.exact[2])

    def to(self, unit: str) -> Estimate:
        """Return the estimate in another unit. Raises `UnitError` for a unit of another kind."""
        low, central, high = (convert(v, self.unit, unit) for v in self.exact)
        return replace(self, low=low, central=central, high=high, unit=unit)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values with a ``schema`` field; exact whole numbers stay whole."""
        values = self._by_column()
        return {
            "schema": "vpnpolicy.estimate/1",
            "quantity": self.quantity,
            "unit": self.unit,
            **values,
            f"{self.quantity}_{self.unit.lower()}": values[f"central_{self.unit.lower()}"],
            "inputs": self.inputs,
            "working": list(self.working),
            "source_ids": list(self.source_ids),
            "notes": list(self.notes),
        }

    def to_frame(self) -> Any:
        """Return a DataFrame with one row per value."""
        import pandas as pd

        index = None if hasattr(self.central, "__len__") else [0]
        return pd.DataFrame(self._by_column(), index=index)

    def _by_column(self) -> dict[str, Any]:
        names = (f"{k}_{self.unit.lower()}" for k in ("low", "central", "high"))
        values = (v if hasattr(v, "__len__") else plain_number(v) for v in self.exact)
        return dict(zip(names, values, strict=True))

    def headline(self) -> str:
        """Return the value in words, with its range where there is one."""
        if hasattr(self.central, "__len__"):
            return f"{self.quantity}: {len(self.central)} values [{self.unit}]"
        low, central, high = (self._words(v) for v in self.exact)
        span = "" if self.is_exact else f" ({low} to {high})"
        return f"{self.quantity}: {central}{span}"

    def _words(self, value: Any) -> str:
        if self.unit in ("USD", "PKR"):
            return format_money(value, self.unit)
        return f"{format_number(value)} {self.unit}"

    def details(self) -> list[str]:
        """Return working, remarks and sources, one line each."""
        sources = [f"Sources: {', '.join(self.source_ids)}"] if self.source_ids else []
        return [*self.working, *self.notes, *sources]

    def __str__(self) -> str:
        return "\n  ".join([self.headline(), *self.details()])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        html = note_html("vp-estimate", self.headline(), self.details())
        return {"text/html": html, "text/plain": str(self)}
