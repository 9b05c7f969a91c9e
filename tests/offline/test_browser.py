"""The calculator in a real browser: its digits are the model's, it stays on the machine, and everybody can work it."""

import json
import random
import socket
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy.data.countries import SCOPES, list_countries
from vpnpolicy.data.tables import Folder
from vpnpolicy.errors import UsageError
from vpnpolicy.formatting import format_money, format_number, format_size
from vpnpolicy.offline.coefficients import coefficients
from vpnpolicy.offline.page import page as make_page

pytestmark = pytest.mark.browser
READ = """() => {
  const text = (e) => e ? e.textContent : "";
  const cards = [...document.querySelectorAll("#cards article")];
  const rows = [...document.querySelectorAll("#rows li")].map((li, n) => ({
    label: text(li.querySelector("a")), value: text(li.querySelector(".value b")), range: text(li.querySelector(".value .range")),
    heading: text(cards[n].querySelector("h3").firstChild), sources: [...cards[n].querySelectorAll(".sources a")].map(text),
    ...Object.fromEntries([...cards[n].querySelectorAll("dl div:not(.sources)")].map((d) => [text(d.querySelector("dt")), text(d.querySelector("dd"))])),
  }));
  const silent = [...document.querySelectorAll(".silent li")].map(text);
  const shown = (id) => !document.getElementById(id).closest("[hidden]") ? text(document.getElementById(id)) : "";
  const cited = [...document.querySelectorAll("#sources li")].map((li) => li.id);
  return { rows, silent, cited, headline: shown("headline"), question: shown("question"), remarks: shown("remarks"), fault: shown("fault") };
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return vp.calculator(tmp_path_factory.mktemp("calculator") / "calc.html").as_uri()


@pytest.fixture(scope="module")
def codes():
    return {c["name"]: c["iso3"] for c in coefficients()["countries"]}


def opened(browser, address, **how):
    """A page that notes its requests and errors."""
    sheet = browser.new_page(**how)
    sheet.requests, sheet.errors = [], []
    sheet.on("request", lambda r: sheet.requests.append(r.url))
    sheet.on("pageerror", lambda e: sheet.errors.append(str(e)))
    sheet.on("console", lambda m: sheet.errors.append(m.text) if m.type == "error" else None)
    sheet.goto(address)
    return sheet


@pytest.fixture(scope="module")
def shared(browser, address):
    """One page for all golden cases; at the end it has asked for nothing but itself and made no error."""
    sheet = opened(browser, address)
    yield sheet
    assert sheet.requests == [address]
    assert sheet.errors == []


@pytest.fixture
def calculate(shared):
    """Work out what an address says: ``calculate(what="traffic", tbps=1)``."""

    def call(**choices):
        hash_ = "&".join(f"{k}={v}" for k, v in {"users": "", "share": 100, **choices}.items())
        shared.evaluate("(hash) => { history.replaceState(null, '', hash); restore(); }", f"#{hash_}")
        return shared.evaluate(READ)

    return call


def span(low, high) -> str:
    a, b = format_size(low), format_size(high)
    word = b.partition(" ")[2]
    return a if a == b else f"{a.removesuffix(f' {word}') if word else a} to {b}"


# Golden cases: extra traffic


@pytest.mark.parametrize("reading", list(vp.load("readings")["reading_id"]))
@pytest.mark.parametrize(
    ("tbps", "minutes"),
    [("1", "60"), ("0.378", "43830"), ("1.5", "0.5"), ("10000", "527040"), ("0", "60"), ("0.00003", "1e-7"), ("0.815", "44640")],
)
def test_traffic_shows_the_digits_of_the_model(calculate, reading, tbps, minutes):
    got = calculate(what="traffic", reading=reading, tbps=tbps, minutes=minutes)
    flow, time = float(tbps), float(minutes)
    estimates = {r: vp.surge_cost(flow, time, r) for r in vp.load("readings")["reading_id"]}
    assert got["headline"] == estimates[reading].headline().removeprefix("cost: ")
    assert [r["value"] for r in got["rows"]] == [format_money(e.central) for e in estimates.values()]
    for row, e in zip(got["rows"], estimates.values(), strict=True):
        assert row["Working"] == f"{e.working[0].replace(' x ', ' × ')} = {format_money(e.central)}"
        assert row["sources"] == list(e.source_ids)
        assert row.get("Mind", "") == " ".join(e.notes[1:])
    frame = vp.compare_interpretations(flow, time)
    assert [r["value"] for r in got["rows"]] == [f"USD {format_size(v)}" for v in frame["cost_usd"]]
    assert [r["label"] for r in got["rows"]] == list(frame["label"])


# Golden cases: disruptions


def period(start: str, days: float) -> dict:
    """Days as a user of Python would write them: a last day, or hours where it is no whole number of days."""
    whole = days == int(days) and days > 0
    return {"end": str(date.fromisoformat(start) + timedelta(days=int(days) - 1))} if whole else {"hours": days * 24}


def compare(got: dict, frame) -> None:
    """Every number, working, input, vintage, caution and source on the page against the model's row."""
    counted, none = frame[frame["central"].notna()], frame[frame["central"].isna()]
    assert [r["label"] for r in got["rows"]] == [r["heading"].strip() for r in got["rows"]] == list(counted["label"])
    for row, e in zip(got["rows"], counted.itertuples(), strict=True):
        paid = e.unit == "USD"
        total = f"USD {span(e.low, e.high)}" if paid else f"{span(e.low, e.high)} user-hours"
        assert row["value"] == (format_money(e.central) if paid else format_size(e.central))
        assert row["range"].removesuffix("user-hours").strip() == ("" if e.low == e.high else span(e.low, e.high))
        assert row["Working"] == f"{' '.join(e.working.replace(' x ', ' × ').split())} = {total}"
        assert (row["Inputs"], row.get("Mind", "")) == (e.inputs, e.note)
        assert row["sources"] == e.source_ids.split(";")
        assert row.get("A day", "") == (format_money(e.usd_per_day) if paid and pd.notna(e.usd_per_day) else "")
    money = counted[counted["unit"] == "USD"]
    wanted = f"USD {span(money['low'].min(), money['high'].max())}" if len(money) else "No published method puts money on this"
    assert got["headline"] == wanted
    assert len(got["silent"]) == len(none)
    for e in none.itertuples():
        (text,) = [t for t in got["silent"] if t.startswith(f"{e.label} (")]
        why = e.note.replace("give users=", "give a count of your own")
        assert why[0].upper() + why[1:] in text
        assert all(i in text for i in e.source_ids.split(";"))
    assert got["cited"] == sorted({i for ids in frame["source_ids"] for i in ids.split(";")})


@pytest.mark.parametrize("country", list_countries(Folder()))
def test_every_country_and_scope_shows_the_digits_of_the_model(calculate, codes, country):
    code = codes[country]
    cases = [("2023-05-09", 4), ("2016-12-31", 0.125), ("2031-01-01", 365)]
    for scope, (start, days) in zip(SCOPES * 2, cases * 3, strict=False):
        got = calculate(what="disruption", country=code, scope=scope, start=start, duration=days, **{"in": "days"})
        compare(got, vp.disruption_cost(country, start, scope=scope, **period(start, days)))
        assert f" in {country}, from " in got["question"]


@pytest.mark.parametrize(
    ("country", "start", "scope", "hours", "share", "users"),
    [
        ("Pakistan", "2019-11-30", "national", 1, 100, ""),
        ("Pakistan", "2024-07-02", "mobile", 0.1, 12.5, ""),
        ("Pakistan", "2022-06-30", "national", 36, 33.3, ""),
        ("Pakistan", "2025-02-01", "vpn", 8766, 100, ""),
        ("Pakistan", "2010-01-01", "app", 876600, 1, ""),
        ("Pakistan", "2023-05-09", "national", 0, 100, ""),
        ("Pakistan", "2023-05-09", "national", 96, 0, ""),
        ("Nigeria", "2021-06-05", "app", 5328, 100, "101000000"),
        ("Kenya", "2024-06-25", "national", 7, 80, "22710000.5"),
        ("Iran, Islamic Rep.", "2019-11-16", "national", 163.7, 95, "10000000000"),
        ("Egypt, Arab Rep.", "2011-01-28", "national", 120, 100, "1"),
        ("Yemen, Rep.", "2020-01-09", "mobile", 1000, 66.7, "7900000"),
    ],
)
def test_hours_shares_and_own_counts_show_the_digits_of_the_model(calculate, codes, country, start, scope, hours, share, users):
    code = codes[country]
    choices = {"country": code, "start": start, "scope": scope, "duration": hours, "in": "hours", "share": share, "users": users}
    got = calculate(what="disruption", **choices)
    more = {"users": float(users)} if users else {}
    compare(got, vp.disruption_cost(country, start, scope=scope, hours=hours, affected_share=share / 100, **more))


def test_the_gdp_of_an_earlier_year_is_named(calculate):
    got = calculate(what="disruption", country="PAK", start="2025-03-01", scope="national", duration=1, **{"in": "days"})
    assert "The record has no GDP of 2025 for Pakistan; that of 2023 is used." in got["remarks"]
    got = calculate(what="disruption", country="PAK", start="2023-03-01", scope="national", duration=1, **{"in": "days"})
    assert "is used" not in got["remarks"]
    assert "Not a fact: each method measures something else" in got["remarks"]


def test_closed_methods_are_named_without_a_number(calculate):
    for scope in SCOPES:
        got = calculate(what="disruption", country="PAK", start="2023-05-09", scope=scope, duration=4, **{"in": "days"})
        for name in ("NetBlocks COST", "Internet Society NetLoss"):
            (text,) = [t for t in got["silent"] if t.startswith(name)]
            assert "Closed: parameters unpublished" in text
            assert name not in [r["label"] for r in got["rows"]]
        assert "USD" not in "".join(got["silent"])


# Numbers


def test_numbers_are_printed_as_python_prints_them(shared):
    draw = random.Random(3)
    values = [draw.uniform(1, 10) * 10 ** draw.randint(-12, 21) for _ in range(2000)]
    values += [
        0,
        0.5,
        1234.5,
        12345.0,
        0.00012345,
        999.95,
        9999.5,
        999_999.5,
        999_999.4,
        1e6,
        1e9,
        99_995e6,
        1e12,
        1e21,
        1e22,
        5e-324,
    ]
    shown = shared.evaluate("(vs) => vs.map(decimal).map((v) => [number(v), number(v, 6), size(v)])", values)
    assert shown == [[format_number(v), format_number(v, 6), format_size(v)] for v in values]


def test_exact_fractions_are_printed_as_python_prints_them(shared):
    draw = random.Random(4)
    cases = [(draw.randint(1, 10**7), draw.randint(1, 10**5), draw.randint(0, 10**6) / 1000, draw.random()) for _ in range(500)]
    shown = shared.evaluate(
        "(cs) => cs.map(([n, d, a, b]) => number(product(`${n}/${d}`, decimal(a), decimal(b)), 12))",
        [list(c) for c in cases],
    )
    exact = [Fraction(n, d) * Fraction(repr(a)) * Fraction(repr(b)) for n, d, a, b in cases]
    assert shown == [format_number(v, 12) for v in exact]


# Mistakes


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"what": "traffic", "tbps": 10001}, "Extra flow Tbps: write a number from 0 to 10,000."),
        ({"what": "traffic", "tbps": "lots"}, "Extra flow Tbps: write a number from 0 to 10,000."),
        ({"what": "traffic", "minutes": -1}, "Duration minutes: write a number from 0 to 527,040."),
        ({"what": "disruption", "start": ""}, "First day: write a day."),
        ({"what": "disruption", "duration": 36526, "in": "days"}, "Duration: write a number from 0 to 36,525."),
        ({"what": "disruption", "duration": 876601, "in": "hours"}, "Duration: write a number from 0 to 876,600."),
        ({"what": "disruption", "share": 101}, "Share of the country that is hit %: write a number from 0 to 100."),
        ({"what": "disruption", "users": 1e11}, "Internet users, own count optional: write a number from 0 to 10,000,000,000."),
    ],
)
def test_a_mistake_is_said_beside_its_control(browser, address, choices, said):
    sheet = opened(browser, address)
    sheet.evaluate("(hash) => { location.hash = hash; restore(); }", "&".join(f"{k}={v}" for k, v in choices.items()))
    assert sheet.locator("#fault").inner_text() == said
    assert sheet.locator("#result").is_hidden()
    wrong = sheet.locator("[aria-invalid]")
    assert wrong.count() == 1
    assert wrong.is_visible()
    assert (wrong.get_attribute("aria-describedby"), sheet.errors) == ("fault", [])
    sheet.close()


def test_a_year_before_the_data_is_refused_as_the_model_refuses_it(calculate, shared):
    choices = {"country": "PAK", "start": "1999-01-01", "duration": 4, "in": "days"}
    got = calculate(what="disruption", scope="national", **choices)
    with pytest.raises(UsageError) as refused:
        vp.disruption_cost("Pakistan", "1999-01-01", "1999-01-04")
    assert f"period: {got['fault']}" == str(refused.value)
    assert shared.locator("#start").get_attribute("aria-invalid") == "true"
    compare(
        calculate(what="disruption", scope="vpn", **choices),
        vp.disruption_cost("Pakistan", "1999-01-01", "1999-01-04", scope="vpn"),
    )


def test_an_address_that_makes_no_sense_leaves_the_page_working(browser, address):
    sheet = opened(browser, f"{address}#what=weather&country=XXX&reading=&length=3&item=2&traffic=1&form=x&%%%=&tbps=2")
    assert sheet.locator("#headline").inner_text() == "USD 1.2 million"
    assert sheet.errors == []
    sheet.close()


# For everybody


def test_choices_are_in_the_address_and_come_back_from_it(browser, address):
    sheet = opened(browser, address)
    sheet.get_by_label("A disruption").check()
    sheet.get_by_label("Country", exact=True).select_option("Kenya")
    sheet.get_by_label("What is cut").select_option("Mobile internet")
    sheet.get_by_label("First day").fill("2020-02-03")
    sheet.get_by_label("Duration", exact=True).fill("5")
    sheet.get_by_text("Part of a country, own count of users").click()
    sheet.get_by_label("Internet users, own count").fill("20000000")
    before, link = sheet.evaluate(READ), sheet.url
    assert link.endswith("#what=disruption&country=KEN&scope=mobile&start=2020-02-03&duration=5&in=days&share=100&users=20000000")
    assert before["headline"].startswith("USD ")
    other = opened(browser, link)
    assert other.evaluate(READ) == before
    assert other.locator("#users").is_visible()
    assert sheet.errors == other.errors == []
    sheet.evaluate("location.hash = '#what=traffic&reading=terabyte&tbps=1&minutes=60'")
    sheet.wait_for_function("document.getElementById('headline').textContent === 'USD 75,000'")
    sheet.close()
    other.close()


FOCUSABLE = """() => [...document.querySelectorAll("a[href], input, select, summary, button")]
  .filter((e) => e.checkVisibility() && !e.matches(":disabled") && (e.type !== "radio" || e.checked)).map((e, n) => (e.dataset.stop = n))"""


@pytest.mark.parametrize("choices", ["what=traffic", "what=disruption&country=PAK&scope=mobile&share=50"])
def test_every_control_is_reached_and_seen_by_keyboard(browser, address, choices):
    sheet = opened(browser, f"{address}#{choices}")
    wanted, reached = sheet.evaluate(FOCUSABLE), []
    for _ in range(3 * len(wanted)):
        sheet.keyboard.press("Tab")
        stop = sheet.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e), t = e.nextElementSibling && getComputedStyle(e.nextElementSibling);"
            " return [e.dataset.stop, s.outlineStyle !== 'none' || (t && t.outlineStyle !== 'none')]; }"
        )
        if stop[0] is not None:
            assert stop[1], f"stop {stop[0]} shows no focus"
            reached.append(int(stop[0]))
    assert sorted(set(reached)) == wanted
    assert list(dict.fromkeys(reached)) == wanted, "the order of focus is the order of the page"
    sheet.close()


def test_it_can_be_worked_by_keyboard_alone(browser, address):
    sheet = opened(browser, address)
    press = sheet.keyboard.press
    sheet.locator("input[value=traffic]").focus()
    press("ArrowRight")
    assert sheet.locator("input[value=disruption]").is_checked()
    press("Tab")
    sheet.keyboard.type("Kenya")
    press("Tab")
    sheet.keyboard.type("Mob")
    assert sheet.locator("#question").inner_text() == "4 days without mobile internet in Kenya, from 9 May 2023"
    sheet.locator("#rows a").first.focus()
    press("Enter")
    assert sheet.evaluate("document.activeElement.id") == "m0"
    sheet.locator("#m0 .sources a").first.focus()
    press("Enter")
    assert sheet.evaluate("document.activeElement.matches('#sources li')")
    assert "#what=disruption" in sheet.url
    assert sheet.errors == []
    sheet.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "choices",
    ["what=traffic", "what=disruption&country=PAK&users=5&scope=national", "what=disruption&country=KEN&scope=vpn", "tbps=-1"],
)
def test_axe_finds_nothing_serious(browser, address, scheme, choices):
    from axe_playwright_python.sync_playwright import Axe

    sheet = opened(browser, f"{address}#{choices}", color_scheme=scheme)
    found = Axe().run(sheet).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    sheet.close()


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("choices", ["what=traffic", "what=disruption&country=IRN&users=5"])
def test_it_fits_the_width(browser, address, width, choices):
    sheet = opened(browser, f"{address}#{choices}", viewport={"width": width, "height": 800})
    assert sheet.evaluate("document.documentElement.scrollWidth") == width
    cut = "(e) => !e.childElementCount && e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !e.matches('select, svg *')"
    assert sheet.evaluate(f"[...document.querySelectorAll('main *')].filter({cut}).map((e) => e.outerHTML)") == []
    sheet.close()


def test_bars_lie_where_their_values_are(browser, address):
    sheet = opened(browser, f"{address}#what=disruption&country=PAK&start=2023-05-09&duration=4&in=days&scope=national")
    drawn = sheet.evaluate(
        "[...document.querySelectorAll('.bar')].map((b) => ['x1', 'x2'].map((a) => parseFloat(b.querySelector('.range').getAttribute(a))))"
    )
    frame = vp.disruption_cost("Pakistan", "2023-05-09", "2023-05-12").dropna(subset="usd_per_day")
    logs = np.log10(frame[["low", "high"]].to_numpy())
    bottom, top = np.floor(logs.min()), np.ceil(logs.max())
    assert np.allclose(drawn, 100 * (logs - bottom) / (top - bottom))
    sheet.close()


def test_it_prints_with_every_working_and_without_its_form(browser, address):
    sheet = opened(browser, f"{address}#what=disruption&country=PAK&scope=national", color_scheme="dark")
    sheet.emulate_media(media="print")
    assert sheet.locator("form").is_hidden()
    assert sheet.locator("#headline").is_visible()
    assert sheet.locator("article:visible").count() == sheet.locator("#rows li").count() > 5
    assert sheet.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert sheet.pdf()[:5] == b"%PDF-"
    sheet.close()


# The machine's own


TRY = """async (place) => {
  const seen = [];
  document.addEventListener("securitypolicyviolation", (e) => seen.push(e.effectiveDirective));
  const add = (tag, props) => document.body.append(Object.assign(document.createElement(tag), props));
  add("script", { textContent: "window.hit = 1" });
  add("style", { textContent: "body { display: none }" });
  add("img", { src: `${place}x.png` });
  await fetch(place).catch(() => 0);
  await new Promise((done) => setTimeout(done, 100));
  return [seen.sort(), window.hit ?? null];
}"""


def test_the_policy_stops_what_is_not_ours(browser, address):
    sheet = browser.new_page()
    sheet.goto(address)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        blocked = sheet.evaluate(TRY, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert blocked == [["connect-src", "img-src", "script-src-elem", "style-src-elem"], None]
    sheet.close()


def test_text_of_the_record_is_shown_as_text(browser, tmp_path):
    record = json.loads(json.dumps(coefficients()))
    record["readings"][0]["label"] = "</script><script>window.hit = 1</script><!--<b>bold</b> {tbps}"
    (tmp_path / "calc.html").write_text(make_page(record), encoding="utf-8")
    sheet = opened(browser, (tmp_path / "calc.html").as_uri())
    assert sheet.evaluate(READ)["rows"][0]["label"] == record["readings"][0]["label"]
    assert sheet.evaluate("window.hit ?? null") is None
    assert sheet.errors == []
    sheet.close()
