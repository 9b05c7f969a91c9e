"""What holds for every input: linear, zero, monotone, there and back, cut and summed, never merged, inside its bounds."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy import billing
from vpnpolicy._quoted import parse_quoted
from vpnpolicy.auditing.figures import Figure, overlap
from vpnpolicy.dates import PartialDate
from vpnpolicy.disruption import FORMS, duration_days, effects
from vpnpolicy.formatting import format_number
from vpnpolicy.money import to_money, total
from vpnpolicy.prices import TARGETS
from vpnpolicy.units import parse_unit

pure = settings()
record = settings(max_examples=4)  # each example reads tables

interpretations = st.sampled_from(vp.load("readings")["reading_id"].tolist())
sizes = st.integers(0, 1_000)
positive = st.integers(1, 10**6).map(lambda n: n / 1_000)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
cents = st.integers(0, 10**9).map(lambda n: Decimal(n) / 100)
rates = st.lists(st.integers(0, 10_000), min_size=2, max_size=60)
RATES = ["USD/min/Tbps", "USD/GB", "USD/MB", "USD/Mbps/month", "USD/Gbps/year", "USD/Mbit", "USD/TiB", "USD/hour/TBps"]
METHODS = st.sampled_from(["brookings", "deloitte-gdp", "deloitte-people", "oecd", "icrier"])


@st.composite
def ranges(draw, low=1, high=1_000):
    a, b, c = sorted(draw(st.tuples(*[st.integers(low, high)] * 3)))
    return vp.Range(a, b, c, shape=draw(st.sampled_from(["triangular", "uniform", "pert"])))


@st.composite
def partial_dates(draw):
    text = draw(days).isoformat()[: draw(st.sampled_from([4, 7, 10]))]
    return PartialDate.parse(text)


def traffic(values, start="2024-11-01", step="5min", name="mbps", tz="Asia/Karachi"):
    index = pd.date_range(start, periods=len(values), freq=step, tz=tz)
    return pd.Series(np.asarray(values, dtype=float), index=index, name=name)


# Cost of traffic


@pure
@given(interpretations, sizes, sizes, sizes)
def test_cost_of_a_surge_is_linear_in_flow(interpretation, a, b, minutes):
    parts = [vp.surge_cost(t, minutes, interpretation).exact[1] for t in (a, b, a + b)]
    assert parts[0] + parts[1] == parts[2]


@pure
@given(interpretations, sizes, st.integers(0, 5_000), st.integers(1, 5_000))
def test_cost_of_a_surge_adds_up_over_time(interpretation, tbps, minutes, more):
    parts = [vp.surge_cost(tbps, m, interpretation).exact[1] for m in (minutes, more, minutes + more)]
    assert parts[0] + parts[1] == parts[2]


@pure
@given(interpretations, sizes)
def test_no_traffic_and_no_time_cost_nothing(interpretation, size):
    assert vp.surge_cost(0, size, interpretation).central == vp.surge_cost(size, 0, interpretation).central == 0


@pure
@given(interpretations, sizes, sizes)
def test_more_traffic_never_costs_less(interpretation, a, b):
    costs = [vp.surge_cost(t, 60, interpretation).central for t in sorted((a, b))]
    assert costs[0] <= costs[1]


@record
@given(positive, positive)
def test_interpretations_are_never_merged_and_keep_their_distance(tbps, minutes):
    frame = vp.compare_interpretations(tbps, minutes).set_index("interpretation")["cost_usd"]
    assert frame.index.tolist() == vp.load("readings")["reading_id"].tolist()
    assert frame.nunique() == len(frame)
    assert frame["megabyte"] / frame["as-stated"] == pytest.approx(750)


@record
@given(ranges(1, 10_000))
def test_bypass_traffic_stands_in_order_and_below_its_own_traffic(vpn):
    found = vp.bypass_traffic(vpn)
    assert found.low <= found.central <= found.high <= vpn.high


# Units, dates, money, numbers


@pure
@given(st.integers(-(10**9), 10**9), st.sampled_from(RATES), st.sampled_from(RATES))
def test_units_there_and_back_are_exact(value, a, b):
    assert vp.convert(vp.convert(value, a, b), b, a) == value


@pure
@given(st.fractions(), st.sampled_from(RATES), st.sampled_from(RATES), st.sampled_from(RATES))
def test_units_by_way_of_a_third_are_the_same(value, a, b, c):
    assert vp.convert(vp.convert(value, a, b), b, c) == vp.convert(value, a, c)


@pure
@given(st.sampled_from(vp.list_units()))
def test_a_unit_over_itself_is_one(name):
    assert vp.convert(1, f"{name}/{name}", "1") == 1
    assert parse_unit(f"{name}/{name}").dimensions == ()


@pure
@given(partial_dates(), partial_dates())
def test_dates_round_trip_and_their_order_is_that_of_their_ends(a, b):
    assert PartialDate.parse(str(a)) == a
    assert a.earliest <= a.latest
    if a.before(b):
        assert b.before(a) is False
        assert a.latest < b.earliest
    if a.before(b) is None:
        assert a.may_coincide(b) or a.latest >= b.earliest


@pure
@given(days, days)
def test_a_span_is_as_wide_as_its_days(a, b):
    first, last = sorted((a, b))
    span = PartialDate.parse(f"{first}/{last}")
    assert (span.earliest, span.latest) == (first, last)
    assert duration_days(PartialDate.parse(first), last).central == (last - first).days + 1


@pure
@given(days, st.integers(0, 800))
def test_a_date_known_less_closely_gives_a_wider_duration(first, more):
    last = min(first + timedelta(more), date(2100, 12, 31))
    exact, loose = (duration_days(PartialDate.parse(first.isoformat()[:n]), last.isoformat()[:n]) for n in (10, 7))
    assert loose.low <= exact.low <= exact.high <= loose.high


@pure
@given(st.lists(cents, max_size=30), st.randoms(use_true_random=False))
def test_money_adds_exactly_in_any_order(amounts, random):
    mixed = random.sample(amounts, len(amounts))
    assert total(amounts) == total(mixed) == sum(map(Fraction, amounts))


@pure
@given(cents, st.integers(1, 50))
def test_money_round_trips_through_text_and_multiplies(amount, n):
    assert to_money(str(to_money(amount))) == amount
    assert total([amount] * n) == amount * n


@pure
@given(st.floats(1e-6, 1e15), st.integers(3, 12))
def test_a_printed_number_is_as_close_as_its_digits(value, digits):
    assert float(format_number(value, digits).replace(",", "")) == pytest.approx(value, rel=0.5 * 10 ** (1 - digits))


@pure
@given(ranges(0), st.integers(-5, 5))
def test_a_scaled_range_keeps_its_order_and_its_centre(r, by):
    found = r.scaled(by)
    assert found.low <= found.central <= found.high
    assert found.central == r.central * by
    assert found.central in found


# Disruption


@pure
@given(positive, positive, positive, st.integers(0, 9))
def test_each_form_is_linear_in_each_input(a, b, c, k):
    for form in (f.cost for f in FORMS.values()):
        whole = form(a, b, c)
        assert form(k * a, b, c) == pytest.approx(k * whole)
        assert form(a, k * b, c) == pytest.approx(k * whole)
        assert form(a, b, k * c) == pytest.approx(k * whole)


@record
@given(METHODS, positive, st.integers(2, 9))
def test_a_disruption_costs_in_proportion_to_its_length(method, hours, k):
    one, many = (vp.disruption_cost("PAK", "2020", methods=method, hours=h).iloc[0] for h in (hours, k * hours))
    for end in ("low", "central", "high"):
        assert many[end] == pytest.approx(k * one[end])
    assert many["usd_per_day"] == pytest.approx(one["usd_per_day"])


@record
@given(METHODS, st.integers(0, 100))
def test_a_disruption_costs_in_proportion_to_its_share_of_the_country(method, percent):
    part, whole = (vp.disruption_cost("EGY", "2015-01", methods=method, affected_share=s).iloc[0] for s in (percent / 100, 1))
    assert part["central"] == pytest.approx(whole["central"] * percent / 100)


@record
@given(st.dates(date(2010, 1, 1), date(2030, 1, 1)), st.integers(0, 400), ranges(0, 100))
def test_low_central_and_high_stand_in_order(first, more, share):
    frame = vp.disruption_cost("PAK", first, first + timedelta(more), affected_share=share.scaled(0.01)).dropna(subset="central")
    assert len(frame) == 9
    assert (frame["low"] <= frame["central"] * (1 + 1e-12)).all()
    assert (frame["central"] <= frame["high"] * (1 + 1e-12)).all()


@record
@given(st.integers(1, 500), st.integers(1, 1_000))
def test_user_hours_are_users_times_hours(users, hours):
    row = vp.disruption_cost("IND", "2023", methods="user-hours", users=users, hours=hours).iloc[0]
    assert row["central"] == pytest.approx(users * hours)


@pure
@given(st.lists(st.integers(-50, 50), min_size=24, max_size=24), st.integers(-5, 5))
def test_shares_of_a_spread_come_to_one_and_do_not_depend_on_the_currency(values, shift):
    grid = np.array(values, dtype=float).reshape(2, 3, 2, 2) / 10
    assume(grid.var() > 0)
    frame, moved = effects(grid), effects(grid + shift)
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["share"].between(0, 1 + 1e-9).all()
    np.testing.assert_allclose(moved["share"], frame["share"], atol=1e-9)
    np.testing.assert_allclose(moved["ratio"], frame["ratio"])


@record
@given(st.integers(1, 30))
def test_the_balance_is_saving_less_cost_and_its_break_even_stands_still(n):
    frame = vp.balance("2024-12-01", hours=n)
    assert (frame["net_usd"] == frame["saving_usd"] - frame["cost_usd"]).all()
    assert (frame["net_low"] <= frame["net_high"]).all()
    assert frame["equal_usd_per_mbps_month"].min() == pytest.approx(24.926, rel=1e-4)


# Bills


@pure
@given(rates, st.integers(1, 1_000), st.integers(1, 1_000))
def test_a_percentile_is_a_sample_and_never_falls_with_the_percentile(values, a, b):
    low, high = (billing.percentile_rate(values, p / 10) for p in sorted((a, b)))
    assert low in values
    assert min(values) <= low <= high <= max(values)


@pure
@given(rates, st.randoms(use_true_random=False))
def test_the_order_of_samples_changes_no_percentile(values, random):
    assert billing.percentile_rate(random.sample(values, len(values))) == billing.percentile_rate(values)


@pure
@given(rates, st.data())
def test_volume_of_cut_samples_is_the_sum_of_its_parts(values, data):
    at = data.draw(st.integers(0, len(values)))
    assert billing.volume_gb(values) == pytest.approx(billing.volume_gb(values[:at]) + billing.volume_gb(values[at:]))


@record
@given(rates, st.sampled_from(["1min", "4min", "7min"]), st.sampled_from(["rate", "total", "counter"]), st.data())
def test_volume_is_the_same_however_a_series_is_cut_inside_its_samples(values, step, kind, data):
    """A gap, a step that fits no sample, and a cut where no sample begins: what was carried adds up to the millionth."""
    at = data.draw(st.integers(2, len(values)))
    series = traffic(
        np.cumsum(values * 2) if kind == "counter" else values * 2, step=step, name="mbps" if kind == "rate" else "mb"
    )
    series = series.drop(series.index[at + 1 :: 7][:1]) if len(series) > at + 4 else series
    parts = (series[:at], series[at - (kind == "counter") :])
    carried = [vp.bill(part, 1, "volume", kind=kind).total_usd for part in (*parts, series)]
    assert carried[0] + carried[1] == carried[2]


@pure
@given(sizes, sizes, sizes, sizes)
def test_a_commitment_is_a_floor_and_adds_nothing_at_one_price(billable, commit, price, dearer):
    cost = billing.billed_with_commit(billable, commit, price, price)
    assert cost == max(billable, commit) * price
    assert billing.billed_with_commit(billable, commit, price, price + dearer) >= cost


@record
@given(rates, st.data())
def test_the_bill_of_a_cut_series_is_the_sum_of_its_parts(values, data):
    at = data.draw(st.integers(2, max(2, len(values) - 2)))
    series = traffic([*values, *values])
    parts = [vp.bill(part, 1, "volume").total_usd for part in (series[:at], series[at:])]
    assert sum(parts) == vp.bill(series, 1, "volume").total_usd


@record
@given(rates, st.integers(0, 50), st.sampled_from(["p95", "volume"]))
def test_a_bill_is_linear_in_traffic_and_in_price(values, k, scheme):
    one = vp.bill(traffic(values), 1, scheme).total_usd
    assert vp.bill(traffic(values) * k, 1, scheme).total_usd == k * one
    assert vp.bill(traffic(values), k, scheme).total_usd == k * one


@record
@given(rates, sizes)
def test_a_flat_bill_knows_no_traffic(values, price):
    made = vp.bill(traffic(values), price, "flat")
    assert made.total_usd == price
    row = made.months.iloc[0]
    assert row["mean_mbps"] <= row["peak_mbps"] * (1 + 1e-12)
    assert row["p95_mbps"] <= row["peak_mbps"]


@record
@given(rates, st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"]))
def test_the_zone_a_time_is_written_in_changes_no_bill(values, zone):
    series = traffic(values, "2024-11-30 20:00")
    bills = [vp.bill(s, "0.7", "volume").months.to_dict("records") for s in (series, series.tz_convert(zone), series[::-1])]
    assert bills[0] == bills[1] == bills[2]


@record
@given(rates, st.sampled_from(["1min", "150s", "15min", "1h"]))
def test_the_step_of_a_series_changes_no_volume(values, step):
    """A rate held for n steps carries what it carries when it is written n times as often."""
    fine = {"1min": 5, "150s": 2}.get(step)
    series = traffic(np.repeat(values, fine), step=step) if fine else traffic(values, step=step)
    hours = len(values) * pd.Timedelta("5min" if fine else step) / pd.Timedelta("1h")
    assert vp.bill(series, 1, "volume").months["volume_gb"].sum() == pytest.approx(np.mean(values) * hours * 0.45)


@record
@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=40))
def test_a_counter_is_the_running_sum_of_totals(values):
    counter, totals = traffic(np.cumsum(values), name="bytes"), traffic(values, name="bytes")
    grown = vp.bill(counter, 1, "volume", kind="counter").months["volume_gb"].item()
    assert grown == pytest.approx(vp.bill(totals[1:], 1, "volume", kind="total").months["volume_gb"].item())


# Sampling


@pure
@given(ranges(), st.integers(0, 2**62))
def test_draws_lie_inside_their_bounds(r, seed):
    values = vp.draw({"x": r}, 50, seed)["x"]
    assert r.low - 1e-9 <= values.min() <= values.max() <= r.high + 1e-9


@pure
@given(ranges(), ranges(), st.integers(0, 2**62))
def test_the_same_seed_draws_the_same_whatever_stands_beside(a, b, seed):
    alone, beside = vp.draw({"a": a}, 20, seed)["a"], vp.draw({"b": b, "a": a}, 20, seed)["a"]
    np.testing.assert_array_equal(alone, beside)


@pure
@given(ranges(), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_never_fall_and_exceedance_never_rises(r, p, q):
    d = vp.simulate(lambda x: x, {"x": r}, 100)
    low, high = (d.quantile(v) for v in sorted((p, q)))
    assert low <= high
    assert d.exceedance(low) >= d.exceedance(high)
    assert (d.exceedance(r.low - 1), d.exceedance(r.high + 1)) == (1, 0)


@pure
@given(ranges(), ranges())
def test_a_tornado_spans_its_centre_and_the_widest_is_first(a, b):
    frame = vp.tornado(lambda a, b: a * b, {"a": a, "b": b})
    assert (frame["at_low"] <= frame["central"]).all()
    assert (frame["central"] <= frame["at_high"]).all()
    assert frame["swing"].is_monotonic_decreasing


# Quoted prices


@pure
@given(st.integers(1, 10**9), st.sampled_from(["MB", "GB", "Tbps", "Mbps/month", "hour", "min/Tbps"]))
def test_a_quoted_price_round_trips_through_words(amount, per):
    quoted = parse_quoted(f"USD {amount:,} per {per.replace('/', ' per ')}")
    assert (quoted.amount, quoted.currency) == (amount, "USD")
    assert sorted(quoted.unit.split("/")) == sorted(f"USD/{per}".split("/"))


@record
@given(st.integers(1, 10**4), st.integers(2, 100), st.sampled_from(["MB", "Mbps per month", "minute per Tbps"]))
def test_every_meaning_grows_with_the_amount_and_agrees_in_its_three_units(amount, k, per):
    one, many = (vp.interpret_price(f"${n} per {per}") for n in (amount, amount * k))
    assert one["interpretation"].tolist() == many["interpretation"].tolist()
    np.testing.assert_allclose(many[[*TARGETS]].astype(float), k * one[[*TARGETS]].astype(float))
    np.testing.assert_allclose(one["usd_per_min_per_tbps"], 7_500 * one["usd_per_gb"])
    np.testing.assert_allclose(one["usd_per_mbps_month"], one["usd_per_min_per_tbps"] * 43_830 / 1e6)


# Audit


@pure
@given(st.integers(0, 10**7), st.integers(0, 3), st.sampled_from(["exact", "about", "above", "nearly", "up to"]))
def test_a_printed_number_lies_in_its_own_interval(number, places, bound):
    text = str(Decimal(number).scaleb(-places))
    low, high = Figure("a", "cost", "USD", text, bound=bound).interval()
    assert low <= float(text) <= high


@pure
@given(*[st.integers(-100, 100)] * 4)
def test_meeting_is_mutual(a, b, c, d):
    one, other = tuple(map(float, sorted((a, b)))), tuple(map(float, sorted((c, d))))
    assert overlap(one, other) == overlap(other, one) == (max(one[0], other[0]) <= min(one[1], other[1]))


@record
@given(st.lists(st.integers(1, 999), min_size=2, max_size=5), st.integers(-3, 3), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_unit_changes_a_verdict(parts, off, random):
    cells = [f"{v / 10:.1f}" for v in [*parts, sum(parts) + 2 * off]]
    ids = [*"abcde"[: len(parts)], "t"]
    table = pd.DataFrame({"id": ids, "quantity": "cost", "value": cells, "unit": "USD"})
    mixed = table.iloc[random.sample(range(len(table)), len(table))]
    relation = f"t = sum of {';'.join(ids[:-1])}"
    tables = (table, mixed, table.assign(unit="PKR/day"))
    verdicts = [vp.audit(t, relations=[relation]).query("id == 't'")["verdict"].item() for t in tables]
    assert set(verdicts) == {"match" if 4 * abs(off) <= len(parts) + 1 else "contradiction"}
