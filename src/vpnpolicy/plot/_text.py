"""Measure and break text before anything is drawn, so that margins need no layout solver."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

FAMILY = "DejaVu Sans"
SMALL = 8.0
"""Smallest text of a chart [pt]; charts are drawn at the size they have on paper."""

LABELS_SHARE = 0.36
"""Most that labels at the left edge take of a chart's width."""

_SLACK = 1.06
"""Hinted letters of a screen are a little wider than their outlines."""


@cache
def _font(bold: bool) -> Any:
    """Return a font of our own: drawing changes the size of shared ones, and forks share files."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    path = findfont(FontProperties(family=FAMILY, weight="bold" if bold else "normal"))
    font = FT2Font(io.BytesIO(Path(path).read_bytes()))
    font.set_size(100, 72)
    return font


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return the width of a letter as a part of the size of its font."""
    return float(_font(bold).load_char(ord(letter)).linearHoriAdvance / 65536 / 100)


def text_inches(text: str, size: float = SMALL, bold: bool = False) -> float:
    """Return the width of the longest line of a text [in], in letters of ``size`` [pt].

    >>> text_inches("ab") < text_inches("abc") == text_inches("abc\\na")
    True
    """
    return (
        max(sum(_advance(c, bold) for c in line) for line in text.split("\n")) * size / 72 * _SLACK
    )


def widest(texts: Iterable[str], size: float = SMALL) -> float:
    """Return the width of the widest of some texts [in], 0 for none."""
    return max((text_inches(t, size) for t in texts), default=0.0)


def balance(text: str, inches: float, size: float = SMALL) -> str:
    """Break text into as few lines as `wrap` needs, of about equal length.

    >>> balance("aa aa aa aa", text_inches("aa aa aa."))
    'aa aa\\naa aa'
    """
    best, low, high = wrap(text, inches, size), 0.0, inches
    lines = best.count("\n")
    for _ in range(6 if lines else 0):
        middle = (low + high) / 2
        tried = wrap(text, middle, size)
        if tried.count("\n") > lines or text_inches(tried, size) > middle:
            low = middle
        else:
            best, high = tried, middle
    return best


def wrap(text: str, inches: float, size: float = SMALL, bold: bool = False) -> str:
    """Break text at spaces into lines no wider than ``inches``; a longer word stays whole.

    >>> wrap("one two", text_inches("one t"))
    'one\\ntwo'
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_inches(longer, size, bold) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
