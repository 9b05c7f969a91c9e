"""Check that SVG pictures and CSS run nothing, load no file and do not cover the page."""

from __future__ import annotations

import re
from xml.parsers.expat import ExpatError, ParserCreate

SVG = "http://www.w3.org/2000/svg "
SHAPES, NOT_STYLED = (set(names.split()) for names in (
    "a circle clipPath defs desc ellipse filter g image line linearGradient marker mask metadata"
    " path pattern polygon polyline radialGradient rect stop style svg symbol text textPath title"
    " tspan use",
    "class d height id points transform version viewBox width x y",
))  # fmt: skip
"""Elements that are kept; attributes that are no CSS properties and hold numbers or a name."""
METADATA = re.compile(
    r"http://(www\.w3\.org/1999/02/22-rdf-syntax-ns|creativecommons\.org/ns|web\.resource\.org/cc/"
    r"|purl\.org/dc/|www\.inkscape\.org/namespaces/|sodipodi\.sourceforge\.net/DTD/)"
)
LOADS = re.compile(
    r"url\s*\((?!\s*['\"]?#)|@(?!(?:media|supports|keyframes)\b)|[\\<]|image-set|\bsrc\b"
    r"|(?<![\w-])image\s*\(|cross-fade|expression\s*\(",
    re.I,
)
"""CSS that could load a file: without ``\\`` a name has one spelling, and a comment ends it."""
_COVERS = re.compile(
    r"(?<![\w-])(z-index(?=\s*(?::|/\*))"
    r"|position(?=\s*(?:/\*|:\s*+(?!(?:static|relative|absolute)\b))))",
    re.I,
)
_RASTER = re.compile(r"#|data:image/(png|jpe?g)[;,]")
_DOCTYPE = "-//W3C//DTD SVG"


def svg_problems(text: str) -> list[str]:
    """List what of an SVG picture could run or load a file, or why the text is no picture.

    >>> svg_problems('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
    ['<script>']
    """
    names: dict[str, None] = {}
    fields: dict[tuple[str, str], None] = {}  # thousands of shapes share a few of them
    style: list[str] = []
    found: set[str] = set()
    parser = ParserCreate("utf-8", " ")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        names[name] = None
        fields.update(dict.fromkeys(attributes.items()))
        if parser.EndElementHandler:
            found.add("an element inside <style>")
        elif name == SVG + "style":
            parser.CharacterDataHandler, parser.EndElementHandler = style.append, end

    def end(name: str) -> None:
        if name == SVG + "style":
            style.append("\n")
            parser.CharacterDataHandler = parser.EndElementHandler = None

    def doctype(name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal or not (public or ("" if system else _DOCTYPE)).startswith(_DOCTYPE):
            raise ValueError("a document type other than SVG")

    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
            raise ValueError("an encoding other than UTF-8")

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    parser.XmlDeclHandler = declaration
    parser.SkippedEntityHandler = lambda *_: found.add("an entity")
    parser.ProcessingInstructionHandler = lambda *_: found.add("a processing instruction")
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except ExpatError as error:
        return [f"text that is not XML ({error})"]
    except ValueError as error:
        return [str(error)]
    if next(iter(names)) != SVG + "svg":
        return ["no <svg> of the SVG namespace"]
    found.update(f"<{n.rpartition(' ')[2]}>" for n in names if not _is_shape(n))
    found.update(p for (n, v) in fields if n not in NOT_STYLED and (p := _attribute_problem(n, v)))
    if LOADS.search("".join(style)):
        found.add("a style that could load files")
    return sorted(found)


def keep_css(text: str) -> str | None:
    """Return CSS of HTML that does not lie over the page, or None if it could load a file.

    >>> keep_css("position: fixed; color: red"), keep_css("background: url(http://x)")
    ('--position: fixed; color: red', None)
    """
    return None if LOADS.search(text) or "url(" in text.lower() else _COVERS.sub(r"--\1", text)


def _is_shape(name: str) -> bool:
    namespace, _, local = name.rpartition(" ")
    drawn = local in SHAPES or (local.startswith("fe") and local != "feImage")
    return drawn if namespace + " " == SVG else bool(METADATA.match(namespace))


def _attribute_problem(name: str, value: str) -> str:
    local = name.rpartition(" ")[2].lower()
    if local.startswith("on") or name.endswith("/namespace base"):
        return f"the attribute {local}"
    if local == "href":
        return "" if _RASTER.match(value) else "a link to a file or another page"
    styled = " " not in name and not local.startswith(("aria-", "data-"))
    return "a style that could load files" if styled and LOADS.search(value) else ""
