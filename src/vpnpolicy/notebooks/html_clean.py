"""Clean HTML of whatever could run, load a file or cover the page, and name what was removed."""

from __future__ import annotations

import base64
import html
import re
from urllib.parse import unquote_to_bytes

import nh3

from .svg_check import keep_css, svg_problems

TAGS, ATTRIBUTES, WITH_CONTENT = (set(names.split()) for names in (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup"
    " data dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header"
    " hgroup hr i img input ins kbd label li main mark nav ol p pre progress q rp rt ruby s"
    " samp section small span strike strong style sub summary sup table tbody td tfoot th thead"
    " time tr tt u ul var wbr",
    "abbr align alt bgcolor border cellpadding cellspacing checked class color colspan datetime dir"
    " disabled face for headers height hidden href id lang max nowrap open rel reversed role"
    " rowspan scope scoped size span src start style tabindex target title type valign value width",
    "applet audio canvas datalist embed frameset iframe map math noembed noframes noscript object"
    " plaintext script select svg template textarea title video xmp",
))  # fmt: skip
"""Elements and attributes that are kept; elements that are removed with all they contain."""
_UNNAMED = TAGS | {"", "html", "head", "body"}
VALUES = {
    "href": "a link with a forbidden address",
    "src": "an image from another address",
    "style": "a style that could load files",
}
_DATA = re.compile(r"(?:aria|data)-(?!commandlinker)[a-z0-9-]+")
_LINK = re.compile(r"(?:https?|mailto):|(?![a-z][a-z0-9+.-]*:|[/\\]{2})", re.I)
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[\w+/=\s%-]*", re.A)
_SVG = re.compile(r"data:image/svg\+xml(?:;(?:charset=)?utf-?8)?(;base64)?,(.*)", re.I | re.S)
_CLEAN = r"(?: [^ =]+=\"[^\"]*\")*"
_ELEMENT = re.compile(rf"<style({_CLEAN})>(.*?)</style>|<[a-z0-9]+{_CLEAN}>", re.S)
_REST = r"((?:[^>\"']|\"[^\"]*\"|'[^']*')*+)"
_WS = r"\t\n\f\r "
_FIELD = re.compile(
    rf"([^{_WS}=/>\"']+)(?:[{_WS}]*=[{_WS}]*(\"[^\"]*\"|'[^']*'|[^{_WS}\"'>][^{_WS}>]*))?"
)
_RAW = "|".join(["style", *sorted(WITH_CONTENT - {"embed", "frameset", "plaintext"})])
_SCAN = re.compile(
    rf"(?is)<!--(?:-?>|.*?-->|.*)|<({_RAW})\b{_REST}>(.*?)(?:</\1|\Z)|<([a-z][^{_WS}/>]*){_REST}"
)


def clean_html(text: str) -> tuple[str, list[str]]:
    """Return HTML that runs nothing and loads nothing, and the names of what was removed.

    >>> clean_html("<b onclick='f()'>a</b><script>f()</script>")
    ('<b>a</b>', ['<script>', 'the attribute onclick'])
    """
    text = text.encode("utf-8", "replace").decode()
    cleaned = _CLEANER.clean(text)
    if "<style" in cleaned or "<input" in cleaned:
        cleaned = _ELEMENT.sub(_keep_element, cleaned)
    return cleaned, _removed(text)


def is_empty(cleaned: str) -> bool:
    """Tell whether cleaned HTML shows neither text nor an image."""
    return not re.sub(r"(?s)<style.*?</style>|<(?!img[^>]* src=)[^>]*>", "", cleaned).strip()


def _keep_value(tag: str, name: str, value: str) -> str | None:
    """Return the value that an attribute keeps, or None where the attribute is removed."""
    if name == "style":
        return keep_css(value)
    safe: object
    if name == "src":
        safe = _IMAGE.fullmatch(value) or _is_safe_svg(value)
    elif name == "href":
        safe = _LINK.match("".join(c for c in value if c > " "))
    elif name == "id":  # names that JavaScript of a page around the output looks up
        safe = not value.lower().startswith(("jupyter", "mathjax"))
    elif name == "target" or (tag, name) == ("input", "type"):
        safe = value in ("_blank", "checkbox")
    else:
        safe = name in ATTRIBUTES or _DATA.fullmatch(name)
    return value if safe else None


def _is_safe_svg(address: str) -> bool:
    found = _SVG.fullmatch(address)
    if not found:
        return False
    try:
        content = unquote_to_bytes(found[2])
        return not svg_problems((base64.b64decode(content) if found[1] else content).decode())
    except ValueError:
        return False


def _keep_element(found: re.Match) -> str:
    """Return an element of cleaned HTML, or nothing for a harmful style and for an input field."""
    if found[2] is None:
        return found[0] if found[0][:6] != "<input" or ' type="checkbox"' in found[0] else ""
    css = keep_css(found[2])
    return "" if css is None else f"<style{found[1]}>{css}</style>"


def _removed(text: str) -> list[str]:
    """Name elements, attributes and values of HTML that are not kept, in order of appearance."""
    elements: dict[str, None] = {}
    others: dict[str, None] = {}
    for raw, raw_fields, body, tag, fields in dict.fromkeys(_SCAN.findall(text)):
        tag, fields = (raw or tag).lower(), raw_fields or fields
        if tag not in _UNNAMED or (tag == "input" and "checkbox" not in fields):
            elements[f"<{tag}>"] = None
            continue
        pairs = [(n.lower(), html.unescape(v.strip("\"'"))) for n, v in _FIELD.findall(fields)]
        for name, value in [*pairs, ("style", body)]:
            kept = _keep_value(tag, name, value)
            if kept is None:
                others[VALUES.get(name, f"the attribute {name}")] = None
            elif kept != value:
                others["a fixed position or z-index in a style"] = None
    return [*elements, *others]


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=WITH_CONTENT,
    attributes={"*": ATTRIBUTES},
    attribute_filter=_keep_value,
    generic_attribute_prefixes={"aria-", "data-"},
    url_schemes={"http", "https", "mailto", "data"},
    link_rel=None,
)
