"""Quoted prices in words: every meaning in three units, assessed by rule, and one clear line for what is not a price."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy import _exchange
from vpnpolicy._exchange import rate_on
from vpnpolicy._quoted import parse_quoted
from vpnpolicy.data.tables import Folder
from vpnpolicy.dates import PartialDate
from vpnpolicy.errors import UnitError, UsageError
from vpnpolicy.prices import TARGETS

MINUTES = 43_830  # of a month of 365.25 / 12 days


def read(claim, **more):
    return vp.interpret_price(claim, **more).set_index("interpretation")


# Taking words apart


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("$10,000 per minute for every 1 Tbps", 10_000, "USD/min/Tbps"),
        ("$10,000 per minute for every 1Tbps increase", 10_000, "USD/min/Tbps"),
        ("10,000 dollars per minute per terabyte per second", 10_000, "USD/min/TBps"),
        ("$1 per MB", 1, "USD/MB"),
        ("$1/Mb", 1, "USD/Mb"),
        ("1 USD/Mbps/month", 1, "USD/month/Mbps"),
        ("$1,000.50 per GB", Fraction(2001, 2), "USD/GB"),
        ("Rs 300 per GB", 300, "PKR/GB"),
        ("Rs. 1.3 billion a day", 1_300_000_000, "PKR/day"),
        ("Rs 5 lakh per Mbps", 500_000, "PKR/Mbps"),
        ("Rs. 2,80,000 per hour", 280_000, "PKR/hour"),
        ("PKR 12,34,56,789.5 a day", Fraction(246_913_579, 2), "PKR/day"),
        ("over US$1.5 million an hour", 1_500_000, "USD/hour"),
        ("$5 per 100 GB", Fraction(1, 20), "USD/GB"),
        ("$10 for every 2 hours", 5, "USD/hour"),
        ("$1k per Gbit/s per year", 1_000, "USD/year/Gbps"),
        ("$1 per MiB", 1, "USD/MiB"),
        ("$0.0000001 per kB", Fraction(1, 10**7), "USD/kB"),
        ("each megabyte of VPN traffic costs about $1", 1, "USD/MB"),
        ("one dollar per MB", 1, "USD/MB"),
        ("one million dollars an hour", 1_000_000, "USD/hour"),
        ("a terabit per second of VPN traffic costs $10,000 a minute", 10_000, "USD/min/Tbps"),
        ("every hour of shutdown costs $1.5 million", 1_500_000, "USD/hour"),
        ("said a day ago that it costs $1 per MB", 1, "USD/MB"),
    ],
)
def test_an_amount_its_currency_and_what_it_is_per(text, amount, unit):
    quoted = parse_quoted(text)
    assert (quoted.amount, quoted.unit) == (amount, unit)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 per MB", "names no currency"),
        ("€5 per MB", "without a rate in the record, '€'. Write the amount in USD or PKR."),
        ("$1 per MB " + "and more of it " * 100, "… (1,510 characters)' is too long for a quoted price"),
        ("five pounds per MB", "without a rate in the record, 'pounds'"),
        ("Rs 2,80 per MB", "more than one amount"),
        ("$1", "does not say what it is per"),
        ("-$1 per MB", "is not a price"),
        ("$inf per MB", "is not a price"),
        ("$1e3 per MB", "is not a price"),
        ("$99999999999999999999 per MB", "not a price between 0 and 10^15"),
        ("$1 PKR per MB", "more than one currency"),
        ("$1 per MB and PKR 300 per GB", "more than one currency"),
        ("USD 1 or $2 per MB", "more than one amount"),
        ("$1 to 2 per MB", "more than one amount"),
        ("$1 per MB per GB", "per two of a kind"),
        ("$1 per hour per day", "per two of a kind"),
        ("$5 per 0 GB", "is per nothing"),
        ("", "is not a price"),
        ("half a dollar per MB", "is not a price"),
        ("twenty one dollars per MB", "is not a price"),
        ("two dollars and fifty cents per GB", "more than one amount"),
        ("each megabyte costs between $1 and $2", "more than one amount"),
        ("10 cents per GB", "names no currency"),
    ],
)
def test_what_is_no_price_is_one_clear_line(text, words):
    with pytest.raises(UnitError) as error:
        vp.interpret_price(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("F999", "there is no claim 'F999'. Did you mean '"),
        (5, "a price is given in words, as a claim id or as a row; found 5."),
        ({}, "the claim holds no number with a unit"),
        ({"value": float("nan"), "unit": "USD/MB"}, "the claim holds no number with a unit"),
        ({"value": 5, "unit": "USD"}, "does not say what it is per"),
        ({"value": -5, "unit": "USD/MB"}, "is not a price"),
        ({"value": 5, "unit": "Gbps"}, "names no currency"),
    ],
)  # fmt: skip
def test_a_claim_that_holds_no_price(claim, words):
    with pytest.raises(UsageError) as error:
        vp.interpret_price(claim)
    assert words in str(error.value)
    assert len(str(error.value)) < 200


# Meanings in three units


@pytest.mark.parametrize(
    ("claim", "meaning", "minute_tbps", "gb", "mbps_month"),
    [
        ("$10,000 per minute for every 1 Tbps", "as-stated", 10_000, 4 / 3, 438.3),
        ("$10,000 per minute for every 1 Tbps", "terabyte", 1_250, 1 / 6, 54.7875),
        ("$1 per MB", "megabyte", 7_500_000, 1_000, 328_725),
        ("$1 per MB", "megabit", 60_000_000, 8_000, 2_629_800),
        ("$1 per MB", "gigabyte", 7_500, 1, 328.725),
        ("$1 per MB", "mbps-month", 1e6 / MINUTES, 1e3 / (MINUTES * 7.5), 1),
        ("$1 per GB", "gigabyte", 7_500, 1, 328.725),
        ("$1 per GB", "gbps-month", 1e3 / MINUTES, 1 / (MINUTES * 7.5), 0.001),
        ("$1 per MiB", "per-mebibyte", 7_500_000 / 1.048576, 1_000 / 1.048576, 328_725 / 1.048576),
        ("$12 per Mbps per year", "mbps-year", 1e6 / MINUTES, 1e3 / (MINUTES * 7.5), 1),
        ("$8 per MBps per month", "mbyteps-month", 1e6 / MINUTES, 1e3 / (MINUTES * 7.5), 1),
        ("278.72 PKR per GB", "gigabyte", 7_500, 1, 328.725),
    ],
)
def test_each_meaning_in_three_units_methods_9(claim, meaning, minute_tbps, gb, mbps_month):
    row = read(claim).loc[meaning]
    assert [row[k] for k in TARGETS] == pytest.approx([minute_tbps, gb, mbps_month])


@pytest.mark.parametrize(
    ("claim", "ids"),
    [
        ("$10,000 per minute for every 1 Tbps", ["as-stated", "terabyte"]),
        ("10,000 dollars a minute per terabyte per second", ["terabyte", "as-stated"]),
        ("$1 per MB", ["megabyte", "megabit", "gigabyte", "mbps-month"]),
        ("$1 per Mb", ["megabit", "megabyte", "gigabyte", "mbps-month"]),
        ("$1 per TB", ["per-terabyte", "per-terabit", "per-petabyte", "tbps-month"]),
        ("$1 per MB per month", ["mbps-month"]),
        ("$500 per Mbps", ["mbps-month", "mbyteps-month", "mbps-year", "mbyteps-year"]),
        ("$1 million an hour", ["rate"]),
    ],
)
def test_the_meanings_of_a_quote_the_one_as_quoted_first(claim, ids):
    assert vp.interpret_price(claim)["interpretation"].tolist() == ids


def test_one_meaning_has_one_id_in_every_table():
    ours = vp.load("readings").set_index("reading_id")["plausibility"]
    tables = [vp.compare_interpretations(), vp.balance("2024-12-01"), vp.monthly_bills()]
    assert all(set(frame["interpretation"]) == set(ours.index) for frame in tables)
    quoted = [read(claim)["plausibility"] for claim in ("$10,000 per minute for every 1 Tbps", "$1 per MB")]
    assert {k: v for q in quoted for k, v in q.items()} == ours.to_dict()


def test_rupees_are_turned_at_the_rate_nearest_to_the_day():
    then, now = (read("Rs 300 per GB", as_of=day).loc["gigabyte"] for day in ("2014", "2025-01-08"))
    assert then["usd_per_gb"] == pytest.approx(300 / 101.1)
    assert now["usd_per_gb"] == pytest.approx(300 / 278.72)
    assert "at 278.72 PKR/USD (2025-01-08)" in now["words"]
    assert "S107" in now["source_ids"]


def test_a_claim_of_the_record_a_row_and_the_words_agree():
    ways = [
        vp.interpret_price(c)
        for c in (
            "F007",
            {"value": 1.0, "unit": "USD/MB", "about_on": "2024-12"},
            {"value": np.int64(1), "unit": "USD/MB"},
            "$1 per MB",
        )
    ]
    columns = ["interpretation", *TARGETS, "plausibility"]
    for way in ways[1:]:
        assert way[columns].equals(ways[0][columns])


# Assessments


@pytest.mark.parametrize(
    ("usd", "verdict"),
    [("0.049", "unlikely"), ("0.05", "plausible"), ("0.5", "plausible"), ("1.5", "plausible"), ("15", "plausible"), ("15.1", "unlikely"), ("49000", "unlikely"), ("50000", "impossible")],
)  # fmt: skip
def test_assessments_by_ten_times_the_market_and_by_gdp(usd, verdict):
    """Market prices of 2024 run from 0.5 to 1.5; a year of the traffic reaches GDP at about 49,280 USD/Mbps/month."""
    assert read(f"${usd} per Mbps per month").loc["mbps-month", "plausibility"] == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [("$1 million an hour", "plausible"), ("$100 million a day", "unlikely"), ("$1 billion a day", "impossible")],
)
def test_a_price_per_time_alone_is_compared_with_gdp_only(claim, verdict):
    row = read(claim).loc["rate"]
    assert row["plausibility"] == verdict
    assert row[[*TARGETS, "times_market_high"]].isna().all()
    assert "not a price of traffic" in row["why"]


def test_the_bill_of_a_year_and_its_share_of_gdp_methods_9():
    """1 USD/MB on the mean of the five published months, 572.2 Gbps, against the GDP of 2023."""
    row = read("$1 per MB").loc["megabyte"]
    assert row["yearly_bill_usd"] == pytest.approx(572.2e9 / 8 / 1e6 * 365.25 * 86_400)
    assert row["share_of_gdp"] == pytest.approx(row["yearly_bill_usd"] / 338.37e9, rel=1e-4)
    assert "times the GDP of Pakistan in 2023" in row["why"]


def test_a_price_of_2009_is_compared_with_prices_of_its_time():
    old, new = (read("$80 per Mbps per month", as_of=day).loc["mbps-month"] for day in ("2009-05", "2024-02"))
    assert (old["plausibility"], new["plausibility"]) == ("plausible", "unlikely")
    assert "market prices of 2007 to 2012" in old["why"]


def test_another_country_is_not_compared_with_the_traffic_of_pakistan():
    """A price that would take all of a small GDP for the traffic of Pakistan says nothing on that country."""
    home, other = vp.interpret_price("$1 per MB"), vp.interpret_price("$1 per MB", country="Benin")
    assert other["plausibility"].tolist() == ["unlikely", "unlikely", "unlikely", "plausible"]
    assert other[["yearly_bill_usd", "share_of_gdp"]].isna().all(axis=None)
    assert other["why"].str.endswith("; the record has no VPN traffic of Benin to compare with its GDP").all()
    pd.testing.assert_frame_equal(home[[*TARGETS]], other[[*TARGETS]])
    traffic = set(vp.load("traffic")["source_id"])
    assert not traffic & {s for ids in other["source_ids"] for s in ids.split(";")}


def test_every_meaning_has_its_reason_and_sources():
    known = set(vp.load("sources")["source_id"])
    frame = vp.interpret_price("Rs 300 per GB")
    assert frame["why"].str.len().gt(20).all()
    assert all(ids and set(ids.split(";")) <= known for ids in frame["source_ids"])
    assert (frame["times_market_high"] <= frame["times_market_low"]).all()


# Beside market prices


def test_implied_prices_beside_dated_market_prices_S092():
    prices = vp.implied_prices().set_index("id")
    assert prices.loc["as-stated", "usd_per_gb"] == pytest.approx(4 / 3)
    assert prices.loc["as-stated", "times_wholesale"] == pytest.approx(438.3)
    assert prices.loc["mbps-month", ["times_wholesale", "wholesale_on"]].tolist() == [1, "2024-02"]
    market = prices[prices["kind"] != "interpretation"]
    assert market["about_on"].notna().all()
    assert set(market["kind"]) == {"market, Pakistan", "market, abroad"}


# Exchange rates


@pytest.mark.parametrize(
    ("day", "rate", "source"),
    [("2025-01-08", 278.72, "S107"), ("2023-10", 300.0, "S238"), ("2014", 101.1, "S237"), ("2022-07-10", 239.5, "S241")],
)
def test_the_nearest_dated_rate_is_taken(day, rate, source):
    found = rate_on(PartialDate.parse(day), Folder())
    assert (found.pkr_per_usd, found.source_id) == (rate, source)


@pytest.fixture
def two_rates(monkeypatch):
    """Replace the rates of the record by one of 4 and one of 20 January 2024."""
    days = [("2024-01-04", 1.0), ("2024-01-20", 2.0)]
    rows = [{"about_on": PartialDate.parse(d), "value": v, "indicator_id": d, "source_id": "S"} for d, v in days]
    monkeypatch.setattr(_exchange, "_rates", lambda table, name: rows if name == "exchange_rate" else [])


@pytest.mark.parametrize(("day", "rate"), [("2024-01", 2), ("2024-01-11", 1), ("2023-12", 1), ("2024", 2), (None, 2)])
def test_the_rate_nearest_to_the_middle_of_a_month_or_year_is_taken(two_rates, day, rate):
    assert rate_on(PartialDate.parse(day) if day else None, Folder()).pkr_per_usd == rate


@pytest.mark.parametrize(("days", "rates"), [(3, []), (4, [1]), (19, [1]), (20, [1, 2])])
def test_rates_within_so_many_days(two_rates, days, rates):
    found = _exchange.rates_near(PartialDate.parse("2023-12-31"), Folder(), days)
    assert [r.pkr_per_usd for r in found] == rates
