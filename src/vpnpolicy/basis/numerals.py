"""Numbers as they are printed: grouped, rounded half up, never more digits than are known."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

_WIDE = Context(prec=400)
_WORDS = ((12, "trillion"), (9, "billion"), (6, "million"))


def to_decimal(value) -> Decimal:
    """A number as `Decimal`: exact for ints and Fractions with a finite expansion, else to 30 digits."""
    if isinstance(value, Fraction):
        return Context(prec=30).divide(Decimal(value.numerator), Decimal(value.denominator))
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)) if not isinstance(value, int) else value)


def round_significant(value, digits: int = 3) -> Decimal:
    """``value`` rounded half up to so many significant digits.

    >>> str(round_significant(1368.925, 4))
    '1369'
    """
    number = to_decimal(value)
    if not number:
        return Decimal(0)
    step = Decimal(1).scaleb(number.adjusted() - digits + 1)
    return number.quantize(step, rounding=ROUND_HALF_UP, context=Context(prec=max(60, digits + 1)))


def format_number(value, digits: int = 4) -> str:
    """A number for people: thousands grouped, at most ``digits`` significant digits after the whole part.

    >>> format_number(7_500_000), format_number(22.8155), format_number(0.00133333), format_number(600000.0)
    ('7,500,000', '22.82', '0.001333', '600,000')
    """
    if _is_unknown(value):
        return "unknown"
    number = to_decimal(value)
    whole_digits = number.adjusted() + 1 if number else 1
    rounded = round_significant(number, max(digits, whole_digits))
    return f"{_trim(rounded):,f}"


def format_rounded(value, digits: int = 3) -> str:
    """A number that is not known to more digits than these.

    >>> format_rounded(406783.2), format_rounded(0.012345)
    ('407,000', '0.0123')
    """
    if _is_unknown(value):
        return "unknown"
    return format_number(round_significant(value, digits), digits)


def _is_unknown(value) -> bool:
    return value is None or value != value or value in (math.inf, -math.inf)


def _trim(number: Decimal) -> Decimal:
    """Without zeros behind the point; whole numbers of any size in full."""
    return Decimal(int(number)) if number == number.to_integral_value() else number.normalize(_WIDE)


def format_size(value, digits: int = 4) -> str:
    """A number in words of size from a million on.

    >>> format_size(1_620_000_000), format_size(999_999), format_size(-18_170_000)
    ('1.62 billion', '999,999', '-18.17 million')
    """
    if _is_unknown(value):
        return "unknown"
    for power, word in _WORDS:
        if abs(to_decimal(value)) >= Decimal(10) ** power:
            return f"{format_number(to_decimal(value) / Decimal(10) ** power, digits)} {word}"
    return format_number(value, digits)


def format_money(value, currency: str = "USD", digits: int = 4) -> str:
    """An amount of money in words of size.

    >>> format_money(1_620_000_000), format_money(600_000), format_money(1.5, "PKR")
    ('USD 1.62 billion', 'USD 600,000', 'PKR 1.5')
    """
    text = format_size(value, digits)
    return text if text == "unknown" else f"{currency} {text}"


def plain_number(value):
    """An exact number as JSON can carry it: an int where it is whole, else the nearest float.

    >>> plain_number(Fraction(600000)), plain_number(Fraction(1, 4))
    (600000, 0.25)
    """
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)


def plural(n: int, noun: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "claim"), plural(1200, "claim")
    ('1 claim', '1,200 claims')
    """
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"


def ordinal(number: float) -> str:
    """A number as the place it stands at.

    >>> ordinal(95), ordinal(91.0), ordinal(12), ordinal(99.5)
    ('95th', '91st', '12th', '99.5th')
    """
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = ends.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number:g}{end}"
