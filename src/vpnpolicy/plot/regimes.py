"""Charts of which regime says what, and of who changed sides."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.lines import Line2D

from ..dates import PartialDate
from ..formatting import plural, split_ids
from ._text import balance, widest
from .lanes import CLOSE, lane_axes, name_lanes
from .register import month_axis
from .style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    VERMILION,
    WIDTH,
    chart,
    chart_width,
    finish,
    legend_below,
    legend_mark,
    listed,
    new_axes,
)

_STATES = {
    "stated": (BLUE, "o", "stated"),
    "differs": (ORANGE, "D", "sources differ"),
    "not stated": (MUTED, "_", "not stated"),
}
_SIDES = {
    "for": (BLUE, "^"),
    "yes": (BLUE, "^"),
    "against": (VERMILION, "v"),
    "no": (VERMILION, "v"),
}


def plot_regimes(
    cells: pd.DataFrame,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw what each regime states on each aspect: stated, sources differ, or not stated.

    Parameters
    ----------
    cells : DataFrame
        As `compare_regimes` returns it.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> len(plot_regimes(vp.compare_regimes()).get_yticks())
    9
    """
    with chart("regimes", sources, width):
        aspects, labels = list(dict.fromkeys(cells["aspect"])), list(dict.fromkeys(cells["label"]))
        left = widest(aspects) + 0.2
        names = [balance(n, (chart_width() - left) / max(len(labels), 1) - 0.15) for n in labels]
        ax = ax or new_axes(0.27 * len(aspects), left=left, below=0.1)
        for row in cells.to_dict("records"):
            mark = legend_mark(*_STATES[row["state"]])
            mark.set(xdata=[labels.index(row["label"])], ydata=[aspects.index(row["aspect"])])
            mark.set(markersize=8)
            ax.add_line(mark)
        ax.set_yticks(range(len(aspects)), aspects)
        ax.tick_params(length=0)
        ax.set_xticks(range(len(labels)), names)
        ax.xaxis.tick_top()
        ax.set_xlim(-0.5, len(labels) - 0.5)
        ax.set_ylim(len(aspects) - 0.5, -0.5)
        ax.grid(axis="x", visible=False)
        ax.spines[["bottom", "left"]].set_visible(False)
        legend_below(ax, [legend_mark(*state) for state in _STATES.values()], gap=0.12)
        silent = int((cells["state"] == "not stated").sum())
        differ = int((cells["state"] == "differs").sum())
        title = (
            f"{silent} of {len(cells)} cells are not stated on any page read; "
            f"in {differ} the sources differ"
        )
        rows = cells.to_dict("records")
        alt = listed(f"{r['label']}, {r['aspect']}: {r['state']}" for r in rows)
        above = 0.15 + 0.14 * max([n.count("\n") + 1 for n in names], default=1)
        return finish(ax, title, alt, split_ids(cells["source_id"]), above=above)


def plot_positions(
    positions: pd.DataFrame,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw who took which position when; a line joins a position and the one that reverses it.

    Parameters
    ----------
    positions : DataFrame
        As `positions` returns it.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_positions(vp.positions(issue="vpn slows internet")).get_xlabel()
    'Date of the position'
    """
    with chart("positions", sources, width):
        rows = positions.to_dict("records")
        lanes = sorted({(r["issue"], r["body"]) for r in rows})
        names = [f"{issue}: {body}" for issue, body in lanes]
        ax = ax or lane_axes(names, [], lane=CLOSE)
        places = {
            r["position_id"]: (_middle(r["on"]), lanes.index((r["issue"], r["body"]))) for r in rows
        }
        for row in rows:
            _draw_position(ax, row, places)
        name_lanes(ax, names)
        ax.set_xlabel("Date of the position")
        ax.xaxis_date()
        ax.margins(x=0.06)
        month_axis(ax)
        legend_below(ax, _key())
        reversals = positions[positions["reverses"].notna()]
        bodies = ", ".join(dict.fromkeys(reversals["body"]))
        title = f"{plural(len(reversals), 'reversal')} among {plural(len(rows), 'position')}" + (
            f": {bodies}" if bodies else ""
        )
        alt = (
            "; ".join(f"{r['on']}: {r['body']} on {r['issue']}: {r['stance']}" for r in rows) + "."
        )
        return finish(
            ax, title, alt, split_ids([*positions["source_id"], *positions["more_source_ids"]])
        )


def _middle(on: str) -> float:
    when = PartialDate.parse(on)
    return float(date2num(when.earliest) + date2num(when.latest)) / 2


def _draw_position(ax: Axes, row: dict[str, Any], places: dict[str, tuple[float, int]]) -> None:
    x, y = places[row["position_id"]]
    colour, marker = _SIDES.get(row["side"], (MUTED, "o"))
    before = places.get(row["reverses"])
    if before:
        ax.plot([before[0], x], [before[1], y], color=INK, lw=1.2, zorder=1)
        ax.plot(x, y, marker="o", color=INK, ms=12, ls="", mfc="none", mew=1.2)
    fill, edge = (colour, INK) if PartialDate.parse(row["on"]).is_day else (PAPER, colour)
    ax.plot(x, y, marker=marker, color=colour, mfc=fill, mec=edge, ms=6.5, ls="")


def _key() -> list[Line2D]:
    kinds = [(BLUE, "^", "for, or yes"), (VERMILION, "v", "against, or no"), (MUTED, "o", "other")]
    ring = Line2D([], [], color=INK, marker="o", ls="", mfc="none", ms=9)
    ring.set_label("reversed an earlier position")
    return [*(legend_mark(*kind) for kind in kinds), ring]
