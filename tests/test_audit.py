"""The audit: what follows, what contradicts, what cannot be told, and what is refused."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.auditing.figures import Amount, CannotTell, Figure, overlap
from vpnpolicy.errors import DataError, UsageError

MATCH, WRONG, UNKNOWN = "match", "contradiction", "cannot tell"


def table(*rows, **columns):
    """Rows of id, value, unit and, at will, relation and ids; one quantity, in one place."""
    names = ["id", "value", "unit", "relation", "refers_to"]
    frame = pd.DataFrame([[*r, *[""] * (5 - len(r))] for r in rows], columns=names, dtype=object)
    return frame.assign(quantity="cost", place="A", period="2024").assign(**columns)


def checks(*rows, **columns):
    """The audit of a table by id."""
    return vp.audit(table(*rows, **columns)).set_index("id")


def verdict(*rows, **columns):
    """The verdict on the last row."""
    return checks(*rows, **columns)["verdict"].iloc[-1]


def total(*cells):
    """The verdict on a total, the last cell, of the others."""
    parts = [(f"p{n}", c, "USD") for n, c in enumerate(cells[:-1])]
    return verdict(*parts, ("t", cells[-1], "USD", "sum of", ";".join(p[0] for p in parts)))


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("1.2", "2.3", "3.6"), MATCH), (("1.2", "2.3", "3.7"), WRONG),
        (("1.2", "2.3", "3.3"), WRONG), (("12.25", "7.75", "20"), MATCH),
        (("12.25", "7.75", "21"), WRONG), (("-1.0", "2.0", "1.0"), MATCH),
        (("-1.0", "2.0", "3.0"), WRONG), ((1.5, 2.25, 3.75), MATCH), ((1.5, 2.25, 4.75), WRONG),
        (("1.92", "4.79", "1", "7.72"), MATCH),  # 1 is 1.00 in this column
        (("1.92", "4.79", "1", "7.80"), WRONG),
        (("1.2", "", "9.9"), UNKNOWN), (("", "", "9.9"), UNKNOWN),
        (("1.2", "", "1.2"), MATCH),  # the missing part may be nothing
        (("1.2", "", "0.9"), WRONG),  # the parts exceed their total already
    ],
)  # fmt: skip
def test_a_total_is_the_sum_of_its_parts_as_far_as_they_were_rounded(cells, found):
    assert total(*cells) == found


@given(st.integers(2, 7), st.integers(1, 3))
def test_the_edge_of_rounding_is_half_a_digit_for_each_figure(n, digits):
    parts = [3 + 10**-digits] * n
    most = (n + 1) // 2
    for steps, found in ((most, MATCH), (most + 1, WRONG), (-most, MATCH), (-most - 1, WRONG)):
        last = sum(parts) + steps * 10**-digits
        assert total(*(f"{v:.{digits}f}" for v in (*parts, last))) == found


@pytest.mark.parametrize(
    ("last", "step", "found"),
    [(21, "", MATCH), (22, "", WRONG), (20, "", WRONG), (22, 3, MATCH), (23, 3, WRONG)],
)
@pytest.mark.parametrize("unit", ["count", "day"])
def test_things_counted_add_up_exactly_but_for_a_given_step(last, step, found, unit):
    rows = [("a", 14, unit), ("b", 7, unit), ("t", last, unit, "sum of", "a;b")]
    assert verdict(*rows, rounded_to=["", "", step]) == found


def test_a_total_that_is_not_published_is_recomputed():
    rows = [("a", "1.2", "USD"), ("b", "2.3", "USD"), ("t", "", "USD", "sum of", "a;b")]
    row = checks(*rows).loc["t"]
    assert (row["verdict"], row["published"]) == (UNKNOWN, "not published")
    assert (row["recomputed_low"], row["recomputed_high"]) == pytest.approx((3.4, 3.6))


def test_a_missing_part_narrows_no_total_for_its_shares():
    """40.30 of 100.3 is 40.18 percent; of the 99.7 that are published it would be 40.42."""
    rows = [("a", "40.30", "USD"), ("b", "59.40", "USD"), ("c", "", "USD")]
    rows += [("t", "100", "USD", "sum of", "a;b;c"), ("s", "40.18", "%", "share of", "a;t")]
    assert verdict(*rows) == MATCH
    rows[2] = ("c", "0.60", "USD")
    assert verdict(*rows[:-1], ("s", "40.42", "%", "share of", "a;t")) == WRONG


@pytest.mark.parametrize(
    ("relation", "inputs", "unit", "right", "wrong"),
    [
        ("includes", [("1.2", "USD"), ("2.3", "USD")], "USD", "3.5", "3.0"),
        ("count of", [("1", "USD"), ("", "USD")], "count", "2", "3"),
        ("product of", [("2.0", "USD/day"), ("5", "day")], "USD", "10", "11"),
        ("product of", [("10", "hour"), ("3", "person")], "user-hour", "30", "35"),
        ("quotient of", [("10.0", "USD"), ("5", "day")], "USD/day", "2.0", "2.1"),
        ("difference of", [("5.0", "USD"), ("2.0", "USD")], "USD", "3.0", "3.2"),
        ("change of", [("120", "USD"), ("100", "USD")], "%", "20", "22"),
        ("change of", [("80", "USD"), ("100", "USD")], "%", "-20", "20"),
        ("share of", [("25.0", "USD"), ("100.0", "USD")], "%", "25", "26"),
        ("share of", [("1.00", "USD/day"), ("366", "USD")], "%", "100", "90"),
        ("same as", [("259", "hour")], "day", "11", "12"),
        ("same as", [("1.50", "GB")], "MB", "1500", "1600"),
    ],
)
def test_each_relation_both_ways(relation, inputs, unit, right, wrong):
    rows = [(f"p{n}", *cells) for n, cells in enumerate(inputs)]
    names = ";".join(r[0] for r in rows)
    assert verdict(*rows, ("t", right, unit, relation, names)) == MATCH
    assert verdict(*rows, ("t", wrong, unit, relation, names)) == WRONG


@pytest.mark.parametrize(
    ("relation", "days", "found"),
    [("span", 4, MATCH), ("span", 3, MATCH), ("span", 5, WRONG), ("span", 2, WRONG),
     ("within", 4, MATCH), ("within", 2, UNKNOWN), ("within", 5, WRONG)],
)  # fmt: skip
def test_the_length_of_a_period(relation, days, found):
    assert verdict(("t", days, "day", relation), period="2023-05-09/2023-05-12") == found


def test_rupees_and_dollars_by_the_rates_of_that_day():
    """In January 2024 a dollar was 280 rupees."""
    rows = [("a", "10.00", "USD"), ("t", "2800", "PKR", "same as", "a")]
    assert verdict(*rows, period="2024-01") == MATCH
    assert verdict(rows[0], ("t", "2500", "PKR", "same as", "a"), period="2024-01") == WRONG
    row = checks(rows[0], ("t", "700", "INR", "same as", "a"), period="2024-01").loc["t"]
    assert row["verdict"] == UNKNOWN
    assert row["working"].endswith("; they imply 70 INR/USD")


@pytest.mark.parametrize(
    ("relation", "inputs", "unit"),
    [("sum of", [("1", "USD"), ("2", "hour")], "USD"),
     ("sum of", [("1", "USD"), ("2", "USD")], "hour"),
     ("includes", [("1", "USD"), ("2", "USD")], "USD"),  # its list may be incomplete
     ("change of", [("1", "USD"), ("0", "USD")], "%"),
     ("quotient of", [("1", "USD"), ("0", "day")], "USD/day"),
     ("product of", [("", "USD/day"), ("5", "day")], "USD")],
)  # fmt: skip
def test_what_cannot_be_told(relation, inputs, unit):
    rows = [(f"p{n}", *cells) for n, cells in enumerate(inputs)]
    assert verdict(*rows, ("t", "9", unit, relation, "p0;p1")) == UNKNOWN


@pytest.mark.parametrize(
    ("low", "value", "high", "found"),
    [(5, 6, 8, "none"), (5, 3, 8, "in order"), (5, 10, 8, "in order"), (8, "", 5, "in order")],
)
def test_the_ends_of_a_range_are_in_order(low, value, high, found):
    row = checks(("a", value, "USD"), low=low, high=high).iloc[0]
    assert (row["rule"], row["verdict"]) == (found, UNKNOWN if found == "none" else WRONG)


def test_relations_as_an_argument_and_the_order_of_results():
    frame = table(("a", 10, "hour"), ("t", 40, "hour", "sum of", "a;b"), ("b", 20, "hour"))
    found = vp.audit(frame, relations=["t = product of a; b", "t = includes a"])
    assert found["id"].tolist() == ["a", "t", "t", "t", "b"]
    assert found["rule"].tolist() == ["none", "sum of", "product of", "includes", "none"]
    assert found["verdict"].tolist() == [UNKNOWN, WRONG, UNKNOWN, UNKNOWN, UNKNOWN]
    with pytest.raises(UsageError, match="follow from themselves"):
        vp.audit(frame, relations=["a = difference of t; b"])


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("t = sums a; b", "found 'sums a; b'; expected one of sum of"),
        ("t = sum of a; z", "found 'z'; expected the id of a row"),
        ("z = sum of a; b", "found 'z'; expected the id of a row"),
        ("t = change of a", "found 1 id; expected 2 for 'change of'"),
        ("t = sum of", "found 0 ids; expected at least 1"),
        (5, "found ''; expected one of sum of"),
        ("sum of a; b", "found ''; expected one of"),
    ],
)
def test_a_relation_that_cannot_be_used_is_one_line(relation, words):
    with pytest.raises(UsageError) as error:
        vp.audit(table(("a", 1, "USD"), ("b", 2, "USD"), ("t", 3, "USD")), relations=[relation])
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("b,cost,2,USD,sums,a,", "t.csv:3:5: allowed-values: found 'sums'; expected one of sum of"),
        ("b,cost,2,EUR,,,", "t.csv:3:4: unit: found 'EUR'; expected a unit of the table"),
        ("b,cost,2,USD,sum of,z,", "t.csv:3:6: foreign-key: found 'z'; expected the id of a row"),
        ("b,cost,2,USD,sum of,,", "t.csv:3:6: relation: found 0 ids; expected at least 1"),
        ('b,cost,"1,200",USD,,,', "t.csv:3:3: number: found '1,200'; expected digits without"),
        ("b,cost,2,USD,,,abuot", "t.csv:3:7: allowed-values: found 'abuot'; expected one of"),
        ("a,cost,2,USD,,,", "t.csv:3:1: unique: found 'a', as at line 2; expected each id once"),
        ("b,cost,2", "t.csv:3"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_by_file_line_and_column(tmp_path, row, words):
    path = tmp_path / "t.csv"
    path.write_text(f"id,quantity,value,unit,relation,refers_to,bound\na,cost,1,USD,,,\n{row}\n")
    with pytest.raises(DataError) as error:
        vp.audit(path)
    assert str(error.value).startswith(words)


@pytest.mark.parametrize("relations", ["a = sum of b", 5])
def test_relations_are_a_list(relations):
    with pytest.raises(UsageError, match="expected a list of texts"):
        vp.audit(relations=relations)


@pytest.mark.parametrize("given", ["nowhere.csv", 5, pd.DataFrame(), pd.DataFrame({"value": [1]})])
def test_what_is_no_table_of_figures(given):
    with pytest.raises(UsageError, match="does not exist|found int|found no column"):
        vp.audit(given)


def test_the_work_grows_with_the_rows(monkeypatch):
    """Running totals, each of which follows from the one before."""
    convert, steps = Amount.in_unit, []
    monkeypatch.setattr(Amount, "in_unit", lambda *args: steps.append(1) or convert(*args))
    for n in (1_000, 4_000):
        rows = [(f"r{i}", i, "USD", "sum of", f"r{i - 1};one") for i in range(1, n)]
        found = checks(("one", 1, "USD"), ("r0", 0, "USD"), *rows)
        assert found["verdict"].eq(MATCH).sum() == n - 1
        assert len(steps) < 10 * n


@pytest.mark.parametrize(
    ("value", "more", "low", "high"),
    [
        ("24", {"bound": "about"}, 23.5, 24.5), ("24", {}, 23.5, 24.5), ("24.0", {}, 23.95, 24.05),
        ("1200", {}, 1195, 1205), ("1230000", {}, 1_225_000, 1_235_000),
        ("1200000", {}, 1_150_000, 1_250_000), ("500000", {"bound": "nearly"}, 400_000, 500_000),
        ("120000", {"bound": "above"}, 120_000, float("inf")),
        ("9", {"bound": "up to"}, float("-inf"), 9), ("19", {"unit": "count"}, 19, 19),
        ("36", {"unit": "day"}, 36, 36), ("965", {"rounded_to": "10"}, 960, 970),
        ("", {"low": "29", "high": "32", "bound": "range"}, 29, 32),
    ],
)  # fmt: skip
def test_a_figure_is_as_wide_as_its_last_digit_and_its_hedge(value, more, low, high):
    figure = Figure("a", "cost", value=value, **{"unit": "USD"} | more)
    assert figure.interval() == (low, high)


def test_arithmetic_of_intervals():
    assert overlap((0.0, 0.1 + 0.2), (0.3, 1.0))
    assert Amount(1, 2) * Amount(-1, 3) == Amount(-2, 6)
    with pytest.raises(CannotTell):
        Amount(1, 2) / Amount(-1, 3)


@pytest.mark.parametrize(
    ("first", "later", "bound", "n"),
    [("83", "82.9", "", 0), ("82.9", "83", "", 0), ("83", "82.4", "", 1), ("83.0", "82.8", "", 1),
     ("30000", "34595", "above", 0), ("6000", "8000", "above", 1), ("1.62", "1.620", "", 0)],
)  # fmt: skip
def test_a_value_that_only_differs_in_its_rounding_is_no_revision(first, later, bound, n):
    frame = table(("b", later, "USD"), ("a", first, "USD"), bound=["", bound])
    found = vp.find_revisions(frame.assign(published_on=["2025", "2024-12"]))
    assert found["ids"].tolist() == ["a;b"] * n


def test_a_revision_is_no_contradiction_S274_S124():
    frame = table(("b", 1620e6, "USD"), ("a", 351e6, "USD"), published_on=["2025-01-02", "2024-12"])
    (row,) = vp.find_revisions(frame).to_dict("records")
    assert (row["first_value"], row["value"]) == (351e6, 1620e6)
    assert (row["first_published_on"], row["published_on"]) == ("2024-12", "2025-01-02")
    assert row["ratio"] == pytest.approx(4.6, abs=0.05)
    assert set(vp.audit(frame)["verdict"]) == {UNKNOWN}


def test_the_record():
    frame = vp.audit()
    judged = frame[frame["verdict"] != UNKNOWN]
    assert (judged["recomputed_low"] <= judged["recomputed_high"]).all()
    assert set(";".join(judged["source_ids"]).split(";")) <= set(vp.load("sources")["source_id"])
    wrong = frame.loc[frame["verdict"] == WRONG, "id"].tolist()
    assert wrong == ["K218", "K224", "K227", "K307"]
