"""How a table shares a page's width among its columns: by what stands in them, so that no column is a sliver beside an empty one."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

PAGE = 104
"""Letters of the smallest type in a line of A4."""

LETTER_EM = 0.545
"""Width of a letter of a table on a screen, of a wide face to be safe [em]."""

_GAP, _MORE, _BOLD, _LONGEST_WORD = 2.2, 0.2, 1.15, 22
_BROAD = re.compile(r"[A-Z0-9mw%@$]")


_ROW, _CELL, _TAG = (
    re.compile(r"<tr>(.*?)</tr>", re.S),
    re.compile(r"<t([hd])([^>]*)>(.*?)</t[hd]>", re.S),
    re.compile(r"<[^>]+>"),
)


def read_cells(table: str) -> tuple[list[list[str]], list[bool]]:
    """Rows of a table's HTML as text, headers first, and which columns hold numbers.

    >>> read_cells('<table><tr><th>a</th><th class="n">b</th></tr><tr><th>x</th><td class="n">1</td></tr></table>')
    ([['a', 'b'], ['x', '1']], [False, True])
    """
    rows = [_CELL.findall(row) for row in _ROW.findall(table)]
    texts = [[html.unescape(_TAG.sub("", cell)) for _, _, cell in row] for row in rows]
    return texts, ['class="n"' in attributes for _, attributes, _ in rows[0]] if rows else []


def shares(rows: Sequence[Sequence[str]], numeric: Sequence[bool], page: int = PAGE) -> list[float]:
    """Widths of columns [% of the table], at least as wide as what does not break in them where that leaves room for all.

    What is left goes to columns that wrap, in proportion to how much text stands in them.

    >>> shares([["Row", "Working"], ["K1", "a word or two " * 9], ["K2", "short"]], [False, False])
    [5.9, 94.1]
    """
    columns = list(zip(*rows, strict=True))
    least = _least(columns, numeric)
    most = [max(low, _GAP + max(map(len, column))) for low, column in zip(least, columns, strict=True)]
    mean = [sum(map(len, column)) / len(column) for column in columns]
    widths = _fill(least, most, mean, page) if sum(most) > page else most
    return [round(100 * w / sum(widths), 1) for w in widths]


def least_total(rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> float:
    """Letters all columns of a table need together; above `PAGE` it does not fit on paper with its words whole."""
    return sum(_least(list(zip(*rows, strict=True)), numeric))


def least_width(rows: Sequence[Sequence[str]], numeric: Sequence[bool], widths: Sequence[float]) -> float:
    """Letters a table of these ``widths`` [%] needs in a line so that nothing breaks that should not."""
    least = _least(list(zip(*rows, strict=True)), numeric)
    return max((100 * low / share for low, share in zip(least, widths, strict=True) if share), default=0)


def _least(columns: Sequence[Sequence[str]], numeric: Sequence[bool]) -> list[float]:
    """Letters each column needs: its longest word, of numbers all that stands in a cell, and the gap to the next."""
    found = []
    for (head, *cells), whole in zip(columns, numeric, strict=True):
        pieces = set(cells if whole else map(_longest_word, cells))
        found.append(_GAP + max([_BOLD * _letters(_longest_word(head)), *map(_letters, pieces)]))
    return found


def _letters(piece: str) -> float:
    """Width of a piece in letters of middling width; very long ones may break."""
    piece = piece[:_LONGEST_WORD]
    return len(piece) + _MORE * len(_BROAD.findall(piece))


def _longest_word(cell: str) -> str:
    """The longest piece that does not break."""
    return max(cell.replace("/", " ").split(), key=len, default="")


def _fill(least: list[float], most: list[float], mean: list[float], page: int) -> list[float]:
    """Share out what is left of the page; a column that needs less than its share passes the rest on."""
    widths, open_ = list(least), {n for n in range(len(least)) if most[n] > least[n]}
    left = page - sum(least)
    while left > 0.5 and open_:
        weight = {n: mean[n] for n in open_}
        total, spent = sum(weight.values()) or 1, 0.0
        for n in sorted(open_):
            more = min(left * weight[n] / total, most[n] - widths[n])
            widths[n] += more
            spent += more
        open_ = {n for n in open_ if most[n] - widths[n] > 0.01}
        left -= spent
    return widths
