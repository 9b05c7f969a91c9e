"""From an executed notebook to one page: no outside request, no code, every figure with its alt text and sources."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..basis.ids import split_ids
from ..basis.mime import FINDINGS
from ..record.answer import WHAT_IT_IS_NOT
from ..record.sources import date_text, find_sources, standing

TEMPLATES = Path(__file__).parent / "template"
DISCLAIMER = f"{WHAT_IT_IS_NOT} This is not legal advice. 'Not listed' never means 'not licensed'."


@dataclass
class Piece:
    """A file a report gives away beside its page: a figure or a table."""

    path: str
    content: bytes


@dataclass
class Page:
    """What the template shows."""

    title: str = ""
    version: str = ""
    date: str = ""
    description: str = ""
    css: str = ""
    stamp: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[dict] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    sources: list[dict] = field(default_factory=list)
    disclaimer: str = DISCLAIMER
    pieces: list[Piece] = field(default_factory=list)
    findings: dict = field(default_factory=dict)


def build_page(notebook, *, version: str = "", date: str = "", stamp: Iterable[tuple[str, str]] = (), data=None) -> Page:
    """Turn the cells of an executed notebook into the blocks of a page; code cells show their outputs only."""
    page = Page(version=version, date=date, stamp=list(stamp), css=(TEMPLATES / "report.css").read_text(encoding="utf-8"))
    ids: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            page.blocks.append({"kind": "html", "html": _markdown(cell.source, page)})
        for output in cell.get("outputs", ()):
            ids += _add_output(output, page)
    page.sources = [_source_entry(row) for row in find_sources(sorted(dict.fromkeys(ids)), data)]
    page.contents.append(("source-list", "Sources"))
    page.blocks = _with_contents(page)
    texts = page.findings.get("texts", [])
    page.description = texts[0] if texts else page.title
    return page


def _with_contents(page: Page) -> list[dict]:
    """Blocks without empty ones, the contents after the findings or, where there are none, after the title."""
    blocks = [b for b in page.blocks if b["kind"] != "text" or b["text"].strip()]
    place = next((n for n, b in enumerate(blocks, 1) if "vp-findings" in b.get("html", "")), 1)
    return [*blocks[:place], {"kind": "contents"}, *blocks[place:]]


def _source_entry(row: Mapping) -> dict:
    return {
        "id": row["source_id"], "publisher": row["publisher"], "title": row["title"], "date": date_text(row),
        "url": row["url"], "standing": standing(row),
    }  # fmt: skip


def _markdown(text: str, page: Page) -> str:
    """Markdown of the notebook itself; raw HTML in it is shown as text, and data never comes this way."""
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text: str, level: int, **attrs) -> str:
            plain = re.sub(r"<[^>]+>", "", text)
            anchor = slug(plain)
            if level == 1 and not page.title:
                page.title = plain
            elif level == 2:
                page.contents.append((anchor, plain))
            return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    return mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table"])(text)


def slug(text: str, most: int = 60) -> str:
    """A name that is safe as an anchor and as a file.

    >>> slug("What is not known?")
    'what-is-not-known'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].rstrip("-") or "part"


def _add_output(output, page: Page) -> list[str]:
    """Add one output as a block and as files; give back the sources it names."""
    if output.output_type == "stream":
        if output.name == "stdout":
            page.blocks.append({"kind": "text", "text": output.text})
        return []
    data, notes = output.get("data", {}), output.get("metadata", {})
    if FINDINGS in data:
        page.findings = dict(data[FINDINGS])
    if "image/svg+xml" in data or "image/png" in data:
        return _add_figure(data, notes, page)
    if "text/html" in data:
        return _add_html(data, notes.get("text/html", {}), page)
    page.blocks.append({"kind": "text", "text": data.get("text/plain", "")})
    return []


def _add_figure(data: Mapping, notes: Mapping, page: Page) -> list[str]:
    kind = "svg" if "image/svg+xml" in data else "png"
    mime = {"svg": "image/svg+xml", "png": "image/png"}
    number = sum(b["kind"] == "figure" for b in page.blocks) + 1
    note = notes.get(mime[kind], {})
    name = f"{number:02d}-{slug(note.get('name', 'figure'))}"
    raw = {k: data[m] for k, m in mime.items() if m in data}
    files = {k: v.encode() if k == "svg" else base64.b64decode(v) for k, v in raw.items()}
    page.pieces += [Piece(f"figures/{name}.{k}", content) for k, content in sorted(files.items())]
    src = f"data:{mime[kind]};base64,{base64.b64encode(files[kind]).decode()}"
    alt = note.get("alt", "")
    page.blocks.append(
        {"kind": "figure", "id": f"figure-{number}", "number": number, "src": src, "alt": alt, "caption": note.get("title", "")}
    )
    return split_ids(note.get("sources", []))


def _add_html(data: Mapping, note: Mapping, page: Page) -> list[str]:
    if "text/csv" in data:
        number = sum(b["kind"] == "table" for b in page.blocks) + 1
        page.pieces.append(Piece(f"tables/{number:02d}-{slug(note.get('name', 'table'))}.csv", data["text/csv"].encode()))
        page.blocks.append({"kind": "table", "html": data["text/html"], "caption": note.get("title", "")})
    else:
        page.blocks.append({"kind": "html", "html": data["text/html"]})
    return split_ids(note.get("sources", []))


def render_html(notebook, page: Page) -> str:
    """The page as one HTML file, by nbconvert and our own template."""
    body, _ = exporter_class()().from_notebook_node(notebook, resources={"page": page})
    return body


def __getattr__(name: str):
    """``ReportExporter`` is made on first use: nbconvert takes a second to import."""
    if name == "ReportExporter":
        return exporter_class()
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


@cache
def exporter_class() -> type:
    """The nbconvert exporter of our own template."""
    from nbconvert.exporters.templateexporter import TemplateExporter

    class ReportExporter(TemplateExporter):
        """nbconvert exporter for reports; also in JupyterLab's *Save and Export Notebook As*."""

        export_from_notebook = "VPN policy report"
        file_extension = ".html"
        output_mimetype = "text/html"

        def __init__(self, **kwargs):
            super().__init__(template_name="vpnreport", extra_template_basedirs=[str(TEMPLATES)], **kwargs)

        def from_notebook_node(self, nb, resources=None, **kwargs):
            resources = dict(resources or {})
            resources.setdefault("page", build_page(nb))
            return super().from_notebook_node(nb, resources=resources, **kwargs)

    return ReportExporter
