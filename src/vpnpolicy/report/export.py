"""From an executed notebook to one page: no outside request, no code, every figure with its alt text and sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from ..record.sources import date_text, find_sources, standing
from .blocks import add_output
from .page import DISCLAIMER, Page, Piece, slug

__all__ = ["DISCLAIMER", "TEMPLATES", "Page", "Piece", "build_page", "render_html", "slug"]
TEMPLATES = Path(__file__).parent / "template"


def build_page(
    notebook, *, name: str = "", version: str = "", date: str = "", stamp: Iterable[tuple[str, str]] = (), data=None
) -> Page:  # fmt: skip
    """Turn the cells of an executed notebook into the blocks of a page; code cells show their outputs only.

    A cell tagged ``annex`` begins what is for looking up.
    """
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    page = Page(name=name, version=version, date=date, stamp=list(stamp), css=css)
    uses: dict[str, list[str]] = {}
    for cell in notebook.cells:
        page.blocks += [{"kind": "annex"}] * ("annex" in cell.metadata.get("tags", ()))
        for ids, where in _add_cell(cell, page):
            for one in ids:
                uses.setdefault(one, []).append(where)
    page.sources = [_source_entry(row, uses[row["source_id"]]) for row in find_sources(sorted(uses), data)]
    _close(page)
    return page


def _add_cell(cell, page: Page) -> Iterator[tuple[list[str], str]]:
    """Add the blocks of a cell; tell for each which sources it names, and by what words it can be found."""
    if cell.cell_type == "markdown":
        page.blocks.append({"kind": "html", "html": _markdown(cell.source, page)})
    for output in cell.get("outputs", ()):
        ids = add_output(output, page)
        if ids:
            yield ids, _place(page.blocks[-1])


def _place(block: dict) -> str:
    """By what words a block can be found."""
    if "number" in block:
        return f"{block['kind']} {block['number']}"
    return "findings" if "vp-findings" in block.get("html", "") else "text"


def _close(page: Page) -> None:
    """What can be known only once all blocks stand: names of sources under them, contents, description."""
    rows = {s["id"]: s for s in page.sources}
    for block in page.blocks:
        block["cited"] = [rows[i] for i in block.get("sources", ())]
    page.contents.append(("source-list", "Sources"))
    page.blocks = _with_contents(page.blocks)
    texts = page.findings.get("texts", [])
    page.description = texts[0] if texts else page.title


def _with_contents(blocks: list[dict]) -> list[dict]:
    """Blocks with the contents at the head of the annex; without one after the findings, or else after the title."""
    annex = [n for n, b in enumerate(blocks, 1) if b["kind"] == "annex"]
    found = [n for n, b in enumerate(blocks, 1) if "vp-findings" in b.get("html", "")]
    place = next(iter([*annex, *found]), 1)
    return [*blocks[:place], {"kind": "contents"}, *blocks[place:]]


def _source_entry(row: Mapping, uses: list[str]) -> dict:
    return {
        "id": row["source_id"], "publisher": row["publisher"], "title": row["title"], "date": date_text(row),
        "url": row["url"], "standing": standing(row), "uses": list(dict.fromkeys(uses)),
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


def render_html(notebook, page: Page, *, paper: bool = False) -> str:
    """The page as one HTML file, by nbconvert and our own template; for ``paper`` without the files to take away."""
    body, _ = _exporter().from_notebook_node(notebook, resources={"page": page, "paper": paper})
    return body


@cache
def _exporter():
    """The exporter of this process: its template is compiled once."""
    return exporter_class()()


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
            kwargs.setdefault(
                "default_preprocessors", ["nbconvert.preprocessors.ExecutePreprocessor"]
            )  # the others change nothing here
            super().__init__(template_name="vpnreport", extra_template_basedirs=[str(TEMPLATES)], **kwargs)

        def from_notebook_node(self, nb, resources=None, **kwargs):
            resources = dict(resources or {})
            if "page" not in resources:
                resources["page"] = build_page(nb)
            return super().from_notebook_node(nb, resources=resources, **kwargs)

    return ReportExporter
