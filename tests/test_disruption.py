"""Disruptions under every method: published cases, closed methods, new methods, periods, scopes, spread."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy.data.countries import PEOPLE, SCOPES, USERS, Country, list_countries, users_on
from vpnpolicy.data.tables import Folder
from vpnpolicy.dates import PartialDate
from vpnpolicy.disruption import (
    FORMS,
    RATE_WITHIN_DAYS,
    duration_days,
    effects,
)
from vpnpolicy.errors import UsageError

CLOSED = ["cost", "netloss", "cipesa"]


def one(country, start, end=None, scope="national", method="published-rate", **more):
    """The only row of a method that has one."""
    return vp.disruption_cost(country, start, end, scope, method, **more).iloc[0]


# Forms by hand


@pytest.mark.parametrize(
    ("form", "inputs", "usd"),
    [
        ("share", (365e9, 1, 0.019), 19e6), ("share", (365e9, 1, 0.004), 4e6),  # Deloitte by percent, S257
        ("share", (756.35e9, 45, 0.005), 466.2e6),  # Brookings, Saudi Arabia: 465 million, S285
        ("elasticity", (365e9, 1, 0.031), 31e6),  # ICRIER: 3.1 percent for a tenth of the traffic, S250
        ("loss", (10_000_000, 1, 2.36), 23.6e6), ("loss", (10_000_000, 1, 0.06), 0.6e6),  # Deloitte by people, S287
        ("rate", (1, 5, 18e6), 90e6), ("rate", (1, 2_400, 250_600), 601_440_000),  # OECD, S296; COST, S266
        ("users", (59e6, 7_966), 470e9),  # Top10VPN, India 2023, S261
    ],
)  # fmt: skip
def test_each_form_by_hand(form, inputs, usd):
    assert FORMS[form].cost(*inputs) == pytest.approx(usd, rel=0.001)
    many = FORMS[form].cost(np.array([inputs[0]] * 2), *inputs[1:])
    np.testing.assert_allclose(many, [FORMS[form].cost(*inputs)] * 2)


def test_deloitte_forms_are_not_interchangeable_S287():
    """The two forms of the high tier agree only near 45,337 dollars of GDP per person."""
    per_person = FORMS["loss"].cost(1, 1, 2.36) / FORMS["share"].cost(1, 1, 0.019)
    assert per_person == pytest.approx(45_337, abs=1)


# Published cases


def test_oecd_egypt_2011_five_days_at_18_million_a_day_are_90_million_S296():
    row = one("Egypt", "2011-01-28", "2011-02-01")
    assert (row["low"], row["central"], row["high"], row["usd_per_day"]) == (90e6, 90e6, 90e6, 18e6)
    assert row["label"] == "OECD, telecom and internet"
    assert "S296" in row["source_ids"]


def test_cost_nigeria_day_100_is_2400_hours_at_an_hourly_rate_S266():
    row = one("Nigeria", "2021-06-05", scope="app", hours=2_400)
    assert row["central"] == 601_440_000
    printed = vp.load("published").set_index("published_id")["value"]
    naira = FORMS["rate"].cost(1, printed["K251"], printed["K249"])
    assert naira == 247_608_000_000
    assert round(naira, -7) == printed["K252"] == 247_610_000_000


@pytest.mark.parametrize(("country", "days", "usd"), [("SAU", 45, 465e6), ("MAR", 182, 320e6), ("BGD", 25, 69e6)])
def test_brookings_rows_lie_inside_the_band_worked_back_from_them_S285(country, days, usd):
    row = one(country, "2014-01-01", method="brookings", hours=24 * days)
    assert row["low"] * 0.99 < usd < row["high"] * 1.01


@pytest.mark.parametrize(
    ("users", "hours", "printed"), [(59e6, 7_966, 470e9), (113e6, 1_353, 152.9e9), (29.8e6, 14_909, 444.3e9)]
)
def test_top10vpn_user_hours_of_2023_S261(users, hours, printed):
    row = one("India", "2023", method="user-hours", users=users, hours=hours)
    assert row["central"] == pytest.approx(printed, rel=0.0005)
    assert row["unit"] == "user-hour"
    assert pd.isna(row["usd_per_day"])


@pytest.mark.parametrize(
    ("method", "end", "million"),
    [("deloitte-gdp", "low", 3.7), ("deloitte-gdp", "central", 9.3), ("deloitte-people", "low", 14.9), ("deloitte-people", "central", 163)],
)  # fmt: skip
def test_one_day_in_pakistan_methods_10(method, end, million):
    assert one("PAK", "2023-05-09", method=method)[end] / 1e6 == pytest.approx(million, rel=0.01)


@pytest.mark.parametrize(("label", "million"), [("PIDE", 4.33), ("P@SHA", 24.0), ("COST", 53.04)])
def test_printed_rates_for_one_day_in_pakistan_methods_10(label, million):
    rows = vp.disruption_cost("PAK", "2023-05-09", methods="published-rate").set_index("label")["usd_per_day"]
    assert rows[[n for n in rows.index if n.startswith(label)]].item() / 1e6 == pytest.approx(million, rel=0.001)


def test_rupees_become_dollars_at_the_rate_of_their_own_time_S122_S238():
    row = one("PAK", "2023-05-09")
    assert row["central"] == pytest.approx(1.3e9 / 300)
    assert "300 PKR/USD (2023-10)" in row["working"]
    assert {"S122", "S238"} <= set(row["source_ids"].split(";"))


# Closed methods, scopes


@pytest.mark.parametrize("scope", SCOPES)
def test_closed_methods_are_named_as_closed_and_give_no_number(scope):
    frame = vp.disruption_cost("PAK", "2024", scope=scope).set_index("method_id").loc[CLOSED]
    assert frame["status"].eq("closed").all()
    assert frame["note"].str.startswith("closed: parameters unpublished (").all()
    assert frame[["low", "central", "high", "usd_per_day"]].isna().all(axis=None)
    assert frame["inputs"].eq("").all()
    assert frame["source_ids"].ne("").all()


@pytest.mark.parametrize(
    ("scope", "numbers"),
    [
        ("national", {"brookings", "deloitte-gdp", "deloitte-people", "oecd", "icrier", "user-hours", "published-rate"}),
        ("mobile", {"icrier", "user-hours", "published-rate"}),
        ("app", {"brookings", "user-hours"}),
        ("vpn", {"published-rate"}),
    ],
)
def test_each_scope_has_the_methods_that_define_it(scope, numbers):
    frame = vp.disruption_cost("PAK", "2024", scope=scope)
    assert set(frame[frame["central"].notna()]["method_id"]) == numbers
    silent = frame[frame["central"].isna()]
    assert silent["note"].str.match(r"closed|not defined for scope|no parameter").all()
    assert set(frame["method_id"]) == set(vp.load("methods")["method_id"]), "a method is left out in silence"


# Every country; spellings; errors


def test_every_country_of_the_indicators_has_a_number_in_order():
    for country in list_countries(Folder()):
        rows = vp.disruption_cost(country, "2019-11-16", "2019-11-17").dropna(subset="central")
        assert not rows.empty, country
        assert ((rows["low"] > 0) & (rows["low"] <= rows["central"]) & (rows["central"] <= rows["high"])).all(), country


@pytest.mark.parametrize(
    ("country", "meant"),
    [
        ("Saudi", "Did you mean 'Saudi Arabia'? "), ("Syria", "Did you mean 'Syrian Arab Republic'? "), ("Arabia", "Did you mean 'Saudi Arabia'? "),
        ("Ira", "Did you mean 'Iran' or 'Iraq'? "), ("Congo", "Did you mean 'Congo, Dem. Rep.' or 'Congo, Rep.'? "), ("Atlantis", ""), ("", ""), ("United Kingdom", ""),
    ],
)  # fmt: skip
def test_names_that_begin_alike_come_first_and_few_are_listed(country, meant):
    with pytest.raises(UsageError) as error:
        vp.disruption_cost(country, "2023")
    held = "36 countries can be named, by name or ISO 3166-1 alpha-3 code: see indicators.csv."
    assert str(error.value) == f"the record has no GDP and no population for '{country}'. {meant}{held}"


@pytest.mark.parametrize("start", ["2009-12-31", "1999", "1990-05"])
def test_a_period_before_the_data_is_refused_with_what_is_held(start):
    with pytest.raises(UsageError, match="period: the record has GDP of Pakistan for 2010 to 2023; found"):
        vp.disruption_cost("PAK", start)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"scope": "apps"}, "there is no scope 'apps'. Did you mean 'app'?"),
        ({"methods": "brookins"}, "there is no method 'brookins'. Did you mean 'brookings'?"),
        ({"end": "2023-05-01"}, "it ends on 2023-05-01 before it starts on 2023-05-09."),
        ({"end": "2023-05-10", "hours": 49}, "range: hours is 49; expected 0 to 48."),
        ({"hours": -1}, "range: hours is -1;"),
        ({"hours": float("nan")}, "hours must be a finite number; found nan."),
        ({"affected_share": vp.Range(0.5, 0.9, 1.2)}, "range: affected_share is 1.2; expected 0 to 1."),
        ({"users": 2e10}, "range: users is 20000000000; expected 0 to 10,000,000,000."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_clear_line(call, words):
    with pytest.raises(UsageError) as error:
        vp.disruption_cost("PAK", "2023-05-09", **call)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


# How long


@pytest.mark.parametrize(
    ("start", "end", "low", "high"),
    [
        ("2023-05-09", None, 1, 1),
        ("2024-02", None, 29, 29),
        ("2024", None, 366, 366),
        ("2023-05-09/2023-05-12", None, 4, 4),
        ("2023-05-09", "2023-05-12", 4, 4),
        ("2023-05-09", "2023-05-09", 1, 1),
        ("2024-02", "2024-03", 2, 60),
        ("2024", "2024", 1, 366),
        ("2024-02-18", "2024-12", 288, 318),
    ],
)
def test_days_from_the_first_to_the_last_both_inside(start, end, low, high):
    found = duration_days(PartialDate.parse(start), end)
    assert (found.low, found.high, found.unit) == (low, high, "day")
    assert found.central == (low + high) / 2


# Shares, working, sources


def test_the_share_of_the_country_multiplies_and_is_written_down():
    half, band = (one("PAK", "2023-05-09", method="oecd", affected_share=s) for s in (0.5, vp.Range(0.2, 0.5, 1)))
    whole = one("PAK", "2023-05-09", method="oecd")
    assert half["central"] == band["central"] == whole["central"] / 2
    assert (band["low"], band["high"]) == pytest.approx((whole["low"] * 0.2, whole["high"]))
    assert half["working"].endswith(" x 0.5 of the country")
    assert "of the country" not in whole["working"]


WORKING = re.compile(r"([\d.,]+)( billion| million)? (?:USD|people|users)(?: / 365)? x ([\d.,]+) (?:days|hours) ?(?:x ([\d.,]+) to ([\d.,]+) ?(%?).*)?")  # fmt: skip


@pytest.mark.parametrize("method", ["brookings", "deloitte-gdp", "deloitte-people", "oecd", "icrier", "user-hours"])
def test_the_working_gives_the_number(method):
    row = one("PAK", "2023-05-09", "2023-05-12", method=method)
    size, word, time, low, high, percent = WORKING.fullmatch(row["working"]).groups()
    base = (
        float(size.replace(",", ""))
        * {" billion": 1e9, " million": 1e6}[word]
        * float(time)
        / (365 if "365" in row["working"] else 1)
    )
    for end, text in (("low", low), ("high", high)):
        assert row[end] == pytest.approx(base * float(text or 1) / (100 if percent else 1), rel=1e-4)


def test_every_number_names_its_inputs_vintage_and_sources():
    frame = vp.disruption_cost("PAK", "2023-05-09", "2023-05-12").dropna(subset="central")
    assert frame["inputs"].str.contains(r"\d{4}").all()
    by_gdp = frame[frame["method_id"].isin(["brookings", "deloitte-gdp", "oecd", "icrier"])]
    assert by_gdp["inputs"].str.contains("GDP of 2023 (vintage 2026-03-20)", regex=False).all()
    known = set(vp.load("sources")["source_id"])
    assert all(ids and set(ids.split(";")) <= known for ids in frame["source_ids"])


def test_users_are_the_count_nearest_to_the_day_unless_given():
    row = one("PAK", "2023-12-01", method="user-hours")
    assert (row["central"], row["inputs"]) == (111_000_000 * 24, "internet users of 2024-01")
    assert one("PAK", "2023-12-01", method="user-hours", users=10)["inputs"] == "own count of users"
    assert "give users=" in one("Kenya", "2023-12-01", method="user-hours")["note"]


# Spread


def spread(*args, **more):
    return vp.disruption_spread(*args, **more).set_index("factor")


def test_the_ends_of_the_spread_are_those_of_the_methods():
    costs = vp.disruption_cost("PAK", "2024-12-01", scope="vpn").dropna(subset="central")
    frame = spread("PAK", "2024-12-01", scope="vpn")
    assert frame.loc["together", ["low_usd", "high_usd"]].tolist() == pytest.approx([costs["low"].min(), costs["high"].max()])


def test_a_grid_that_only_adds_up_leaves_nothing_to_combinations():
    grid = np.arange(4).reshape(4, 1, 1, 1) + 10 * np.arange(3).reshape(1, 3, 1, 1) + np.zeros((4, 3, 2, 2))
    frame = effects(grid).set_index("factor")
    assert frame.loc["together", "share"] == pytest.approx(0)
    assert frame.loc["method", "share"] == pytest.approx(np.var(range(4)) / (np.var(range(4)) + 100 * np.var(range(3))))
    assert frame.loc["GDP vintage", "share"] == 0


def test_vintages_of_gdp_count_where_several_were_printed():
    several, one_only = (spread("PAK", day).loc["GDP vintage"] for day in ("2024-12", "2023-05"))
    assert (several["choices"], one_only["choices"]) == (3, 1)
    assert several["share"] > 0
    assert (one_only["share"], one_only["ratio"]) == (0, 1)


@pytest.mark.parametrize(
    ("country", "day", "scope"),
    [("PAK", "2022-08-01", "mobile"), ("EGY", "2023-05-09", "national"), ("PAK", "2022-08-01", "vpn")],
)
def test_a_choice_that_changes_nothing_explains_nothing_at_all(country, day, scope):
    """No rest of the arithmetic of logarithms stands as a share."""
    share = spread(country, day, scope=scope)["share"]
    assert share["exchange rate"] == 0
    assert ((share == 0) | (share > 1e-9)).all()


@pytest.mark.parametrize("methods", ["oecd", "netloss", ["user-hours", "cipesa"]])
def test_fewer_than_two_numbers_have_no_spread(methods):
    frame = vp.disruption_spread("PAK", "2023-05-09", methods=methods)
    assert frame.empty
    assert list(frame) == ["factor", "choices", "low_usd", "high_usd", "ratio", "share"]


@pytest.mark.parametrize("zero", [{"hours": 0}, {"affected_share": 0}])
def test_a_spread_of_nothing_is_refused(zero):
    with pytest.raises(UsageError, match="taken in logarithms"):
        vp.disruption_spread("PAK", "2023-05-09", **zero)


@pytest.mark.parametrize("day", ["2023-05-09", "2015-06-01"])
def test_the_spread_takes_the_exchange_rates_within_550_days(day):
    rows = vp.load("indicators").query("unit == 'PKR/USD'")
    when, bounds = pd.Timestamp(day), vp.date_bounds(rows["about_on"])
    apart = np.maximum(bounds["earliest"] - when, when - bounds["latest"]).dt.days
    dated = (rows["indicator"] == "exchange_rate") & (apart <= RATE_WITHIN_DAYS)
    implied = (rows["indicator"] == "exchange_rate_implied") & (apart <= 0)
    assert spread("PAK", day).loc["exchange rate", "choices"] == (dated | implied).sum()
    assert RATE_WITHIN_DAYS == 550


def test_internet_users_are_the_people_times_their_share():
    """40 % of 1,000 people are 400 users; the count nearest to the day is taken."""
    years = [(PEOPLE, "2019", 1_000.0), ("internet_users_share", "2019", 40.0), (USERS, "2021-01", 700.0)]
    rows = tuple(
        {"indicator": i, "about_on": PartialDate.parse(d), "value": v, "vintage": "", "source_id": "S001"} for i, d, v in years
    )
    country = Country("X", "XXX", rows)
    assert users_on(country, datetime.date(2019, 3, 1)).value == 400
    assert users_on(country, datetime.date(2020, 12, 1)).value == 700
    assert users_on(Country("Y", "YYY", ()), datetime.date(2020, 1, 1)) is None


# A new method is a row of data


METHOD = {"method_id": "trial", "label": "Trial", "publisher": "P", "year": "2020", "form": "cost = ?", "status": "complete", "scopes": "national", "source_id": "S001"}  # fmt: skip
PARAMETER = {
    "parameter_id": "Q98", "method_id": "trial", "scope": "national", "label": "own", "low": "1", "value": "2", "high": "4",
    "shape": "uniform", "basis": "own estimate", "about_on": "2023-10", "source_id": "S001", "why": "a trial",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "unit", "usd"),
    [
        ("share", "%", lambda gdp, people: gdp / 365 * 0.02), ("elasticity", "1", lambda gdp, people: gdp / 365 * 2),
        ("loss", "USD/person/day", lambda gdp, people: people * 2), ("loss", "PKR/person/day", lambda gdp, people: people * 2 / 300),
        ("rate", "USD/hour", lambda gdp, people: 48), ("rate", "PKR/day", lambda gdp, people: 2 / 300),
    ],
)  # fmt: skip
def test_a_method_and_its_parameter_work_everywhere_as_rows_alone(data, add_row, name, unit, usd):
    add_row("methods", **METHOD)
    add_row("parameters", **PARAMETER, name=name, unit=unit)
    rows = vp.load("indicators").query("iso3 == 'PAK' and about_on == '2023'").set_index("indicator")["value"]
    row = one("PAK", "2023-05-09", method="trial", data=data)
    assert row["central"] == pytest.approx(usd(rows["gdp_current_usd"], rows["population"]))
    assert (row["low"], row["high"]) == (row["central"] / 2, row["central"] * 2)
    assert vp.disruption_spread("PAK", "2023-05-09", methods=["trial", "oecd"], data=data)["choices"].iloc[0] == 2
    assert "trial" in set(vp.balance("2024-12-01", data=data)["method_id"])
    assert vp.calculator("calculator.html", data=data)


def test_a_method_without_a_parameter_or_a_rate_says_why(data, add_row):
    add_row("methods", **METHOD)
    row = one("PAK", "2023-05-09", method="trial", data=data)
    assert pd.isna(row["low"])
    assert row["note"].startswith("no parameter of it is known")
    add_row("parameters", **PARAMETER, name="rate", unit="NGN/day")
    assert one("PAK", "2023-05-09", method="trial", data=data)["note"] == "the record has no exchange rate for NGN"
