"""The tables of a report as one workbook, by the conventions of official statistics: cover, contents, notes, one table a sheet.

Every sheet has its title in the first cell and says what is on it; nothing is merged, coloured or left empty; each table
is marked as one, with headers that no other column has. Text is written as text, so that nothing in it runs.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.util import find_spec
from itertools import count

from ..basis.spreadsheets import safe_cell
from .page import Page, TableSheet

NO_XLSX = 'No workbook: XlsxWriter is not installed. Install with: pip install "vpnpolicy[reports]"'
MISSING = "[x]"
NOTES = [
    ("[x]", "Not stated by any page held, or cannot be worked out."),
    ("Numbers", "Stand as they were worked out, without rounding; units are in square brackets in the headers."),
    ("Sources", "Ids such as S006 are rows of the worksheet Sources, with tier and how much of the page was read."),
]
_LETTERS, _NARROW, _WIDE = 110, 9, 70
_LONGEST_TEXT, _LONGEST_LINK, _LONGEST_HEADER = 32_767, 2_079, 240


def xlsx_available() -> bool:
    """Whether XlsxWriter is here."""
    return find_spec("xlsxwriter") is not None


def render_workbook(page: Page) -> bytes:
    """The tables of a page as an ``.xlsx`` file, the same bytes each time."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    day = datetime.fromisoformat(page.date) if page.date else datetime(1980, 1, 1)
    book.set_properties({"title": page.title, "author": "vpnpolicy", "comments": page.disclaimer, "created": day})
    _Writer(book).write(page)
    book.close()
    return out.getvalue()


def sheet_names(sheets: Sequence[TableSheet]) -> list[str]:
    """Names of worksheets: a number, then what is on it, never longer than a spreadsheet takes.

    >>> sheet_names([TableSheet("surge-cost", "", [], [], [], [])])
    ['1 surge-cost']
    """
    return [f"{n} {sheet.name}"[:31].rstrip("-") for n, sheet in enumerate(sheets, 1)]


def distinct(headers: Iterable[str]) -> list[str]:
    """Headers made different from each other, and never empty.

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
    """Writes the sheets of one workbook, with the few formats it has."""

    def __init__(self, book):
        self.book, self.places = book, {}
        base = {"font_name": "Arial", "font_size": 11, "valign": "top"}
        self.title = book.add_format({**base, "bold": True, "font_size": 14})
        self.line = book.add_format(base)
        self.plain = book.add_format({**base, "text_wrap": True})
        self.link = book.add_format({**base, "text_wrap": True, "underline": 1, "font_color": "#0B5C91"})
        self.header = book.add_format({**base, "bold": True, "text_wrap": True, "bottom": 1})
        self.guarded = book.add_format({**base, "text_wrap": True, "quote_prefix": True})
        self.whole = book.add_format({**base, "num_format": "#,##0"})
        self.number = book.add_format({**base, "num_format": "General"})
        self.right = book.add_format({**base, "align": "right"})

    def write(self, page: Page) -> None:
        """All sheets, in the order a reader meets them."""
        names = sheet_names(page.sheets)
        self._cover(page)
        listed = [["Notes", "What marks and ids mean"], *([n, s.caption] for n, s in zip(names, page.sheets, strict=True))]
        listed += [["Sources", "Pages the tables rest on"]] * bool(page.sources)
        self.places = {name: f"internal:'{name}'!A1" for name, _ in listed}
        self._table("Contents", "Contents", [], ["Worksheet", "What is on it"], listed, [24, 80])
        self.places = {}
        self._table("Notes", "Notes", [], ["Note", "Text"], [list(n) for n in NOTES], [14, 90])
        for name, sheet in zip(names, page.sheets, strict=True):
            self._sheet(name, sheet)
        rows = [
            [s["id"], s["publisher"], s["title"], s["date"], s["url"], s["standing"], ", ".join(s["uses"])] for s in page.sources
        ]
        heads = ["Id", "Publisher", "Title", "Date", "Address", "Tier and read extent", "Used for"]
        if rows:
            self.places = {s["url"]: s["url"] for s in page.sources if len(s["url"]) <= _LONGEST_LINK}
            self._table("Sources", "Sources", [], heads, rows, [8, 24, 50, 22, 60, 34, 30])

    def _cover(self, page: Page) -> None:
        sheet = self.book.add_worksheet("Cover")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, page.title, self.title)
        lines = [*(f"{term}: {text}" for term, text in page.stamp), *page.findings.get("texts", []), page.disclaimer]
        if page.method:
            lines.append(f"Made by vpnpolicy {page.version}; to make it again: {page.method.command}")
        for row, line in enumerate(lines, 1):
            sheet.write_string(row, 0, line, self.plain)

    def _sheet(self, name: str, table: TableSheet) -> None:
        said = ["This worksheet holds one table. Cells with [x] are explained in the worksheet Notes."]
        if table.sources:
            said.append(f"Sources: {', '.join(table.sources)}.")
        widths = [min(_WIDE, max(_NARROW, share * _LETTERS / 100)) for share in table.shares]
        self._table(name, table.caption or table.name, said, table.rows[0], table.rows[1:], widths, table.numeric)

    def _table(
        self, name: str, title: str, said: list[str], headers: list[str], rows: list[list[str]], widths: list[float], numeric: Sequence[bool] = ()
    ) -> None:  # fmt: skip
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.title)
        top = 1 + len(said)
        for row, line in enumerate(said, 1):
            sheet.write_string(row, 0, line, self.line)
        numeric = list(numeric) or [False] * len(headers)
        formats = [self._format_of(n, [r[c] for r in rows]) for c, n in enumerate(numeric)]
        for row, cells in enumerate(rows or [[""] * len(headers)], top + 1):
            for column, text in enumerate(cells):
                self._cell(sheet, row, column, text, formats[column])
        columns = [{"header": h, "header_format": self.header} for h in distinct(headers)]
        label = "table_" + "".join(c if c.isalnum() else "_" for c in name)
        last = top + max(len(rows), 1)
        sheet.add_table(top, 0, last, len(headers) - 1, {"name": label, "columns": columns, "style": None, "autofilter": False})
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)

    def _format_of(self, numeric: bool, cells: list[str]):
        """How a column of numbers is shown: grouped where all are whole; ``None`` for text."""
        values = [c for c in cells if c]
        return (self.whole if all(_is_whole(c) for c in values) else self.number) if numeric else None

    def _cell(self, sheet, row: int, column: int, text: str, number) -> None:
        text = text[:_LONGEST_TEXT]
        plain = text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text
        if text in self.places:
            sheet.write_url(row, column, self.places[text], self.link, text)
        elif number is not None and _number(text) is not None:
            sheet.write_number(row, column, _number(text), number)
        elif not text.strip():
            sheet.write_string(row, column, MISSING, self.right if number is not None else self.plain)
        else:
            sheet.write_string(row, column, plain, self.guarded if plain != text else self.plain)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _is_whole(text: str) -> bool:
    value = _number(text)
    return value is not None and value == int(value)
