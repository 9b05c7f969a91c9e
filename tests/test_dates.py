"""Partial dates: bounds, three-valued comparison, refusals with the likely meant date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpnpolicy.dates import PartialDate
from vpnpolicy.errors import DateError

D = PartialDate.parse
partial = st.one_of(
    st.dates(date(1990, 1, 1), date(2100, 12, 31)).map(lambda d: d.isoformat()),
    st.dates(date(1990, 1, 1), date(2100, 12, 31)).map(lambda d: d.isoformat()[:7]),
    st.integers(1990, 2100).map(str),
)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2024", "2024-01-01", "2024-12-31", "year"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2023-02", "2023-02-01", "2023-02-28", "month"),
        ("2024-12-15", "2024-12-15", "2024-12-15", "day"),
        ("2025-04-18/2026-01-22", "2025-04-18", "2026-01-22", "span"),
        ("2024-07/2025-06", "2024-07-01", "2025-06-30", "span"),
    ],
)
def test_bounds(text, earliest, latest, precision):
    when = D(text)
    assert (when.earliest.isoformat(), when.latest.isoformat(), when.precision) == (earliest, latest, precision)


@pytest.mark.parametrize("text", ["2024", "2024-02", "1999-12", "2024-12-15"])
def test_bounds_agree_with_edtf(text):
    import edtf

    judged = edtf.parse_edtf(text)
    assert D(text).earliest.timetuple()[:3] == judged.lower_strict()[:3]
    assert D(text).latest.timetuple()[:3] == judged.upper_strict()[:3]


@pytest.mark.parametrize(
    ("a", "b", "before"),
    [
        ("2024-12", "2024-12-15", None),
        ("2024-11", "2024-12-15", True),
        ("2025", "2024-12-15", False),
        ("2024-12-15", "2024-12-15", False),
        ("2024", "2024", None),
    ],
)
def test_before_in_three_values(a, b, before):
    assert D(a).before(D(b)) is before


@pytest.mark.parametrize(
    ("a", "b", "by"),
    [
        ("2025-11-13", "2025-11-13", True),
        ("2025-11-13", "2025-11", None),
        ("2025-11-13", "2025-12", True),
        ("2025-11-13", "2025-10", False),
    ],
)
def test_by_in_three_values(a, b, by):
    assert D(a).by(D(b)) is by


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("13/11/2025", "Did you mean 2025-11-13?"),
        ("20250224", "Did you mean 2025-02-24?"),
        ("2025-02-30", "no day 30"),
        ("2025-13", "no month 13"),
        ("2025-00", "no month 00"),
        ("0001-01-01", "outside 1990 to 2100"),
        ("today", "Write YYYY"),
        ("", "Write YYYY"),
        ("2025-1-5", "Write YYYY"),
        ("۲۰۲۵", "Write YYYY"),
        ("2025-03/2025-01", "ends before it starts"),
        (" 2025", "Write YYYY"),
    ],
)
def test_refusals_say_what_to_write(text, hint):
    with pytest.raises(DateError, match=hint.replace("?", r"\?")):
        D(text)


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_a_clear_refusal(text):
    try:
        D(text)
    except DateError as error:
        assert str(error)


def test_a_day_and_a_timestamp_are_taken():
    import pandas as pd

    assert str(D(date(2025, 2, 24))) == str(D(pd.Timestamp("2025-02-24 13:00"))) == "2025-02-24"


@pytest.mark.parametrize(("a", "b", "days", "may"), [
    ("2024-01-01", "2024-01-02", 1, True), ("2024-01-01", "2024-01-02", 0, False),
    ("2024-01", "2024-03", 30, True), ("2024-01", "2024-03", 29, False), ("2024", "2024-06", 0, True),
])  # fmt: skip
def test_dates_may_coincide_up_to_so_many_days_apart(a, b, days, may):
    assert D(a).may_coincide(D(b), days) is D(b).may_coincide(D(a), days) is may


def test_not_a_time_is_not_a_date():
    import pandas as pd

    with pytest.raises(DateError):
        D(pd.NaT)
