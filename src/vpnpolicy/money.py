"""Money to the last micro-unit: read from text, added exactly, averaged with a named rounding. No floats."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction

from .errors import UsageError

MICRO = Decimal("0.000001")
LIMIT = Decimal(10) ** 18
_EXACT = Context(prec=80, traps=[Inexact, FloatOperation, InvalidOperation, Overflow])


class MoneyError(UsageError):
    """An amount that is not exact, or too large to be true."""


def to_money(value: str | int | Decimal | Fraction) -> Decimal:
    """An exact amount, from text, a whole number, a `Decimal` or a `Fraction`; rounded half up to a millionth.

    Raises `MoneyError` for a float, which has lost its last digits already, and for amounts above 10^18.

    >>> str(to_money("0.1")), str(to_money(Fraction(1, 3)))
    ('0.100000', '0.333333')
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal, Fraction)):
        raise MoneyError(
            f"money is read from text, not from {type(value).__name__} {value!r}: write it in quotes."
        )
    try:
        exact = Fraction(_near(Decimal(value)) if isinstance(value, (str, Decimal)) else value)
    except (ValueError, OverflowError, InvalidOperation):
        raise MoneyError(f"'{value}' is not an amount of money.") from None
    amount = (
        Context(prec=80)
        .divide(Decimal(exact.numerator), Decimal(exact.denominator))
        .quantize(MICRO, ROUND_HALF_UP, Context(prec=80))
    )
    if abs(amount) > LIMIT:
        raise MoneyError(f"money-overflow: {value} is beyond 10^18.")
    return amount


def _near(amount: Decimal) -> Decimal:
    """The amount, its exponent kept in reach: ``1e999999999`` written out would fill the memory."""
    if amount.is_finite() and amount and amount.adjusted() > 30:
        return Decimal(10**30).copy_sign(amount)
    return Decimal(0) if amount.is_finite() and amount.adjusted() < -30 else amount


def total(amounts: Iterable[str | int | Decimal | Fraction]) -> Decimal:
    """The exact sum; raises `MoneyError` (money-overflow) rather than wrap round.

    >>> str(total(["0.1"] * 10_000))
    '1000.000000'
    """
    result = Decimal(0)
    for amount in amounts:
        result = _EXACT.add(result, to_money(amount))
    if abs(result) > LIMIT:
        raise MoneyError("money-overflow: the sum is beyond 10^18.")
    return result.quantize(MICRO)


def mean(amounts: Iterable[str | int | Decimal | Fraction]) -> Decimal:
    """The mean as `Decimal`, rounded half up to a millionth. Raises `MoneyError` where there is nothing to average.

    >>> str(mean(["1", "2", "2"]))
    '1.666667'
    """
    found = list(amounts)
    if not found:
        raise MoneyError("there is no amount to average.")
    return to_money(Fraction(total(found)) / len(found))
