"""A report as a tagged PDF, laid out by Typst: the same page gives the same bytes.

A page becomes plain data, which ``templates/report.typ`` draws. Text of a report is never part of
a Typst program, so nothing in a notebook can be evaluated.
"""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from unicodedata import category
from urllib.parse import unquote_to_bytes

from .page import Page
from .pdf_nodes import Nodes, breakable

_FONTS = ("source_sans_3", "source_serif_4", "noto_sans_arabic", "source_code_pro")
_UNKNOWN = "□"
_SVG_WIDTH = re.compile(rb"<svg\b[^>]*?\swidth=[\"']([\d.]+)(pt|px)?[\"']")
_POINTS, _SHORT, _SURELY_SHORT, _RAW = 0.75, 400, 26, ("t", "id", "to", "src")


def render_pdf(page: Page) -> tuple[bytes, list[str]]:
    """Return a page as a PDF, and remarks on what it cannot show as it is.

    The PDF follows PDF/UA-1, or a remark says that it does not; midnight (UTC) of the page's date is
    the time in it.

    >>> pdf, remarks = render_pdf(Page(title="A report", date="2026-03-31"))
    >>> pdf[:5], remarks
    (b'%PDF-', [])
    """
    day = datetime.fromisoformat(page.date or "1970-01-01").replace(tzinfo=UTC)
    for standards, careful in (("ua-1",), False), (("ua-1",), True), ((), True):
        paper, letters = PaperPage(page, careful), Letters()
        content = json.dumps(_drawn(paper.data(), letters), ensure_ascii=False).encode()
        try:
            pdf = _compile(
                _templates() | paper.files | {"page.json": content}, *standards, timestamp=day
            )
            break
        except RuntimeError as error:
            reason = error
    if not standards:
        paper.remarks.append(f"The PDF has tags but does not follow PDF/UA-1: {reason}.")
    if missing := sorted(chr(c) for c, sign in letters.items() if sign == _UNKNOWN != chr(c)):
        names = " ".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in missing)
        paper.remarks.append(f"No font has {names}: the PDF shows {_UNKNOWN} instead.")
    return pdf, paper.remarks


def prepare_pdf() -> None:
    """Load what a PDF needs before a fork; `render_pdf` itself starts threads, which no fork copies."""
    import PIL.Image  # noqa: F401

    _fonts()


class Letters(dict):
    """What is drawn for each character of the texts it has translated, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = "" if code in _fonts()[1] else category(letter)
        drawn = {"": letter, "Cc": "", "Cf": "", "Zl": " ", "Zp": " ", "Zs": " "}
        signs = {"\t": "    ", "\n": "\n", "\u200b": "\u200b", "\ufe0e": "", "\ufe0f": ""}
        self[code] = signs.get(letter, drawn.get(kind, _UNKNOWN))
        return self[code]


class PaperPage:
    """The data of a page that is drawn on paper, its pictures, and remarks on those that cannot be read."""

    def __init__(self, page: Page, careful: bool = True):
        self.page, self.careful = page, careful
        self.files: dict[str, bytes] = {}
        self.remarks: list[str] = []
        self._nodes = Nodes(self._picture, {s["id"] for s in page.sources})

    def data(self) -> dict:
        """Return the whole page as plain data; pictures are in ``files``."""
        page, title = self.page, self.page.title or self.page.name or "Report"
        first = re.search(r"<h([1-6])\b", "".join(b.get("html", "") for b in page.blocks))
        nodes = [] if first and first[1] == "1" else [self._nodes.heading(1, [title])]
        nodes += [node for block in page.blocks for node in self._block(block)]
        return {
            "title": title, "description": page.description, "stamp": page.stamp,
            "as_of": f"As of {dict(page.stamp).get('As of', page.date)}",
            "nodes": _arranged(nodes), "method": dict(page.method) or None,
            "sources": [{**s, "to": s["url"] if s["link"] else ""} for s in page.sources],
            "tiers": page.tiers, "disclaimer": page.disclaimer,
        }  # fmt: skip

    def _block(self, block: dict) -> list[dict]:
        """Return the nodes of a block of a page."""
        kind = block["kind"]
        if kind == "html":
            return self._nodes.read(block["html"])
        if kind == "text":
            return [{"t": "pre", "text": block["text"].strip("\n")}]
        if kind == "note":
            return [{"t": "p", "c": [{"t": "small", "c": [block["text"]]}]}]
        if kind not in ("figure", "table"):
            return [{"t": kind}]
        name = f"{kind.capitalize()} {block['number']}"
        caption = [{"t": "caption", "c": [{"t": "tag", "c": [name]}, block["caption"]]}]
        cited = [{"id": s["id"], "publisher": s["publisher"]} for s in block.get("cited", ())]
        facts = {"caption": caption, "cited": cited, "own": block.get("own", False)}
        if kind == "table":
            found = self._nodes.read(block["html"])
            next((n for n in found if n["t"] == "table"), {}).update(facts)
            return found
        picture = self._picture(block["src"], block["alt"] or block["caption"] or name)
        if block.get("own"):
            picture["width"] = None
        return [{"t": "figure", "c": [picture], **facts}]

    def _picture(self, address: str, alt: str, width: str = "") -> dict:
        """Return a picture of a ``data:`` address, no wider [pt] than on a screen, or a note."""
        name = f"picture-{len(self.files) + 1}.svg"
        alt = alt.strip() or f"Picture {len(self.files) + 1}"
        try:
            points, content = _read(address)
            if self.careful:
                _compile({"main.typ": f'#image("{name}")'.encode(), name: content})
        except Exception:  # whatever a decoder raises, the report is made without the picture
            self.remarks.append(f"A picture cannot be read: {alt}")
            return {"t": "box", "c": [{"t": "p", "c": [self.remarks[-1]]}]}
        self.files[name] = content
        if width.isdecimal():
            points = min(int(width) * _POINTS, points or 9999)
        return {"t": "image", "src": name, "alt": alt, "width": points}


def _arranged(nodes: list[dict]) -> list[dict]:
    """Return nodes: text in narrow lines, and what leads to a table with it (it may turn)."""
    found: list[dict] = []
    for node, after in pairwise([*nodes, {"t": ""}]):
        if node["t"] in ("p", "ol", "ul", "pad"):
            leads = node["t"] == "p" and after["t"] in ("figure", "image", "table")
            node = {"t": "narrow", "c": [node], "sticky": leads and len(str(node)) < _SHORT}
        while node["t"] == "table" and found and found[-1].get("sticky"):
            node["lead"].insert(0, found.pop())
        found.append(node)
    return found


def _drawn(value, letters: Letters):
    """Return data with each text as it is drawn: letters that fonts have, words that may break."""
    if isinstance(value, dict):
        return {k: v if k in _RAW else _drawn(v, letters) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_drawn(inner, letters) for inner in value]
    if not isinstance(value, str) or (
        len(value) < _SURELY_SHORT and value.isprintable() and value.isascii()
    ):
        return value
    return breakable(value.translate(letters))


def _read(address: str) -> tuple[float | None, bytes]:
    """Return width [pt] and content as SVG of a picture, as Typst takes no other from memory."""
    from PIL import Image

    notes, _, rest = address.partition(",")
    content = b64decode(rest) if notes.endswith(";base64") else unquote_to_bytes(rest)
    if "image/svg" in notes:
        found = _SVG_WIDTH.search(content)
        return found and float(found[1]) * (1 if found[2] == b"pt" else _POINTS), content
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        size = f'width="{image.width}" height="{image.height}"'
        data = f"data:{image.get_format_mimetype()};base64,{b64encode(content).decode()}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="{data}"/></svg>'
    return image.width * _POINTS, svg.encode()


def _compile(files: dict[str, bytes], *standards: str, **options) -> bytes:
    """Return what Typst makes of some files; the program is in ``main.typ``."""
    import typst

    options |= {"font_paths": _fonts()[0], "ignore_system_fonts": True}
    return typst.compile(files, pdf_standards=[*standards], **options)  # type: ignore[call-overload]


@cache
def _templates() -> dict[str, bytes]:
    """Return the Typst files; the program is ``main.typ``."""
    files = {p.name: p.read_bytes() for p in Path(__file__).parent.glob("templates/*.typ")}
    return {"main.typ": files.pop("report.typ"), **files}


@cache
def _fonts() -> tuple:
    """Return the fonts for Typst, and their characters without those that PDF/UA-1 forbids."""
    import typst
    from fontTools.ttLib import TTFont

    folders = [Path(import_module(f"fontpkg_{font}").ROOT) / "files" for font in _FONTS]
    files = [f for folder in folders for f in folder.glob("*.ttf") if "Italic" not in f.name]
    found: set[int] = set()
    for file in files:
        with TTFont(file, lazy=True) as font:
            found.update(font.getBestCmap())
    glyphs = {c for c in found if category(chr(c)) not in ("Cc", "Co") and c != 0xFEFF}
    return typst.Fonts(False, False, [*map(str, folders)]), glyphs
