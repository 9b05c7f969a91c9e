"""Cells that a spreadsheet will not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

STARTS = tuple("=+-@\t\n\0＝＋－＠")
"""First characters by which some spreadsheet takes a text for a formula; the last four are the full-width forms."""


def safe_cell(value: object) -> object:
    """Text that starts like a formula is led by an apostrophe; numbers stay numbers.

    A carriage return becomes a line feed: `csv` does not quote it, and what follows it would start a row.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell(-5)
    ("'=HYPERLINK(1)", -5)
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    return f"'{text}" if text.startswith(STARTS) else text


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Rows as CSV with safe cells; a missing value is an empty cell.

    >>> to_csv(["a", "b"], [["=1", None]])
    "a,b\n'=1,\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(["" if c is None else safe_cell(c) for c in row] for row in [header, *rows])
    return out.getvalue()
