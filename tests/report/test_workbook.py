"""The workbook of a report: cover, contents, notes, one table per sheet; nothing runs, no cell is empty, same bytes."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpnpolicy.formatting import safe_cell
from vpnpolicy.report.page import Page, TableSheet
from vpnpolicy.report.workbook import MISSING, distinct, render_workbook, sheet_names

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def page(rows=(("a", "b"), ("x", "1")), numeric=(False, True), **more):
    """A page with one table."""
    sheet = TableSheet("numbers", "Some numbers", [list(r) for r in rows], list(numeric), ["S001"])
    source = {
        "id": "S001", "publisher": "P", "title": "T", "date": "2025", "url": "https://a.example/b", "link": True,
        "standing": "tier A", "uses": ["table 1"],
    }  # fmt: skip
    return Page(title="A report", date="2026-03-31", stamp=[("As of", "2026-03-31")], sheets=[sheet], sources=[source], **more)


def read(content: bytes) -> dict[str, list[list]]:
    """Return cells by sheet: text as text, numbers as floats; a formula is an error."""
    book = zipfile.ZipFile(io.BytesIO(content))
    names = [s.get("name") for s in ET.fromstring(book.read("xl/workbook.xml")).findall("m:sheets/m:sheet", NS)]
    shared = ET.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", NS)
    texts = ["".join(t.text or "" for t in si.iter(f"{{{NS['m']}}}t")) for si in shared]
    sheets = {}
    for n, name in enumerate(names, 1):
        xml = ET.fromstring(book.read(f"xl/worksheets/sheet{n}.xml"))
        assert not xml.findall(".//m:f", NS), "a formula"
        assert not xml.findall(".//m:mergeCell", NS), "a merged cell"
        sheets[name] = [[_value(c, texts) for c in row.findall("m:c", NS)] for row in xml.findall("m:sheetData/m:row", NS)]
    return sheets


def _value(cell, texts):
    value = cell.find("m:v", NS)
    assert value is not None, "an empty cell"
    return texts[int(value.text)] if cell.get("t") == "s" else float(value.text)


def test_a_cover_contents_notes_one_table_per_sheet_and_sources():
    sheets = read(render_workbook(page(findings={"texts": ["Found."]})))
    assert list(sheets) == ["Cover", "Contents", "Notes", "1 numbers", "Sources"]
    assert sheets["Cover"][:3] == [["A report"], ["As of: 2026-03-31"], ["Found."]]
    assert ["1 numbers", "Some numbers"] in sheets["Contents"]
    assert sheets["1 numbers"][0] == ["Some numbers"]
    assert sheets["1 numbers"][-2:] == [["a", "b"], ["x", 1.0]]
    assert sheets["Sources"][-1][0] == "S001"


def test_every_table_is_marked_as_one_and_contents_lead_to_it():
    book = zipfile.ZipFile(io.BytesIO(render_workbook(page())))
    tables = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/tables/")]
    assert len(tables) == 4
    assert any('ref="A4:B5"' in t and 'name="a"' in t for t in tables)
    assert "autoFilter" not in "".join(tables)
    places = re.findall(r'location="([^"]+)"', book.read("xl/worksheets/sheet2.xml").decode())
    assert places == ["'Notes'!A1", "'1 numbers'!A1", "'Sources'!A1"]


def test_the_same_bytes_each_time_and_no_clock():
    content = render_workbook(page())
    assert content == render_workbook(page())
    core = zipfile.ZipFile(io.BytesIO(content)).read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", core) == ["2026-03-31T00:00:00"] * 2
    assert "<dc:title>A report</dc:title>" in core


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "{=1}", "https://a.example"])
def test_text_that_would_run_stays_text(text):
    content = render_workbook(page((("a", "b"), (str(safe_cell(text)), "1"))))
    assert read(content)["1 numbers"][-1] == [text, 1.0]
    assert b"hyperlink" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet4.xml")


def test_what_is_missing_is_marked_and_the_mark_explained():
    sheets = read(render_workbook(page((("a", "b"), ("", ""), ("x", "2.5")))))
    assert sheets["1 numbers"][-2:] == [[MISSING, MISSING], ["x", 2.5]]
    assert sheets["Notes"][2][0] == MISSING


def test_a_table_without_rows_and_a_page_without_tables():
    assert read(render_workbook(page((("a", "b"),))))["1 numbers"][-1] == [MISSING, MISSING]
    assert list(read(render_workbook(Page(title="Nothing")))) == ["Cover", "Contents", "Notes"]


def test_long_text_is_cut_where_a_spreadsheet_would_refuse_it():
    assert len(read(render_workbook(page((("a", "b"), ("x" * 40_000, "1")))))["1 numbers"][-1][0]) == 32_767


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_headers_differ_and_are_never_empty(headers):
    found = distinct(headers)
    assert len({h.lower() for h in found}) == len(found)
    assert all(h.strip() for h in found)


def test_a_header_that_looks_like_a_second_one():
    assert distinct(["a (2)", "a", "A"]) == ["a (2)", "a", "A (3)"]


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_makes_a_whole_workbook(text):
    content = render_workbook(page((("a", text), (text, "1"))))
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert len(read(content)["1 numbers"][-1]) == 2


def test_sheet_names_fit():
    names = sheet_names([TableSheet("x" * 60, "", [], [], []) for _ in range(12)])
    assert len(set(names)) == 12
    assert max(map(len, names)) <= 31
