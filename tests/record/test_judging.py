"""Statements, rulings and rules across tables."""

import pytest

import vpnpolicy as vp
from vpnpolicy.dates import PartialDate
from vpnpolicy.record.rules import validate
from vpnpolicy.record.statements import bounds, clusters, disagree, last_digit, source_roots


def claim(value=None, low=None, high=None, unit="count", text=None, hedge=None, about=None, cid="F1"):
    when = PartialDate.parse(about) if about else None
    return {
        "claim_id": cid,
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "text": text,
        "hedge": hedge,
        "about_on": when,
    }


@pytest.mark.parametrize(
    ("value", "hedge", "span"),
    [
        (31000.0, "over", (31000, 32000)),
        (70.0, "about", (65, 75)),
        (400.0, "up to", (300, 400)),
        (20437.0, None, (20437, 20437)),
        (9.5, "nearly", (9.4, 9.5)),
    ],
)
def test_hedges_widen_by_the_last_printed_digit(value, hedge, span):
    assert bounds(claim(value, hedge=hedge)) == pytest.approx(span)


def test_last_digit():
    assert [last_digit(v) for v in (31000.0, 20437.0, 68.7, 1.0)] == [1000, 1, 0.1, 1]


@pytest.mark.parametrize(
    ("a", "b", "kind", "days", "result"),
    [
        (claim(31000.0, hedge="over"), claim(33000.0, hedge="over"), "number", None, True),
        (claim(70.0, hedge="about"), claim(68.7), "number", None, False),
        (claim(2.0, about="2025-02-24"), claim(5.0, about="2025-11-13"), "number", 0, False),
        (claim(6.0, about="2025-12-09"), claim(7.0, about="2025-12"), "number", 0, True),
        (claim(1.0, unit="USD"), claim(1.0, unit="PKR"), "number", None, False),
        (claim(1.0, unit="TBps"), claim(8.0, unit="Tbps"), "number", None, False),
        (claim(text="2024-12"), claim(text="2024-12-19"), "date", None, False),
        (claim(text="2024-12"), claim(text="2025-11"), "date", None, True),
        (claim(text="yes"), claim(text="no"), "text", None, True),
    ],
)
def test_when_two_claims_disagree(a, b, kind, days, result):
    assert disagree(a, b, kind, days) is disagree(b, a, kind, days) is result


def test_clusters_leave_out_those_that_agree():
    claims = [claim(5.0, cid="a"), claim(5.0, cid="b"), claim(9.0, cid="c")]
    assert [[c["claim_id"] for c in g] for g in clusters(claims, "number", None)] == [["a", "b", "c"]]
    assert clusters(claims[:2], "number", None) == []


def test_rewrites_lead_back_to_their_root():
    roots = source_roots(
        [{"source_id": "A", "rewrite_of": "B"}, {"source_id": "B", "rewrite_of": "C"}, {"source_id": "C", "rewrite_of": None}]
    )
    assert roots == {"A": "C", "B": "C", "C": "C"}


def found(folder):
    return {(p.file, p.rule) for p in validate(folder) if p.level == "error"}


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "rule"),
    [
        ("events", 38, "until", "2024-11-20", "order"),
        ("licences", 0, "ended_on", "2024-01-01", "order"),
        ("assumptions", 2, "low", "80", "range"),
        ("licences", 10, "n_low", "9", "range"),
        ("claims", 0, "unit", "USD/Mb", "unit"),
        ("claims", 0, "unit", "", "unit-missing"),
        ("claims", 0, "quote", "word " * 15 + "word", "quote-length"),
        ("claims", 0, "value", "", "claim-kind"),
        ("rulings", 0, "about", "international-bandwidth.nothing", "foreign-key"),
    ],
)
def test_rules_across_cells(edit, table, row, column, value, rule):
    assert (f"{table}.csv", rule) in found(edit(table, row, column, value))


def test_a_new_claim_makes_its_ruling_speak_up(add_row):
    folder = add_row(
        "claims", claim_id="F900", subject="data-class-licence", property="initial_fee", value="150000", unit="PKR",
        value_as_stated="Rs150,000", paraphrase="Rs150,000", about_on="2024-12", about_basis="stated", who="someone",
        source_id="S001", locator="paragraph 1",
    )  # fmt: skip
    problems = [p for p in validate(folder) if p.rule == "ruling-unsettled"]
    assert ["R30" in p.found and "F900" in p.found for p in problems] == [True]


def test_a_missing_column_leaves_other_rules_marked_not_checked(data):
    path = data / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("claim_id,subject", "claim,subject", 1), encoding="utf-8")
    assert {("claims.csv", "missing-column"), ("claims.csv", "unknown-column"), ("claims.csv", "not-checked")} <= found(data)


def test_an_empty_column_is_noticed(data):
    import csv

    path = data / "claims.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**r, "flag": ""} for r in rows)
    assert ("claims.csv", "null-column") in found(data)


def test_unused_sources_are_a_warning_not_an_error():
    warnings = [p for p in vp.validate() if p.level == "warning"]
    assert {p.rule for p in warnings} == {"source-unused"}
