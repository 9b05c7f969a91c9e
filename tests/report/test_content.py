"""The content of a page: figures, tables, downloads, contents, sources, method, and what could not be shown."""

import base64
import functools
import hashlib
import re
from pathlib import Path

import nbformat
import pytest

import vpnpolicy as vp
from vpnpolicy.report.html import render_html
from vpnpolicy.report.page import build_page
from vpnpolicy.report.plan import plan_reports

COST = Path(__file__).resolve().parents[2] / "notebooks" / "04_bandwidth_cost.ipynb"
v4 = nbformat.v4


@functools.cache
def bundles():
    shown = [
        vp.findings("register", as_of="2025-12-31"),
        vp.plot_counts(vp.load("licence_counts")),
        vp.render_table(vp.load("traffic"), "VPN <b>traffic</b>", ["month", "vpn_gbps"], name="traffic"),
    ]
    return [one._repr_mimebundle_() for one in shown]


def build(*outputs, markdown=(), name=""):
    """Return the page of a notebook: a title, outputs (by default findings, a chart and a table), then Markdown."""
    outputs = outputs or [v4.new_output("display_data", dict(d), metadata=dict(m)) for d, m in bundles()]
    cells = [v4.new_code_cell("x", id=f"c{n}", outputs=[o]) for n, o in enumerate(outputs)]
    cells += [v4.new_markdown_cell(text, id=f"m{n}", metadata={"tags": tags}) for n, (text, tags) in enumerate(markdown)]
    return build_page(v4.new_notebook(cells=[v4.new_markdown_cell("# A title", id="title"), *cells]), name=name)


def output(**data):
    kinds = {
        "html": "text/html",
        "svg": "image/svg+xml",
        "widget": "application/vnd.jupyter.widget-view+json",
        "plain": "text/plain",
    }
    return v4.new_output("display_data", {kinds[k]: v for k, v in data.items()})


@pytest.fixture(scope="module")
def page():
    return build()


def test_a_page_gives_its_files_away(page):
    links = dict(re.findall(r'<a download="([^"]+)" href="data:[a-z+/]+;base64,([^"]+)"', render_html(page)))
    assert {n: base64.b64decode(c) for n, c in links.items()} == {p.split("/")[1]: c for p, c in page.files.items()}
    assert 'download="mine-01-' in render_html(build(name="mine"))


def test_a_chart_is_shown_without_the_words_that_the_page_sets_as_text(page):
    (figure,) = [b for b in page.blocks if b["kind"] == "figure"]
    shown = base64.b64decode(figure["src"].partition(",")[2])
    whole = next(c for name, c in page.files.items() if name.endswith(".svg"))
    window, full = (tuple(map(float, re.search(rb'viewBox="([^"]+)"', svg)[1].split())) for svg in (shown, whole))
    assert full[:2] == (0, 0)
    assert (window[0], window[2]) == (0, full[2])
    assert 10 < window[1] < window[1] + window[3] < full[3] - 10, "title above and sources below are outside"
    assert shown[shown.index(b"<metadata") :] == whole[whole.index(b"<metadata") :]
    assert figure["caption"] in render_html(page)


def test_a_picture_without_notes_is_shown_as_it_is():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    (figure,) = [b for b in build(output(svg=svg)).blocks if b["kind"] == "figure"]
    assert base64.b64decode(figure["src"].partition(",")[2]) == svg.encode()
    assert (figure["size"], figure["own"]) == (None, False)


def test_a_page_says_how_it_was_made():
    (job,) = plan_reports(["04"], ["minutes=5", "interpretation=mbps-month"])
    page = build()
    page.method = job.method({"b.csv": "f" * 64, "a.csv": "0" * 64})
    html = render_html(page)
    assert "<pre>vpnpolicy report 04_bandwidth_cost -p minutes=5.0 -p interpretation=mbps-month</pre>" in html
    assert hashlib.sha256(COST.read_bytes()).hexdigest()[:12] in html
    assert html.index("a.csv") < html.index("000000000000") < html.index("b.csv")
    assert "<td>5.0 (changed)</td>" in html
    assert f"<td>{vp.__version__}</td>" in html


def test_contents_stand_at_the_head_of_the_annex_or_after_the_findings(page):
    assert [b["kind"] for b in page.blocks][:3] == ["html", "html", "contents"]
    long = build(markdown=[("## Details", ["annex"])])
    assert [b["kind"] for b in long.blocks][-3:] == ["annex", "contents", "html"]
    assert ("details", "Details") in long.contents


def test_sources_say_where_they_are_used(page):
    uses = {s["id"]: s["uses"] for s in page.sources}
    assert uses["S023"] == ["findings", "figure 1"]
    assert uses["S072"] == ["table 1"]
    assert re.search(r'Sources: [A-Z]\w+ <a href="#S\d{3}">S\d{3}</a>', render_html(page))


def test_tables_are_numbered_and_their_text_is_escaped(page):
    assert '<caption><span class="tag">Table 1</span> VPN &lt;b&gt;traffic&lt;/b&gt;</caption>' in render_html(page)


def test_text_that_looks_like_mathematics_stays_text():
    text = "US$10,000 per minute, US$1 per MB"
    html = render_html(build(output(html=f"<p>{text}</p>"), markdown=[(text, [])]))
    assert (html.count(text), "MathJax" in html) == (2, False)


@pytest.mark.parametrize(
    ("shown", "lost"),
    [
        (output(html="<p>a</p><script>f()</script>"), "removed <script> from an HTML output"),
        (output(widget={}, plain="Slider()"), "a widget cannot be shown in a report"),
        (output(svg='<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', plain="a chart"), "removed image/svg+xml"),
    ],
)
def test_what_could_not_be_shown_is_named_in_the_page_and_in_the_remarks(shown, lost):
    page = build(shown)
    (remark,) = page.remarks
    assert remark.startswith("cell 'c0': removed ")
    assert lost in remark
    note = remark.removeprefix("cell 'c0': ").replace("<", "&lt;").replace(">", "&gt;")
    assert f'<p class="note">Not shown here: {note}.</p>' in render_html(page)


def test_markdown_is_cleaned_and_what_was_removed_is_named():
    page = build(output(plain="x"), markdown=[("a <script>f()</script> [b](javascript:f) [c](mailto:d@e.example)", [])])
    assert page.remarks == ["cell 'm0': removed <script> and a link with a forbidden address from an HTML output"]
    assert page.blocks[-1]["html"] == '<p>a  <a>b</a> <a href="mailto:d@e.example">c</a></p>\n'
