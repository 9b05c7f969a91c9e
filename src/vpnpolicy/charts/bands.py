"""Bands on a log axis, one lane each, with the numbers at the right edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from ..basis.numerals import format_number
from .style import INK, MUTED, log_axis, wrap_text


@dataclass(frozen=True)
class Lane:
    """One lane: its label, its range, how it is drawn; a lane without a range says why in its text."""

    label: str
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    colour: str = MUTED
    marker: str = "o"
    text: str = ""

    def words(self) -> str:
        """The range in three digits, or the text given."""
        if self.text or self.middle is None:
            return self.text
        low, middle, high = (format_number(v, 3) for v in (self.low, self.middle, self.high))
        return middle if self.low == self.high else f"{low} to {high}"


def draw_lanes(ax: Axes, lanes: Sequence[Lane], unit: str, wrap: int = 48) -> None:
    """Draw lanes from the top down on a log axis in ``unit``."""
    for n, lane in enumerate(lanes):
        _draw(ax, n, lane)
    known = [lane for lane in lanes if lane.middle]
    ax.set_xlim(min((k.low for k in known), default=1) / 2, max((k.high for k in known), default=10) * 2)
    log_axis(ax)
    ax.set_yticks(range(len(lanes)), [wrap_text(k.label, wrap) for k in lanes], fontsize=8, color=INK)
    ax.set_ylim(max(len(lanes), 1) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(f"{unit} (log axis: each line is ten times the last)")


def _draw(ax: Axes, n: int, lane: Lane) -> None:
    if lane.middle:
        spread = 1.09 if lane.low == lane.high else 1.0
        ax.fill_betweenx([n - 0.26, n + 0.26], lane.low / spread, lane.high * spread, color=lane.colour, alpha=0.35, lw=0)
        ax.plot(lane.middle, n, marker=lane.marker, color=lane.colour, ms=7, ls="")
    note_right(ax, n, lane.words())


def note_right(ax: Axes, n: float, text: str) -> None:
    """A text at the right edge of the axes, level with a lane."""
    ax.annotate(
        text, (1, n), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points", va="center", fontsize=7.5,
        color=INK, annotation_clip=False,
    )  # fmt: skip
