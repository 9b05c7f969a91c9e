"""A closed table of units, exact factors, and a refusal to guess.

Factors are `fractions.Fraction`, so that a conversion is exact until it is printed. Prefixes are
decimal; ``MiB`` and the like are binary. ``Mb``, ``Tb`` and ``mb`` are refused: some read them as
bits, others as bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Integral
from typing import Any

from .errors import UnitError, nearest

Dimensions = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Unit:
    """A unit: its name, its exact size in base units and its dimensions."""

    name: str
    factor: Fraction
    dimensions: Dimensions


def _prefixed(
    stem: str, size: Fraction, dimensions: Dimensions, prefixes: dict[str, int]
) -> dict[str, Unit]:
    return {p + stem: Unit(p + stem, size * factor, dimensions) for p, factor in prefixes.items()}


_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DATA: Dimensions = (("bit", 1),)
_RATE: Dimensions = (("bit", 1), ("s", -1))
_DAY = Fraction(86_400)

MEAN_MONTH_DAYS = Fraction(36525, 1200)
"""Days in an undated month: 365.25 / 12. A dated month has its own length."""

UNITS: dict[str, Unit] = {
    **_prefixed("bit", Fraction(1), _DATA, _DECIMAL),
    **_prefixed("B", Fraction(8), _DATA, _DECIMAL),
    **_prefixed("B", Fraction(8), _DATA, _BINARY),
    **_prefixed("bps", Fraction(1), _RATE, _DECIMAL),
    **_prefixed("Bps", Fraction(8), _RATE, _DECIMAL),
    **{
        n: Unit(n, f, (("s", 1),))
        for n, f in {
            "s": Fraction(1),
            "min": Fraction(60),
            "hour": Fraction(3600),
            "day": _DAY,
            "month": _DAY * MEAN_MONTH_DAYS,
            "year": _DAY * Fraction(36525, 100),
        }.items()
    },
    **{n: Unit(n, Fraction(1), ((n, 1),)) for n in ("USD", "PKR", "INR", "NGN", "count")},
    **{n: Unit(n, Fraction(1), (("count", 1),)) for n in ("licensee", "application", "person")},
    "user-hour": Unit("user-hour", Fraction(3600), (("count", 1), ("s", 1))),
    "1": Unit("1", Fraction(1), ()),
    "%": Unit("%", Fraction(1, 100), ()),
}

_UNCLEAR = {
    **{p + "b": (f"{p}bit", f"{p}B") for p in "kMGTP"},
    **{p.lower() + "b": (f"{p}bit", f"{p}B") for p in "MGT"},
    **{p.lower() + "bps": (f"{p}bps", f"{p}Bps") for p in "MGT"},
    **{p + "BPS": (f"{p}bps", f"{p}Bps") for p in "KMGT"},
}
_SPELT = {
    "minute": "min",
    "minutes": "min",
    "hours": "hour",
    "h": "hour",
    "days": "day",
    "months": "month",
    "years": "year",
    "second": "s",
    "sec": "s",
    "$": "USD",
    "US$": "USD",
    "Rs": "PKR",
    "megabyte": "MB",
    "megabit": "Mbit",
    "gigabyte": "GB",
    "gigabit": "Gbit",
    "terabyte": "TB",
    "terabit": "Tbit",
    "percent": "%",
}
_MANY = {
    n: f"{n}s" for n in ("hour", "day", "month", "year", "licensee", "application", "user-hour")
} | {"person": "people"}


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Unit:
    """Parse a unit such as ``Tbps``, ``USD/MB`` or ``USD/Mbps/month``; every ``/`` divides.

    Raises `UnitError` for a unit outside the table and for an ambiguous one.

    >>> parse_unit("USD/min/Tbps").factor
    Fraction(1, 60000000000000)
    """
    first, *rest = text.split("/")
    unit = _one(first, text)
    factor, dimensions = unit.factor, dict(unit.dimensions)
    for part in rest:
        under = _one(part, text)
        factor /= under.factor
        for name, power in under.dimensions:
            dimensions[name] = dimensions.get(name, 0) - power
    return Unit(text, factor, tuple(sorted((n, p) for n, p in dimensions.items() if p)))


def _refuse_unclear(part: str, whole: str) -> None:
    if part in _UNCLEAR:
        bits, octets = _UNCLEAR[part]
        where = f" in '{whole}'" if part != whole else ""
        raise UnitError(
            f"'{part}'{where} is read as bits by some and as bytes by others. "
            f"Write {bits} or {octets}."
        )


def _one(part: str, whole: str) -> Unit:
    _refuse_unclear(part, whole)
    if part in UNITS:
        return UNITS[part]
    meant = _SPELT.get(part) or nearest(part, UNITS, 0.5)
    hint = f" Write {meant}." if meant else ""
    raise UnitError(f"'{part}' in '{whole}' is not a unit of the table.{hint} See vp.list_units().")


def factor(source: str, target: str) -> Fraction:
    """Return the exact number of ``target`` units in one ``source`` unit.

    Raises `UnitError` where the two measure different things.

    >>> factor("USD/MB", "USD/min/Tbps")
    Fraction(7500000, 1)
    """
    a, b = parse_unit(source), parse_unit(target)
    if a.dimensions != b.dimensions:
        raise UnitError(
            f"'{source}' cannot be turned into '{target}': "
            f"one is {describe(a)}, the other {describe(b)}."
        )
    return a.factor / b.factor


def describe(unit: Unit) -> str:
    """Return what a unit measures, in words.

    >>> describe(parse_unit("USD/Mbps/month"))
    'USD per bit'
    """
    over = [n if p == 1 else f"{n}^{p}" for n, p in unit.dimensions if p > 0]
    under = [n if p == -1 else f"{n}^{-p}" for n, p in unit.dimensions if p < 0]
    return (" ".join(over) or "1") + (f" per {' '.join(under)}" if under else "")


def convert(value: Any, source: str, target: str) -> Any:
    """Convert a scalar, an array or a Series to another unit.

    Parameters
    ----------
    value : number or array [``source``]
        ``int``, `Fraction` and `Decimal` stay exact (as `Fraction`); floats are rounded once.
    source, target : str
        Units of the table, see `list_units`.

    Returns
    -------
    The same shape as ``value`` [``target``]

    Raises
    ------
    UnitError
        If a unit is unknown or ambiguous, or if the two measure different things.

    Examples
    --------
    >>> convert(10_000, "USD/min/Tbps", "USD/MB")
    Fraction(1, 750)
    """
    ratio = factor(source, target)
    if isinstance(value, bool):
        raise UnitError("true and false have no unit.")
    if isinstance(value, Integral):
        return int(value) * ratio
    if isinstance(value, (Fraction, Decimal)):
        return Fraction(value) * ratio
    if value is None or isinstance(value, (str, complex)):
        raise UnitError(f"{value!r} is not a number; give one in {source}.")
    return value * float(ratio)


def unit_words(unit: str, value: float = 0) -> str:
    """Return a unit as written after a number, with a leading space; nothing for a bare count.

    >>> unit_words("hour", 2), unit_words("hour", 1), unit_words("%"), unit_words("count")
    (' hours', ' hour', ' %', '')
    """
    if unit in ("1", "count", ""):
        return ""
    return f" {_MANY.get(unit, unit) if value != 1 else unit}"


def list_units() -> list[str]:
    """List every unit of the table, in its order.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "Tbps" in list_units() and "Mb" not in list_units()
    True
    """
    return list(UNITS)
