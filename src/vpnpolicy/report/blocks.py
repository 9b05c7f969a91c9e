"""Outputs of a notebook's cells as blocks of a page: figures and tables with their captions, sources and files to take away."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Mapping

from ..basis.ids import split_ids
from ..basis.markup import TABLE_STYLE
from ..basis.mime import FINDINGS
from .columns import LETTER_EM, least_width, read_cells, shares
from .page import Page, Piece, TableSheet, slug

MIMES = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv"}
_SIZE = re.compile(rb'<svg [^>]*?height="([\d.]+)pt"[^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*?>')
_SLASH = re.compile(r"/(?=[^<>]*</th>)")
_SPAN = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)/<wbr>(\d{4}-\d{2}(?:-\d{2})?)")
_WORDS = re.compile(rb'<g id="words-([\d.]+)-([\d.]+)">')


def add_output(output, page: Page) -> list[str]:
    """Add one output of a cell as a block and as files; give back the sources it names."""
    if output.output_type == "stream":
        if output.name == "stdout" and output.text.strip():
            page.blocks.append({"kind": "text", "text": output.text})
        return []
    data, notes = output.get("data", {}), output.get("metadata", {})
    if FINDINGS in data:
        page.findings = dict(data[FINDINGS])
    if "image/svg+xml" in data or "image/png" in data:
        return _add_figure(data, notes, page)
    if "text/html" in data:
        return _add_html(data, notes.get("text/html", {}), page)
    if data.get("text/plain", "").strip():
        page.blocks.append({"kind": "text", "text": data["text/plain"]})
    return []


def data_link(kind: str, content: bytes) -> str:
    """A file as an address that holds all of it."""
    return f"data:{MIMES[kind]};base64,{base64.b64encode(content).decode()}"


def _add_figure(data: Mapping, notes: Mapping, page: Page) -> list[str]:
    files = {k: _content(k, data[m]) for k, m in MIMES.items() if k != "csv" and m in data}
    shown = "svg" if "svg" in files else "png"
    note = notes.get(MIMES[shown], {})
    number = page.count("figure") + 1
    name = f"{number:02d}-{slug(note.get('name', 'figure'))}"
    page.pieces += [Piece(f"figures/{name}.{k}", content) for k, content in sorted(files.items())]
    ids = split_ids(note.get("sources", []))
    picture, size = _plot_alone(files["svg"]) if shown == "svg" else (files["png"], None)
    page.blocks.append({
        "kind": "figure", "id": f"figure-{number}", "number": number, "src": data_link(shown, picture), "size": size, "alt": note.get("alt", ""),
        "caption": note.get("title", ""), "sources": ids, "own": "name" in note, "files": _files(page, name, files),
    })  # fmt: skip
    return ids


def _content(kind: str, raw: str) -> bytes:
    return raw.encode() if kind == "svg" else base64.b64decode(raw)


def _files(page: Page, name: str, files: Mapping[str, bytes]) -> list[dict]:
    """Files to take away: kind, name to save under, address. PNG after SVG."""
    stem = f"{page.name}-{name}" if page.name else name
    return [{"kind": k.upper(), "name": f"{stem}.{k}", "href": data_link(k, files[k])} for k in sorted(files, reverse=True)]


def _plot_alone(svg: bytes) -> tuple[bytes, tuple[float, float] | None]:
    """A chart without the title and the sources in it, which the page sets as text; and its size [px].

    The picture stays whole: only the window on it is made smaller.
    """
    found = _SIZE.search(svg)
    if not found:
        return svg, None
    words = _WORDS.search(svg)
    over, under = (float(words[1]), float(words[2])) if words else (0, 0)
    width, height = float(found[2]), float(found[3])
    tall = round(height - over - under, 2)
    head = found[0].replace(b'height="%spt"' % found[1], b'height="%gpt"' % tall)
    head = head.replace(b'viewBox="0 0 %s %s"' % (found[2], found[3]), b'viewBox="0 %g %g %g"' % (over, width, tall))
    return svg.replace(found[0], head, 1), (round(width * 4 / 3, 1), round(tall * 4 / 3, 1))


def _add_html(data: Mapping, note: Mapping, page: Page) -> list[str]:
    ids = split_ids(note.get("sources", []))
    if "text/csv" not in data:
        page.blocks.append({"kind": "html", "html": data["text/html"]})
        return ids
    number = page.count("table") + 1
    name, content = f"{number:02d}-{slug(note.get('name', 'table'))}", data["text/csv"].encode()
    page.pieces.append(Piece(f"tables/{name}.csv", content))
    cells, numeric = read_cells(data["text/html"])
    widths = shares(cells, numeric) if cells else []
    rows = list(csv.reader(io.StringIO(data["text/csv"])))
    page.sheets.append(TableSheet(slug(note.get("name", "table")), note.get("title", ""), rows, numeric, widths, ids))
    page.blocks.append({
        "kind": "table", "id": f"table-{number}", "number": number, "html": _numbered(data["text/html"], number, widths, least_width(cells, numeric, widths)),
        "caption": note.get("title", ""), "sources": ids, "files": _files(page, name, {"csv": content}),
    })  # fmt: skip
    return ids


def _numbered(html: str, number: int, widths: list[float], letters: float) -> str:
    """A table with its number in the caption, its columns as wide as they need, and no style of its own."""
    columns = "".join(f'<col style="width:{share:g}%">' for share in widths)
    html = html.removeprefix(TABLE_STYLE).replace("<caption>", f'<caption><span class="tag">Table {number}</span> ', 1)
    html = html.replace("</caption>", f"</caption><colgroup>{columns}</colgroup>", 1)
    head, end, body = html.partition("</thead>")
    html = _SLASH.sub("/<wbr>", head) + end + _SPAN.sub(r'<span class="k">\1/</span><wbr><span class="k">\2</span>', body)
    return html.replace("<table ", f'<table style="min-width:{letters * LETTER_EM:.1f}em" ', 1)
