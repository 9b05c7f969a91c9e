"""Charts in print: without colour nothing is lost, and words are measured as they are drawn."""

import contextlib
import functools
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.patches import Rectangle
from tests.chart_words import text_boxes
from tests.plot.test_plots import PLOTS, drawn

from vpnpolicy.plot import _text as words
from vpnpolicy.plot._text import SMALL, balance, text_inches, wrap
from vpnpolicy.plot.style import PAPER, new_axes

slow = pytest.mark.slow
each = pytest.mark.parametrize("name", PLOTS)


def luminance(colour) -> float:
    """Relative luminance of a colour on paper, from 0 to 1."""
    *rgb, alpha = to_rgba(colour)
    parts = [alpha * c + (1 - alpha) for c in rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other=PAPER) -> float:
    """Contrast of two colours once only their grey is left, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def marks(ax):
    """Shape and colours of every mark: markers, bars and bands."""
    for line in ax.lines:
        if line.get_marker() not in ("None", "", None):
            yield line.get_marker(), line.get_markerfacecolor(), line.get_markeredgecolor()
    for patch in ax.patches:
        if isinstance(patch, Rectangle) and to_rgba(patch.get_facecolor())[3] > 0.2:
            yield "bar", patch.get_facecolor(), patch.get_edgecolor()
    for band in ax.collections:
        yield "band", band.get_facecolor()[0], (band.get_edgecolor()[0] if len(band.get_edgecolor()) else PAPER)


def look(handle) -> tuple:
    """What of a legend's entry is seen without colour, and its grey."""
    if hasattr(handle, "get_marker"):
        shape = (handle.get_marker(), handle.get_linestyle() if handle.get_marker() in ("None", "") else "")
        hollow = to_rgb(handle.get_markerfacecolor()) == (1, 1, 1) or handle.get_markerfacecolor() == "none"
        return (*shape, hollow), handle.get_markerfacecolor() if not hollow else handle.get_color()
    return ("patch", handle.get_hatch() or ""), handle.get_facecolor()


@slow
@each
def test_nothing_is_lost_without_colour(name):
    ax = drawn(name)
    for text, _ in text_boxes(ax):
        assert contrast(text.get_color()) >= 4.5, text.get_text()
    for shape, face, edge in marks(ax):
        assert max(contrast(face), contrast(edge)) >= 3, (shape, face, edge)
    handles = ax.get_legend().legend_handles if ax.get_legend() else []
    for (one, grey), (other, gray) in combinations(map(look, handles), 2):
        assert one != other or contrast(grey, gray) >= 1.5, (one, grey, gray)


def test_words_are_as_wide_as_they_are_drawn():
    ax = new_axes(1)
    for text, bold in (("Pakistan Telecommunication Company", False), ("$10,000 a minute", True)):
        drawn = ax.text(0, 0, text, fontsize=SMALL, weight="bold" if bold else "normal", family="DejaVu Sans")
        inches = drawn.get_window_extent(ax.figure.canvas.get_renderer()).width / ax.figure.dpi
        assert text_inches(text, bold=bold) == pytest.approx(inches, rel=0.08)


@pytest.mark.parametrize("inches", [0.1, 1, 2, 9])
def test_lines_are_no_wider_than_asked_and_keep_every_word(inches):
    text = "Cost of a minute of 1 Tbps against price of VPN data as printed"
    for broken in (wrap(text, inches), balance(text, inches)):
        assert broken.split() == text.split()
        assert all(text_inches(line) <= inches or " " not in line for line in broken.split("\n"))
    assert balance(text, inches).count("\n") == wrap(text, inches).count("\n")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs the list of open files of Linux")
def test_no_font_stays_open_for_forked_processes_to_share(monkeypatch):
    """Two processes that read one open file move each other's place in it."""
    monkeypatch.setattr(words, "_font", functools.cache(words._font.__wrapped__))
    before = open_fonts()
    assert words._advance.__wrapped__("\u0416", False) > 0
    assert open_fonts() == before


def open_fonts() -> int:
    found = 0
    for place in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the handle of the list itself
            found += place.readlink().suffix == ".ttf"
    return found
