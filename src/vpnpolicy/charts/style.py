"""House style, and an Axes that shows itself with its alt text.

Every ``plot_`` function takes ``ax=None`` and returns the Axes. Without an Axes it makes a bare Figure, outside pyplot:
no global state, nothing to close. Positions are fixed, not solved for, which halves the time of a chart.
"""

from __future__ import annotations

import base64
import functools
import io
import math
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from contextvars import ContextVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

INK, MUTED, FAINT, PAPER = "#1b1b1b", "#595959", "#d9d9d9", "#ffffff"
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442"
"""Okabe and Ito's colours, told apart by readers with any colour vision."""

STYLE = {
    "axes.axisbelow": True, "axes.edgecolor": MUTED, "axes.grid": True, "axes.labelcolor": INK, "axes.labelsize": 9,
    "axes.linewidth": 0.8, "axes.spines.right": False, "axes.spines.top": False, "axes.titlecolor": INK,
    "axes.titlelocation": "left", "axes.titlepad": 12, "axes.titlesize": 11, "axes.titleweight": "bold",
    "figure.facecolor": PAPER, "font.family": ["DejaVu Sans"], "font.size": 9, "grid.color": FAINT, "grid.linewidth": 0.6,
    "legend.frameon": False, "lines.linewidth": 1.6, "savefig.facecolor": PAPER, "svg.fonttype": "path",
    "svg.hashsalt": "vpnpolicy", "text.color": INK, "text.parse_math": False, "xtick.color": MUTED, "xtick.labelsize": 8.5,
    "ytick.color": MUTED, "ytick.labelsize": 8.5,
}  # fmt: skip
_PUBLISHERS: ContextVar[dict[str, str]] = ContextVar("publishers", default={})  # noqa: B039 - never written to
WIDTH = 8.0
EDGE = 0.15
PNG_DPI = 144


def house_style() -> AbstractContextManager:
    """The house style as a context: matplotlib's settings are given back at its end.

    >>> with house_style():
    ...     matplotlib.rcParams["axes.titlelocation"]
    'left'
    """
    return matplotlib.rc_context(STYLE)


class ChartAxes(Axes):
    """An Axes that shows itself in a notebook, with alt text and sources beside the picture."""

    name = "vpnpolicy"
    alt = ""
    chart_name = "figure"
    margin_left = 0.8
    source_ids: tuple[str, ...] = ()

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = {"text/plain": self.alt}, {}
        note = {"alt": self.alt, "name": self.chart_name, "sources": list(self.source_ids), "title": plain_title(self)}
        for kind in figure_formats():
            mime = {"svg": "image/svg+xml", "png": "image/png"}[kind]
            raw = render_figure(self, kind)
            data[mime] = raw.decode() if kind == "svg" else base64.b64encode(raw).decode()
            metadata[mime] = note
        return data, metadata


def figure_formats() -> list[str]:
    """Formats a chart is shown in: ``svg``, unless ``$VPNPOLICY_FIGURES`` names others."""
    return [f for f in os.environ.get("VPNPOLICY_FIGURES", "svg").split(",") if f in ("svg", "png")] or ["svg"]


def render_figure(ax: Axes, kind: str = "svg") -> bytes:
    """The figure of an Axes as ``svg`` or ``png``, the same bytes each time.

    >>> render_figure(new_axes(2)).startswith(b"<?xml")
    True
    """
    out = io.BytesIO()
    with house_style():
        extra = (
            {"metadata": {"Date": None, "Creator": None}} if kind == "svg" else {"dpi": PNG_DPI, "metadata": {"Software": None}}
        )
        ax.figure.savefig(out, format=kind, **extra)
    return out.getvalue()


def new_axes(
    height: float, left: float = 0.8, bottom: float = 0.9, top: float = 0.68, right: float = 0.25, width: float = WIDTH
) -> ChartAxes:
    """A figure of its own with margins in inches, never solved for."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    ax = figure.add_axes(box, axes_class=ChartAxes)
    ax.margin_left = left
    return ax


def chart(name: str) -> Callable:
    """Draw in the house style, on the Axes given or on a new one.

    Adds two arguments to every chart: ``ax``, and ``sources``, the table of sources, so that the line under the figure
    names publishers and not ids alone.
    """

    def decorate(draw: Callable) -> Callable:
        @functools.wraps(draw)
        def plot(*args, ax: Axes | None = None, sources=None, **kwargs) -> Axes:
            token = _PUBLISHERS.set({} if sources is None else dict(zip(sources["source_id"], sources["publisher"], strict=True)))
            try:
                with house_style():
                    ax = draw(*args, ax=ax, **kwargs)
            finally:
                _PUBLISHERS.reset(token)
            ax.chart_name = name
            return ax

        return plot

    return decorate


def finish(ax: Axes, title: str, alt: str, source_ids: Iterable[str], pad: float | None = None) -> Axes:
    """Set the finding as title, the sources under the figure and the alt text; ``pad`` keeps room above the axes [pt]."""
    ids = list(dict.fromkeys(source_ids))
    ax.alt, ax.source_ids = alt, tuple(ids)
    if isinstance(ax, ChartAxes):
        width, height = ax.figure.get_size_inches()
        ax.set_title(wrap_text(title, int(width * 10.2)), loc="left", pad=pad, x=(EDGE - ax.margin_left) / _inches(ax)[0])
        note = {"xy": (EDGE / width, 0.1 / height), "xycoords": "figure fraction", "va": "bottom"}
    else:
        width = _inches(ax)[0]
        ax.set_title(wrap_text(title, max(24, int(width * 10.2))), loc="left", pad=pad)
        note = {"xy": (0, 0), "xycoords": "axes fraction", "xytext": (0, -38), "textcoords": "offset points", "va": "top"}
    ax.source_note = ax.annotate(
        wrap_text(source_line(ids), max(30, int(width * 18.5))), ha="left", fontsize=7, color=MUTED, annotation_clip=False, **note
    )
    return ax


def _inches(ax: Axes) -> tuple[float, float]:
    box = ax.get_position()
    width, height = ax.figure.get_size_inches()
    return box.width * width, box.height * height


def legend_below(ax: Axes, handles: list, gap: float = 0.55, columns: int = 3, **kwargs) -> None:
    """A legend under the axes, ``gap`` inches below them, from the left edge of the figure."""
    width, height = _inches(ax)
    left = (EDGE - ax.margin_left) / width if isinstance(ax, ChartAxes) else 0
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(left, -gap / height),
        ncols=columns,
        fontsize=7.5,
        borderaxespad=0,
        **kwargs,
    )


def log_axis(ax: Axes) -> None:
    """A log x axis with a line for every ten times, as many of them numbered as fit beside each other."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    powers = list(range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1))
    step = max(1, math.ceil(len(powers) / max(2, _inches(ax)[0] / 0.75)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks([10.0**p for p in powers], [size_words(10.0**p) if n % step == 0 else "" for n, p in enumerate(powers)])


def size_words(value: float) -> str:
    """A tick label: digits up to 10,000, then words.

    >>> size_words(0.1), size_words(1000), size_words(1e6)
    ('0.1', '1,000', '1 million')
    """
    for power, word in ((9, "billion"), (6, "million")):
        if value >= 10**power:
            return f"{value / 10**power:,.10g} {word}"
    return f"{value:,.10g}"


def place_labels(ax: Axes, points: Iterable[tuple[float, float, str]], size: float = 7.5) -> None:
    """Labels beside points, each at the first of eight places where it covers no other label and no point."""
    from matplotlib.transforms import Bbox

    points = list(points)
    renderer = _renderer(ax.figure)
    marks = [ax.transData.transform((x, y)) for x, y, _ in points]
    taken = [Bbox.from_bounds(px - 7, py - 7, 14, 14) for px, py in marks]
    for x, y, text in points:
        label = ax.annotate(text, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=size, color=INK)
        for dx, dy, ha, va in _PLACES:
            label.set(ha=ha, va=va, position=(dx, dy))
            box = label.get_window_extent(renderer)
            if not any(box.overlaps(t) for t in taken) and ax.figure.bbox.x0 <= box.x0 and box.x1 <= ax.figure.bbox.x1:
                break
        taken.append(box)


def _renderer(figure: Figure):
    """Something that measures text; a figure's own canvas is given back."""
    canvas = figure.canvas
    if hasattr(canvas, "get_renderer"):
        return canvas.get_renderer()
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.set_canvas(canvas)
    return renderer


_PLACES = [(0, 7, "center", "bottom"), (0, -7, "center", "top"), (8, 0, "left", "center"), (-8, 0, "right", "center"),
           (6, 8, "left", "bottom"), (-6, 8, "right", "bottom"), (6, -8, "left", "top"), (-6, -8, "right", "top"),
           (0, 19, "center", "bottom"), (0, -19, "center", "top")]  # fmt: skip


def source_line(ids: list[str], most: int = 8) -> str:
    """Names of the sources under a figure; a long list is cut, with the number left out.

    >>> source_line(["S001", "S002", "S003"], most=2)
    'Sources: S001, S002 and 1 more, listed with the report.'
    """
    if not ids:
        return "Sources: own arithmetic."
    names = _PUBLISHERS.get()
    shown = [f"{names[i]} ({i})" if i in names else i for i in ids[:most]]
    more = f" and {len(ids) - most} more, listed with the report" if len(ids) > most else ""
    return f"Source{'s' if len(ids) > 1 else ''}: {', '.join(shown)}{more}."


def plain_title(ax: Axes) -> str:
    """The title of an Axes on one line."""
    return " ".join(ax.get_title(loc="left").split())


def wrap_text(text: str, width: int) -> str:
    """Text broken into lines of at most ``width`` characters."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width, break_long_words=False))


def text_boxes(ax: Axes) -> list:
    """Window extents of every visible text of a figure, for tests of overlap [px]."""
    renderer = _renderer(ax.figure)
    unseen = {label for one in ax.figure.axes for axis in (one.xaxis, one.yaxis) for label in _out_of_view(axis)}
    texts = [t for t in ax.figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text().strip() and t not in unseen]
    return [(t, t.get_window_extent(renderer)) for t in texts]


def _out_of_view(axis) -> list:
    """Labels of ticks beyond the ends of an axis, which matplotlib keeps but does not draw."""
    low, high = sorted(axis.get_view_interval())
    slack = (high - low) * 1e-9
    ticks = [t for t in axis.get_major_ticks() if not low - slack <= t.get_loc() <= high + slack]
    return [label for t in ticks for label in (t.label1, t.label2)]
