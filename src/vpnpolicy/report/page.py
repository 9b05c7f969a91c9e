"""The content of a report: an executed notebook as blocks of a page, with files and sources.

Code cells show their outputs only. A cell tagged ``annex`` begins the part for looking things up.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import mistune

from ..answers import WHAT_IT_IS_NOT
from ..data.sources import date_text, find_sources, source_status
from ..formatting import FINDINGS, TABLE_STYLE, slug, split_ids
from ..notebooks.sanitize import sanitize_html, sanitize_output
from ..plot.window import without_words

DISCLAIMER = f"{WHAT_IT_IS_NOT} This is not legal advice. 'Not listed' never means 'not licensed'."
TIERS = (
    "Tier A is an established paper or an official page, B the trade press, C a repost or small "
    "outlet, D a page found to be unreliable. Most pages were read only in their opening."
)
IMAGES = {
    "svg": "image/svg+xml", "png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif",
}  # fmt: skip
_SLASH = re.compile(r"/(?=[^<>]*</th>)")
_SPAN = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)/<wbr>(\d{4}-\d{2}(?:-\d{2})?)")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass
class TableSheet:
    """A table for the workbook: values as text, and which columns hold numbers."""

    name: str
    caption: str
    rows: list[list[str]]
    numeric: list[bool]
    sources: list[str]


@dataclass
class Page:
    """The content of one report."""

    name: str = ""
    title: str = ""
    version: str = ""
    date: str = ""
    stamp: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[dict] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    sources: list[dict] = field(default_factory=list)
    disclaimer: str = DISCLAIMER
    tiers: str = TIERS
    files: dict[str, bytes] = field(default_factory=dict)
    sheets: list[TableSheet] = field(default_factory=list)
    findings: dict = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    method: Mapping = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Return the first finding, or the title."""
        return next(iter(self.findings.get("texts", [])), self.title)

    def next_number(self, kind: str) -> int:
        """Return the number of the next block of a kind."""
        return sum(b["kind"] == kind for b in self.blocks) + 1

    def add(self, kind: str, **content) -> dict:
        """Append a block and return it."""
        self.blocks.append({"kind": kind, "cited": [], "sources": [], **content})
        return self.blocks[-1]


def build_page(notebook, data=None, **facts) -> Page:
    """Return the page of an executed notebook, whose outputs are sanitised in place.

    ``facts`` are attributes of the page: ``name``, ``version``, ``date``, ``stamp``.
    """
    page = Page(**facts)
    for cell in notebook.cells:
        if "annex" in cell.metadata.get("tags", ()):
            page.add("annex")
        if cell.cell_type == "markdown":
            pictures = cell.get("attachments", {})
            page.add("html", html=_markdown(cell.source, page, cell.get("id", ""), pictures))
        for output in cell.get("outputs", ()):
            _add_output(output, page, cell.get("id", ""))
    _add_sources(page, data)
    _add_contents(page)
    return page


def _add_output(output, page: Page, cell: str) -> None:
    if output.output_type == "stream":
        if text := _CONTROL.sub("", output.text).strip("\n"):
            page.add("text", text=text)
        return
    data = output.get("data", {})
    if "application/json" in data:
        data["text/plain"] = json.dumps(data.pop("application/json"), indent=1, ensure_ascii=False)
    for remark in sanitize_output(output):
        _add_remark(page, cell, remark)
    data, notes = output.get("data", {}), output.get("metadata", {})
    if FINDINGS in data:
        page.findings = dict(data[FINDINGS])
    pictures = {kind: data[mime] for kind, mime in IMAGES.items() if mime in data}
    if pictures:
        _add_figure(page, pictures, notes)
    elif "text/html" in data and "text/csv" in data:
        _add_table(page, data, notes.get("text/html", {}))
    elif "text/html" in data:
        ids = split_ids(notes.get("text/html", {}).get("sources", []))
        page.add("html", html=data["text/html"], sources=ids, output=True)
    elif "text/markdown" in data:
        page.add("html", html=_markdown(data["text/markdown"], page, cell, {}), output=True)
    elif text := _CONTROL.sub("", data.get("text/latex", data.get("text/plain", ""))).strip():
        page.add("text", text=text)


def _add_remark(page: Page, cell: str, remark: str) -> None:
    """Name what could not be shown, in the page and among the remarks of the run."""
    page.add("note", text=f"Not shown here: {remark}.")
    page.remarks.append(f"cell '{cell}': {remark}")


def data_url(mime: str, content: bytes) -> str:
    """Return a file as an address that holds all of it."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _add_figure(page: Page, pictures: Mapping[str, str], notes: Mapping) -> None:
    contents = {k: v.encode() if k == "svg" else base64.b64decode(v) for k, v in pictures.items()}
    kind = next(iter(contents))
    note = notes.get(IMAGES[kind], {})
    number = page.next_number("figure")
    name = f"{number:02d}-{slug(note.get('name', 'figure'))}"
    page.files |= {f"figures/{name}.{k}": content for k, content in contents.items()}
    sized = note.get("width") and note.get("height")
    picture, size = contents[kind], (note["width"], note["height"]) if sized else None
    if kind == "svg":
        picture, size = without_words(picture)
    page.add(
        "figure", id=f"figure-{number}", number=number, src=data_url(IMAGES[kind], picture),
        size=size, alt=note.get("alt") or f"Figure {number}",
        caption=note.get("title", ""), sources=split_ids(note.get("sources", [])),
        own="name" in note, files=_downloads(page, name, contents, IMAGES),
    )  # fmt: skip


def _downloads(page: Page, name: str, contents: Mapping[str, bytes], mimes: Mapping) -> list[dict]:
    stem = f"{page.name}-{name}" if page.name else name
    return [
        {"kind": k.upper(), "name": f"{stem}.{k}", "href": data_url(mimes[k], content)}
        for k, content in contents.items()
    ]


def _add_table(page: Page, data: Mapping, note: Mapping) -> None:
    number, content = page.next_number("table"), data["text/csv"].encode()
    name = f"{number:02d}-{slug(note.get('name', 'table'))}"
    page.files[f"tables/{name}.csv"] = content
    html, caption = data["text/html"].removeprefix(TABLE_STYLE), note.get("title", "")
    numeric = ['class="n"' in head for head in re.findall(r"<th scope=\"col\"[^>]*>", html)]
    rows = list(csv.reader(io.StringIO(data["text/csv"])))
    ids = split_ids(note.get("sources", []))
    page.sheets.append(TableSheet(slug(note.get("name", "table")), caption, rows, numeric, ids))
    tag = f'<caption><span class="tag">Table {number}</span> '
    head, end, body = html.replace("<caption>", tag, 1).partition("</thead>")
    body = _SPAN.sub(r'<span class="k">\1/</span><wbr><span class="k">\2</span>', body)
    page.add(
        "table", id=f"table-{number}", number=number, html=_SLASH.sub("/<wbr>", head) + end + body,
        caption=caption, sources=ids, files=_downloads(page, name, {"csv": content}, {"csv": "text/csv"}),
    )  # fmt: skip


def _markdown(text: str, page: Page, cell: str, attachments: Mapping) -> str:
    """Return Markdown as HTML, its raw HTML sanitised; headings become titles and anchors."""

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text: str, level: int, **attrs) -> str:
            plain = re.sub(r"<[^>]+>", "", text)
            if level == 1 and not page.title:
                page.title = plain
            elif level == 2:
                page.contents.append((slug(plain), plain))
            return f'<h{level} id="{slug(plain)}">{text}</h{level}>\n'

        def image(self, text: str, url: str, title=None) -> str:
            for mime, content in attachments.get(url.removeprefix("attachment:"), {}).items():
                url = f"data:{mime};base64,{content}"
            return super().image(text, url, title)

    plugins = ["table", "strikethrough", "footnotes", "task_lists", "url"]
    renderer = Renderer(escape=False, allow_harmful_protocols=True)
    html = str(mistune.create_markdown(renderer=renderer, plugins=plugins)(text))
    html, remarks = sanitize_html(html)  # addresses, too, so that each removal is named
    for remark in remarks:
        _add_remark(page, cell, remark)
    return html


def _add_sources(page: Page, data) -> None:
    """Add the sources that blocks name, each with where it is used."""
    uses: dict[str, list[str]] = {}
    for block in page.blocks:
        numbered = f"{block['kind']} {block['number']}" if "number" in block else "text"
        place = "findings" if "vp-findings" in block.get("html", "") else numbered
        for source_id in block["sources"]:
            uses.setdefault(source_id, []).append(place)
    page.sources = [
        {
            "id": row["source_id"], "publisher": row["publisher"], "title": row["title"],
            "date": date_text(row), "url": row["url"], "standing": source_status(row),
            "link": row["url"].startswith(("https://", "http://")),
            "uses": list(dict.fromkeys(uses[row["source_id"]])),
        }
        for row in find_sources(sorted(uses), data)
    ]  # fmt: skip
    rows = {s["id"]: s for s in page.sources}
    for block in page.blocks:
        block["cited"] = [rows[i] for i in block["sources"]]


def _add_contents(page: Page) -> None:
    """Put the contents at the head of the annex; without one after the findings or the title."""
    page.contents.append(("source-list", "Sources"))
    annex = [n for n, b in enumerate(page.blocks, 1) if b["kind"] == "annex"]
    found = [n for n, b in enumerate(page.blocks, 1) if "vp-findings" in b.get("html", "")]
    place = next(iter([*annex, *found]), 1)
    page.blocks.insert(place, {"kind": "contents", "cited": [], "sources": []})
