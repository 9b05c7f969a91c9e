"""Cells that a spreadsheet will not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def safe_cell(value: object) -> object:
    """Text that starts like a formula is led by an apostrophe; numbers stay numbers.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell(-5)
    ("'=HYPERLINK(1)", -5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\0")) else value


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Rows as CSV with safe cells; a missing value is an empty cell.

    >>> to_csv(["a", "b"], [["=1", None]])
    "a,b\n'=1,\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(["" if c is None else safe_cell(c) for c in row] for row in [header, *rows])
    return out.getvalue()
