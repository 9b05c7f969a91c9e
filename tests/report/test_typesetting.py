"""How a page is set: figures and tables with captions and files to take away, columns, contents, how it was made."""

import base64
import copy
import functools
import hashlib
import re
import shlex
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.report.appendix import command, method_of
from vpnpolicy.report.columns import PAGE, least_total, least_width, shares
from vpnpolicy.report.export import build_page, render_html
from vpnpolicy.report.plan import plan_reports

COST = Path(__file__).resolve().parents[2] / "notebooks" / "04_bandwidth_cost.ipynb"


@functools.cache
def ran():
    """A notebook as it stands after a run: findings, a chart, a table."""
    v4 = nbformat.v4
    shown = [
        vp.findings("register", as_of="2025-12-31"),
        vp.plot_counts(vp.load_counts()),
        vp.render_table(vp.load_traffic(), "VPN <b>traffic</b>", ["month", "vpn_gbps"], name="traffic"),
    ]
    bundles = [one._repr_mimebundle_() for one in shown]
    cells = [
        v4.new_code_cell("x", id=f"c{n}", outputs=[v4.new_output("display_data", d, metadata=m)])
        for n, (d, m) in enumerate(bundles)
    ]
    return v4.new_notebook(cells=[v4.new_markdown_cell("# A title", id="title"), *cells])


def sample():
    """A copy that may be spoilt."""
    return copy.deepcopy(ran())


@functools.cache
def sample_page():
    """The page of the sample and its HTML, for tests that only look."""
    page = build_page(sample())
    return page, render_html(sample(), page)


def test_a_page_gives_its_files_away_and_paper_does_not():
    page, html = sample_page()
    links = dict(re.findall(r'<a download="([^"]+)" href="data:[a-z+/]+;base64,([^"]+)"', html))
    assert {n: base64.b64decode(c) for n, c in links.items()} == {p.path.split("/")[1]: p.content for p in page.pieces}
    paper = render_html(sample(), page, paper=True)
    assert "download=" not in paper
    assert len(paper) < 0.7 * len(html)


def test_a_chart_is_shown_without_the_words_that_the_page_sets_itself():
    page, html = sample_page()
    (figure,) = [b for b in page.blocks if b["kind"] == "figure"]
    shown = base64.b64decode(figure["src"].partition(",")[2])
    whole = page.pieces[0].content
    window, full = (tuple(map(float, re.search(rb'viewBox="([^"]+)"', svg)[1].split())) for svg in (shown, whole))
    assert full[:2] == (0, 0)
    assert (window[0], window[2]) == (0, full[2])
    assert 10 < window[1] < window[1] + window[3] < full[3] - 10, "title above and sources below are out of the window"
    assert shown[shown.index(b"<metadata") :] == whole[whole.index(b"<metadata") :]
    assert figure["caption"] in html
    assert re.search(r"Sources: [A-Z]\w+ <a href=\"#S\d{3}\">S\d{3}</a>", html)


def test_a_picture_of_someone_else_is_shown_as_it_is():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    notebook = sample()
    notebook.cells[2].outputs[0] = nbformat.v4.new_output("display_data", {"image/svg+xml": svg})
    (figure,) = [b for b in build_page(notebook).blocks if b["kind"] == "figure"]
    assert base64.b64decode(figure["src"].partition(",")[2]) == svg.encode()
    assert (figure["size"], figure["own"]) == (None, False)


def test_a_page_says_how_it_was_made():
    job = plan_reports(["04"], ["minutes=5", "reading=mbps-month"])[0]
    page = build_page(sample())
    page.method = method_of(job, {"b.csv": "f" * 64, "a.csv": "0" * 64}, "0.1", "9.9")
    html = render_html(sample(), page)
    assert "<pre>vpnpolicy report 04_bandwidth_cost -p minutes=5.0 -p reading=mbps-month</pre>" in html
    assert hashlib.sha256(COST.read_bytes()).hexdigest()[:12] in html
    assert html.index("a.csv") < html.index("000000000000") < html.index("b.csv")
    assert "5.0 (changed)" in html
    assert "1.0</td>" in html
    assert "<td>9.9</td>" in html


def test_the_command_of_a_report_makes_the_same_job():
    job = plan_reports(["02"], ["actor=PTA's own & co", "start=2024"])[0]
    _, _, name, *rest = shlex.split(command(job))
    (again,) = plan_reports([name], rest[1::2])
    assert again == job


def test_an_annex_has_the_contents_at_its_head():
    notebook = sample()
    notebook.cells.append(nbformat.v4.new_markdown_cell("## Details", metadata={"tags": ["annex"]}))
    kinds = [b["kind"] for b in build_page(notebook).blocks]
    assert kinds[-3:] == ["annex", "contents", "html"]
    assert [b["kind"] for b in build_page(sample()).blocks][:3] == ["html", "html", "contents"]


def test_where_sources_are_used_is_said_beside_them():
    uses = {s["id"]: s["uses"] for s in sample_page()[0].sources}
    assert uses["S023"] == ["findings", "figure 1"]
    assert uses["S072"] == ["table 1"]


def test_tables_are_numbered_and_their_columns_as_wide_as_they_need():
    _, html = sample_page()
    assert '<caption><span class="tag">Table 1</span> VPN &lt;b&gt;traffic&lt;/b&gt;</caption><colgroup>' in html
    assert sum(map(float, re.findall(r'<col style="width:([\d.]+)%">', html))) == pytest.approx(100, abs=0.5)


@given(st.lists(st.lists(st.text("ab 1/-", max_size=60), min_size=3, max_size=3), min_size=2, max_size=8))
def test_columns_share_the_page_and_keep_words_whole_where_that_is_possible(rows):
    widths, numeric = shares(rows, [False] * 3), [False] * 3
    assert sum(widths) == pytest.approx(100, abs=0.5)
    assert min(widths) > 0
    if least_total(rows, numeric) <= PAGE:
        assert least_width(rows, numeric, widths) <= PAGE * 1.03
