"""Surges, traffic that leaves caches and monthly bills, by hand; numbers with their source in the name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.bandwidth import break_even_price, price_cost
from vpnpolicy.errors import UnitError, UsageError

INTERPRETATIONS = ["as-stated", "terabyte", "megabyte", "megabit", "gigabyte", "mbps-month"]


@pytest.mark.parametrize(
    ("interpretation", "usd"),
    [
        ("as-stated", 600_000), ("terabyte", 75_000), ("megabyte", 450_000_000),
        ("megabit", 3_600_000_000), ("gigabyte", 450_000), ("mbps-month", pytest.approx(1368.925, abs=1e-3)),
    ],
)  # fmt: skip
def test_an_hour_of_one_tbps_under_each_interpretation_methods_9(interpretation, usd):
    assert vp.surge_cost(1, 60, interpretation).to_dict()["cost_usd"] == usd


def test_the_two_figures_of_one_report_differ_750_times_S003():
    costs = vp.compare_interpretations().set_index("interpretation")["cost_usd"]
    assert costs["megabyte"] / costs["as-stated"] == 750


def test_scalar_array_and_series_agree():
    flows = [0.5, 1.0, 2.0]
    scalars = [vp.surge_cost(f, 60).central for f in flows]
    assert vp.surge_cost(np.array(flows), 60).central.tolist() == scalars
    assert vp.surge_cost(pd.Series(flows), 60).central.tolist() == scalars
    assert vp.surge_cost(flows, 60).to_frame()["central_usd"].tolist() == scalars


@pytest.mark.parametrize(
    ("tbps", "minutes", "words"),
    [
        (-1, 60, "range: tbps is -1; expected 0 to 10,000"), (1, -5, "range"), (1e9, 1, "range"), (1, 527_041, "range"),
        ([1, 2e5], 1, "throughout"), (float("inf"), 1, "finite"), (float("nan"), 1, "finite"),
        ("1", 60, "must be a finite number"), (None, 60, "finite number"), (True, 60, "finite number"),
    ],
)  # fmt: skip
def test_what_is_not_a_magnitude_is_refused(tbps, minutes, words):
    with pytest.raises(UsageError, match=words):
        vp.surge_cost(tbps, minutes)


def test_an_unknown_interpretation_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'mbps-month'"):
        vp.surge_cost(1, 60, "mbps-monthly")


@pytest.mark.parametrize(
    ("price", "cost"),
    [("1 USD/MB", 450_000_000), ("10000 USD/min/Tbps", 600_000), ("2 USD/GB", 900_000), ("279 PKR/MB", 279 * 450_000_000)],
)
def test_a_price_of_ones_own(price, cost):
    estimate = price_cost(1, 60, price)
    assert (estimate.central, estimate.unit) == (cost, price.split()[1][:3])


@pytest.mark.parametrize("price", ["1", "USD/MB", "1 USD/Mb", "1 Mbps", "-1 USD/MB", "ten USD/MB", "1e3 USD/MB"])
def test_prices_that_cannot_be_read(price):
    with pytest.raises(UnitError):
        price_cost(1, 60, price)


@given(*[st.integers(1, 10**6).map(lambda n: n / 1_000)] * 3)
def test_the_break_even_price_gives_the_cost_back(cost, tbps, minutes):
    per_minute = vp.convert(break_even_price(cost, tbps, minutes), "USD/Mbps/month", "USD/min/Tbps")
    assert tbps * minutes * per_minute == pytest.approx(cost)


# Traffic that leaves caches


@pytest.mark.parametrize(
    ("gbps", "low", "central", "high"),
    [
        (815, 559.905, 570.5, 570.5), (0, 0, 0, 0), (vp.Range(100, 200, 300), 68.7, 140, 210),
        (vp.Range(0.1, 0.2, 0.3, "Tbps"), 68.7, 140, 210), (None, 259.686, 417.9, 570.5),
    ],
)  # fmt: skip
def test_traffic_that_leaves_the_caches_S073(gbps, low, central, high):
    found = vp.bypass_traffic(gbps)
    assert (found.low, found.central, found.high) == pytest.approx((low, central, high))
    assert found.unit == "Gbps"
    assert "upper bound" in str(found)
    assert ("S072" in found.source_ids) == (gbps is None)


@pytest.mark.parametrize("gbps", [-1, float("nan"), "815", True, 1e8, vp.Range(-1, 0, 1), vp.Range(1, 2, 3, "GB")])
def test_traffic_that_cannot_be_meant(gbps):
    for call in (vp.bypass_traffic, lambda g: vp.balance("2024-12-01", vpn_gbps=g)):
        with pytest.raises(UsageError, match="vpn_gbps"):
            call(gbps)


# Monthly bills of the published traffic


def test_monthly_bills_by_hand_methods_9():
    """One dollar a month on the mean rate; 10,000 dollars a minute on the minutes of that month; 2.8 times GDP."""
    bills = vp.monthly_bills()
    by_id = {i: g.set_index("month")["cost_usd"] for i, g in bills.groupby("interpretation")}
    published = [634_000, 597_000, 815_000, 378_000, 437_000]
    assert by_id["mbps-month"].loc["2024-08":"2024-12"].tolist() == published
    assert by_id["as-stated"]["2024-08"] == pytest.approx(0.634 * 44_640 * 10_000)
    assert by_id["megabyte"].loc["2024-08":"2024-12"].sum() == pytest.approx(947e9, rel=0.001)
    assert not bills.duplicated(["month", "interpretation"]).any()


def test_monthly_bills_of_a_day():
    assert set(vp.monthly_bills(as_of="2024-09")["month"]) == {"2024-08", "2024-09"}
    early = vp.monthly_bills(known_on="2024-06-30")
    assert early.empty
    assert list(early) == list(vp.monthly_bills())
