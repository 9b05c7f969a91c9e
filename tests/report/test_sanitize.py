"""What is removed from outputs of cells, what passes, and what the remarks say of it."""

from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy.formatting import FINDINGS, TABLE_STYLE, note_html
from vpnpolicy.notebooks.html_clean import ATTRIBUTES, TAGS
from vpnpolicy.notebooks.sanitize import sanitize_html, sanitize_output, svg_problems

LISTS = Path(__file__).parents[1] / "lists"
CONTROLS = {"nbsp": "\xa0", "nel": "\x85", "ls": "\u2028", "vt": "\v", "tab": "\t", "lf": "\r", "ff": "\f", "soh": "\x01"}


def payloads(name):
    """Lines of a list, with the control characters that they name; in them ``//x/`` is a host to be asked."""
    text = (LISTS / name).read_text(encoding="utf-8")
    for control, character in CONTROLS.items():
        text = text.replace(f"{{{control}}}", character)
    return text.split("\n")[:-1]


HTML = payloads("html_payloads.txt") + payloads("scripts.txt")
W3 = "http://www.w3.org"
HEAD = f'<svg xmlns="{W3}/2000/svg" xmlns:xlink="{W3}/1999/xlink" xmlns:h="{W3}/1999/xhtml">'
WHOLE = [
    f'<?xml-stylesheet href="http://x/47"?>{HEAD}</svg>',
    f'<!DOCTYPE svg [<!ENTITY e "x">]>{HEAD}<text>&e;</text></svg>',
    f'<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>{HEAD}<text>&e;</text></svg>',
    f'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]>{HEAD}</svg>',
    f'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">{HEAD}<rect mask="url&lpar;http://x/48)"/></svg>',
    f'<!DOCTYPE svg SYSTEM "http://x/49">{HEAD}</svg>',
    f'<?xml version="1.0" encoding="gb18030"?>{HEAD}</svg>',
    HEAD.replace(">", ' onload="alert(1)"></svg>'), '<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    "<svg><rect></svg>", '<svg xmlns="x"/>', "", "text", HEAD,
]  # fmt: skip
PICTURES = [f"{HEAD}{part}</svg>" for part in payloads("svg_payloads.txt")] + WHOLE


class Checker(HTMLParser):
    """Fails at anything that runs or loads; what it reads is the cleaned text."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        for name, value in attrs:
            assert name in ATTRIBUTES or name.startswith(("data-", "aria-"))
            assert name != "src" or value.startswith("data:image/")
            assert name != "href" or not value.strip().lower().startswith(("j", "v", "d", "f", "blob", "\\", "//"))
            assert name != "style" or "(" not in value


@pytest.mark.parametrize("payload", HTML)
def test_html_that_could_run_or_load_is_removed_and_named(payload):
    cleaned, remarks = sanitize_html(f"<p>before</p>{payload}")
    Checker().feed(cleaned)
    assert cleaned.startswith("<p>before</p>")
    assert len(remarks) == ("title=" not in cleaned or "onmouseover" in payload)  # in a title, markup is text
    assert all(r.isascii() and r.isprintable() for r in remarks)
    assert sanitize_html(cleaned) == (cleaned, [])


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_that_could_run_or_load_are_removed(picture):
    output = {"data": {"image/svg+xml": picture, "image/png": "QUJD"}, "metadata": {}}
    (remark,) = sanitize_output(output)
    assert (output["data"], remark[:34]) == ({"image/png": "QUJD"}, "removed image/svg+xml: it holds " + remark[32:34])


FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y & 'z'"]})
PIXEL = "data:image/png;base64,iVBORw0KGgo="
PASSES = {
    "frame": FRAME.to_html(), "notebook": FRAME._repr_html_(), "styler": FRAME.style.highlight_max(subset=["a"]).bar(subset=["a"]).to_html(),
    "links": pd.DataFrame({"u": ["http://a.org/x"]}).to_html(render_links=True), "levels": FRAME.groupby(["a", "b"]).sum().to_html(),
    "table": TABLE_STYLE + vp.render_table(FRAME, "A <caption>").to_html(), "note": note_html("vp-estimate", "1 < 2", ["a"], "status"),
    "details": '<details open=""><summary>More</summary><ol start="3"><li value="4">x</li></ol></details>',
    "addresses": '<a href="#S1">1</a><a href="mailto:a@b.c">2</a><a href="data/x.csv">3</a><a href="HTTPS://a.b/?c=d#e" rel="noreferrer">4</a>',
    "images": f'<img src="{PIXEL}" alt="a" width="3"><img src="data:image/svg+xml;utf8,{HEAD.replace(chr(34), "&quot;")}</svg>">',
    "attributes": '<td colspan="2" aria-label="a" data-words="b" role="cell" tabindex="0" headers="c" scope="row" title="d">e</td>',
    "styles": '<style>@media print{a > b{color:red}}/* c */</style><p style="position:relative;color:RGB(1,2,3)">x</p>',
    "choices": '<label for="c">x</label><input id="c" type="checkbox" checked="" disabled="">',
    "document": '<html lang="en"><head></head><body><p>x</p></body></html>',
}  # fmt: skip


@pytest.mark.parametrize("name", PASSES)
def test_what_readers_need_passes_without_remark(name):
    text = PASSES[name]
    cleaned, remarks = sanitize_html(f"<table>{text}</table>" if text.startswith("<td") else text)
    assert remarks == []
    assert [t for t in TagsOf(text).found if t[0] not in ("html", "head", "body")] == [
        t for t in TagsOf(cleaned).found if name != "attributes" or t[0] not in ("table", "tbody", "tr")
    ]
    assert name != "table" or cleaned.startswith(TABLE_STYLE)


class TagsOf(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, [(k, v or "") for k, v in attrs]))

    def handle_data(self, data):
        if data.strip():
            self.found.append(("", data))


def test_positions_that_cover_the_page_have_no_effect():
    cleaned, (remark,) = sanitize_html('<style>p{Position/**/: fixed}</style><p style="position:var(--x);z-index:9;top:0">x</p>')
    assert cleaned == '<style>p{--Position/**/: fixed}</style><p style="--position:var(--x);--z-index:9;top:0">x</p>'
    assert remark == "removed a fixed position or z-index in a style from an HTML output"


@pytest.mark.parametrize("fonttype", ["path", "none"])
def test_charts_pass(fonttype, tmp_path):
    with plt.rc_context({"svg.fonttype": fonttype}):
        figure, ax = plt.subplots()
        ax.imshow([[1, 2]])
        ax.plot([0, 1], gid='a" onload="\\', marker="o", url="#a")
        ax.set_title("@import url(x) \\ <script>")
        ax.fill_between([0, 1], [0, 1], hatch="/", clip_on=True)
        figure.savefig(tmp_path / "a.svg")
        plt.close(figure)
    assert svg_problems((tmp_path / "a.svg").read_text(encoding="utf-8")) == []


INLINE = '<svg width="9" height="9"><rect width="9" height="9" style="fill:#1f77b4"/></svg>'
JSON, WIDGET = "application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"
NO_WIDGET = "removed application/vnd.jupyter.widget-view+json: a widget cannot be shown in a report"
SCRIPTS = "removed <script> from an HTML output"


@pytest.mark.parametrize(
    ("data", "kept", "remarks"),
    [
        ({WIDGET: {}, "text/plain": "x"}, ["text/plain"], [NO_WIDGET]),
        ({WIDGET: {}, "text/html": "<p>x</p>"}, ["text/html"], []),
        ({JSON: {}, "image/png": "QUJD", "application/pdf": "x"}, ["image/png"], []),
        ({JSON: {}, "text/html": "<div><script>f()</script></div>"}, [], [SCRIPTS, f"removed {JSON}: a report cannot show it"]),
        ({"text/html": "<style>p{}</style><script>f()</script>", "text/plain": "x"}, ["text/plain"], [SCRIPTS]),
        ({"application/pdf": "x", "video/m\x1bp4": "y"}, [], ["removed application/pdf and video/m?p4: a report cannot show it"]),
        ({"text/latex": "$x$", "text/plain": "x", "application/json": {}}, ["text/latex", "text/plain"], []),
        ({FINDINGS: {"texts": []}, "text/html": ["<p>", "x</p>"], "text/csv": "a"}, [FINDINGS, "text/html", "text/csv"], []),
        ({"image/png": "AAAAA", "text/plain": "x"}, ["text/plain"], ["removed image/png: it holds text that is not base64"]),
        ({"text/html": 5, FINDINGS: "x"}, [], [f"removed text/html and {FINDINGS}: a report cannot show it"]),
        ({"image/svg+xml": INLINE, "text/plain": None}, ["image/svg+xml"], []),
        ({"text/html": INLINE}, ["text/html"], []),
    ],
)  # fmt: skip
def test_types_and_remarks(data, kept, remarks):
    output = nbformat.NotebookNode(output_type="display_data", data=data)
    assert (sanitize_output(output), list(output["data"])) == (remarks, kept)
    assert "<img" in output["data"].get("text/html", "<img") or "<p>x</p>" in output["data"]["text/html"]


def test_streams_are_left_and_metadata_is_kept_by_type():
    stream = nbformat.v4.new_output("stream", text="<script>")
    assert (sanitize_output(stream), stream.text) == ([], "<script>")
    notes = {"alt": "a", "width": 3, "height": "3", "sources": ["S1"], "name": 5, "needs_background": "light"}
    output = {"data": {"image/png": "QUJD"}, "metadata": {"image/png": notes, "x": {"alt": "a"}, "alt": "b"}}
    assert sanitize_output(output) == []
    assert output["metadata"] == {"image/png": {"alt": "a", "width": 3, "sources": ["S1"]}}
