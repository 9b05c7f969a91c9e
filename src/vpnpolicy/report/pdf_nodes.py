"""Markup of a report as nodes: plain data that ``templates/report.typ`` draws.

A node is a string or a dictionary whose ``t`` says what it is and whose ``c`` holds its content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, PageElement, Tag

_CELLS, _HEADINGS = ["td", "th"], [f"h{n}" for n in range(1, 7)]
_BLOCK = re.compile(
    "address|article|aside|blockquote|caption|center|d[dlt]|details|div|fig(ure|caption)|footer|hr"
    "|h[1-6]|header|hgroup|img|li|main|nav|[ou]l|p|pre|section|summary|t([dhr]|able|body|foot|head)"
)
_STYLES = {
    "b": "b", "strong": "b", "em": "i", "i": "i", "var": "i", "dfn": "i", "u": "u", "ins": "u",
    "s": "s", "del": "s", "strike": "s", "sub": "sub", "sup": "sup", "small": "small",
}  # fmt: skip
_BOLD = [*_HEADINGS, "caption", "dt", "figcaption", "summary"]
_SPACE, _SPLIT = re.compile(r"[ \t\n\r\f]+"), re.compile(r"[\s\u200b]+")
_LONG, _BREAK = re.compile(r"[^\s\u200b]{26,}"), re.compile(r"[^\s/_.,;:?&=+-]{12}|[/_.,;:?&=+-]+")
_ADDRESS = re.compile(r"(?i)(https?://|mailto:)[^\s<>]+$")
_NUMBER = re.compile(r"(?i)[-+−–]?\W?\d[\d,. ]*(e[-+]?\d+)?\W?%?|nan|none|<na>|nat|[-–]?")
_DEEPEST, _MOST_INDEX, _NARROWEST, _PICTURE = 20, 4, 9, 120
_LONG_CELL, _LONG_HEAD, _TALLEST_HEAD, _SHORT_TABLE = 300, 1200, 8, 800


@dataclass
class Nodes:
    """A writer of nodes, given what draws a picture (address, text, width), and known anchors."""

    picture: Callable[[str, str, str], dict]
    anchors: set[str]
    level: int = 0
    _inside: int = 0

    def read(self, html: str) -> list[dict]:
        """Return the blocks of some markup."""
        return self._blocks(_parse(html))

    def heading(self, level: int, line: list) -> dict:
        """Return a heading, at most one level below the one before it."""
        self.level = min(level, self.level + 1)
        listed = self.level > 1
        return {"t": "h", "level": self.level, "c": line, "listed": listed, "sticky": listed}

    def _blocks(self, items: Iterable, inside: int = 0) -> list[dict]:
        """Return the blocks of some items; text between blocks is a paragraph."""
        found, run = list[dict](), list[PageElement]()
        self._inside += inside
        for item in items:
            if _is_block(item):
                found += [*self._paragraph(run), *self._block(item)]
                run = []
            else:
                run.append(item)
        found += self._paragraph(run)
        self._inside -= inside
        return found

    def _paragraph(self, items: Iterable, style: str = "") -> list[dict]:
        """Return a paragraph of some items, if there is anything in them."""
        line = self._line(items)
        return [{"t": "p", "c": [{"t": style, "c": line}] if style else line}] if line else []

    def _block(self, e: Tag) -> list[dict]:
        """Return the blocks of an element that stands on lines of its own."""
        if e.name in _HEADINGS and not self._inside:
            line = self._line(e)
            return [self.heading(int(e.name[1]), line)] if line else []
        if e.name in _BOLD and not any(map(_is_block, e)):
            return self._paragraph(e, "b")
        if e.name in ("ol", "ul"):
            items = [content for item in e if (content := self._blocks([item], 1))]
            return [{"t": e.name, "start": _number(e, "start"), "items": items}] if items else []
        if e.name == "pre":
            return [{"t": "pre", "text": e.get_text().strip("\n")}]
        if e.name in ("blockquote", "dd"):
            return [{"t": "pad", "c": self._blocks(e, 1)}]
        if e.name == "table":
            return self._table(e)
        if e.name == "img":
            return [self.picture(*(_text(e, name) for name in ("src", "alt", "width")))]
        if e.name == "hr":
            return [{"t": "hr"}]
        if _text(e, "class").startswith("vp-") or " vp-" in _text(e, "class"):
            return [{"t": "box", "c": [{**node, "listed": False} for node in self._blocks(e)]}]
        return self._blocks(e)

    def _line(self, items: Iterable) -> list:
        """Return the content of a line, without space at its beginning."""
        found: list = []
        for piece in self._pieces(items):
            if isinstance(piece, str):
                before = found.pop() if found and isinstance(found[-1], str) else ""
                piece = (before + piece).replace("  ", " ")
                piece = piece if found and found[-1]["t"] != "br" else piece.lstrip(" ")
            found += [piece] if piece else []
        return found

    def _pieces(self, items: Iterable) -> Iterator:
        """Yield the texts and the nodes of a line."""
        for item in items:
            if isinstance(item, str):
                yield _SPACE.sub(" ", item)
                continue
            to, inside = item.get("href", "").strip(), list(self._pieces(item))
            if item.name == "br":
                yield {"t": "br"}
            elif item.name in ("code", "kbd", "samp", "tt"):
                yield {"t": "code", "text": _SPACE.sub(" ", item.get_text())}
            elif item.name == "img":
                yield item.get("alt", "")
            elif item.name == "input":
                yield "☑ " if item.has_attr("checked") else "☐ "
            elif inside and (_ADDRESS.match(to) or (to[:1] == "#" and to[1:] in self.anchors)):
                yield {"t": "ref" if to[0] == "#" else "link", "to": to.lstrip("#"), "c": inside}
            elif inside and (item.name in _STYLES or "vp-refs" in item.get("class", ())):
                yield {"t": _STYLES.get(item.name, "small"), "c": inside}
            else:
                yield from ["“", *inside, "”"] if item.name == "q" else inside

    def _table(self, table: Tag) -> list[dict]:
        """Return a table: its cells by column and row, and what sets the width of its columns."""
        rows, head = _rows(table)
        placed = list(_placed(rows, head))
        count = max((x + w for x, _, w, _, _ in placed), default=0)
        words, texts = ([set[str]() for _ in range(count)] for _ in range(2))
        cells, breaks, wordy, floor = list[dict](), set[int](), set[int](), [_NARROWEST] * count
        ours = "vp-table" in _text(table, "class").split()
        for x, y, w, h, e in placed:
            text = " ".join(breakable(e.get_text()).split())
            content = self._blocks(e, 1)
            plain = [n["t"] for n in content] in ([], ["p"])
            inside = content[0]["c"] if plain and content else content
            cells.append({"x": x, "y": y, "w": w, "h": h, "c": inside})
            if h > 1 or len(text) > _LONG_CELL or not plain:
                breaks |= set(range(y, y + h))
            number = "n" in _text(e, "class").split() if ours else plain and _NUMBER.fullmatch(text)
            if w == 1:
                texts[x].add(text)
                words[x] |= {text} if number and y >= head else set(_SPLIT.split(text))
            wordy |= {x} if y >= head and not number else set()
            if any(n["t"] in ("image", "pre", "table") for n in content):
                floor[x] = _PICTURE
        title = sum(len(row.get_text()) for row in rows[:head])
        short = len(table.get_text()) < _SHORT_TABLE and not breaks
        first = next((x for x, y, _, _, e in placed if y >= head and e.name == "td"), count)
        caption = self._line(table.find("caption", recursive=False) or ())
        return [{
            "t": "table", "cells": cells, "rows": len(rows), "head": head, "lead": [],
            "index": max(0, min(first or 1, count - 1, _MOST_INDEX)), "breaks": sorted(breaks),
            "repeat": title < _LONG_HEAD and head <= _TALLEST_HEAD, "short": short,
            "caption": [{"t": "caption", "c": caption}] if caption else [], "columns": [
                {"numeric": x not in wordy, "floor": floor[x],
                 "words": sorted(sorted(words[x]), key=len)[-5:],
                 "texts": sorted(sorted(texts[x]), key=len)[-2:]}
                for x in range(count)
            ],
        }] if cells else []  # fmt: skip


def breakable(text: str) -> str:
    """Return a text whose long words may break."""
    return _LONG.sub(lambda word: _BREAK.sub("\\g<0>\u200b", word[0]), text)


def _is_block(item) -> bool:
    """Tell whether an item stands on lines of its own, or holds one that does."""
    return isinstance(item, Tag) and bool(_BLOCK.fullmatch(item.name) or any(map(_is_block, item)))


def _parse(html: str) -> BeautifulSoup:
    """Return the elements of some markup; what is nested too deep joins what holds it."""
    soup = BeautifulSoup(html, "html.parser")
    depth = {id(soup): 0}
    for e in soup(True):
        depth[id(e)] = depth[id(e.parent)] + 1
        if e.name in ("br", "wbr"):
            e.string = "\n" if e.name == "br" else "\u200b"
        elif e.name in ("script", "style", "title"):
            e.clear()
        elif depth[id(e)] > _DEEPEST and e.contents:
            e.unwrap()
    return soup


def _rows(table: Tag) -> tuple[list[Tag], int]:
    """Return the rows of a table, and how many at its beginning are headers."""
    rows = [r for r in table("tr") if r.find_parent("table") is table and r.find(_CELLS)]
    rows.sort(key=lambda row: not _in_head(row))
    head = sum(map(_in_head, rows))
    return rows, head or next((n for n, row in enumerate(rows) if row.find("td")), 0)


def _in_head(row: Tag) -> bool:
    return row.parent is not None and row.parent.name == "thead"


def _placed(rows: list[Tag], head: int) -> Iterator[tuple[int, int, int, int, Tag]]:
    """Yield column, row, columns spanned, rows spanned and element of each cell; none overlap."""
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x, most = 0, (head if y < head else len(rows)) - y
        for cell in row(_CELLS, recursive=False):
            while (x, y) in taken:
                x += 1
            wide = max(1, _number(cell, "colspan"))
            wide = next((n for n in range(1, wide) if (x + n, y) in taken), wide)
            tall = min(_number(cell, "rowspan") or most, most)
            taken |= {(x + i, y + j) for i in range(wide) for j in range(tall)}
            yield x, y, wide, tall, cell
            x += wide


def _number(e: Tag, name: str) -> int:
    """Return a whole number in an attribute, at most 999; 1 if there is none."""
    value = _text(e, name)
    return min(int(value), 999) if value.isascii() and value.isdigit() else 1


def _text(e: Tag, name: str) -> str:
    """Return an attribute as text, empty where there is none."""
    value = e.get(name) or ""
    return value if isinstance(value, str) else " ".join(value)
