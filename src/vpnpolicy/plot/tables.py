"""Tables for print, screen readers and spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..errors import UsageError, did_you_mean
from ..formatting import TABLE_STYLE, shown, split_ids, table_html, to_csv


@dataclass(frozen=True)
class Table:
    """A table with a caption: shows as HTML, Markdown or plain text, and gives itself as CSV."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    source_ids: tuple[str, ...] = ()
    name: str = "table"
    numeric: tuple[bool, ...] = field(default=())

    def to_html(self) -> str:
        """Return the table as HTML with caption, scoped headers and escaped cells."""
        return table_html(self.caption, self.headers, self.rows, self.numeric)

    def to_markdown(self) -> str:
        """Return the table as GitHub-flavoured Markdown."""
        clean = lambda v: shown(v).replace("|", "\\|").replace("\n", " ")  # noqa: E731
        rule = [("---:" if n else "---") for n in self.numeric]
        lines = [self.headers, rule, *([clean(v) for v in row] for row in self.rows)]
        return f"{self.caption}\n\n" + "\n".join("| " + " | ".join(cells) + " |" for cells in lines)

    def to_text(self, width: int = 100) -> str:
        """Return the table in columns of plain text that fit ``width`` characters."""
        return f"{self.caption}\n\n{text_table(self.headers, self.rows, self.numeric, width)}"

    def to_csv(self) -> str:
        """Return the table as CSV; text that a spreadsheet would run gets an apostrophe."""
        return to_csv(self.headers, self.rows)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a DataFrame."""
        return pd.DataFrame(self.rows, columns=list(self.headers))

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[Any, Any]:
        data = {
            "text/html": TABLE_STYLE + self.to_html(),
            "text/markdown": self.to_markdown(),
            "text/plain": self.to_text(),
            "text/csv": self.to_csv(),
        }
        return data, {
            "text/html": {
                "name": self.name,
                "sources": list(self.source_ids),
                "title": self.caption,
            }
        }


def render_table(
    frame: pd.DataFrame,
    caption: str,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    *,
    name: str = "table",
) -> Table:
    """Make a table for readers out of a DataFrame.

    Parameters
    ----------
    frame : DataFrame
        Its ``source_id``, ``more_source_ids`` and ``source_ids`` become the sources of the table,
        shown or not.
    caption : str
        What the table shows.
    columns : list or mapping, optional
        The columns to keep, or a map from column to header.
    name : str
        The name of exported files.

    Returns
    -------
    Table

    Raises
    ------
    UsageError
        For a column that is not there.

    Examples
    --------
    >>> print(render_table(pd.DataFrame({"a": [1.5], "b": ["x"]}), "Two columns").to_csv(), end="")
    a,b
    1.5,x
    """
    heads = (
        dict(columns)
        if isinstance(columns, Mapping)
        else {c: str(c).replace("_", " ") for c in (frame.columns if columns is None else columns)}
    )
    for column in heads:
        if column not in frame.columns:
            raise UsageError(
                f"the table has no column '{column}'. {did_you_mean(column, frame.columns)}"
            )
    shown_part = frame[list(heads)]
    rows = tuple(
        tuple(_native(v) for v in row) for row in shown_part.itertuples(index=False, name=None)
    )
    numeric = tuple(
        pd.api.types.is_numeric_dtype(frame[c]) and not pd.api.types.is_bool_dtype(frame[c])
        for c in heads
    )
    return Table(caption, tuple(heads.values()), rows, tuple(frame_sources(frame)), name, numeric)


def frame_sources(frame: pd.DataFrame) -> list[str]:
    """Return every source id in the rows of a frame, each once, in order."""
    return split_ids(
        v for c in ("source_id", "more_source_ids", "source_ids") if c in frame for v in frame[c]
    )


def _native(value: Any) -> Any:
    if (
        value is None
        or value is pd.NA
        or (isinstance(value, float) and pd.isna(value))
        or value is pd.NaT
    ):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def text_table(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], numeric: Sequence[bool], width: int = 100
) -> str:
    """Write columns of plain text: cells wrap; too many for the width are listed row by row.

    >>> print(text_table(["name", "n"], [["Crest VPN", 2]], [False, True]))
    name       n
    ---------  -
    Crest VPN  2
    >>> rows = [["mbps-month", "plausible"]]
    >>> print(text_table(["name", "verdict"], rows, [False, False], width=20))
    name     mbps-month
    verdict  plausible
    """
    cells = [[shown(v) for v in row] for row in rows]
    widths = _fit([[h, *(r[n] for r in cells)] for n, h in enumerate(headers)], numeric, width)
    if sum(widths) + 2 * len(widths) - 2 > width:
        return "\n\n".join(_listed(headers, row, width) for row in cells)
    lines = [*_text_row(headers, widths, numeric), " ".join("-" * w + " " for w in widths).rstrip()]
    for row in cells:
        lines += _text_row(row, widths, numeric)
    return "\n".join(lines)


def _listed(headers: Sequence[str], row: Sequence[str], width: int) -> str:
    """Write one row as lines of header and value."""
    import textwrap

    indent = min(max(map(len, headers)) + 2, width // 2)
    lines = []
    for head, value in zip(headers, row, strict=True):
        first = head.ljust(indent) if len(head) < indent else " " * indent
        lines += textwrap.wrap(head, width) if len(head) >= indent else []
        lines.append(
            textwrap.fill(
                value,
                width,
                initial_indent=first,
                subsequent_indent=" " * indent,
                break_on_hyphens=False,
            )
        )
    return "\n".join(lines)


def _fit(columns: list[list[str]], numeric: Sequence[bool], width: int) -> list[int]:
    """Return widths of columns that fit: text may shrink to its longest word, numbers may not."""
    widths = [max(map(len, column)) for column in columns]
    floors = [
        max(6, min(w, _floor(c, n))) for w, c, n in zip(widths, columns, numeric, strict=True)
    ]
    while sum(widths) + 2 * len(widths) - 2 > width:
        n = max(range(len(widths)), key=lambda k: widths[k] - floors[k])
        if widths[n] <= floors[n]:
            break
        widths[n] -= 1
    return widths


def _floor(column: list[str], numeric: bool) -> int:
    head, *cells = column
    parts = [*head.split(), *(cells if numeric else (p for c in cells for p in c.split()))]
    return max(map(len, parts), default=0)


def _text_row(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> list[str]:
    import textwrap

    wrapped = [
        textwrap.wrap(c, w, break_long_words=False) or [""]
        for c, w in zip(cells, widths, strict=True)
    ]
    lines = []
    for n in range(max(len(w) for w in wrapped)):
        parts = [(w[n] if n < len(w) else "") for w in wrapped]
        lines.append(
            "  ".join(
                p.rjust(w) if right else p.ljust(w)
                for p, w, right in zip(parts, widths, numeric, strict=True)
            ).rstrip()
        )
    return lines
