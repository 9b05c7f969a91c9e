"""The window on a chart that a page shows: without the title and sources that the page sets as text."""

from __future__ import annotations

import re

_SIZE = re.compile(rb'<svg [^>]*?height="([\d.]+)pt"[^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*?>')
_WORDS = re.compile(rb'<g id="words-([\d.]+)-([\d.]+)">')


def without_words(svg: bytes) -> tuple[bytes, tuple[float, float] | None]:
    """Return a chart without its own title and sources, which the page sets as text, and its size [px].

    The picture stays whole: only the window on it is made smaller.
    """
    found = _SIZE.search(svg)
    if not found:
        return svg, None
    words = _WORDS.search(svg)
    over, under = (float(words[1]), float(words[2])) if words else (0, 0)
    width, height = float(found[2]), round(float(found[3]) - over - under, 2)
    head = found[0].replace(b'height="%spt"' % found[1], b'height="%gpt"' % height)
    window = b'viewBox="0 %g %g %g"' % (over, width, height)
    head = head.replace(b'viewBox="0 0 %s %s"' % (found[2], found[3]), window)
    return svg.replace(found[0], head, 1), (round(width * 4 / 3, 1), round(height * 4 / 3, 1))
