"""HTML that results show themselves with in a notebook: notes and tables, every text escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from numbers import Number

from .numerals import format_size

EMPTY = "–"
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
TABLE_STYLE = (
    "<style>.vp-table.vp-table caption{text-align:left;font-weight:bold}table.vp-table.vp-table :is(td,th){text-align:left}"
    ".vp-table.vp-table tbody :is(td,th){vertical-align:top;font-weight:normal}.vp-table.vp-table .n.n{text-align:right}</style>"
)
"""What notebooks do to tables undone: JupyterLab and VS Code set text to the right. A class named twice outweighs theirs."""


def shown(value) -> str:
    """A cell as readers see it: numbers grouped and in words of size, nothing stated as a dash.

    >>> shown(None), shown(True), shown(2_500_000), shown("a")
    ('–', 'yes', '2.5 million', 'a')
    """
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_size(value) if isinstance(value, Number) else str(value)


def table_html(caption: str, headers: Sequence[str], rows: Iterable[Sequence], numeric: Sequence[bool] = ()) -> str:
    """A table with caption, scoped headers and every cell escaped; ``numeric`` columns stand right.

    >>> table_html("T", ["a"], [["<"]]).partition("<tbody>")[2]
    '<tr><th scope="row">&lt;</th></tr></tbody></table>'
    """
    classes = [' class="n"' if n else "" for n in (numeric or [False] * len(headers))]
    head = "".join(f'<th scope="col"{c}>{html.escape(h)}</th>' for h, c in zip(headers, classes, strict=True))
    body = "".join(f"<tr>{_row(row, classes)}</tr>" for row in rows)
    return (
        f'<table class="vp-table"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(row: Sequence, classes: Sequence[str]) -> str:
    first, *rest = [_text(shown(v)) for v in row]
    return f'<th scope="row">{first}</th>' + "".join(f"<td{c}>{v}</td>" for v, c in zip(rest, classes[1:], strict=True))


def _text(text: str) -> str:
    """Escaped; long addresses may break after a slash, dates never break at a dash."""
    escaped = html.escape(text).replace("/", "/<wbr>")
    return f'<span class="k">{escaped}</span>' if _DATE.fullmatch(text) else escaped


def note_html(kind: str, headline: str, lines: Iterable[str], role: str = "") -> str:
    """A headline with its remarks as a list, every text escaped.

    >>> note_html("vp-estimate", "1 < 2", ["a"])
    '<div class="vp-estimate"><p><strong>1 &lt; 2</strong></p><ul><li>a</li></ul></div>'
    """
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    heard = f' role="{role}"' if role else ""
    return (
        f'<div class="{kind}"{heard}><p><strong>{html.escape(headline)}</strong></p>'
        + (f"<ul>{items}</ul>" if items else "")
        + "</div>"
    )
