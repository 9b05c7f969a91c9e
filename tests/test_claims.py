"""Claims as statements: bounds by hedge and digits, disagreement, groups, origins."""

import pytest

from vpnpolicy.claims import bounds, clusters, disagree, group_statements, last_digit, source_roots
from vpnpolicy.dates import PartialDate


def claim(value=None, low=None, high=None, unit="count", text=None, hedge=None, about=None, cid="F1", **more):
    when = PartialDate.parse(about) if about else None
    numbers = {"value": value, "low": low, "high": high, "unit": unit, "text": text, "hedge": hedge}
    return {"claim_id": cid, **numbers, "about_on": when, **more}


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
def test_hedges_widen_by_the_last_published_digit(value, hedge, span):
    assert bounds(claim(value, hedge=hedge)) == pytest.approx(span)


def test_last_digit():
    assert [last_digit(v) for v in (31000.0, 20437.0, 68.7, 1.0)] == [1000, 1, 0.1, 1]


@pytest.mark.parametrize(
    ("a", "b", "kind", "days", "result"),
    [
        (claim(31000.0, hedge="over"), claim(33000.0, hedge="over"), "number", None, True),
        (claim(31000.0, hedge="over"), claim(32000.0), "number", None, False),
        (claim(70.0, hedge="about"), claim(68.7), "number", None, False),
        (claim(2.0, about="2025-02-24"), claim(5.0, about="2025-11-13"), "number", 0, False),
        (claim(6.0, about="2025-12-09"), claim(7.0, about="2025-12"), "number", 0, True),
        (claim(6.0, about="2025-01-01"), claim(7.0, about="2025-01-31"), "number", 30, True),
        (claim(6.0, about="2025-01-01"), claim(7.0, about="2025-01-31"), "number", 29, False),
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


def test_copies_of_one_origin_or_page_are_one_observation():
    rewrites = {"A": "B", "B": "C", "C": None, "D": None}
    roots = source_roots({"source_id": s, "rewrite_of": of} for s, of in rewrites.items())
    assert roots == {"A": "C", "B": "C", "C": "C", "D": "D"}
    topic = {"subject": "s", "property": "p"}
    pages = [claim(5.0, source_id=s, origin_id=None, **topic) for s in "ABD"]
    pages += [claim(5.0, source_id=s, origin_id="O1", **topic) for s in "CD"]
    (statement,) = group_statements(pages, {("s", "p"): "number"}, roots)
    assert (len(statement.claims), statement.n_observations) == (5, 3)
