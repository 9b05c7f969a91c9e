"""Bills, monthly bills, bypass, balance, break-even and scenarios, by hand."""

import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy.billing import SCHEMES, billed_with_commit, percentile_rate, volume_gb
from vpnpolicy.errors import DataError, UsageError
from vpnpolicy.money import to_money

NOVEMBER, DECEMBER = 8_640, 8_928  # five-minute samples


def series(start="2024-11-01", n=NOVEMBER, value=10.0, name="mbps", tz="Asia/Karachi", step="5min"):
    return pd.Series(value, index=pd.date_range(start, periods=n, freq=step, tz=tz), name=name)


def usd(*args, **more):
    return vp.bill(*args, **more).total_usd


# Schemes


@pytest.mark.parametrize(("scheme", "price", "cost"), [("p95", "2", "20"), ("volume", "2", "6480"), ("flat", "500", "500")])
def test_ten_megabits_for_november_under_each_scheme(scheme, price, cost):
    """10 Mbps for 30 days carry 3,240 GB."""
    made = vp.bill(series(), price, scheme)
    assert made.total_usd == Decimal(cost)
    assert made.months["volume_gb"].item() == 3_240
    assert made.total_pkr == Decimal(cost) * Decimal("278.72")


@pytest.mark.parametrize(("high", "billed"), [(432, 100), (433, 10_000)])
def test_a_surge_below_five_percent_of_a_month_is_free(high, billed):
    values = np.full(NOVEMBER, 100.0)
    values[1_000 : 1_000 + high] = 10_000
    made = vp.bill(series(value=values), 1)
    assert made.total_usd == billed
    assert made.months["peak_mbps"].item() == 10_000


@pytest.mark.parametrize(("percentile", "billed"), [(50, 50), (95, 95), (99, 99), (100, 100)])
def test_other_percentiles(percentile, billed):
    assert usd(series(n=300, value=np.repeat(np.arange(1.0, 101), 3)), 1, percentile=percentile) == billed


@pytest.mark.parametrize(
    ("scheme", "commit", "cost"),
    [("p95", 4, 22), ("p95", 10, 10), ("p95", 25, 25), ("volume", 3_000, 3_720), ("volume", 4_000, 4_000)],
)
def test_a_commitment_is_paid_in_any_case_and_burst_above_it(scheme, commit, cost):
    assert usd(series(), 1, scheme, commit=commit, burst_price=3) == cost


def test_without_a_burst_price_the_price_goes_on_above_the_commitment():
    assert usd(series(), 2, commit=4) == 20
    assert "4 committed, 2 above it" in str(vp.bill(series(), 2, commit=4))


# Prices


@pytest.mark.parametrize(
    ("price", "scheme", "cost"),
    [
        ("1 USD/Mbps/month", "p95", 10), ("1000 USD/Gbps/month", "p95", 10), ("12 USD/Mbps/year", "p95", 10), ("10000 USD/min/Tbps", "p95", 4_383),
        ("5 USD/TB", "volume", Decimal("16.2")), ("1 USD/MB", "volume", 3_240_000), ("1 USD/Gbit", "volume", 25_920),
        ("12 USD/year", "flat", 1), (Decimal("0.1"), "p95", 1), (0.1, "p95", 1), (Fraction(1, 4), "p95", Decimal("2.5")), (np.float64(2), "p95", 20),
        (0, "p95", 0), ("1e-7", "volume", Decimal("0.000324")),
    ],
)  # fmt: skip
def test_a_price_in_any_unit_of_its_kind(price, scheme, cost):
    assert usd(series(), price, scheme) == cost


def test_a_price_that_does_not_end_is_not_rounded_before_it_is_multiplied():
    """A dollar a year is a twelfth a month: for 10,000 Mbps 833.333333, not 10,000 times 0.083333."""
    assert usd(series(value=10_000.0), "1 USD/Mbps/year") == Decimal("833.333333")


@pytest.mark.parametrize(
    ("price", "scheme", "words"),
    [
        ("300 PKR/GB", "p95", "'300 PKR/GB' is no price for p95: expected PKR/Mbps/month."),
        ("1 USD/MB", "p95", "is no price for p95: expected USD/Mbps/month."),
        ("1 USD/month", "p95", "is no price for p95: expected USD/Mbps/month."),
        ("1 USD/Mbps/month", "volume", "is no price for volume: expected USD/GB."),
        ("10000 USD/min/Tbps", "volume", "is no price for volume: expected USD/GB."),
        ("1 USD/Mbps/month", "flat", "is no price for flat: expected USD/month."),
        ("1 USD/GB", "flat", "cannot be turned into 'USD/month'"),
        ("500 USD", "flat", "cannot be turned into 'USD/month'"),
        ("1 EUR/Mbps/month", "p95", "a price is a plain number in USD or PKR"),
        ("1 USD/Mb", "volume", "is read as bits by some and as bytes by others"),
        ("1,000 USD/Gbps/month", "p95", "is not a price"),
        ("cheap", "p95", "is not a price"),
        (None, "p95", "is not a price"),
        (True, "p95", "is not a price"),
        (-1, "p95", "range: the price is -1; expected 0 to 10^12."),
        (float("nan"), "p95", "range: the price is nan;"),
        (float("inf"), "p95", "range: the price is inf;"),
        ("1e13", "p95", "range: the price is 1e13;"),
        ("1e999999999", "p95", "range: the price is 1e999999999;"),
        ("1e-999999999", "p95", "range: the price is 1e-999999999;"),
    ],
)
def test_a_price_of_the_wrong_kind_is_one_clear_line(price, scheme, words):
    with pytest.raises(UsageError) as error:
        vp.bill(series(n=10), price, scheme)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"scheme": "p59"}, "there is no scheme 'p59'. Did you mean 'p95'?"),
        ({"percentile": 0}, "range: percentile is 0;"),
        ({"percentile": 101}, "range: percentile is 101; expected 0 to 100."),
        ({"percentile": True}, "percentile must be a finite number; found True."),
        ({"commit": -1}, "range: commit is -1;"),
        ({"commit": float("nan")}, "commit must be a finite number; found nan."),
        ({"commit": "5"}, "commit must be a finite number; found '5'."),
        ({"commit": 5, "burst_price": "300 PKR/Mbps/month"}, "price and burst price are in two currencies"),
        ({"scheme": "flat", "commit": 5}, "a flat price has no commitment and no burst price."),
        (
            {"burst_price": 5},
            "a burst price is for traffic above a commitment. Give commit (--commit) above 0 too, or the price alone.",
        ),
        ({"burst_price": 5, "commit": 0}, "a burst price is for traffic above a commitment."),
        ({"kind": "rte"}, "Did you mean 'rate'?"),
        ({"unit": "GB"}, "'GB' is no unit of a rate: expected a rate such as Mbps."),
        ({"kind": "total"}, "'Mbps' is no unit of a total: expected an amount such as GB."),
        ({"months_in": "PKT"}, "time-zone: found 'PKT'; expected a place such as Asia/Karachi, or UTC."),
        ({"months_in": None}, "time-zone: found 'None'; expected a place such as Asia/Karachi, or UTC."),
    ],
)
def test_terms_that_cannot_be_meant_are_one_clear_line(more, words):
    with pytest.raises(UsageError) as error:
        vp.bill(series(n=10), 1, **more)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_column_without_a_unit_has_to_say_it():
    with pytest.raises(UsageError, match="say the unit of 'value'"):
        vp.bill(series(n=10, name="value"), 1)
    assert usd(series(n=10, name="value"), 1, unit="Gbps") == 10_000


def test_a_series_that_cannot_be_billed():
    with pytest.raises(DataError, match="series-short"):
        vp.bill(series(n=1), 1)
    with pytest.raises(DataError, match="time-zone"):
        vp.bill(series(n=10).tz_localize(None), 1)
    with pytest.raises(UsageError, match="does not exist"):
        vp.bill("none.csv", 1)


@pytest.mark.parametrize(
    ("name", "kind", "value", "gb"),
    [("gb", "total", 1.0, 288), ("tb", "total", 0.5, 144_000), ("bytes", "total", 5e8, 144), ("bytes", "counter", np.arange(288) * 1e9, 287), ("gbps", "rate", 1.0, 10_800)],
)  # fmt: skip
def test_a_day_of_totals_counters_and_rates(name, kind, value, gb):
    assert usd(series(n=288, name=name, value=value), 1, "volume", kind=kind) == gb


# Samples that are filled in part


def test_a_counter_that_begins_and_ends_inside_a_sample_carries_what_it_grew_by():
    """1 GB from 00:02 to 01:02: thirteen samples, the first and the last of them filled in part."""
    made = usd_gb(series("2024-11-01 00:02", 2, [0.0, 1.0], "gb", step="60min"), kind="counter")
    assert (made["volume_gb"], made["samples"], made["cost_usd"]) == (1.0, 13, Decimal("1"))
    assert made["coverage"] == 3_600 / (NOVEMBER * 300)
    assert made["mean_mbps"] == pytest.approx(8_000 / 3_600)


def test_one_minute_totals_with_every_fifth_row_missing_carry_their_sum():
    totals = series(n=1_440, value=0.001, name="gb", step="1min")
    made = usd_gb(totals.drop(totals.index[::5]), kind="total")
    assert (made["volume_gb"], made["cost_usd"], made["samples"]) == (1.152, Decimal("1.152"), 288)
    assert made["coverage"] == 0.8 * 288 / NOVEMBER
    assert made["p95_mbps"] == pytest.approx(8 / 60)


def test_a_row_ends_where_the_next_begins_so_that_no_second_counts_twice():
    """Rows at 0, 5, 10 and 12 minutes: the third holds for two minutes, the last for a whole step."""
    rows = series(n=4, value=[1.0, 1.0, 1.0, 3.0])
    rows.index = rows.index[0] + pd.to_timedelta([0, 5, 10, 12], "min")
    made = usd_gb(rows)
    assert made["volume_gb"] == (12 * 60 * 1 + 300 * 3) / 8e3
    assert usd_gb(rows.rename("gb"), kind="total")["volume_gb"] == 6


def usd_gb(*args, **more):
    """The one month of a bill by volume at 1 USD/GB."""
    return vp.bill(*args, 1, "volume", **more).months.iloc[0].to_dict()


@pytest.mark.parametrize("rate", ["1.1000005", "14.5000005", "29.2000005", "221.5000005", "225.0000005"])
def test_a_price_times_a_rate_is_exact_in_the_digits_of_the_rate(rate):
    """Half a millionth goes up, whatever the last binary digit of a mean was."""
    assert usd(series(n=2, value=float(rate)), 1) == to_money(rate)


@pytest.mark.parametrize("bad", [[1, 2], object(), None, 5, {"timestamp": [1]}])
def test_what_is_no_series_is_one_clear_line(bad):
    with pytest.raises(UsageError, match=r"^a series is a CSV or Parquet file, a DataFrame or a Series on times; found \w+\.$"):
        vp.bill(bad, 1)


@pytest.mark.parametrize(("percentile", "words"), [(95, "95th"), (91, "91st"), (12, "12th"), (99.5, "99.5th")])
def test_a_percentile_in_words(percentile, words):
    assert f"{words} percentile by nearest rank" in str(vp.bill(series(n=10), 1, percentile=percentile))


# Currencies


@pytest.mark.parametrize(
    ("start", "rate", "about"),
    [("2014-06-01", 101.1, "2014"), ("2022-07-01", 239.5, "2022-07"), ("2024-11-01", 278.72, "2025-01-08")],
)
def test_each_month_is_turned_by_the_rate_nearest_to_it(start, rate, about):
    row = vp.bill(series(start, 288), "1000 PKR/Mbps/month").months.iloc[0]
    assert row["cost_pkr"] == 10_000
    assert row["cost_usd"] == Decimal(str(round(10_000 / rate, 6))).quantize(Decimal("0.000001"))
    assert (row["pkr_per_usd"], row["rate_about_on"]) == (rate, about)


def test_totals_add_months_each_at_its_own_rate():
    made = vp.bill(series("2022-06-30", 576), 1)
    rates = made.months["pkr_per_usd"].tolist()
    assert rates == [204.4, 239.5]
    assert made.total_usd == 20
    assert made.total_pkr == Decimal("10") * (Decimal("204.4") + Decimal("239.5"))
    assert made.currency == "USD"
    assert made.source_ids == ("S241",)


# Months


def months(made):
    return made.months[["month", "samples", "expected_samples"]].to_numpy().tolist()


def test_months_of_karachi_begin_five_hours_before_those_of_utc():
    three_days = series("2024-10-31 19:00", 864, tz="UTC")
    assert months(vp.bill(three_days, 1)) == [["2024-11", 864, NOVEMBER]]
    assert months(vp.bill(three_days, 1, months_in="UTC")) == [["2024-10", 60, DECEMBER], ["2024-11", 804, NOVEMBER]]
    assert vp.bill(three_days, 1).zone == "Asia/Karachi"


def test_times_without_an_offset_take_the_zone_given():
    bare = series(n=288, tz=None)
    assert months(vp.bill(bare, 1, zone="Asia/Karachi")) == [["2024-11", 288, NOVEMBER]]
    assert months(vp.bill(bare, 1, zone="UTC"))[0][1] == 288


def test_several_months_over_the_end_of_a_year():
    made = vp.bill(series("2024-12-15", 11_520), 1)
    assert months(made) == [["2024-12", 4_896, DECEMBER], ["2025-01", 6_624, DECEMBER]]
    assert made.months["coverage"].tolist() == pytest.approx([4_896 / DECEMBER, 6_624 / DECEMBER])
    assert made.total_usd == 20
    assert "2 calendar months in Asia/Karachi" in str(made)
    assert "1 calendar month in" in str(vp.bill(series(n=10), 1))


def test_the_month_in_which_clocks_went_forward_is_an_hour_shorter():
    """Karachi, 1 June 2008."""
    assert months(vp.bill(series("2008-06-02", 288), 1)) == [["2008-06", 288, NOVEMBER - 12]]


def test_a_month_without_a_sample_is_in_the_bill_for_what_is_due_in_it():
    gap = pd.concat([series("2024-10-05", 288), series("2025-01-05", 288)])
    made = vp.bill(gap, 1)
    assert made.months["month"].tolist() == ["2024-10", "2024-11", "2024-12", "2025-01"]
    assert made.months["samples"].tolist() == [288, 0, 0, 288]
    assert made.total_usd == 20
    assert usd(gap, 500, "flat") == 2_000
    assert usd(gap, 1, commit=4) == 28
    assert json.loads(json.dumps(made.to_dict(), allow_nan=False))["months"][1]["p95_mbps"] is None
    assert [p.rule for p in made.problems] == ["series-gap"]


def test_samples_that_are_missing_are_left_out_and_counted():
    holes = series(value=np.arange(float(NOVEMBER))).drop(index=series().index[100:200])
    row = vp.bill(holes, 1).months.iloc[0]
    assert (row["samples"], row["coverage"]) == (NOVEMBER - 100, (NOVEMBER - 100) / NOVEMBER)
    assert row["mean_mbps"] == pytest.approx(holes.mean())


def test_a_file_a_frame_and_a_series_cost_the_same(tmp_path):
    one = series(n=576, value=np.arange(576.0))
    frame = one.rename_axis("timestamp").reset_index()
    frame.assign(timestamp=[t.isoformat() for t in frame["timestamp"]]).to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    costs = {usd(s, "0.1", "volume") for s in (one, frame, tmp_path / "t.csv", tmp_path / "t.parquet")}
    assert len(costs) == 1


def test_a_bill_shows_itself_and_loses_no_digit():
    made = vp.bill(series(), "0.333333", commit=1)
    plain = made.to_dict()
    assert plain["schema"] == "vpnpolicy.bill/1"
    assert (plain["price"], plain["total_usd"]) == ("0.333333", "3.333330")
    assert json.loads(json.dumps(plain)) == plain
    assert "<li>" in made._repr_mimebundle_()["text/html"]
    assert made.to_frame() is not made.months
    assert str(made).splitlines()[0] == "USD 3.33 (PKR 929.07) for 1 calendar month in Asia/Karachi"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_is_billed_for_no_traffic_unless_the_price_is_flat(scheme):
    assert usd(series(value=0.0), 7, scheme) == (7 if scheme == "flat" else 0)


# Formulas


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
