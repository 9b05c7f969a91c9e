"""House style, and an Axes that shows itself with its alt text.

Every ``plot_`` function takes ``sources``, ``width`` and ``ax`` and returns the Axes. Without an
``ax`` it makes a bare Figure, outside pyplot. A chart is drawn at the size it has on paper;
positions follow from arithmetic, which takes half the time of a layout solver.
"""

from __future__ import annotations

import base64
import io
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from ._text import FAMILY, SMALL, widest, wrap

INK, MUTED, FAINT, PAPER = "#1b1b1b", "#595959", "#d9d9d9", "#ffffff"
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
)
"""Okabe and Ito's colours, which readers with any colour vision can distinguish."""

TITLE = 10.5
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True, "axes.edgecolor": MUTED, "axes.grid": True, "axes.labelcolor": INK,
    "axes.labelsize": SMALL, "axes.linewidth": 0.8, "axes.spines.right": False,
    "axes.spines.top": False, "axes.titlecolor": INK, "axes.titlelocation": "left",
    "axes.titlesize": TITLE, "axes.titleweight": "bold", "figure.facecolor": PAPER,
    "font.family": [FAMILY], "font.size": 8.5, "grid.color": FAINT, "grid.linewidth": 0.6,
    "hatch.linewidth": 0.8, "legend.borderaxespad": 0, "legend.columnspacing": 1.6,
    "legend.fontsize": SMALL, "legend.frameon": False, "legend.handletextpad": 0.6,
    "legend.labelspacing": 0.35, "lines.linewidth": 1.6, "lines.markeredgewidth": 0.7,
    "savefig.facecolor": PAPER, "svg.fonttype": "path", "svg.hashsalt": "vpnpolicy",
    "text.color": INK, "text.parse_math": False, "xtick.color": MUTED, "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL, "ytick.color": MUTED, "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}  # fmt: skip
WIDTH = 7.0
"""Width of a chart, and of the text on A4 [in]."""

EDGE, LINE, TITLE_LINE = 0.06, 0.145, 0.19
PNG_DPI = 144


@dataclass(frozen=True)
class _Chart:
    """The chart being drawn: its name, its width [in], and who published each source."""

    name: str = "figure"
    width: float = WIDTH
    publishers: Mapping[str, str] = field(default_factory=dict)


_CHART: ContextVar[_Chart] = ContextVar("chart", default=_Chart())  # noqa: B039 - frozen


def house_style() -> AbstractContextManager[None]:
    """Return the house style as a context; matplotlib's settings are restored at its end.

    Examples
    --------
    >>> with house_style():
    ...     matplotlib.rcParams["axes.titlelocation"]
    'left'
    """
    return matplotlib.rc_context(STYLE)


@contextmanager
def chart(name: str, sources: pd.DataFrame | None = None, width: float = WIDTH) -> Iterator[None]:
    """Draw a chart in the house style; ``sources`` names the publishers under the figure."""
    publishers: dict[str, str] = {}
    if sources is not None:
        publishers = dict(zip(sources["source_id"], sources["publisher"], strict=True))
    token = _CHART.set(_Chart(name, width, publishers))
    try:
        with house_style():
            yield
    finally:
        _CHART.reset(token)


class ChartAxes(Axes):
    """An Axes that shows itself in a notebook, with alt text and sources beside the picture."""

    name = "vpnpolicy"
    alt = ""
    chart_name = "figure"
    source_ids: tuple[str, ...] = ()
    left, right, tall, below = 0.8, 0.25, 2.0, 0.46

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[Any, Any]:
        data: dict[str, str] = {"text/plain": self.alt}
        metadata: dict[str, Any] = {}
        note = {
            "alt": self.alt,
            "name": self.chart_name,
            "sources": list(self.source_ids),
            "title": plain_title(self),
        }
        for kind in figure_formats():
            mime = {"svg": "image/svg+xml", "png": "image/png"}[kind]
            raw = render_figure(self, kind)
            data[mime] = raw.decode() if kind == "svg" else base64.b64encode(raw).decode()
            metadata[mime] = note
        return data, metadata


def figure_formats() -> list[str]:
    """Return the formats of charts: ``svg``, unless ``$VPNPOLICY_FIGURES`` names others."""
    return [
        f for f in os.environ.get("VPNPOLICY_FIGURES", "svg").split(",") if f in ("svg", "png")
    ] or ["svg"]


def render_figure(ax: Any, kind: str = "svg") -> bytes:
    """Render the figure of an Axes as ``svg`` or ``png``, the same bytes each time.

    >>> render_figure(new_axes(2)).startswith(b"<?xml")
    True
    """
    out = io.BytesIO()
    with house_style():
        extra = (
            {"metadata": {"Date": None, "Creator": None}}
            if kind == "svg"
            else {"dpi": PNG_DPI, "metadata": {"Software": None}}
        )
        ax.figure.savefig(out, format=kind, **extra)
    return out.getvalue()


def chart_width() -> float:
    """Return the width of the chart being drawn [in]."""
    return _CHART.get().width


def new_axes(tall: float, left: float = 0.8, right: float = 0.25, below: float = 0.46) -> ChartAxes:
    """Create a figure with a plot ``tall`` inches high and margins for its labels [in].

    `finish` adds space for title and sources.
    """
    figure = Figure(figsize=(chart_width(), tall + below + 0.5))
    FigureCanvasAgg(figure)
    ax = ChartAxes(figure, (0, 0, 1, 1))
    figure.add_axes(ax)
    ax.left, ax.right, ax.tall, ax.below = left, right, tall, below
    _place(ax, EDGE + TITLE_LINE, EDGE + LINE)
    return ax


def _place(ax: Any, over: float, under: float) -> None:
    """Set the height of the figure: words ``over`` the plot, the plot, words ``under`` it [in]."""
    width = ax.figure.get_size_inches()[0]
    height = over + ax.tall + ax.below + under
    ax.figure.set_size_inches(width, height)
    box = (
        ax.left / width,
        (ax.below + under) / height,
        1 - (ax.left + ax.right) / width,
        ax.tall / height,
    )
    ax.set_position(box)


def finish(ax: Any, title: str, alt: str, source_ids: Iterable[str], above: float = 0.0) -> Axes:
    """Set the finding as title, the sources and the alt text; ``above`` is free space [in].

    The background of the figure is named ``words-OVER-UNDER``, the heights of title and sources
    [pt], so that a page which sets both itself can leave them out.
    """
    ids = list(dict.fromkeys(source_ids))
    ax.alt, ax.source_ids, ax.chart_name = alt, tuple(ids), _CHART.get().name
    own = isinstance(ax, ChartAxes)
    width = ax.figure.get_size_inches()[0] - 2 * EDGE if own else max(axes_inches(ax)[0], 2.0)
    title, sources = wrap(title, width, TITLE, bold=True), wrap(source_line(ids), width)
    where = {"x": 0.0}
    note = {
        "xy": (0, 0),
        "xycoords": "axes fraction",
        "xytext": (0, -38),
        "textcoords": "offset points",
        "va": "top",
    }
    if own:
        over, under = _words(title, TITLE_LINE, 0.1), _words(sources, LINE, 0.08)
        _place(ax, over + above, under)
        ax.figure.patch.set_gid(f"words-{(over - 0.05) * 72:.4g}-{(under - 0.02) * 72:.4g}")
        where = {"x": (EDGE - ax.left) / axes_inches(ax)[0]}
        corner = tuple(EDGE / side for side in ax.figure.get_size_inches())
        note = {"xy": corner, "xycoords": "figure fraction", "va": "bottom"}
    ax.set_title(title, loc="left", y=1.0, pad=(above + 0.1) * 72, **where)
    ax.source_note = ax.annotate(
        sources, ha="left", fontsize=SMALL, color=MUTED, annotation_clip=False, **note
    )
    drawn: Axes = ax
    return drawn


def _words(text: str, line: float, gap: float) -> float:
    """Return the height of some lines with their gaps [in]."""
    return EDGE + line * (text.count("\n") + 1) + gap


def axes_inches(ax: Any) -> tuple[float, float]:
    """Return width and height of the plot [in]."""
    box = ax.get_position()
    width, height = ax.figure.get_size_inches()
    return float(box.width * width), float(box.height * height)


def legend_below(ax: Any, handles: Sequence[Any], gap: float = 0.55) -> None:
    """Add a legend under the plot, in as many columns as fit."""
    own = isinstance(ax, ChartAxes)
    wide, tall = axes_inches(ax)
    room = ax.figure.get_size_inches()[0] - 2 * EDGE if own else wide
    columns = _columns([widest([h.get_label()]) + 0.47 for h in handles], room)
    left, gap = ((EDGE - ax.left) / wide, ax.below + 0.03) if own else (0, gap)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(left, -gap / tall), ncols=columns)
    if own:
        ax.below = gap + 0.165 * -(-len(handles) // columns) + 0.05


def _columns(widths: list[float], room: float) -> int:
    """As many columns as fit, filled from the top down as matplotlib fills them."""
    for n in range(len(widths), 1, -1):
        short, long = divmod(len(widths), n)
        ends = [min(k + 1, n) * short + min(k + 1, long) for k in range(n)]
        if sum(max(widths[a:b]) for a, b in zip([0, *ends], ends, strict=False)) <= room:
            return n
    return 1


def legend_mark(colour: str, marker: str, text: str, hollow: bool = False) -> Line2D:
    """Return the legend's entry for a mark; thin and hollow marks have their colour as edge."""
    thin = marker == "_"
    edge, weight = (colour, 1.6) if thin or hollow else (INK, 0.7)
    fill = PAPER if hollow else colour
    look: dict[str, Any] = {
        "color": colour,
        "mfc": fill,
        "mec": edge,
        "mew": weight,
        "ms": 6,
        "ls": "",
    }
    return Line2D([], [], marker=marker, label=text, **look)


def listed(parts: Iterable[str], empty: str = "Nothing to draw") -> str:
    """Join the parts of an alt text into a sentence."""
    return f"{'; '.join(parts) or empty}."


def log_axis(ax: Axes) -> None:
    """Set a log x axis with a line for every power of ten, and as many labels as fit."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    powers = list(range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1))
    names = [size_words(10.0**p) for p in powers]
    decade = axes_inches(ax)[0] / math.log10(high / low)
    step = max(1, math.ceil((widest(names) + 0.15) / decade))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(
        [10.0**p for p in powers], [name if n % step == 0 else "" for n, name in enumerate(names)]
    )


def size_words(value: float) -> str:
    """Return a tick label: digits up to 10,000, then words.

    >>> size_words(0.1), size_words(1000), size_words(1e6)
    ('0.1', '1,000', '1 million')
    """
    for power, word in ((9, "billion"), (6, "million")):
        if value >= 10**power:
            return f"{value / 10**power:,.10g} {word}"
    return f"{value:,.10g}"


def place_labels(ax: Any, points: Iterable[tuple[float, float, str]], size: float = SMALL) -> None:
    """Put labels beside points, each at the first place where it covers nothing else."""
    from matplotlib.transforms import Bbox

    points = list(points)
    renderer = _renderer(ax.figure)
    marks = [ax.transData.transform((x, y)) for x, y, _ in points]
    taken = [Bbox.from_bounds(px - 7, py - 7, 14, 14) for px, py in marks]
    for x, y, text in points:
        label = ax.annotate(
            text, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=size, color=INK
        )
        for dx, dy, ha, va in _PLACES:
            label.set(ha=ha, va=va, position=(dx, dy))
            box = label.get_window_extent(renderer)
            if (
                not any(box.overlaps(t) for t in taken)
                and ax.figure.bbox.x0 <= box.x0
                and box.x1 <= ax.figure.bbox.x1
            ):
                break
        taken.append(box)


def _renderer(figure: Any) -> Any:
    """Return a renderer that measures text; the figure keeps its own canvas."""
    canvas = figure.canvas
    if hasattr(canvas, "get_renderer"):
        return canvas.get_renderer()
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.set_canvas(canvas)
    return renderer


_PLACES = [
    (0, 7, "center", "bottom"), (0, -7, "center", "top"), (8, 0, "left", "center"),
    (-8, 0, "right", "center"), (6, 8, "left", "bottom"), (-6, 8, "right", "bottom"),
    (6, -8, "left", "top"), (-6, -8, "right", "top"), (0, 19, "center", "bottom"),
    (0, -19, "center", "top"),
]  # fmt: skip


def source_line(ids: Sequence[str], most: int = 8) -> str:
    """Name the sources under a figure; a long list is cut, with the number left out.

    >>> source_line(["S001", "S002", "S003"], most=2)
    'Sources: S001, S002 and 1 more, listed with the report.'
    """
    if not ids:
        return "Sources: own arithmetic."
    names = _CHART.get().publishers
    shown = [f"{names[i]} ({i})" if i in names else i for i in ids[:most]]
    more = f" and {len(ids) - most} more, listed with the report" if len(ids) > most else ""
    return f"Source{'s' if len(ids) > 1 else ''}: {', '.join(shown)}{more}."


def plain_title(ax: Axes) -> str:
    """Return the title of an Axes on one line."""
    return " ".join(ax.get_title(loc="left").split())
