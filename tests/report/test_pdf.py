"""Reports on paper: what is in them, what users may put in, and that nothing is cut or lost."""

import base64
import io
import re
from html import escape

import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader

from vpnpolicy.notebooks.html_clean import clean_html
from vpnpolicy.report.page import Page
from vpnpolicy.report.pdf import PaperPage, render_pdf

SPECIAL = "# a $x$ *b* _c_ `d` <e> @ref [f] ~ / = + - \\ \" ' // g /* h */ -- --- ... #panic() {i} ; 1. j"
SOURCE = {
    "id": "S001", "publisher": "Dawn", "title": "A title", "date": "2025-01-01",
    "url": "https://example.org/a", "link": True, "standing": "tier A", "uses": ["table 1"],
}  # fmt: skip


def html(text: str) -> dict:
    return {"kind": "html", "html": text}


def picture(width: int, height: int, kind: str = "PNG", cut: int = 0) -> str:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(target, kind)
    content = target.getvalue()[: -cut or None]
    return f"data:image/{kind.lower()};base64,{base64.b64encode(content).decode()}"


def render(*blocks: dict, **facts) -> tuple[PdfReader, list[str]]:
    page = Page(**{"title": "A report", "date": "2026-03-31", **facts}, blocks=list(blocks))
    pdf, remarks = render_pdf(page)
    return PdfReader(io.BytesIO(pdf)), remarks


def texts_of(reader: PdfReader) -> list[str]:
    return [" ".join(p.extract_text().replace("\u200b", "").split()) for p in reader.pages]


def outline(items) -> list:
    return [outline(i) if isinstance(i, list) else i.title for i in items]


def test_the_same_page_gives_the_same_tagged_pdf():
    blocks = [html("<h1>A report</h1><p>Text.</p><h2>Part</h2>"), {"kind": "contents"}]
    page = Page(title="A report", date="2026-03-31", blocks=blocks)
    assert render_pdf(page) == render_pdf(page)
    reader, remarks = render(*blocks)
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], remarks) == ("en-GB", True, [])
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()
    facts = reader.metadata
    assert (facts.title, str(facts.creation_date)) == ("A report", "2026-03-31 00:00:00+00:00")
    assert outline(reader.outline) == ["A report", ["Part"]]


@pytest.mark.parametrize("start", ["", "= ", "1. ", "+ ", "- ", "// ", "/* ", "#let x = "])
def test_text_of_a_user_comes_out_as_it_is(start):
    text = start + SPECIAL
    tags = "<h1>T</h1><p>T</p><ul><li>T</li></ul><table><tr><td>T</td></tr></table><pre>T</pre>"
    blocks = [html(tags.replace("T", escape(text))), {"kind": "text", "text": text}]
    reader, remarks = render(*blocks, title=text)
    assert " ".join(texts_of(reader)).replace(" ", "").count(text.replace(" ", "")) >= 6
    assert (reader.metadata.title, remarks) == (text, [])


def test_headings_skip_no_level_and_there_is_always_a_first():
    reader, _ = render(html("<h3>Three</h3><p>a</p><h6>Six</h6><h1>One</h1><h2></h2><h4>Four</h4>"))
    assert outline(reader.outline) == ["A report", ["Three", ["Six"]], "One", ["Four"]]


def test_only_addresses_of_pages_and_mail_are_links():
    kept = ["https://example.org/a?b=1&c=%20#d", "mailto:a@example.org"]
    wrong = ["javascript:alert(1)", "ftp://example.org", "#nowhere", "file:///etc/passwd", ""]
    reader, remarks = render(*(html(f'<p><a href="{escape(a)}">x</a>') for a in kept + wrong))
    links = [a.get_object() for p in reader.pages for a in p.get("/Annots", ())]
    assert ([a["/A"]["/URI"] for a in links], remarks) == (kept, [])


def test_a_long_table_repeats_its_header_and_ends_with_its_sources():
    rows = "".join(f"<tr><td>row {n}</td><td class='n'>{n}</td></tr>" for n in range(200))
    head = "<thead><tr><th>Name</th><th>Count</th></tr></thead>"
    table = f"<table class='vp-table'>{head}{rows}</table>"
    block = {"kind": "table", "number": 1, "html": table, "caption": "Rows", "cited": [SOURCE]}
    reader, remarks = render(html("<h1>A</h1><h2>Part</h2><p>Lead.</p>"), block, sources=[SOURCE])
    pages = texts_of(reader)
    long = [page for page in pages if "row " in page]
    assert len([page for page in long if "Name Count" in page]) == len(long) > 3
    assert re.search(r"Part Lead\. Table 1 ?Rows Name Count row 0", long[0])
    assert re.search(r"row 199 199 Source: Dawn S001", long[-1])
    assert (sum("Source: Dawn" in page for page in pages), remarks) == (1, [])


@pytest.mark.parametrize("columns", [8, 25, 120])
def test_a_wide_table_is_split_and_nothing_is_lost(columns):
    frame = pd.DataFrame([[f"{r}.{c:03d}123" for c in range(columns)] for r in range(3)])
    reader, remarks = render(html(frame.to_html()))
    text = " ".join(texts_of(reader))
    assert all(cell in text for row in frame.to_numpy() for cell in row)
    assert ("Columns 1–" in text, remarks) == (columns > 20, [])
    assert any(p.mediabox.width > p.mediabox.height for p in reader.pages) == (columns > 8)


@pytest.mark.parametrize("table", [
    pd.DataFrame(range(120), index=pd.MultiIndex.from_product([["one"], range(120)])).to_html(),
    "<table><tr><td colspan=3 rowspan=2>a<td>b<tr><td rowspan=99>c<tr><td>d</table>",
    "<table><tr><td colspan=900>a<tr><td>b<td rowspan=900>c</table>",
    "<table></table><table><tr></table><table><thead><tr><th>head</thead></table>",
    "<table><tr><td>" * 20 + "x" + "</table>" * 20,
    "<table><tr><td>" + "long text " * 3000 + "<td>x</table>",
    "<ul><li>" * 60 + "x" + "</ul>" * 60 + "<b><i>" * 99 + "y",
])  # fmt: skip
def test_odd_markup_is_drawn(table):
    reader, remarks = render(html(clean_html(table)[0]))
    assert (remarks, len(reader.pages) < 30) == ([], True)
    assert " ".join(texts_of(reader)).count("long") in (0, 3000)


def test_pictures_are_never_enlarged_and_broken_ones_become_notes():
    sizes = [(100, 60, "PNG"), (120, 50, "GIF"), (4000, 300, "JPEG"), (60, 5000, "WEBP")]
    good = "".join(f'<p><img src="{picture(*size)}"></p>' for size in sizes)
    broken = {"half": picture(400, 300, cut=99), "unclosed": "data:image/svg+xml,%3Csvg%3E%3Cg",
              "none": "data:image/png,x"}  # fmt: skip
    bad = "".join(f'<img alt="{alt}" src="{src}">' for alt, src in broken.items())
    reader, remarks = render(html(good + bad))
    assert remarks == [f"A picture cannot be read: {name}" for name in broken]
    assert all(remark in " ".join(texts_of(reader)) for remark in remarks)
    figure = {"kind": "figure", "number": 1, "src": picture(100, 60), "alt": "", "caption": "C"}
    image = PaperPage(Page(blocks=[figure])).data()["nodes"][-1]["c"][0]
    assert (image["width"], image["alt"]) == (75, "C")


def test_letters_in_no_font_are_remarked_on_and_urdu_is_drawn():
    reader, remarks = render(html("<p>پی ٹی اے said 中文 😀 \ue000</p>"))
    assert remarks == ["No font has 中 文 U+E000 😀: the PDF shows □ instead."]
    assert "said □□ □ □" in " ".join(texts_of(reader))
    assert render(html("<p>پی ٹی اے – Ω → ≥ ½ ✓"))[1] == []
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>中</text></svg>"
    _, remarks = render(html(f'<img alt="a" src="data:image/svg+xml,{svg}">'))
    assert [r[:50] for r in remarks] == ["The PDF has tags but does not follow PDF/UA-1: PDF"]


def test_no_text_is_smaller_than_eight_points():
    sizes = set()
    reader, _ = render(
        html("<p>a<sub>b</sub><sup>c</sup> <small>d <code>e</code></small></p><pre>f</pre>"),
        html("<table><tr><td>a<sub>b</sub> <code>c</code> <small>d</small></td></tr></table>"),
        {"kind": "note", "text": "g"}, sources=[SOURCE], stamp=[("As of", "31 March 2026")],
        method={
            "notebook": "n", "notebook_sha256": "ab", "command": "c", "parameters": [("a", "b", "c", True)],
            "tables": [("t", "cd")], "versions": [("l", "1")], "data_version": "v",
        },
    )  # fmt: skip
    for page in reader.pages:
        page.extract_text(visitor_text=lambda t, _, m, f, s: t.strip() and sizes.add(abs(s * m[3])))
    assert min(sizes) >= 8
