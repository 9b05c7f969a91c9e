"""The calculator page: one file that fetches nothing, the same bytes each time, with everything the model would use."""

import base64
import hashlib
import json
import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

import vpnpolicy as vp
from vpnpolicy.data.countries import SCOPES, list_countries
from vpnpolicy.data.tables import Folder
from vpnpolicy.errors import UsageError
from vpnpolicy.offline.coefficients import MAX_HOURS, MAX_USERS, coefficients
from vpnpolicy.offline.page import as_script, page


@pytest.fixture(scope="module")
def record():
    return coefficients()


class Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.texts.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.found and self.found[-1][0] in ("script", "style") and self.cdata_elem:
            self.texts[-1][2] += data


@pytest.fixture(scope="module")
def parsed(record):
    return Elements(page(record))


def held_in(elements):
    (text,) = [t for tag, attrs, t in elements.texts if attrs.get("type") == "application/json"]
    return json.loads(text)


# One file


def test_the_same_record_gives_the_same_bytes(tmp_path):
    first, second = vp.calculator(tmp_path / "a.html"), vp.calculator(tmp_path / "deeper" / "b.html")
    assert first.read_bytes() == second.read_bytes()
    assert first == tmp_path / "a.html"


def test_nothing_is_fetched(parsed):
    fetching = {"link", "img", "iframe", "object", "embed", "audio", "video", "source", "base", "track", "portal", "frame"}
    assert not fetching & {tag for tag, _ in parsed.found}
    assert not [
        a for _, attrs in parsed.found for a in attrs if a in ("src", "srcset", "action", "formaction", "background", "ping")
    ]
    assert all(attrs["href"].startswith("#") for _, attrs in parsed.found if "href" in attrs)
    script, style = ("".join(t for tag, attrs, t in parsed.texts if tag == kind and not attrs) for kind in ("script", "style"))
    assert not re.search(r"fetch|XMLHttp|WebSocket|EventSource|sendBeacon|import\b|Worker|window\.open|localStorage|eval", script)
    assert not re.search(r"url\(|@import|expression", style)
    assert "://" not in style + script.replace("http://www.w3.org/2000/svg", "")


def test_the_policy_allows_our_script_and_style_and_nothing_else(parsed):
    (policy,) = [a["content"] for _, a in parsed.found if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert (rules.pop("default-src"), rules.pop("base-uri"), rules.pop("form-action")) == ("'none'",) * 3
    texts = {tag: text for tag, attrs, text in parsed.texts if not attrs}
    assert rules == {
        f"{tag}-src": f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for tag, text in texts.items()
    }


def test_nothing_in_the_page_needs_an_inline_style_or_handler(parsed):
    assert not [(tag, a) for tag, attrs in parsed.found for a in attrs if a == "style" or a.startswith("on")]


def test_every_control_has_a_label(parsed):
    named = {attrs["for"] for tag, attrs in parsed.found if tag == "label" and "for" in attrs}
    controls = {a["id"] for tag, a in parsed.found if tag in ("input", "select") and a.get("type") != "radio"}
    assert controls == named
    assert len(controls) == 10


# Text of the record


NASTY = "</script><script>hit()</script><!-- & \" ' ]]> \u2028 {tbps} ${x} $style"


def test_text_of_the_record_cannot_leave_its_element(record):
    changed = json.loads(json.dumps(record))
    changed["readings"][0]["label"] = changed["countries"][0]["name"] = changed["methods"][0]["note"] = NASTY
    elements = Elements(page(changed))
    assert held_in(elements) == changed
    assert [tag for tag, _ in elements.found if tag == "script"] == ["script", "script"]
    assert "<" not in as_script(changed)


def test_the_page_holds_what_it_was_given(parsed, record):
    assert held_in(parsed) == record


# What it calculates with


def test_every_country_is_there_with_its_figures(record):
    assert [c["name"] for c in record["countries"]] == list_countries(Folder())
    assert all(c["gdp"] or c["people"] for c in record["countries"])
    rows = vp.load("indicators")
    for indicator, part in (("gdp_current_usd", "gdp"), ("population", "people")):
        assert sum(len(c[part]) for c in record["countries"]) == (rows["indicator"] == indicator).sum()


def test_figures_carry_vintage_and_source(record):
    pakistan = next(c for c in record["countries"] if c["iso3"] == "PAK")
    newest, value, lot = pakistan["gdp"][-1]
    rows = vp.load("indicators")
    row = rows[(rows["iso3"] == "PAK") & (rows["indicator"] == "gdp_current_usd") & (rows["about_on"] == newest)].iloc[0]
    assert (value, record["lots"][lot]) == (row["value"], {"vintage": row["vintage"], "sources": [row["source_id"]]})


def test_prices_are_exact(record):
    for r in record["readings"]:
        estimate = vp.surge_cost(1, 1, r["id"])
        assert [Fraction(p) for p in r["price"]] == list(estimate.exact)


def test_every_method_is_there_and_closed_ones_have_nothing_to_calculate_with(record):
    methods = vp.load("methods")
    assert [m["id"] for m in record["methods"]] == list(methods["method_id"])
    closed = {m["id"] for m in record["methods"] if m["status"] == "closed"}
    assert {"netloss", "cost"} <= closed
    assert all(bool(m["parameters"]) == (m["id"] not in closed) for m in record["methods"])
    assert sum(len(m["parameters"]) for m in record["methods"] if m["id"] != "user-hours") == len(vp.load("parameters"))


@pytest.mark.parametrize(
    ("place", "scope"), [("Kenya", "app"), ("Kenya", "vpn"), ("Pakistan", "mobile"), ("Nigeria", "national")]
)
def test_reasons_are_those_of_the_model(record, place, scope):
    frame = vp.disruption_cost(place, "2020-01-01", scope=scope)
    for row in frame[frame["central"].isna()].itertuples():
        why = next(m["why"][scope] for m in record["methods"] if m["id"] == row.method_id).replace("{country}", place)
        assert why == row.note.replace("give users=", "give a count of your own")


def test_every_source_named_is_cited(record):
    parts = [*record["readings"], *record["methods"], *record["lots"], *(p for m in record["methods"] for p in m["parameters"])]
    named = {i for part in parts for i in part["sources"]}
    assert named == set(record["sources"])
    assert all(s["title"] and s["url"] for s in record["sources"].values())


def test_scopes_offered_are_those_of_the_model(parsed):
    offered = [a["value"] for tag, a in parsed.found if tag == "option" and "data-words" in a]
    assert offered == list(SCOPES)


def test_limits_are_those_of_the_model(record):
    limits = record["limits"]
    assert (limits["hours"], limits["users"]) == (MAX_HOURS, MAX_USERS)
    vp.disruption_cost("Pakistan", "2023", hours=MAX_HOURS, users=MAX_USERS)
    vp.surge_cost(limits["tbps"], limits["minutes"])
    for more in ({"hours": MAX_HOURS + 1}, {"users": MAX_USERS + 1}):
        with pytest.raises(UsageError, match="range: "):
            vp.disruption_cost("Pakistan", "2023", **more)
    for flow, minutes in ((limits["tbps"] + 1, 1), (1, limits["minutes"] + 1)):
        with pytest.raises(UsageError, match="range: "):
            vp.surge_cost(flow, minutes)


def test_another_record_gives_another_page(edit):
    folder = edit("parameters", 0, "value", "0.55")
    changed = {m["id"]: m for m in coefficients(folder)["methods"]}["brookings"]["parameters"][0]
    assert changed["bounds"] == [0.49 * 0.01, 0.55 * 0.01, 0.58 * 0.01]


# The command


def test_the_command_writes_the_page_and_says_where(run, tmp_path):
    code, out, err = run("calculator", "-o", "calc.html")
    written = (tmp_path / "calc.html").read_bytes()
    assert (code, err) == (0, "")
    assert out == f"calc.html: {len(written) / 1000:.0f} kB. Open it in any browser; it needs nothing else.\n"
    assert written.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["-o", "https://example.org/calc.html"], 2, "is an address, not a path"),
        (["-o", "folder"], 74, "cannot write"),
        (["-o", "calc.html", "--data", "nowhere"], 2, "folder nowhere does not exist"),
    ],
)
def test_a_mistake_is_one_clear_line(run, tmp_path, args, code, word):
    (tmp_path / "folder").mkdir()
    got, out, err = run("calculator", *args)
    assert (got, out) == (code, "")
    assert word in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("*.html"))
