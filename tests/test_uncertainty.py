"""Draws, quantiles, tornado and Sobol indices; scipy is the judge."""

import numpy as np
import pytest

import vpnpolicy as vp
from vpnpolicy.errors import UsageError
from vpnpolicy.ranges import Range
from vpnpolicy.uncertainty import CHUNK, Z95, lognormal_parameters

N = 200_000
RANGES = {
    "triangular": Range(1, 2, 5),
    "uniform": Range(1, 2, 5, shape="uniform"),
    "pert": Range(1, 2, 5, shape="pert"),
    "lognormal": Range(1, 10, 100, shape="lognormal"),
}
JUDGES = {
    "triangular": ("triang", (0.25, 1, 4)),
    "uniform": ("uniform", (1, 4)),
    "pert": ("beta", (2, 4, 1, 4)),
    "lognormal": ("lognorm", (np.log(100) / (2 * Z95), 0, 10)),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", RANGES)
def test_draws_have_the_shape_they_say_by_scipy(shape):
    from scipy import stats

    name, parameters = JUDGES[shape]
    judge, values = getattr(stats, name)(*parameters), vp.draw({"x": RANGES[shape]}, N)["x"]
    assert stats.kstest(values, judge.cdf).pvalue > 1e-3
    shares = [0.05, 0.5, 0.95]
    np.testing.assert_allclose(np.quantile(values, shares), judge.ppf(shares), rtol=0.02)


@pytest.mark.parametrize(
    ("shape", "mean", "variance"),
    [("triangular", (1 + 2 + 5) / 3, (1 + 4 + 25 - 2 - 5 - 10) / 18), ("uniform", 3, 16 / 12), ("pert", (1 + 4 * 2 + 5) / 6, (7 / 3 - 1) * (5 - 7 / 3) / 7)],
)  # fmt: skip
def test_mean_and_variance_of_a_shape_by_hand(shape, mean, variance):
    values = vp.draw({"x": RANGES[shape]}, N)["x"]
    assert (values.mean(), values.var()) == pytest.approx((mean, variance), rel=0.01)
    assert 1 <= values.min() <= values.max() <= 5


def test_blocks_change_nothing():
    n = CHUNK + 123
    whole = vp.draw(RANGES, n, 3)
    values = vp.simulate(
        lambda triangular, uniform, pert, lognormal: triangular * uniform + pert / lognormal, RANGES, n, 3
    ).values
    np.testing.assert_allclose(values, whole["triangular"] * whole["uniform"] + whole["pert"] / whole["lognormal"], rtol=1e-12)


def test_tornado_by_hand():
    frame = vp.tornado(lambda a, b: a - 2 * b, {"a": Range(0, 5, 10), "b": Range(1, 2, 3)}).set_index("input")
    assert frame.loc["a", ["at_low", "at_high", "central", "swing"]].tolist() == [-4, 6, 1, 10]
    assert frame.loc["b", ["at_low", "at_high", "swing"]].tolist() == [3, -1, 4]
    assert frame.index.tolist() == ["a", "b"]


def test_sobol_indices_of_a_sum_by_hand():
    """Variances 1, 4 and 0 add up: shares 0.2, 0.8 and 0."""
    ranges = {n: Range(-1, 0, 1, shape="uniform") for n in "ab"} | {"c": Range.exact(3)}
    frame = vp.sensitivity(lambda a, b, c: a + 2 * b + c, ranges, 1 << 16).set_index("input")
    np.testing.assert_allclose(frame.loc[["a", "b", "c"], "first"], [0.2, 0.8, 0], atol=0.02)
    np.testing.assert_allclose(frame.loc[["a", "b", "c"], "total"], [0.2, 0.8, 0], atol=0.02)


def test_what_cannot_be_drawn_is_refused():
    for n in (0, -1, 1.5, True, 10**10):
        with pytest.raises(UsageError, match="draws"):
            vp.draw({"x": Range(1, 2, 3)}, n)
    with pytest.raises(UsageError, match="mapping of names"):
        vp.draw(None)
    drawn = vp.simulate(lambda x: x, {"x": Range(1, 2, 3)}, 10)
    for call in (lambda: drawn.quantile(2), lambda: drawn.quantile("a"), lambda: drawn.exceedance("a")):
        with pytest.raises(UsageError):
            call()
    with pytest.raises(UsageError, match="seed"):
        vp.draw({"x": Range(1, 2, 3)}, 1, -1)
    with pytest.raises(UsageError, match="above zero"):
        lognormal_parameters(Range(0, 1, 2, shape="lognormal"))
    with pytest.raises(UsageError, match="not finite"), np.errstate(divide="ignore"):
        vp.simulate(lambda x: 1 / x, {"x": Range.exact(0)}, 10)


# Scenarios


def test_the_bypass_scenario_at_its_centre_S072_S073_S092():
    found = vp.scenario("bypass")
    assert found.tornado()["central"].tolist() == pytest.approx([597_000 * 0.7 * 1.0] * 3)
    assert found.unit == "USD/month"
    assert set(found.source_ids) == {"S072", "S073", "S092"}
    draws = found.simulate(2_000)
    assert 378_000 * 0.687 * 0.5 <= draws.values.min() <= draws.values.max() <= 815_000 * 0.70 * 1.5


def test_the_disruption_scenario_is_a_day_of_gdp_at_its_shares():
    frame = vp.scenario("disruption", country="Pakistan", year=2023).tornado().set_index("input")
    a_day = 338.37e9 / 365
    assert frame.loc["share", ["at_low", "central", "at_high"]].tolist() == pytest.approx(
        [a_day * s for s in (0.004, 0.010, 0.019)], rel=1e-4
    )
    assert frame.loc["days", "swing"] == 0


@pytest.mark.parametrize(
    ("name", "given", "central"),
    [
        ("cache_share", vp.Range(0.3, 0.5, 0.7), 50), ("cache_share", vp.Range(30, 50, 70, "%"), 50), ("cache_share", 50, 50),
        ("vpn_traffic_gbps", vp.Range(0.3, 0.5, 0.7, "Tbps"), 500),
        ("wholesale_price_usd_per_mbps_month", vp.Range(278.72, 557.44, 1000, "PKR/Mbps/month"), 2),
    ],
)  # fmt: skip
def test_a_range_is_converted_to_the_unit_of_its_input(name, given, central):
    assert vp.scenario("bypass").with_ranges(**{name: given}).ranges[name].central == pytest.approx(central)


def test_ranges_of_ones_own_leave_the_scenario_as_it_was():
    base = vp.scenario("bypass")
    other = base.with_ranges(cache_share=50, wholesale_price_usd_per_mbps_month=vp.Range(2, 2, 2))
    assert other.tornado()["central"].iloc[0] == pytest.approx(597_000 * 0.5 * 2)
    assert base.ranges["cache_share"].central == 70


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vp.scenario("bypas"), "Did you mean 'bypass'?"),
        (lambda: vp.scenario("bypass", country="Kenya"), "the scenario 'bypass' takes no 'country'."),
        (lambda: vp.scenario("disruption", contry="Kenya"), "Did you mean 'country'?"),
        (lambda: vp.scenario("disruption", country="Kenia"), "Did you mean 'Kenya'?"),
        (lambda: vp.scenario("disruption", year=1995), "period: the record has GDP of Pakistan for"),
        (lambda: vp.scenario("disruption", year="last"), "is not a date"),
        (lambda: vp.scenario("bypass").with_ranges(cache=1), "Did you mean 'cache_share'?"),
        (lambda: vp.scenario("bypass").with_ranges(cache_share="half"), "cache_share must be a finite number"),
        (lambda: vp.scenario("bypass").with_ranges(cache_share=vp.Range(1, 2, 3, "GB")), "cache_share: 'GB' cannot be turned into '%'"),
    ],
)  # fmt: skip
def test_scenarios_that_do_not_exist(call, words):
    with pytest.raises(UsageError) as error:
        call()
    assert words in str(error.value)
