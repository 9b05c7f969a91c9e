"""The tables of a report as one workbook, by the conventions of official statistics.

A cover, contents and notes, then one table per sheet, each marked as a table with distinct headers.
Nothing is merged, coloured or left empty. Text is written as text, so that nothing in it runs.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count

import xlsxwriter

from ..formatting import safe_cell
from .page import Page, TableSheet

MISSING = "[x]"
NOTES = [
    ["[x]", "Not stated by any page in the record, or cannot be calculated."],
    ["Numbers", "As calculated, without rounding; units are in square brackets in the headers."],
    ["Sources", "Ids such as S006 are rows of the worksheet Sources."],
]
_SOURCES = ["Id", "Publisher", "Title", "Date", "Address", "Tier and read extent", "Used for"]
_LONGEST_TEXT, _LONGEST_LINK, _LONGEST_HEADER, _WIDEST = 32_767, 2_079, 240, 60


def render_workbook(page: Page) -> bytes:
    """Return the tables of a page as an ``.xlsx`` file, the same bytes each time."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        day = datetime.fromisoformat(page.date) if page.date else datetime(1980, 1, 1)
        about = {"title": page.title, "author": "vpnpolicy", "comments": page.disclaimer}
        book.set_properties(about | {"created": day})
        _Writer(book).write(page)
    return out.getvalue()


def sheet_names(sheets: Sequence[TableSheet]) -> list[str]:
    """Return names of worksheets: a number, then what is on it, of at most 31 characters.

    >>> sheet_names([TableSheet("surge-cost", "", [], [], [])])
    ['1 surge-cost']
    """
    return [f"{n} {sheet.name}"[:31].rstrip("-") for n, sheet in enumerate(sheets, 1)]


def distinct(headers: Iterable[str]) -> list[str]:
    """Return headers that differ from each other and are never empty.

    >>> distinct(["Claims", "Times", "claims", ""])
    ['Claims', 'Times', 'claims (2)', 'Column 4']
    """
    found: dict[str, str] = {}
    for n, header in enumerate(headers, 1):
        name = header.strip()[:_LONGEST_HEADER] or f"Column {n}"
        tries = (name if k == 1 else f"{name} ({k})" for k in count(1))
        new = next(t for t in tries if t.lower() not in found)
        found[new.lower()] = new
    return list(found.values())


class _Writer:
    """Writes the sheets of one workbook with a few formats."""

    def __init__(self, book: xlsxwriter.Workbook):
        self.book, self.links = book, dict[str, str]()
        base = {"font_name": "Arial", "font_size": 11, "valign": "top"}
        wrapped = {**base, "text_wrap": True}
        self.title = book.add_format({**base, "bold": True, "font_size": 14})
        self.line, self.plain = book.add_format(base), book.add_format(wrapped)
        self.link = book.add_format({**wrapped, "underline": 1, "font_color": "#0B5C91"})
        self.header = book.add_format({**wrapped, "bold": True, "bottom": 1})
        self.guarded = book.add_format({**wrapped, "quote_prefix": True})
        self.whole = book.add_format({**base, "num_format": "#,##0"})
        self.number = book.add_format({**base, "num_format": "General"})
        self.right = book.add_format({**base, "align": "right"})

    def write(self, page: Page) -> None:
        """Write all sheets, in the order a reader meets them."""
        names = sheet_names(page.sheets)
        self._cover(page)
        listed = [["Notes", "What marks and ids mean"]]
        listed += [[n, s.caption] for n, s in zip(names, page.sheets, strict=True)]
        listed += [["Sources", "Pages the tables rest on"]] if page.sources else []
        self.links = {name: f"internal:'{name}'!A1" for name, _ in listed}
        self._table("Contents", "Contents", [], [["Worksheet", "Content"], *listed])
        self.links = {}
        self._table("Notes", "Notes", [], [["Note", "Text"], *NOTES])
        for name, sheet in zip(names, page.sheets, strict=True):
            lines = ["One table. Cells with [x] are explained in the worksheet Notes."]
            lines += [f"Sources: {', '.join(sheet.sources)}."] if sheet.sources else []
            self._table(name, sheet.caption or sheet.name, lines, sheet.rows, sheet.numeric)
        if page.sources:
            keys = ("id", "publisher", "title", "date", "url", "standing")
            rows = [[*(s[k] for k in keys), ", ".join(s["uses"])] for s in page.sources]
            urls = [s["url"] for s in page.sources if s["link"]]
            self.links = {url: url for url in urls if len(url) <= _LONGEST_LINK}
            self._table("Sources", "Sources", [], [_SOURCES, *rows])

    def _cover(self, page: Page) -> None:
        sheet = self.book.add_worksheet("Cover")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, page.title, self.title)
        lines = [*(f"{term}: {text}" for term, text in page.stamp), *page.findings.get("texts", [])]
        lines.append(page.disclaimer)
        if page.method:
            lines.append(f"Made by vpnpolicy {page.version}; command: {page.method['command']}")
        for row, line in enumerate(lines, 1):
            sheet.write_string(row, 0, line, self.plain)

    def _table(
        self, name: str, title: str, lines: list[str], rows: list[list[str]], numeric=()
    ) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.title)
        for row, line in enumerate(lines, 1):
            sheet.write_string(row, 0, line, self.line)
        headers, body = rows[0], rows[1:] or [[""] * len(rows[0])]
        top, last = 1 + len(lines), 1 + len(lines) + len(body)
        for c, (header, *cells) in enumerate(zip(headers, *body, strict=True)):
            shape = self._format(cells) if c < len(numeric) and numeric[c] else None
            for row, text in enumerate(cells, top + 1):
                self._cell(sheet, row, c, text[:_LONGEST_TEXT], shape)
            sheet.set_column(c, c, max(9, len(header) / 2, *(min(len(t), _WIDEST) for t in cells)))
        label = "table_" + "".join(c if c.isalnum() else "_" for c in name)
        columns = [{"header": h, "header_format": self.header} for h in distinct(headers)]
        options = {"name": label, "columns": columns, "style": None, "autofilter": False}
        sheet.add_table(top, 0, last, len(headers) - 1, options)

    def _format(self, cells: list[str]):
        """Return how a column of numbers is shown: grouped where all are whole."""
        values = [_number(c) for c in cells if c]
        return self.whole if all(v is not None and v == int(v) for v in values) else self.number

    def _cell(self, sheet, row: int, column: int, text: str, number) -> None:
        plain = text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text
        if text in self.links:
            sheet.write_url(row, column, self.links[text], self.link, text)
        elif number is not None and _number(text) is not None:
            sheet.write_number(row, column, _number(text), number)
        elif not text.strip():
            sheet.write_string(row, column, MISSING, self.plain if number is None else self.right)
        else:
            sheet.write_string(row, column, plain, self.guarded if plain != text else self.plain)


def _number(text: str) -> float | None:
    with suppress(ValueError):
        return float(text) if math.isfinite(float(text)) else None
    return None
