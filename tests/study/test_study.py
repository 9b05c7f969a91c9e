"""The desk: readings, conflicts, exchange rates, findings; numbers with their source in the name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.dates import PartialDate
from vpnpolicy.errors import UnitError, UsageError
from vpnpolicy.record.schema import Folder
from vpnpolicy.study.exchange import rate_on
from vpnpolicy.study.readings import price_cost, split_quantity

READINGS = ["as-stated", "terabyte", "megabyte", "megabit", "gigabyte", "mbps-month"]


@pytest.mark.parametrize(
    ("reading", "usd"),
    [
        ("as-stated", 600_000),
        ("terabyte", 75_000),
        ("megabyte", 450_000_000),
        ("megabit", 3_600_000_000),
        ("gigabyte", 450_000),
        ("mbps-month", pytest.approx(1368.925, abs=1e-3)),
    ],
)
def test_an_hour_of_one_tbps_under_each_reading_methods_9(reading, usd):
    assert vp.surge_cost(1, 60, reading).to_dict()["cost_usd"] == usd


def test_the_two_figures_of_one_report_differ_750_times_S003():
    costs = vp.compare_readings().set_index("reading_id")["cost_usd"]
    assert costs["megabyte"] / costs["as-stated"] == 750


@given(st.sampled_from(READINGS), st.integers(0, 100), st.integers(0, 1000), st.integers(0, 1000))
def test_cost_is_exactly_additive_in_minutes(reading, tbps, a, b):
    whole = vp.surge_cost(tbps, a + b, reading).central
    assert whole == vp.surge_cost(tbps, a, reading).central + vp.surge_cost(tbps, b, reading).central


@given(st.floats(0, 10_000), st.sampled_from(READINGS))
def test_cost_is_exactly_linear_in_flow(tbps, reading):
    assert vp.surge_cost(tbps, 60, reading).central == 60 * vp.surge_cost(tbps, 1, reading).central


def test_decimal_text_is_taken_at_its_word():
    assert vp.surge_cost(0.1, 3).to_dict()["cost_usd"] == 3000


def test_scalar_array_and_series_agree():
    flows = [0.5, 1.0, 2.0]
    scalars = [float(vp.surge_cost(f, 60).central) for f in flows]
    assert vp.surge_cost(np.array(flows), 60).central.tolist() == scalars
    assert vp.surge_cost(pd.Series(flows), 60).central.tolist() == scalars
    assert vp.surge_cost(flows, 60).to_frame()["central_usd"].tolist() == scalars


@pytest.mark.parametrize(("tbps", "minutes"), [(-1, 60), (1, -5), (1e9, 1), (1, 5_259_600), (float("inf"), 1), (float("nan"), 1)])
def test_absurd_magnitudes_are_refused(tbps, minutes):
    with pytest.raises(UsageError, match="range"):
        vp.surge_cost(tbps, minutes)


@pytest.mark.parametrize("tbps", ["1", None, True, object()])
def test_what_is_no_number_is_refused(tbps):
    with pytest.raises(UsageError, match="must be a number"):
        vp.surge_cost(tbps, 60)


def test_an_unknown_reading_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'mbps-month'"):
        vp.surge_cost(1, 60, "mbps-monthly")


@pytest.mark.parametrize(
    ("price", "cost"),
    [("1 USD/MB", 450_000_000), ("10000 USD/min/Tbps", 600_000), ("2 USD/GB", 900_000), ("279 PKR/MB", 279 * 450_000_000)],
)
def test_a_price_of_ones_own(price, cost):
    estimate = price_cost(1, 60, price)
    assert estimate.central == cost
    assert estimate.unit == price.split()[1][:3]


@pytest.mark.parametrize("price", ["1", "USD/MB", "1 USD/Mb", "1 Mbps", "-1 USD/MB", "ten USD/MB", "1e3 USD/MB"])
def test_prices_that_cannot_be_read(price):
    with pytest.raises(UnitError):
        price_cost(1, 60, price)


def test_a_price_is_split_into_number_and_unit():
    number, unit = split_quantity("0.5 USD/Mbps/month")
    assert (str(number), unit) == ("0.5", "USD/Mbps/month")


def test_implied_prices_stand_beside_dated_market_prices_S092():
    prices = vp.implied_prices().set_index("id")
    assert prices.loc["as-stated", "usd_per_gb"] == pytest.approx(4 / 3)
    assert prices.loc["as-stated", "times_wholesale"] == pytest.approx(438.3)
    assert prices.loc["mbps-month", "times_wholesale"] == 1
    market = prices[prices["kind"] != "reading"]
    assert len(market) == 34
    assert market["about_on"].notna().all()


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


def test_a_claim_that_agrees_makes_no_conflict(add_row):
    before = len(vp.find_conflicts())
    folder = add_row(
        "claims",
        claim_id="F900",
        subject="ip-transit",
        property="price_london",
        value="1",
        unit="USD/Mbps/month",
        value_as_stated="$1",
        paraphrase="$1",
        about_on="2015-05",
        about_basis="stated",
        who="x",
        source_id="S103",
        locator="opening excerpt",
    )
    assert len(vp.find_conflicts(data=folder)) == before


def test_a_claim_that_disagrees_makes_one(add_row):
    before = len(vp.find_conflicts())
    folder = add_row(
        "claims",
        claim_id="F900",
        subject="ip-transit",
        property="price_london",
        value="9",
        unit="USD/Mbps/month",
        value_as_stated="$9",
        paraphrase="$9",
        about_on="2015-05",
        about_basis="stated",
        who="x",
        source_id="S103",
        locator="opening excerpt",
    )
    found = vp.find_conflicts(data=folder)
    assert len(found) == before + 1
    assert found.set_index("conflict_id").loc["ip-transit.price_london", "ratio"] == 9


def test_copies_of_one_origin_are_one_observation(add_row):
    folder = add_row(
        "claims",
        claim_id="F900",
        subject="international-bandwidth",
        property="unit_price",
        value="1",
        unit="USD/MB",
        value_as_stated="$1",
        paraphrase="$1",
        about_on="2025-01",
        about_basis="stated",
        who="x",
        origin_id="O01",
        source_id="S082",
        locator="opening excerpt",
    )
    top = vp.find_conflicts(data=folder).iloc[0]
    assert (top["n_claims"], top["n_observations"]) == (22, 1)


@pytest.mark.parametrize(
    ("day", "rate", "source"),
    [("2025-01-08", 278.72, "S107"), ("2023-10", 300.0, "S238"), ("2014", 101.1, "S237"), ("2022-07-10", 239.5, "S241")],
)
def test_the_nearest_dated_rate_is_taken(day, rate, source):
    found = rate_on(PartialDate.parse(day), Folder())
    assert (found.pkr_per_usd, found.source_id) == (rate, source)


@pytest.mark.parametrize(
    ("topic", "inputs"),
    [
        ("brief", {"as_of": "2026-03-31"}),
        ("register", {"as_of": "2025-12-31"}),
        ("timeline", {"start": "2008", "end": "2026"}),
        ("claims", {}),
        ("bandwidth", {"extra_tbps": 1.0, "minutes": 60.0}),
        ("regimes", {"as_of": "2026-03-31"}),
    ],
)
def test_findings_are_sentences_with_sources(topic, inputs):
    found = vp.findings(topic, **inputs)
    assert all(f.text.endswith((".", ")")) for f in found)
    assert found.source_ids
    assert all(name.rsplit("_", 1)[-1] in ("count", "ratio", "usd", "gbps") for name in found.figures)


def test_findings_of_the_register_2026_03_31():
    figures = vp.findings("register", as_of="2026-03-31").figures
    assert figures == {
        "named_licensees_count": 5,
        "permitted_count": 2,
        "unnamed_licensees_low_count": 2,
        "unnamed_licensees_high_count": 4,
        "newest_printed_total_count": 9,
    }


@pytest.mark.parametrize("day", ["2007", "2024-01", "2024-11"])
@pytest.mark.parametrize("topic", ["brief", "register", "claims", "regimes"])
def test_findings_of_a_day_on_which_little_was_known(topic, day):
    found = vp.findings(topic, as_of=day)
    assert found
    assert not any("nan" in f.text or "None" in f.text for f in found)


def test_conflicts_of_a_day_use_the_claims_of_that_day():
    early = vp.find_conflicts(as_of="2024-11", known_on="2024-11-30")
    assert 0 < len(early) < len(vp.find_conflicts())
    known = set(vp.load_claims(as_of="2024-11", known_on="2024-11-30")["claim_id"])
    assert set(";".join(early["claim_ids"]).split(";")) <= known
    assert list(vp.find_conflicts(as_of="2001")) == list(early), "no conflict: the same columns, no row"


def test_market_prices_of_a_day():
    early = vp.implied_prices(as_of="2010")
    assert (early["about_on"].dropna() <= "2010-12-31").all()
    assert len(early) < len(vp.implied_prices())


def test_unknown_topic():
    with pytest.raises(UsageError, match="Did you mean 'register'"):
        vp.findings("registre")


def test_an_estimate_shows_its_working():
    estimate = vp.surge_cost(2, 30, "mbps-month")
    assert "43,830 minutes" in str(estimate)
    assert "<li>" in estimate._repr_mimebundle_()["text/html"]
    assert estimate.is_exact
