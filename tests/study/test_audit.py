"""The audit on tables that are not the project's own: what follows, what contradicts, what cannot be told, and no false alarm."""

import functools
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.errors import DataError, UsageError
from vpnpolicy.study.audit.figures import Figure
from vpnpolicy.study.audit.reading import read_figures
from vpnpolicy.study.audit.relations import Amount, overlap

MATCH, WRONG, UNKNOWN = "match", "contradiction", "cannot tell"
quick = settings()


@functools.cache
def own():
    """The record's own audit, once."""
    return vp.audit().set_index("id")


def verdicts(table, rule=None):
    """Verdicts of the rows that a rule was found for, by row."""
    frame = vp.audit(pd.DataFrame(table))
    frame = frame[frame["rule"] != "none"] if rule is None else frame[frame["rule"] == rule]
    return dict(zip(frame["id"], frame["verdict"], strict=True))


def verdict(table, rule):
    """The only verdict of a rule."""
    (found,) = verdicts(table, rule).values()
    return found


def total(*cells, column="cost_usd_m"):
    """A table of countries whose last row is the total."""
    return {"country": [*"ABCDEFGH"[: len(cells) - 1], "Total"], column: list(cells)}


# Sums


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("1.2", "2.3", "3.5"), MATCH),
        (("1.2", "2.3", "3.6"), MATCH),
        (("1.2", "2.3", "3.7"), WRONG),
        (("1.2", "2.3", "3.3"), WRONG),
        (("1.1", "2.2", "3.3", "6.8"), MATCH),  # three halves of a digit and one: they meet in one point
        (("1.1", "2.2", "3.3", "6.9"), WRONG),
        (("1.1", "2.2", "3.3", "6.4"), MATCH),
        (("1.1", "2.2", "3.3", "6.3"), WRONG),
        (("12.25", "7.75", "20.00"), MATCH),
        (("12.25", "7.75", "20"), MATCH),
        (("12.25", "7.75", "21"), WRONG),
        (("-1.0", "2.0", "1.0"), MATCH),
        (("-1.0", "2.0", "3.0"), WRONG),
        (("\u22121.0", "2.0", "1.0"), MATCH),
    ],
)
def test_a_total_is_the_sum_of_its_rows_as_far_as_they_were_rounded(cells, found):
    assert verdict(total(*cells), "sum of") == found


@pytest.mark.parametrize(("last", "found"), [(21, MATCH), (22, WRONG), (20, WRONG)])
def test_things_counted_add_up_exactly(last, found):
    assert verdict(total(14, 7, last, column="shutdowns"), "sum of") == found
    assert verdict(total(14, 7, last, column="days"), "sum of") == found


def test_floats_and_whole_numbers_of_pandas_are_read_as_printed():
    assert verdict(total(1.5, 2.25, 3.75), "sum of") == MATCH
    assert verdict(total(1.5, 2.25, 4.75), "sum of") == WRONG


@pytest.mark.parametrize(
    "label", ["Total", "TOTAL", "Grand total", "PUBLISHED TOTAL", "Totals", "Sum", "Overall", "Total (3 rows)"]
)
def test_a_total_by_the_names_in_use(label):
    table = total("1.2", "2.3", "9.9") | {"country": ["A", "B", label]}
    assert verdict(table, "sum of") == WRONG


def test_a_world_row_may_hold_more_than_its_list_but_not_less():
    table = total("1.2", "2.3", "9.9") | {"country": ["A", "B", "World"]}
    assert verdict(table, "includes") == UNKNOWN
    assert verdict(table | {"cost_usd_m": ["1.2", "2.3", "3.5"]}, "includes") == MATCH
    assert verdict(table | {"cost_usd_m": ["1.2", "2.3", "3.0"]}, "includes") == WRONG


def test_kinds_add_up_across_columns():
    table = {
        "year": [2019, 2020],
        "hours_blackout": [11_857, 10_693],
        "hours_social": [6_368, 5_552],
        "hours_total": [18_225, 17_245],
    }
    assert verdicts(table, "sum of") == {"row 1 hours_total": MATCH, "row 2 hours_total": WRONG}


def test_each_period_has_its_own_total():
    table = {"country": ["A", "B", "Total"] * 2, "year": [2023] * 3 + [2024] * 3, "hours": [10.5, 20.5, 31.0, 11.5, 21.5, 35.0]}
    assert verdicts(table, "sum of") == {"row 3 hours": MATCH, "row 6 hours": WRONG}


# Growth


@pytest.mark.parametrize(
    ("change", "found"),
    [("20", MATCH), ("20.0", MATCH), ("+20", MATCH), ("20%", MATCH), ("21", MATCH), ("21.5", WRONG), ("-20", WRONG)],
)
def test_a_change_is_against_the_period_before(change, found):
    table = {"year": ["2023", "2024"], "cost_usd_m": ["100", "120"], "cost_change_pct": ["", change]}
    assert verdict(table, "change of") == found


def test_columns_are_known_however_they_are_written():
    table = {"Year": ["2023", "2024"], "Country": ["A", "A"], "Cost (USD)": ["100", "120"], "Change %": ["", "25"]}
    assert verdict(table, "change of") == WRONG
    assert verdict(table | {"Change %": ["", "20"]}, "change of") == MATCH
    days = {"From": ["2024-02-17", "2024-02-17"], "To": ["2024-03-17", "2024-03-18"], "Days": [30, 33]}
    assert verdicts(days) == {"row 1 Days": MATCH, "row 2 Days": WRONG}
    assert verdict({"From": ["2024-03-17"], "To": ["2024-02-17"], "Days": [30]}, "span") == UNKNOWN


def test_years_side_by_side():
    """Ten percent of growth where it fell by ten, and a share of another year's total."""
    table = {
        "Operator": ["A", "B", "Total"],
        "Subscribers 2022": ["1000001", "500001", "1500002"],
        "Subscribers 2023": ["1200003", "450001", "1650004"],
        "Growth %": ["20", "10", "10"],
        "Share (%)": ["80", "27.3", "100"],
    }
    assert {i: v for i, v in verdicts(table).items() if v == WRONG} == {"row 2 Growth %": WRONG, "row 1 Share (%)": WRONG}
    assert list(verdicts(table).values()).count(MATCH) == 6


@pytest.mark.parametrize("head", ["Item", "Metric", "indicator", "Measure", "What"])
def test_the_long_form_with_another_word_for_what_is_measured(head):
    table = {
        head: ["Exports", "Exports", "Rate"],
        "Amount": ["250 million", "75 billion", "280"],
        "Unit": ["USD", "PKR", "PKR/USD"],
    }
    assert verdict(table, "product of") == WRONG


def test_a_fall_is_a_change_below_zero():
    table = {"year": ["2023", "2024"], "cost_usd_m": ["9.01", "7.69"], "cost_change_pct": ["", "-14.7"]}
    assert verdict(table, "change of") == MATCH
    assert verdict(table | {"cost_change_pct": ["", "-15.8"]}, "change of") == WRONG


def test_a_change_in_words_beside_the_numbers():
    table = {"year": ["2023", "2024"], "cost_usd_bn": ["9.01", "7.69"], "hours": ["79238", "88788"]}
    table["published_change_text"] = ["", "cost -15.8%; hours +12% vs 2023"]
    assert verdicts(table, "change of") == {"row 2 published_change_text 1": WRONG, "row 2 published_change_text 2": MATCH}


def test_a_year_left_out_leaves_a_change_untold():
    table = {"year": ["2019", "2020", "2022"], "cost_usd_m": ["100", "110", "200"], "cost_change_pct": ["", "10", "25"]}
    assert verdicts(table, "change of") == {"row 2 cost_change_pct": MATCH}


def test_a_change_is_that_of_its_own_place_and_item():
    table = {
        "country": ["A", "B"] * 2, "event": ["x", "y"] * 2, "year": ["2023"] * 2 + ["2024"] * 2,
        "cost_usd_m": ["100", "50", "120", "75"], "cost_change_pct": ["", "", "20", "50"],
    }  # fmt: skip
    assert set(verdicts(table, "change of").values()) == {MATCH}
    assert set(verdicts(table | {"country": ["A"] * 4}, "change of").values()) == {MATCH}


def test_a_fall_printed_without_its_sign_is_not_judged():
    long = {"quantity": ["cost", "cost", "decrease in cost"], "period": ["2023", "2024", "2024"], "value": ["100", "80", "20"]}
    assert verdicts(long | {"unit": ["USD", "USD", "%"]}) == {}


# Cells with a word of size


@pytest.mark.parametrize(
    ("cell", "unit", "low", "high"),
    [
        ("601.4 million", "person", 601.35e6, 601.45e6), ("$1.2m", "USD", 1.15e6, 1.25e6), ("US$ 1.2 bn", "USD", 1.15e9, 1.25e9), ("1.2 million dollars", "USD", 1.15e6, 1.25e6),
        ("Rs 2 crore", "PKR", 1.5e7, 2.5e7), ("about 600 million", "person", 550e6, 650e6), ("over 2 million", "USD", 2e6, float("inf")),
        ("5.45 billion", "count", 5.445e9, 5.455e9), ("1230k", "USD", 1_225_000, 1_235_000), ("$24", "USD", 23.5, 24.5), ("42%", "%", 41.5, 42.5), ("36 hours", "hours", 35.5, 36.5),
    ],
)  # fmt: skip
def test_a_word_of_size_stands_for_its_zeros_and_the_printed_digits_say_how_far(cell, unit, low, high):
    (figure,) = read_figures(pd.DataFrame({"quantity": ["x"], "value": [cell], "unit": [unit]}))
    assert figure.interval() == (low, high)


@pytest.mark.parametrize(
    ("cell", "unit"),
    [
        ("1.2 zillion", "USD"), ("$1.2m", "PKR"), ("42%", "hours"), ("36 hours", "USD"), ("1.2 million", "USD million"), ("5m", "min"), ("5 b", "GB"),
        ("US$ 1 USD 2", "USD"), ("see note 3", "USD"), ("1.2.3", "USD"),
    ],
)  # fmt: skip
def test_digits_that_cannot_be_understood_are_said_and_not_passed_over(cell, unit):
    table = {"country": ["A", "B", "Total"], "quantity": ["cost"] * 3, "value": [cell, "2", "5"], "unit": [unit] * 3}
    frame = vp.audit(pd.DataFrame(table)).set_index("id")
    assert frame.loc["row 1", "printed"] == f"not readable: '{cell}'"
    assert frame.loc["row 3", ["rule", "verdict"]].tolist() == ["sum of", UNKNOWN]
    assert f"1 of 2 parts are not readable: '{cell}'" in frame.loc["row 3", "working"]


@pytest.mark.parametrize("cell", ["not seen", "n/a", "–", "", "unknown"])
def test_words_without_digits_are_not_printed(cell):
    table = total("1.2", cell, "9.9")
    assert vp.audit(pd.DataFrame(table)).set_index("id").loc["row 2 cost_usd_m", "printed"] == "not printed"


def test_words_of_size_add_up_in_a_wide_table_and_in_a_long_one():
    assert verdict(total("$1.2m", "$2.3m", "$3.6m", column="cost_usd"), "sum of") == MATCH
    assert verdict(total("$1.2m", "950 thousand", "$3.6m", column="cost_usd"), "sum of") == WRONG
    long = {"place": ["A", "B", "Total"], "quantity": ["people"] * 3, "value": ["601.4 million", "83 million", "700 million"]}
    assert verdicts(long | {"unit": ["person"] * 3}, "sum of") == {"row 3": WRONG}


def test_a_range_with_one_end_that_cannot_be_read_is_not_read_at_all():
    table = {"quantity": ["cost"] * 2, "value": ["", "5"], "low": ["1 million", ""], "high": ["two 2", ""], "unit": ["USD"] * 2}
    assert vp.audit(pd.DataFrame(table))["printed"].tolist() == ["not readable: 'two 2'", "5 USD"]


def test_a_table_of_nothing_but_words_says_what_could_not_be_read():
    with pytest.raises(UsageError, match=r"holds no number with a unit. not readable: '1.2 zillion'. Give"):
        vp.audit(pd.DataFrame({"quantity": ["cost"], "value": ["1.2 zillion"], "unit": ["USD"]}))


@pytest.mark.parametrize("bad", [[1, 2], object(), 5])
def test_what_is_no_table_is_one_clear_line(bad):
    for ask in (vp.audit, vp.find_vintages):
        with pytest.raises(UsageError, match="a table is a CSV file or a DataFrame; found "):
            ask(bad)


# Units in words


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("hours", "40", "40 hours"),
        ("hours", "1", "1 hour"),
        ("day", "2", "2 days"),
        ("person", "5", "5 people"),
        ("%", "42", "42 %"),
        ("USD/day", "3", "3 USD/day"),
        ("count", "7", "7"),
    ],
)
def test_a_number_with_its_unit_as_a_reader_would_say_it(unit, value, words):
    (figure,) = read_figures(pd.DataFrame({"quantity": ["x"], "value": [value], "unit": [unit]}))
    assert figure.words() == words


def test_the_working_is_good_english():
    frame = vp.audit(pd.DataFrame({"country": ["A", "B", "Total"], "hours": [10, 20, 40]})).query("rule == 'sum of'")
    assert frame["working"].item() == "10 hours + 20 hours gives 29 to 31, printed 40 hours"


# Spans


@pytest.mark.parametrize(("days", "found"), [(10, MATCH), (9, MATCH), (11, WRONG), (8, WRONG)])
def test_days_of_a_period_with_or_without_its_last_day(days, found):
    table = {"event": ["x"], "start": ["2024-01-01"], "end": ["2024-01-10"], "days": [days]}
    assert verdict(table, "span") == found


def test_top10vpn_balochistan_2024_36_days_are_864_hours_S124():
    table = {"event": ["Balochistan"], "start": ["2024-07-16"], "end": ["2024-08-21"], "hours": [864]}
    assert verdict(table, "span") == MATCH
    assert verdict(table | {"hours": [1_200]}, "span") == WRONG


@pytest.mark.parametrize(
    ("start", "end"), [("2024-01", "2024-03"), ("1 Jan 2024", "9 Jan 2024"), ("2024-02-30", "2024-03-02"), ("2024-01-10", "2024-01-01"), ("", "2024-01-01")]
)  # fmt: skip
def test_dates_that_name_no_days_leave_the_rest_of_the_table_judged(start, end):
    table = total("1.2", "2.3", "9.9") | {"start": [start] * 3, "end": [end] * 3, "hours": [5, 5, 5]}
    frame = vp.audit(pd.DataFrame(table))
    assert frame[frame["quantity"] == "cost"]["verdict"].tolist().count(WRONG) == 1
    assert WRONG not in set(frame[frame["rule"].isin(["span", "within"])]["verdict"])


def test_a_part_of_a_period_may_be_shorter_than_it_but_not_longer():
    long = {"quantity": ["blackout"] * 2, "period": ["2024-01-01/2024-01-10"] * 2, "value": ["100", "300"], "unit": ["hours"] * 2}
    assert verdicts(long, "within") == {"row 1": UNKNOWN, "row 2": WRONG}


# Products, shares, conversions


@pytest.mark.parametrize(("cost", "found"), [("90", MATCH), ("92", MATCH), ("94", WRONG)])
def test_a_rate_times_its_time_oecd_egypt_S296(cost, found):
    table = {"event": ["Egypt"], "cost_usd_m_per_day": ["18"], "days": [5], "cost_usd_m": [cost]}
    assert verdict(table, "product of") == found


def test_cost_nigeria_at_the_printed_digits_S266():
    table = {"event": ["Twitter"], "cost_ngn_m_per_hour": ["103.17"], "hours": ["2400"], "cost_ngn_bn": ["247.61"]}
    assert verdict(table, "product of") == MATCH
    assert verdict(table | {"cost_ngn_bn": ["248.99"]}, "product of") == WRONG


@pytest.mark.parametrize(("share", "found"), [("40", MATCH), ("41", MATCH), ("42", WRONG), ("40.0", MATCH)])
def test_a_share_is_of_the_total(share, found):
    table = total("40", "60", "100") | {"share_pct": [share, "60", "100"]}
    assert verdicts(table, "share of")["row 1 share_pct"] == found


@pytest.mark.parametrize(
    ("hours", "days", "found"), [(48, 2, MATCH), (48, 3, WRONG), (259, 11, MATCH), (259, 10, WRONG), (36, "1.5", MATCH)]
)
def test_hours_and_days_of_one_thing(hours, days, found):
    """Whole days are rounded where hours stand beside them: 259 hours are 10.8 days."""
    assert set(verdicts({"event": ["x"], "hours": [hours], "days": [days]}, "same as").values()) == {found}


@pytest.mark.parametrize(("pkr", "found"), [("2.787", MATCH), ("2.779", MATCH), ("3.1", WRONG), ("2.0", WRONG)])
def test_rupees_and_dollars_by_a_rate_of_the_quarter(pkr, found):
    """278.72 on 8 January 2025; a table may have used another bank or day."""
    table = {"event": ["x"], "date": ["2025-01-08"], "cost_usd_m": ["10.00"], "cost_pkr_bn": [pkr]}
    assert verdict(table, "same as") == found


def test_rupees_of_a_day_without_a_rate_cannot_be_told_but_imply_one():
    frame = vp.audit(pd.DataFrame({"event": ["x"], "date": ["2005-01-08"], "cost_usd_m": ["10.0"], "cost_pkr_m": ["600"]}))
    row = frame[frame["rule"] == "same as"].iloc[0]
    assert row["verdict"] == UNKNOWN
    assert row["working"] == "no rate of PKR/USD is held about 2005-01-08; they imply 60 PKR/USD"


# The long form


LONG = {
    "fig_id": ["a", "b", "c"],
    "quantity": ["x", "y", "z"],
    "unit": ["USD"] * 3,
    "relation": ["", "", "sum of"],
    "refers_to": ["", "", "a;b"],
}


@pytest.mark.parametrize(
    ("relation", "units", "values", "found"),
    [
        ("sum of", ("USD", "USD", "USD"), ("1.0", "2.0", "3.0"), MATCH),
        ("sum of", ("USD million", "USD thousand", "USD million"), ("1.0", "500", "1.5"), MATCH),
        ("sum of", ("USD", "hours", "USD"), ("1.0", "2.0", "3.0"), UNKNOWN),
        ("difference of", ("USD", "USD", "USD"), ("9.0", "2.0", "7.0"), MATCH),
        ("difference of", ("USD", "USD", "USD"), ("9.0", "2.0", "11.0"), WRONG),
        ("product of", ("USD/day", "day", "USD"), ("2.0", "3", "6.0"), MATCH),
        ("quotient of", ("USD", "day", "USD/day"), ("6.0", "3", "2.0"), MATCH),
        ("quotient of", ("USD", "day", "USD/day"), ("6.0", "0", "2.0"), UNKNOWN),
        ("change of", ("USD", "USD", "%"), ("12.0", "10.0", "20"), MATCH),
        ("change of", ("USD", "USD", "%"), ("12.0", "0", "20"), UNKNOWN),
        ("share of", ("USD", "USD", "%"), ("1.0", "4.0", "25"), MATCH),
        ("count of", ("USD", "USD", "count"), ("1.0", "4.0", "2"), MATCH),
        ("count of", ("USD", "USD", "count"), ("1.0", "4.0", "3"), WRONG),
        ("includes", ("USD", "USD", "USD"), ("1.0", "4.0", "9.0"), UNKNOWN),
        ("includes", ("USD", "USD", "USD"), ("1.0", "4.0", "3.0"), WRONG),
    ],
)
def test_relations_that_are_named(relation, units, values, found):
    table = LONG | {"unit": units, "value": values, "relation": ["", "", relation]}
    assert verdict(table, relation) == found


@pytest.mark.parametrize("relation", ["change of", "share of", "quotient of", "difference of", "same as", "sum of", "count of"])
@pytest.mark.parametrize("refers_to", ["", "a;b;c", "nowhere"])
def test_relations_that_name_too_few_or_too_many_cannot_be_told(relation, refers_to):
    table = LONG | {"value": ["1", "2", "3"], "relation": ["", "", relation], "refers_to": ["", "", refers_to]}
    found = verdicts(table, relation)
    assert set(found) == {"c"}
    assert found["c"] == UNKNOWN or relation in ("sum of", "count of")


def test_an_inferred_relation_in_the_long_form():
    table = {"place": ["A", "B", "Total"], "quantity": ["cost"] * 3, "value": ["1.2", "2.3", "3.9"], "unit": ["USD million"] * 3}
    assert verdicts(table, "sum of") == {"row 3": WRONG}


def test_numbers_in_a_unit_outside_the_table_meet_only_their_like():
    table = {
        "place": ["A", "B", "Total", "C"],
        "quantity": ["cost"] * 4,
        "value": ["1.0", "2.0", "3.0", "9.0"],
        "unit": ["EUR"] * 3 + ["GBP"],
    }
    assert verdicts(table, "sum of") == {"row 3": MATCH}


def test_the_same_number_as_its_own_part_is_a_contradiction():
    table = LONG | {"value": ["1.0", "2.0", "3.0"], "refers_to": ["", "", "a;b;c"]}
    assert verdicts(table, "sum of") == {"c": WRONG}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"relation": ["", "", "sums"]}, "row 3: there is no relation 'sums'. Did you mean 'sum of'?"),
        ({"bound": ["", "abuot", ""]}, "row 2: there is no bound 'abuot'. Did you mean 'about'?"),
        ({"rounded_to": ["ten", "", ""]}, "row 1: rounded_to is 'ten'; expected a number from 0."),
        ({"rounded_to": ["-1", "", ""]}, "row 1: rounded_to is '-1'; expected a number from 0."),
        ({"fig_id": ["a", "a", "b"]}, "refers_to: 'a' stands at more than one row."),
    ],
)
def test_words_that_cannot_be_understood_are_one_line_with_the_row(change, words):
    with pytest.raises(UsageError) as error:
        vp.audit(pd.DataFrame(LONG | {"value": ["1", "2", "3"]} | change))
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


def test_an_id_that_repeats_and_is_not_referred_to_hides_no_row():
    table = {
        "event_id": ["E1"] * 3,
        "place": ["A", "B", "Total"],
        "quantity": ["cost"] * 3,
        "value": ["1", "2", "9"],
        "unit": ["USD"] * 3,
    }
    assert verdicts(table, "sum of") == {"row 3": WRONG}


@pytest.mark.parametrize(
    ("low", "value", "high", "found"),
    [(5, 6, 8, None), (5, 3, 8, WRONG), (5, 10, 8, WRONG), (8, "", 5, WRONG), ("10", "9", "", WRONG), (5, "", 8, None)],
)
def test_the_ends_of_a_range_stand_in_order(low, value, high, found):
    frame = vp.audit(
        pd.DataFrame({"quantity": ["cost"], "low": [low], "value": [value], "high": [high], "unit": ["USD million"]})
    )
    assert dict(zip(frame["rule"], frame["verdict"], strict=True)) == ({"in order": found} if found else {"none": UNKNOWN})


def test_a_cost_for_each_user_times_its_users():
    table = {
        "Country": ["A", "B"],
        "Users (million)": [10, 20],
        "Cost per user (USD)": [2.5, 1.5],
        "Cost (USD million)": [25, 40],
    }
    assert verdicts(table) == {"row 1 Cost (USD million)": MATCH, "row 2 Cost (USD million)": WRONG}


def test_a_rate_in_the_table_itself():
    table = {
        "month": ["2005-01", "2005-02"],
        "bill (USD)": ["100.0", "210.0"],
        "bill (PKR)": [5970, 12000],
        "rate (PKR per USD)": ["59.7", "59.7"],
    }
    assert verdicts(table, "product of") == {"row 1 bill (PKR)": MATCH, "row 2 bill (PKR)": WRONG}


def test_a_rate_of_a_year_is_one_of_those_about_a_day():
    """300 in October 2023, to two digits, is the only dated rate within a quarter; the year from July had 282.5 on average."""
    table = {"event": ["x"], "date": ["2024-01"], "cost_usd_m": ["10.00"], "cost_pkr_bn": ["2.80"]}
    assert verdict(table, "same as") == MATCH
    assert verdict(table | {"cost_pkr_bn": ["2.50"]}, "same as") == WRONG


# Cannot tell


def test_a_part_that_is_not_printed_cannot_be_told():
    assert verdict(total("1.2", "", "9.9"), "sum of") == UNKNOWN
    assert verdict(total("1.2", "n/a", "", "9.9"), "sum of") == UNKNOWN


def test_parts_above_their_total_contradict_it_though_one_is_missing():
    assert verdict(total("1.2", "", "0.9"), "sum of") == WRONG


def test_a_total_that_is_not_printed_is_worked_out():
    frame = vp.audit(pd.DataFrame(total("1.2", "2.3", "")))
    row = frame[frame["rule"] == "sum of"].iloc[0]
    assert (row["verdict"], row["printed"]) == (UNKNOWN, "not printed")
    assert (row["recomputed_low"], row["recomputed_high"]) == pytest.approx((3.4e6, 3.6e6))


def test_a_missing_part_narrows_no_total_for_the_shares_of_it():
    """A third country of 0.6 is not printed; 40.3 of 100.3 is 40.18 percent, of the 99.7 that are printed it would be 40.42."""
    long = {
        "fig_id": [*"abcts"], "quantity": ["cost"] * 4 + ["share of cost"], "value": ["40.30", "59.40", "", "100", "40.18"],
        "unit": ["USD million"] * 4 + ["%"], "relation": ["", "", "", "sum of", "share of"], "refers_to": ["", "", "", "a;b;c", "a;t"],
    }  # fmt: skip
    assert verdicts(long) == {"t": MATCH, "s": MATCH}
    long["value"][2] = "0.60"
    assert verdicts(long | {"value": ["40.30", "59.40", "0.60", "100", "40.42"]}) == {"t": MATCH, "s": WRONG}


def test_numbers_that_follow_from_nothing_say_so():
    frame = vp.audit(pd.DataFrame({"country": ["A", "B"], "hours": [1, 2]}))
    assert frame["verdict"].eq(UNKNOWN).all()
    assert frame["working"].eq("no number it would follow from is printed").all()


# Tables that are right, and easy to take for wrong ones


@pytest.mark.parametrize(
    "table",
    [
        {
            "country": ["A", "B", "Total"],
            "cost_usd_m": ["90", "30", "120"],
            "days": [5, 10, 15],
            "cost_usd_m_per_day": ["18", "3", "8"],
        },
        {"country": ["A", "B", "Total"], "cost_usd_m": ["120", "60", "180"], "cost_growth_pct": ["20", "50", "28.6"]},
        {"country": ["A", "B", "Total Africa", "C", "D", "Total Asia"], "hours": [1.5, 2.5, 4.0, 5.5, 6.5, 12.0]},
        {"country": ["A", "B", "Subtotal", "C", "D", "Subtotal", "Total"], "hours": [1.5, 2.5, 4.0, 5.5, 6.5, 12.0, 16.0]},
        {"country": ["A", "B", "Total", "C", "D", "Total"], "hours": [1.5, 2.5, 4.0, 5.5, 6.5, 12.0]},
        {"country": ["A", "B", "Total"], "cost_usd_m": ["1.5", "2.5", "4.0"], "cost_usd": ["1500000", "2500000", "4000000"]},
        {"country": ["A", "B", "Total"], "cost_usd_m": ["1.5", "2.5", "4.0"], "cost_per_user_usd": ["3.0", "5.0", "4.0"]},
        {"country": ["A", "B", "Total"], "rank": [1, 2, ""], "hours": ["1.5", "2.5", "4.0"]},
        {"event": ["x"], "hours": [259], "days": [11], "cost_usd_m_per_day": ["22.0"], "cost_usd_m": ["237"]},
    ],
    ids=["mean-rate", "mean-growth", "regions", "subtotals", "blocks", "two-scales", "per-user", "rank", "hours-and-days"],
)
def test_no_false_alarm(table):
    found = verdicts(table)
    assert WRONG not in found.values(), found


def test_a_column_of_ranks_hides_no_wrong_total():
    assert verdict(total("1.2", "2.3", "9.9") | {"rank": [1, 2, ""]}, "sum of") == WRONG


def rounded(value, digits, way):
    return str((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-digits), way))


ways = st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN])
amounts = st.lists(st.integers(1, 10**7).map(lambda n: Fraction(n, 1000)), min_size=2, max_size=6)


@quick
@given(amounts, st.integers(0, 3), st.integers(0, 2), ways)
def test_rounded_parts_shares_and_totals_never_contradict(parts, digits, share_digits, way):
    whole = sum(parts)
    table = total(*(rounded(p, digits, way) for p in [*parts, whole]))
    table["share_pct"] = [rounded(100 * p / whole, share_digits, way) for p in [*parts, whole]]
    found = verdicts(table)
    assert found[f"row {len(parts) + 1} cost_usd_m"] == MATCH
    assert WRONG not in found.values(), (table, found)


@quick
@given(amounts, st.integers(0, 2), st.integers(0, 1), ways)
def test_rounded_growth_never_contradicts(values, digits, change_digits, way):
    values = [v + 1 for v in values]
    changes = ["", *(rounded(100 * (b / a - 1), change_digits, way) for a, b in zip(values, values[1:], strict=False))]
    years = [str(2010 + n) for n in range(len(values))]
    found = verdicts({"year": years, "cost_usd_m": [rounded(v, digits, way) for v in values], "cost_change_pct": changes})
    assert len(found) == len(values) - 1
    assert WRONG not in found.values(), found


@quick
@given(st.integers(1, 10**6), st.integers(1, 400), st.integers(0, 2), ways)
def test_rounded_products_never_contradict(rate, days, digits, way):
    exact = Fraction(rate, 1000)
    table = {
        "event": ["x"],
        "days": [days],
        "cost_usd_m_per_day": [rounded(exact, digits, way)],
        "cost_usd_m": [rounded(exact * days, digits, way)],
    }
    assert verdict(table, "product of") == MATCH


@quick
@given(amounts, st.integers(1, 3), ways, st.data())
def test_one_cell_moved_past_its_rounding_always_contradicts(parts, digits, way, data):
    cells = [Decimal(rounded(p, digits, way)) for p in [*parts, sum(parts)]]
    at, up = data.draw(st.integers(0, len(parts))), data.draw(st.booleans())
    cells[at] += Decimal(len(parts) + 2).scaleb(-digits) * (1 if up else -1)
    assert verdict(total(*map(str, cells)), "sum of") == WRONG


@quick
@given(st.integers(2, 7), st.integers(1, 3))
def test_the_edge_of_rounding_is_half_a_digit_for_each_number(n, digits):
    """n parts and a total differ by (n + 1) / 2 last digits at most: that meets in one point where n is odd."""
    unit = Decimal(1).scaleb(-digits)
    parts = [Decimal(3) + unit] * n
    most = (n + 1) // 2
    assert verdict(total(*map(str, [*parts, sum(parts) + most * unit])), "sum of") == MATCH
    assert verdict(total(*map(str, [*parts, sum(parts) + (most + 1) * unit])), "sum of") == WRONG


# Intervals


@pytest.mark.parametrize(
    ("value", "bound", "low", "high"),
    [
        ("24", "about", 23.5, 24.5), ("24", "exact", 23.5, 24.5), ("24.0", "exact", 23.95, 24.05), ("1200", "exact", 1195, 1205),
        ("1230000", "exact", 1_225_000, 1_235_000), ("1200000", "exact", 1_150_000, 1_250_000), ("500000", "nearly", 400_000, 500_000), ("8000", "nearly", 7_000, 8_000),
        ("120000", "above", 120_000, float("inf")), ("9", "up to", float("-inf"), 9),
    ],
)  # fmt: skip
def test_a_printed_number_is_as_wide_as_its_last_digit_and_its_hedge(value, bound, low, high):
    assert Figure("a", "cost", "USD", value, bound=bound).interval() == (low, high)


def test_whole_counts_and_days_are_exact_and_a_given_step_is_kept():
    assert Figure("a", "shutdowns", "count", "19").interval() == (19, 19)
    assert Figure("a", "duration", "day", "36").interval() == (36, 36)
    assert Figure("a", "cost", "USD", "965", rounded_to="10").interval() == (960, 970)
    assert Figure("a", "cost", "USD", low="29", high="32", bound="range").interval() == (29, 32)


def test_intervals_that_touch_meet():
    assert overlap((0.0, 0.1 + 0.2), (0.3, 1.0))
    assert not overlap((0.0, 0.3), (0.301, 1.0))
    assert (Amount(1, 2, ()) * Amount(-1, 3, ())) == Amount(-2, 6, ())


# Files, vintages, the record


def test_a_csv_file_and_a_frame_give_the_same(tmp_path):
    table = pd.DataFrame(total("1.2", "2.3", "9.9"))
    table.to_csv(tmp_path / "t.csv", index=False)
    pd.testing.assert_frame_equal(vp.audit(tmp_path / "t.csv"), vp.audit(table))


def test_a_file_that_is_no_table(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"country,hours\nA,1\nB,2,3\n")
    with pytest.raises(DataError, match=r"t.csv:3"):
        vp.audit(tmp_path / "t.csv")
    with pytest.raises(UsageError, match="does not exist"):
        vp.audit("nowhere.csv")


@pytest.mark.parametrize(
    "table", [{}, {"country": ["A"]}, {"country": ["A"], "hours": [float("nan")]}, {"rank": [1, 2]}, {"hours": [float("inf")]}]
)
def test_a_table_without_a_number_in_a_unit(table):
    with pytest.raises(UsageError, match="holds no number with a unit"):
        vp.audit(pd.DataFrame(table))


def test_vintages_pakistan_2024_from_351_million_to_1620_million_S274_S124():
    long = {
        "publisher": ["Top10VPN"] * 3, "place": ["Pakistan"] * 3, "period": ["2024", "2024", "2023"], "quantity": ["cost"] * 3,
        "value": ["1.62", "351", "237"], "unit": ["USD billion", "USD million", "USD million"], "printed_on": ["2025-01-02", "2024-12", "2024-12"],
    }  # fmt: skip
    (row,) = vp.find_vintages(pd.DataFrame(long)).to_dict("records")
    assert (row["first_value"], row["value"], row["first_printed_on"], row["printed_on"]) == (
        351e6,
        1.62e9,
        "2024-12",
        "2025-01-02",
    )
    assert row["ratio"] == pytest.approx(4.6, abs=0.05)
    assert WRONG not in set(vp.audit(pd.DataFrame(long))["verdict"]), "a later value is no contradiction"


def test_vintages_of_a_wide_table_and_of_the_record_agree():
    wide = {
        "country": ["Pakistan"] * 2,
        "year": ["2024"] * 2,
        "vintage": ["2024-12", "2025-01-02"],
        "cost_usd_m": ["351", "1620"],
        "hours": [1861, 9735],
    }
    found = vp.find_vintages(pd.DataFrame(wide)).set_index("quantity")["ratio"]
    held = vp.find_vintages().query("place == 'Pakistan' and period == '2024' and scope == 'all'").set_index("quantity")["ratio"]
    assert found["cost"] == pytest.approx(held["cost"])
    assert found["duration"] == pytest.approx(held["duration"])


def test_one_value_in_two_scales_is_no_new_value():
    long = {
        "place": ["A"] * 3,
        "quantity": ["cost"] * 3,
        "value": ["1.62", "1620", "1.62"],
        "unit": ["USD billion", "USD million", "USD million"],
    }
    assert vp.find_vintages(pd.DataFrame(long | {"printed_on": ["2024", "2025", "2026"]}))["ratio"].tolist() == [0.001]


@pytest.mark.parametrize(
    ("first", "later", "n"),
    [("83", "82.9", 0), ("82.9", "83", 0), ("83", "82.4", 1), ("83.0", "82.9", 0), ("83.0", "82.8", 1), ("above 30000", "34595", 0), ("above 6000", "8000", 1), ("about 70", "74", 0), ("1.62", "1.620", 0)],
)  # fmt: skip
def test_a_value_that_only_differs_in_its_rounding_is_no_new_value(first, later, n):
    table = {
        "place": ["A"] * 2,
        "quantity": ["cost"] * 2,
        "value": [first, later],
        "unit": ["USD million"] * 2,
        "printed_on": ["2024", "2025"],
    }
    assert len(vp.find_vintages(pd.DataFrame(table))) == n


def test_83_million_people_and_82_9_million_are_one_number_S274():
    assert vp.find_vintages().query("place == 'Pakistan' and quantity == 'people affected'").empty


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("K108", MATCH), ("K252", MATCH), ("K253", MATCH), ("K059", MATCH), ("K277", MATCH), ("K303", MATCH), ("K297", MATCH), ("K313", MATCH),
        ("K061", UNKNOWN), ("K094", UNKNOWN), ("K218", WRONG), ("K224", WRONG), ("K227", WRONG), ("K307", WRONG),
    ],
)  # fmt: skip
def test_the_record_worked_out_again(row, found):
    assert own().loc[row, "verdict"] == found


def test_the_columns_of_an_audit_hold_what_they_say():
    frame = own()
    assert set(frame["verdict"]) == {MATCH, WRONG, UNKNOWN}
    told = frame[frame["verdict"] != UNKNOWN]
    assert (told["recomputed_low"] <= told["recomputed_high"]).all()
    assert told["working"].ne("").all()
    assert set(";".join(told["source_ids"]).split(";")) <= set(vp.load_sources()["source_id"])


def test_netloss_paper_coefficient_is_not_taken_for_a_daily_rate_S256():
    assert own().loc["K105", ["rule", "verdict"]].tolist() == ["none", UNKNOWN]
