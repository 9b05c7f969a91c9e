"""What blocking saves against what it costs, by hand."""

import numpy as np
import pytest

import vpnpolicy as vp
from vpnpolicy.errors import UsageError


@pytest.fixture(scope="module")
def day():
    return vp.balance("2024-12-01")


def test_a_row_for_each_interpretation_and_method(day):
    costs = [vp.disruption_cost("PAK", "2024-12-01", scope=s) for s in ("vpn", "national")]
    n = sum(int((c["central"].notna() & (c["unit"] == "USD")).sum()) for c in costs)
    assert len(day) == n * len(vp.load("readings"))
    assert not day.duplicated(["interpretation", "method", "scope"]).any()
    assert not set(day[day["scope"] == "vpn"]["method"]) & set(day[day["scope"] == "national"]["method"])


def test_a_day_of_savings_by_hand_S072_S073(day):
    saved = day.groupby("interpretation")["saving_usd"].first()
    assert saved["as-stated"] == pytest.approx(0.4179 * 1_440 * 10_000)
    assert saved["mbps-month"] == pytest.approx(417_900 / 30.4375)


def test_costs_are_those_of_the_methods(day):
    costs = vp.disruption_cost("PAK", "2024-12-01", scope="vpn").dropna(subset="central").set_index("label")
    ban = day[(day["scope"] == "vpn") & (day["interpretation"] == "megabyte")].set_index("method")
    for end, column in (("low", "cost_low"), ("central", "cost_usd"), ("high", "cost_high")):
        assert ban[column].to_dict() == costs[end].to_dict()


def test_net_and_sign_follow_from_both_sides(day):
    assert (day["net_usd"] == day["saving_usd"] - day["cost_usd"]).all()
    assert (day["net_low"] == day["saving_low"] - day["cost_high"]).all()
    assert (day["net_high"] == day["saving_high"] - day["cost_low"]).all()
    signs = np.select([day["net_low"] > 0, day["net_high"] < 0], ["saves", "costs"], "either")
    assert (day["sign"] == signs).all()
    assert set(day["sign"]) == {"saves", "costs", "either"}
    assert set(day[day["plausibility"] == "plausible"]["sign"]) == {"costs"}


def test_at_the_break_even_price_saving_and_cost_are_equal(day):
    for row in day.drop_duplicates("method").to_dict("records"):
        per_minute = row["equal_usd_per_mbps_month"] * 1e6 / 43_830
        assert 0.4179 * 1_440 * per_minute == pytest.approx(row["cost_usd"])
        assert row["equal_share"] * row["cost_usd"] == pytest.approx(row["saving_usd"])


def test_a_longer_time_changes_no_break_even_price(day):
    week = vp.balance("2024-12-01", "2024-12-07")
    a, b = (f["equal_usd_per_mbps_month"].astype(float) for f in (week, day))
    np.testing.assert_allclose(a, b)
    np.testing.assert_allclose(week["saving_usd"], day["saving_usd"] * 7)


def test_a_share_of_the_country_saves_and_costs_that_share(day):
    half = vp.balance("2024-12-01", affected_share=0.5)
    for column in ("saving_usd", "cost_usd", "net_usd"):
        np.testing.assert_allclose(half[column], day[column] / 2)
    none = vp.balance("2024-12-01", affected_share=0)
    assert not none[["saving_usd", "cost_usd"]].to_numpy().any()
    assert set(none["sign"]) == {"either"}
    assert none[["equal_usd_per_mbps_month", "equal_share"]].isna().all(axis=None)


def test_another_country_needs_its_own_traffic():
    with pytest.raises(UsageError, match=r"no VPN traffic of Kenya. Give it: vpn_gbps"):
        vp.balance("2016-12-01", country="Kenya")
    assert set(vp.balance("2016-12-01", country="Kenya", vpn_gbps=10)["scope"]) == {"national"}
