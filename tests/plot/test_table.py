"""Tables: escaped, scoped, captioned; safe in a spreadsheet; whole in a terminal."""

import csv
import io
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.errors import UsageError
from vpnpolicy.plot.tables import text_table


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("td", "th"):
            self.texts.append("")

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_any_text_is_shown_as_text(text):
    parser = Cells()
    parser.feed(vp.render_table(pd.DataFrame({"a": ["x"], text: [text]}), text).to_html())
    assert {t for t, _ in parser.tags} <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "wbr", "span"}
    assert parser.texts[-1] == text
    assert all(set(a) <= {"class", "scope"} for _, a in parser.tags)


def test_headers_are_scoped_and_captioned():
    table = vp.render_table(vp.load("traffic"), "VPN traffic", {"month": "Month", "vpn_gbps": "VPN traffic [Gbps]"})
    html = table.to_html()
    assert "<caption>VPN traffic</caption>" in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 5
    assert 'class="n"' in html


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\tx"])
def test_formulas_are_led_by_an_apostrophe(text):
    rows = list(csv.reader(io.StringIO(vp.render_table(pd.DataFrame({"a": [text]}), "t").to_csv())))
    assert rows[1] == ["'" + text]


def test_nothing_stated_is_a_dash_and_empty_in_csv():
    table = vp.render_table(pd.DataFrame({"a": [None, 1.0]}), "t")
    assert "–" in table.to_html()
    assert table.to_csv() == 'a\n""\n1.0\n'


def test_sources_travel_even_when_not_shown():
    table = vp.render_table(vp.load("traffic"), "t", ["month"])
    assert table.source_ids == ("S072", "S073", "S074", "S077")


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'vpn_gbps'"):
        vp.render_table(vp.load("traffic"), "t", ["vpn_gbs"])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_text_table_fits_and_cuts_nothing(width):
    table = vp.render_table(vp.find_conflicts(), "Conflicts", {"label": "About", "conclusion": "Conclusion", "ratio": "Times"})
    text = table.to_text(width)
    assert max(len(line) for line in text.splitlines()) <= width
    flat = "".join(text.split())
    assert all("".join(word.split()) in flat for row in table.rows for word in str(row[0]).split())


def test_a_header_too_long_for_the_width_stands_alone_and_the_text_stays_small():
    long = "a" * 40_000
    text = text_table([long, "n"], [[long, "-5"], ["x", "2"]], [False, True], width=100)
    assert text.count("a") == 3 * 40_000
    assert len(text) < 200_000
    assert max(map(len, text.splitlines())) <= 100


def test_rows_are_separated_and_an_empty_cell_is_a_dash():
    text = text_table(
        ["first column", "second column"], [["Mbps-month-long", "plausible-long"], ["b", ""]], [False] * 2, width=24
    )
    assert text.split("\n\n")[1].split() == ["first", "column", "b", "second", "column", "–"]
