"""Bandwidth arithmetic: small facts with their source in the name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpnpolicy.model import bandwidth as b


def test_one_tbps_minute_is_7_5_million_megabytes_house_rule():
    assert b.traffic_volume(1, 1) == b.MB_PER_TBPS_MINUTE == 7_500_000


def test_an_hour_of_one_tbps_at_the_stated_price_S006():
    assert b.surge_cost(1, 60, 10_000) == 600_000


def test_one_dollar_a_month_is_22_8_dollars_a_minute_methods_9():
    assert b.price_per_minute(1.0) == pytest.approx(22.8155, abs=1e-3)


def test_stated_price_is_438_dollars_per_mbps_month_methods_9():
    assert b.price_per_month(10_000) == pytest.approx(438.3)


def test_cache_bypass_of_the_peak_month_S072_S073():
    assert b.cache_bypass(0.815, 0.70) == pytest.approx(0.5705)


def test_scalar_array_and_series_agree():
    flows = [0.5, 1.0, 2.0]
    expected = [b.surge_cost(f, 10, 10_000.0) for f in flows]
    assert b.surge_cost(np.array(flows), 10, 10_000.0).tolist() == expected
    assert b.surge_cost(pd.Series(flows), 10, 10_000.0).tolist() == expected


@given(st.integers(0, 10**4), st.integers(0, 10**5), st.integers(0, 10**6), st.integers(0, 100))
def test_cost_is_linear_and_nothing_costs_nothing(tbps, minutes, price, k):
    assert b.surge_cost(k * tbps, minutes, price) == k * b.surge_cost(tbps, minutes, price)
    assert b.surge_cost(tbps, minutes + k, price) == b.surge_cost(tbps, minutes, price) + b.surge_cost(tbps, k, price)
    assert b.surge_cost(0, minutes, price) == b.surge_cost(tbps, 0, price) == 0
