"""Conflicts between sources: those of the evidence, the rules by hand, and copies that count once."""

import pytest

import vpnpolicy as vp
from vpnpolicy.claims import disagree, group_statements
from vpnpolicy.conflicts import WHOLE_WITHIN_DAYS, _Claims, _part_and_whole
from vpnpolicy.dates import PartialDate


def claim(value, about=None, unit="Gbps", hedge=None, prop="part", claim_id="F1"):
    day = PartialDate.parse(about) if about else None
    return {
        "claim_id": claim_id, "subject": "s", "property": prop, "value": value, "low": None, "high": None, "unit": unit,
        "text": None, "hedge": hedge, "about_on": day, "source_id": "S001", "origin_id": None,
    }  # fmt: skip


def part_and_whole(part, whole):
    topics = {("s", "part"): [part], ("s", "whole"): [whole]}
    link = {"part_of_subject": "s", "part_of_property": "whole"}
    properties = {("s", "part"): link, ("s", "whole"): dict.fromkeys(link)}
    kinds = dict.fromkeys(topics, "number")
    return list(_part_and_whole(_Claims(None, properties, topics, lambda c: group_statements(c, kinds, {}))))


@pytest.mark.parametrize(("about", "found"), [("2024-12-31", 1), ("2025-01-01", 1), ("2025-01-02", 0), ("2030", 0)])
def test_a_part_is_compared_with_a_whole_of_at_most_a_year_away(about, found):
    conflicts = part_and_whole(claim(50, "2024-01-01"), claim(40, about, prop="whole", claim_id="F2"))
    assert len(conflicts) == found
    assert WHOLE_WITHIN_DAYS == 366


@pytest.mark.parametrize(("part", "hedge", "found"), [(50, None, 1), (40, None, 0), (30, None, 0), (50, "up to", 1)])
def test_only_a_part_larger_than_its_whole_is_a_conflict(part, hedge, found):
    conflicts = part_and_whole(claim(part, hedge=hedge), claim(40, prop="whole", claim_id="F2"))
    assert len(conflicts) == found
    assert all(c.ratio == part / 40 for c in conflicts)


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        (claim(70, hedge="about"), claim(75), False), (claim(70, hedge="about"), claim(75.1), True),
        (claim(65), claim(70, hedge="about"), False), (claim(1), claim(1000, unit="Mbps"), False),
        (claim(1), claim(1001, unit="Mbps"), True), (claim(1), claim(5, unit="USD"), False),
    ],
)  # fmt: skip
def test_values_that_touch_do_not_disagree(a, b, apart):
    assert disagree(a, b, "number", None) is disagree(b, a, "number", None) is apart


def test_the_main_conflict_is_found_from_the_rows_alone():
    top = vp.find_conflicts().iloc[0]
    assert top["ratio"] == pytest.approx(750)
    assert (top["n_claims"], top["n_observations"]) == (21, 1)
    assert {"F015", "F019", "F101"} <= set(top["claim_ids"].split(";"))
    assert "R01" in top["ruling_ids"]


@pytest.mark.parametrize(
    ("conflict", "kind", "ratio"),
    [
        ("telecom-sector.telecom_loss", "derived", 279),
        ("vpn-traffic.bandwidth_use x submarine-cables.activated_capacity", "derived", 85.8),
        ("submarine-cables.activated_capacity", "direct", 1369),
        ("submarine-cables.faulty_cable_capacity x submarine-cables.total_capacity_2024", "derived", 2.14),
        ("it-industry.daily_loss_it", "derived", 5.15),
        ("demand.x_users", "direct", 10),
        ("freelancers.loss_if_unregistered x freelancers.earnings", "derived", 1.14),
        ("international-bandwidth.surge_cost", "direct", 8),
    ],
)
def test_conflicts_of_the_evidence_are_found(conflict, kind, ratio):
    found = vp.find_conflicts()
    row = found[(found["conflict_id"] == conflict) & (found["kind"] == kind)]
    assert row["ratio"].item() == pytest.approx(ratio, rel=0.01)


@pytest.fixture
def add_claim(add_row):
    """Add one claim to a copy of the record."""

    def add(value, unit, subject="ip-transit", prop="price_london", about="2015-05", source="S103", **more):
        return add_row(
            "claims", claim_id="F900", subject=subject, property=prop, value=value, unit=unit, value_as_stated=value,
            paraphrase="x", about_on=about, about_basis="stated", who="x", source_id=source, locator="opening excerpt", **more,
        )  # fmt: skip

    return add


@pytest.mark.parametrize(("value", "more"), [("1", 0), ("9", 1)])
def test_a_claim_that_disagrees_makes_one_conflict_and_one_that_agrees_none(add_claim, value, more):
    before = len(vp.find_conflicts())
    found = vp.find_conflicts(data=add_claim(value, "USD/Mbps/month"))
    assert len(found) == before + more
    if more:
        assert found.set_index("conflict_id").loc["ip-transit.price_london", "ratio"] == 9


def test_copies_of_one_source_are_one_observation(add_claim):
    where = ("international-bandwidth", "unit_price", "2025-01", "S082")
    top = vp.find_conflicts(data=add_claim("1", "USD/MB", *where, origin_id="O01")).iloc[0]
    assert (top["n_claims"], top["n_observations"]) == (22, 1)


def test_conflicts_of_a_day_use_the_claims_of_that_day():
    early = vp.find_conflicts(as_of="2024-11", known_on="2024-11-30")
    assert 0 < len(early) < len(vp.find_conflicts())
    known = set(vp.load("claims", as_of="2024-11", known_on="2024-11-30")["claim_id"])
    assert set(";".join(early["claim_ids"]).split(";")) <= known
    assert list(vp.find_conflicts(as_of="2001")) == list(early), "no conflict: the same columns, no row"


def test_derived_conflicts_come_first_then_those_with_most_claims():
    found = vp.find_conflicts()
    for kind in ("derived", "direct"):
        assert found[found["kind"] == kind]["n_claims"].is_monotonic_decreasing
    assert (found["kind"] == "derived").is_monotonic_decreasing
