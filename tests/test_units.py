"""The closed table of units: exact factors, refusals, and pint as a second opinion."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from vpnpolicy.errors import UnitError
from vpnpolicy.units import UNITS, convert, parse_unit

RATES = ["bit/s", "Mbps", "Gbps", "Tbps", "MBps", "TBps", "MB/s"]
PRICES = ["USD/min/Tbps", "USD/MB", "USD/GB", "USD/Mbit", "USD/Mbps/month", "USD/min/TBps"]


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        (1, "Tbps", "MB/s", 125_000),
        (1, "TBps", "Tbps", 8),
        (1, "USD/MB", "USD/min/Tbps", 7_500_000),
        (10_000, "USD/min/Tbps", "USD/GB", Fraction(4, 3)),
        (1, "USD/Mbps/month", "USD/min/Tbps", Fraction(10**6 * 1, 43830)),
        (1, "MiB", "B", 1_048_576),
        (1, "month", "min", 43_830),
        (12, "month", "year", 1),
        (50, "%", "1", Fraction(1, 2)),
    ],
)
def test_exact_conversions(value, source, target, result):
    assert convert(value, source, target) == result


@pytest.mark.parametrize("text", ["Mb", "Tb", "Gb", "mb", "tb", "mbps", "tbps", "MBPS", "USD/Mb", "USD/min/Tb", "Mb/s"])
def test_ambiguous_units_are_refused(text):
    with pytest.raises(UnitError, match="Write .* or "):
        parse_unit(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("minutes", "min"), ("US$", "USD"), ("megabyte", "MB"), ("Tbsp", "Tbps"), ("", "unit"), ("furlong", "unit")],
)
def test_unknown_units_are_refused_with_the_nearest(text, hint):
    with pytest.raises(UnitError, match=hint):
        parse_unit(text)


PREFIXES = {"": "", "k": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa"}
IN_PINT = {"min": "minute", "month": "month_", "year": "julian_year"}


@pytest.fixture(scope="module")
def pint_registry():
    import pint

    registry = pint.UnitRegistry()
    registry.define("month_ = 365.25 / 12 * day")
    return registry


def in_pint(name: str) -> str:
    if name.endswith(("bps", "Bps")):
        return f"{PREFIXES[name[:-3]]}{'bit' if name.endswith('bps') else 'byte'} / second"
    return IN_PINT.get(name, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, u in UNITS.items() if {d for d, _ in u.dimensions} <= {"bit", "s"} and u.dimensions])
def test_pint_agrees_on_every_unit_of_data_and_time(name, pint_registry):
    base = " * ".join(f"{ {'bit': 'bit', 's': 'second'}[d] } ** {p}" for d, p in UNITS[name].dimensions)
    judged = pint_registry.Quantity(1, in_pint(name)).to(base).magnitude
    assert judged == pytest.approx(float(UNITS[name].factor), rel=1e-12)


def test_scalar_array_and_series_agree():
    scalar = convert(2.0, "Tbps", "Gbps")
    assert scalar == 2000
    assert convert(np.array([2.0, 4.0]), "Tbps", "Gbps").tolist() == [2000, 4000]
    assert convert(pd.Series([2.0, 4.0]), "Tbps", "Gbps").tolist() == [2000, 4000]


def test_exact_kinds_stay_exact():
    assert convert(Decimal("0.1"), "USD/MB", "USD/GB") == 100
    assert isinstance(convert(np.int64(3), "GB", "MB"), Fraction)


@pytest.mark.parametrize("value", [None, "1", 1j, True])
def test_what_is_not_a_number_has_no_unit(value):
    with pytest.raises(UnitError):
        convert(value, "GB", "MB")
