"""Remove from outputs of cells whatever a report and an executed notebook must not carry."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..formatting import FINDINGS
from .html_clean import clean_html, is_empty
from .svg_check import svg_problems

__all__ = ["KINDS", "sanitize_html", "sanitize_output", "svg_problems"]
IMAGES = ("image/png", "image/jpeg", "image/gif")
RICH = ("text/html", "text/markdown", "image/svg+xml", *IMAGES, "text/latex")
"""MIME types that show an output in full: beside one of them, others are dropped without remark."""
KINDS = (FINDINGS, *RICH, "text/csv", "text/plain")
REASONS = {
    "application/vnd.jupyter.widget-view+json": "a widget cannot be shown in a report",
    "application/javascript": "a report does not run JavaScript",
}
_INLINE = re.compile(r"<svg\b(?:.*?</svg\s*>|.*)", re.I | re.S)


def sanitize_output(output: dict[str, Any]) -> list[str]:
    """Keep in an output, changed in place, only safe MIME types, safe markup and plain metadata.

    Parameters
    ----------
    output
        An nbformat output. Streams and errors are left as they are.

    Returns
    -------
    list of str
        One line for each removal that a reader should know of.

    Examples
    --------
    >>> output = {"data": {"application/javascript": "f()", "text/plain": "<Javascript>"}}
    >>> sanitize_output(output)
    ['removed application/javascript: a report does not run JavaScript']
    >>> output["data"]
    {'text/plain': '<Javascript>'}
    """
    if "data" not in output:
        return []
    data: dict[str, Any] = {}
    dropped: list[str] = []
    remarks: list[str] = []
    value: Any
    for kind, value in output["data"].items():
        value = "".join(map(str, value)) if isinstance(value, list) else value
        if kind not in KINDS or not isinstance(value, Mapping if kind == FINDINGS else str):
            dropped.append(kind)
            continue
        value = _named(str(value)) if kind == "image/svg+xml" else value
        if kind == "text/html":
            value, removed = sanitize_html(value)
            remarks += removed
            if removed and is_empty(value):
                continue
        elif problems := _picture_problems(kind, value):
            remarks.append(f"removed {kind}: it holds {_listed(problems)}")
            continue
        data[kind] = value
    if dropped and not any(kind in RICH for kind in data):
        reason = next((REASONS[k] for k in dropped if k in REASONS), "a report cannot show it")
        remarks.append(f"removed {_listed(dropped)}: {reason}")
    output["data"], output["metadata"] = data, _notes(output.get("metadata", {}), data)
    return remarks


def sanitize_html(text: str) -> tuple[str, list[str]]:
    """Return HTML that runs nothing and loads nothing, and a remark that names what was removed.

    Examples
    --------
    >>> sanitize_html("<b onclick='f()'>a</b><script>f()</script>")
    ('<b>a</b>', ['removed <script> and the attribute onclick from an HTML output'])
    """
    cleaned, removed = clean_html(_INLINE.sub(_as_image, text))
    return cleaned, [f"removed {_listed(removed)} from an HTML output"] if removed else []


def _as_image(found: re.Match) -> str:
    """Return an SVG picture that stands inside HTML as an image, if it is safe and complete."""
    picture = _named(found[0])
    if re.search(r"<(use|symbol)\b", picture) or svg_problems(picture):
        return found[0]
    content = base64.b64encode(picture.encode("utf-8", "replace")).decode()
    return f'<img alt="" src="data:image/svg+xml;base64,{content}">'


def _named(picture: str) -> str:
    """Return an SVG picture with the namespace that HTML does not need and an image does."""
    namespace = '<svg xmlns="http://www.w3.org/2000/svg"'
    return picture if "xmlns=" in picture else re.sub(r"<svg\b", namespace, picture, count=1)


def _picture_problems(kind: str, value: str) -> list[str]:
    if kind == "image/svg+xml":
        return svg_problems(value)
    try:
        return [] if kind not in IMAGES or base64.b64decode(value) else ["nothing"]
    except ValueError:
        return ["text that is not base64"]


def _notes(found: Mapping, data: Mapping) -> dict:
    """Return the metadata of the types that are kept: texts, sources and the size of an image."""
    notes = {
        kind: {name: v for name, v in found[kind].items() if _is_note(kind, name, v)}
        for kind in data
        if isinstance(found.get(kind), Mapping)
    }
    return {kind: note for kind, note in notes.items() if note}


def _is_note(kind: str, name: str, value: object) -> bool:
    if name == "sources":
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    if name in ("width", "height"):
        return kind.startswith("image/") and type(value) is int and value > 0
    return name in ("alt", "name", "title") and isinstance(value, str)


def _listed(names: Sequence[str]) -> str:
    """Join names without characters that a terminal acts on; after eight names, count the rest."""
    if len(names) > 9:
        names = [*names[:8], f"{len(names) - 8} others"]
    *most, last = [re.sub(r"[^a-zA-Z0-9 <>().,:;+/_-]", "?", name)[:80] for name in names]
    return f"{', '.join(most)} and {last}" if most else last
