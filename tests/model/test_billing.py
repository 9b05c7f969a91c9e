"""Bills by hand."""

import numpy as np
import pytest

from vpnpolicy.model.billing import billed_with_commit, percentile_rate, volume_gb


def test_a_surge_shorter_than_five_percent_of_a_month_costs_nothing_extra():
    month = np.full(8_640, 100.0)
    month[:432] = 10_000
    assert percentile_rate(month) == 100
    month[432] = 10_000
    assert percentile_rate(month) == 10_000


@pytest.mark.parametrize(("percentile", "wanted"), [(50, 5), (95, 10), (100, 10), (10, 1), (0.1, 1), (90, 9), (90.1, 10)])
def test_percentile_by_nearest_rank(percentile, wanted):
    assert percentile_rate(range(1, 11), percentile) == wanted


def test_percentile_agrees_with_numpy():
    rates = np.random.default_rng(1).gamma(2, 3, 8_928)
    assert percentile_rate(rates) == np.quantile(rates, 0.95, method="inverted_cdf")


def test_volume_of_a_day_at_one_gigabit_a_second():
    assert volume_gb(np.full(288, 1e9) * 300) == 10_800


def test_commit_is_paid_in_any_case_and_burst_above_it():
    assert [billed_with_commit(x, 100, 1, 2) for x in (0, 100, 150)] == [100, 100, 200]
