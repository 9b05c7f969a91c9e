"""Ranges, formatting, errors and the folders of the package."""

from decimal import Decimal
from fractions import Fraction

import pytest

from vpnpolicy._files import data_folder, notebooks_folder
from vpnpolicy.errors import DataError, Problem, UnitError, UsageError
from vpnpolicy.formatting import (
    format_number,
    round_significant,
)
from vpnpolicy.ranges import Estimate, Range


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ((1, 2, 3, "1", "triangle"), "Did you mean 'triangular'"),
        ((3, 2, 1), "low to high"),
        ((1, 5, 3), "low to high"),
        ((float("nan"), 1, 2), "finite"),
        ((0, 1, float("inf")), "finite"),
    ],
)
def test_range_refuses(args, word):
    with pytest.raises(UsageError, match=word):
        Range(*args)


@pytest.mark.parametrize("bound", ["a", None, True, 1j])
def test_range_refuses_what_is_not_a_number(bound):
    with pytest.raises(UsageError, match="finite bounds"):
        Range(bound, 1, 2)


@pytest.mark.parametrize(
    ("unit", "target", "central"),
    [("Tbps", "Gbps", 500), ("1", "%", 50), ("1", "Gbps", 0.5), ("USD/Mbps/month", "USD/Gbps/month", 500)],
)
def test_a_range_is_converted_to_the_unit_asked_for(unit, target, central):
    found = Range(0.3, 0.5, 0.7, unit).to(target)
    assert (found.central, found.unit) == (pytest.approx(central), target)


def test_rupees_become_dollars_at_a_rate_and_other_kinds_are_refused():
    rupees = Range(140, 280, 560, "PKR/Mbps/month")
    assert rupees.to("USD/Mbps/month", pkr_per_usd=280).central == pytest.approx(1)
    for unit in ("USD/Mbps/month", "Gbps"):
        with pytest.raises(UnitError, match="cannot be turned into"):
            rupees.to(unit)


def test_an_estimate_is_converted_and_its_numbers_are_floats():
    found = Estimate("traffic", Fraction(1, 2), 1, 2, "Tbps").to("Gbps")
    assert (found.low, found.central, found.exact[0]) == (500.0, 1000.0, 500)
    assert isinstance(found.central, float)
    assert found.to_dict()["traffic_gbps"] == 1000
    with pytest.raises(UnitError):
        found.to("USD")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.235, "0.235"),
        (1368.925, "1,369"),
        (-2.5, "-2.5"),
        (Fraction(1, 3), "0.3333"),
        (10**12, "1,000,000,000,000"),
        (None, "unknown"),
        (float("nan"), "unknown"),
        (float("-inf"), "unknown"),
        (1e30, "1" + ",000" * 10),
        (10**400, "10" + ",000" * 133),
        (Decimal("1e50"), "100" + ",000" * 16),
        (Decimal("-1234567890123456789012345678.25"), "-1,234,567,890,123,456,789,012,345,678"),
    ],
)
def test_numbers_for_people(value, text):
    assert format_number(value) == text


def test_half_goes_up_not_to_even():
    assert str(round_significant(Decimal("0.235"), 2)) == "0.24"
    assert str(round_significant(Decimal("2.5"), 1)) == "3"


def test_a_problem_is_one_line():
    problem = Problem("licences.csv", 4, 7, "allowed-values", "'licenced'", "licensed", "licensed")
    assert str(problem) == "licences.csv:4:7: allowed-values: found 'licenced'; expected licensed; fix: licensed"


def test_data_error_shows_a_hundred_and_counts_all():
    error = DataError([Problem("a.csv", n, 1, "x") for n in range(1, 151)])
    assert "(+50 more)" in str(error)
    assert str(error).endswith("150 problems. Nothing was loaded.")


def test_data_folder_order(data, monkeypatch, tmp_path):
    assert data_folder(data) == data
    monkeypatch.setenv("VPNPOLICY_DATA", str(data))
    assert data_folder() == data
    monkeypatch.delenv("VPNPOLICY_DATA")
    assert (data_folder() / "datapackage.json").is_file()
    assert (notebooks_folder() / "00_brief.ipynb").is_file()


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("nowhere", "does not exist"),
        (".", "holds no datapackage.json"),
        ("https://example.org/data", "is an address"),
        ("a\0b", "NUL"),
        (__file__, "is not a folder"),
    ],
)
def test_missing_data_folder_is_one_clear_line(path, word):
    with pytest.raises(UsageError, match=word):
        data_folder(path)
