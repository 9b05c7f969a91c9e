"""Bands on a log axis, one lane each, with the numbers at the right edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from ..formatting import format_number
from ._text import LABELS_SHARE, SMALL, balance, widest
from .style import INK, MUTED, chart_width, log_axis, new_axes

LANE, CLOSE = 0.25, 0.195
"""Height of a lane, and of one where space is short [in]."""


@dataclass(frozen=True)
class Lane:
    """One lane: its label, its range and how it is drawn; without a range its text says why."""

    label: str
    low: float = 0
    middle: float = 0
    high: float = 0
    colour: str = MUTED
    marker: str = "o"
    text: str = ""

    def words(self) -> str:
        """Return the range in three digits, or the text given."""
        if self.text or not self.middle:
            return self.text
        low, middle, high = (format_number(v, 3) for v in (self.low, self.middle, self.high))
        return middle if self.low == self.high else f"{low} to {high}"


def lane_labels(labels: Sequence[str]) -> list[str]:
    """Break labels of lanes so that they take no more than their share of the width."""
    return [balance(label, chart_width() * LABELS_SHARE) for label in labels]


def lane_axes(labels: Sequence[str], notes: Sequence[str], lane: float = LANE) -> Axes:
    """Create a figure for lanes, with margins and height as labels and notes need them."""
    broken = lane_labels(labels)
    lane = max([lane, *(0.125 * (label.count("\n") + 1) + 0.08 for label in broken)])
    return new_axes(
        lane * max(len(labels), 1), left=widest(broken) + 0.2, right=widest(notes) + 0.2
    )


def name_lanes(ax: Axes, labels: Sequence[str]) -> None:
    """Write the labels at the left edge, the first lane on top."""
    ax.set_yticks(range(len(labels)), lane_labels(labels), linespacing=1.05, multialignment="right")
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, pad=5)
    ax.grid(axis="y", visible=False)


def draw_lanes(ax: Axes | None, lanes: Sequence[Lane], unit: str, lane: float = LANE) -> Axes:
    """Draw lanes from the top down on a log axis in ``unit``, each ``lane`` high [in]."""
    ax = ax or lane_axes([k.label for k in lanes], [k.words() for k in lanes], lane=lane)
    known = [lane for lane in lanes if lane.middle]
    ax.set_xlim(
        min((k.low for k in known), default=1) / 2, max((k.high for k in known), default=10) * 2
    )
    log_axis(ax)
    for n, one in enumerate(lanes):
        _draw(ax, n, one)
    name_lanes(ax, [k.label for k in lanes])
    ax.set_xlabel(f"{unit} (log axis: each line is ten times the last)")
    return ax


def _draw(ax: Axes, n: int, lane: Lane) -> None:
    if lane.middle:
        spread = 1.09 if lane.low == lane.high else 1.0
        band = ([n - 0.26, n + 0.26], lane.low / spread, lane.high * spread)
        ax.fill_betweenx(*band, facecolor=to_rgba(lane.colour, 0.4), edgecolor=MUTED, lw=0.5)
        ax.plot(lane.middle, n, marker=lane.marker, color=lane.colour, mec=INK, ms=6.5, ls="")
    note_right(ax, n, lane.words())


def note_right(ax: Axes, n: float, text: str) -> None:
    """Write a text at the right edge of the axes, level with a lane."""
    ax.annotate(
        text,
        (1, n),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=INK,
        annotation_clip=False,
    )
