"""What an output may carry into a page and a notebook: kinds and notes of a list, markup that runs and fetches nothing.

Nothing is repaired. A browser can only make an element from ``<`` and a letter, so every such place has to be a whole tag
of a strict grammar that all parsers read alike; its name, attributes and addresses have to be of the lists below.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from xml.parsers.expat import ExpatError, ParserCreate

from ..basis.errors import UsageError
from ..basis.mime import FINDINGS

KINDS = (FINDINGS, "text/html", "image/svg+xml", "image/png", "text/csv", "text/markdown", "text/plain")
"""Kinds of output that are kept; any other is dropped."""

NOTES = ("alt", "name", "sources", "title")
TAGS = {
    "a",
    "abbr",
    "b",
    "br",
    "caption",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
}
ATTRIBUTES = re.compile(
    r"(aria|data)-[a-z-]+|alt|border|class|colspan|datetime|dir|headers|height|href|id|lang|open|rel|role|rowspan|scope|scoped|src|style"
    r"|tabindex|title|width"
)
INERT = {"d", "height", "id", "points", "transform", "version", "width", "x", "y"}
"""Attributes of shapes that hold numbers or a name, and are not looked into."""
SHAPES = {
    "a",
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "filter",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "symbol",
    "text",
    "textPath",
    "title",
    "tspan",
    "use",
    "RDF",
    "Work",
    "Agent",
    "agent",
    "creator",
    "date",
    "format",
    "publisher",
    "type",
}
_MARK = re.compile(r"<[a-zA-Z/!?]")
_TAG = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z-]*(?:=(?:\"[^\"<>]*\"|'[^'<>]*'))?)*)\s*/?>|</([a-zA-Z][a-zA-Z0-9]*)\s*>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z-]*)(?:=(?:\"([^\"]*)\"|'([^']*)'))?")
_STYLE = re.compile(r"<style[^>]*>(.*?)</style\s*>", re.S | re.I)
_FETCHES = re.compile(r"url\((?!['\"]?(?:data:|#))|@import|image-set|\\", re.I)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")


def keep_allowed(output: dict) -> dict:
    """An output with the kinds and notes of the lists alone. Raises `UsageError` for markup that could run or fetch."""
    if "data" in output:
        data = {k: v for k, v in output["data"].items() if k in KINDS}
        output["data"] = data
        output["metadata"] = _notes(output.get("metadata", {}), data)
        for fault in _faults(data):
            raise UsageError(fault)
    return output


def _notes(found: Mapping, data: Mapping) -> dict:
    """Notes beside the kinds that are kept: texts, and a list of sources."""
    kept = {
        k: {n: v for n, v in found[k].items() if n in NOTES and _plain(n, v)} for k in data if isinstance(found.get(k), Mapping)
    }
    return {k: v for k, v in kept.items() if v}


def _plain(name: str, value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value) if name == "sources" else isinstance(value, str)


def _faults(data: Mapping) -> Iterator[str]:
    if "text/html" in data:
        yield from (
            f"html: found {f}; wanted text and tables. Show a table with vp.render_table." for f in html_faults(data["text/html"])
        )
    if "image/svg+xml" in data:
        yield from (f"svg: found {f}; wanted shapes and text." for f in svg_faults(data["image/svg+xml"]))


def html_faults(text: str) -> Iterator[str]:
    """What of a piece of HTML could run, fetch or lead astray.

    >>> list(html_faults('<td class="n">1 &lt; 2</td>')), list(html_faults("<img src=x onerror=alert(1)>"))
    ([], ['broken markup'])
    """
    tags = list(_TAG.finditer(text))
    if len(tags) != len(_MARK.findall(text)):
        yield "broken markup"
    for name in sorted({(t[1] or t[3]).lower() for t in tags} - TAGS):
        yield f"<{name}>"
    for attributes in sorted({t[2] for t in tags if t[2]}):
        for name, one, other in _ATTRIBUTE.findall(attributes):
            yield from _attribute_faults(name.lower(), one or other)
    yield from ("a style that fetches" for style in _STYLE.findall(text) if _FETCHES.search(style))


def _attribute_faults(name: str, value: str) -> Iterator[str]:
    value = html.unescape(value)
    if not ATTRIBUTES.fullmatch(name):
        yield f"the attribute '{name}'"
    elif name == "style" and _FETCHES.search(value):
        yield "a style that fetches"
    elif name == "src" and not value.startswith("data:image/"):
        yield f"src '{value[:60]}'"
    elif name == "href" and not _leads_to_a_page(value):
        yield f"href '{value[:60]}'"


def _leads_to_a_page(address: str) -> bool:
    """Whether an address is a place in the page, a file beside it, or a page that a reader may choose to open."""
    clean = "".join(c for c in address if c > " ")
    scheme = _SCHEME.match(clean)
    return not clean.startswith(("//", "\\")) and (scheme is None or scheme[1].lower() in ("http", "https"))


def svg_faults(text: str) -> Iterator[str]:
    """What of a picture could run or fetch, or why it is none.

    >>> list(svg_faults('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'))
    ['<script>']
    """
    found: list[str] = []
    names, attributes = {}, {}  # of thousands of shapes few differ

    def shape(name: str, of_shape: Mapping[str, str]) -> None:
        names[name] = None
        for attribute in of_shape.items():
            if attribute[0] not in INERT:
                attributes[attribute] = None

    parser = ParserCreate()
    parser.StartElementHandler = shape
    parser.EntityDeclHandler = lambda *_: found.append("an entity")
    parser.ProcessingInstructionHandler = lambda *_: found.append("an instruction")
    parser.CharacterDataHandler = lambda data: found.append("a style that fetches") if "@import" in data.lower() else None
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except ExpatError as error:
        found.append(f"what is no picture ({error})")
    of_names = (f"<{local}>" for local in (n.rpartition(":")[2] for n in names) if local not in SHAPES)
    yield from dict.fromkeys([*of_names, *(f for a in attributes for f in _shape_faults(*a)), *found])


def _shape_faults(key: str, value: str) -> Iterator[str]:
    part = key.rpartition(":")[2]
    if part.lower().startswith("on"):
        yield f"the attribute '{part}'"
    elif part == "href" and not value.startswith(("#", "data:image/png", "data:image/jpeg")):
        yield f"href '{value[:60]}'"
    elif (part == "style" or "url" in value.lower()) and _FETCHES.search(value):
        yield "a style that fetches"
