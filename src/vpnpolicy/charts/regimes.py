"""Which regime says what, and who changed sides."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.lines import Line2D

from ..basis.dates import PartialDate
from ..basis.ids import split_ids
from ..basis.numerals import plural
from .register import month_axis
from .style import BLUE, INK, MUTED, ORANGE, PAPER, VERMILION, chart, finish, legend_below, new_axes, wrap_text

_STATES = {"stated": (BLUE, "o", "stated"), "differs": (ORANGE, "D", "sources differ"), "not stated": (MUTED, "_", "not stated")}
_SIDES = {"for": (BLUE, "^"), "yes": (BLUE, "^"), "against": (VERMILION, "v"), "no": (VERMILION, "v")}


@chart("regimes")
def plot_regimes(cells: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What each regime states on each aspect: stated, sources differ, or not stated.

    Parameters: ``cells`` as `compare_regimes` returns it. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> len(plot_regimes(vp.compare_regimes()).get_yticks())
    9
    """
    aspects, labels = list(dict.fromkeys(cells["aspect"])), list(dict.fromkeys(cells["label"]))
    ax = ax or new_axes(2.3 + 0.32 * len(aspects), left=1.4, bottom=0.85, top=1.15)
    for row in cells.to_dict("records"):
        colour, marker, _ = _STATES[row["state"]]
        ax.plot(labels.index(row["label"]), aspects.index(row["aspect"]), marker=marker, color=colour, ms=9, mew=1.6, ls="")
    ax.set_yticks(range(len(aspects)), aspects, color=INK)
    ax.set_xticks(range(len(labels)), [wrap_text(n, 20) for n in labels], color=INK)
    ax.xaxis.tick_top()
    ax.set_xlim(-0.5, len(labels) - 0.5)
    ax.set_ylim(len(aspects) - 0.5, -0.5)
    ax.grid(axis="x", visible=False)
    ax.spines[["bottom", "left"]].set_visible(False)
    legend_below(ax, [Line2D([], [], color=c, marker=m, ls="", ms=6, mew=1.6, label=t) for c, m, t in _STATES.values()], gap=0.12)
    silent = int((cells["state"] == "not stated").sum())
    title = f"{silent} of {len(cells)} cells are not stated in any page held; in {int((cells['state'] == 'differs').sum())} the sources differ"
    alt = "; ".join(f"{r['label']}, {r['aspect']}: {r['state']}" for r in cells.to_dict("records")) + "."
    return finish(ax, title, alt, split_ids(cells["source_id"]), pad=40)


@chart("positions")
def plot_positions(positions: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Who held what when, one row an institution and issue; a line joins a position and the one that turns it round.

    Parameters: ``positions`` as the question `positions` returns it. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_positions(vp.positions(issue="vpn slows internet")).get_xlabel()
    'Date of the position'
    """
    rows = positions.to_dict("records")
    lanes = list(dict.fromkeys((r["issue"], r["body"]) for r in sorted(rows, key=lambda r: (r["issue"], r["body"]))))
    ax = ax or new_axes(2.1 + 0.25 * max(len(lanes), 1), left=3.1, bottom=1.1)
    places = {r["position_id"]: (_middle(r["on"]), lanes.index((r["issue"], r["body"]))) for r in rows}
    for row in rows:
        _draw_position(ax, row, places)
    ax.set_yticks(range(len(lanes)), [f"{issue}: {body}" for issue, body in lanes], fontsize=7.5, color=INK)
    ax.set_ylim(max(len(lanes), 1) - 0.4, -0.6)
    ax.set_xlabel("Date of the position")
    ax.grid(axis="y", visible=False)
    ax.xaxis_date()
    ax.margins(x=0.06)
    month_axis(ax)
    legend_below(ax, _key(), columns=4)
    turned = positions[positions["reverses"].notna()]
    bodies = ", ".join(dict.fromkeys(turned["body"]))
    title = f"{plural(len(turned), 'reversal')} among {plural(len(rows), 'position')}" + (f": {bodies}" if bodies else "")
    alt = "; ".join(f"{r['on']}: {r['body']} on {r['issue']}: {r['stance']}" for r in rows) + "."
    return finish(ax, title, alt, split_ids([*positions["source_id"], *positions["more_source_ids"]]))


def _middle(on: str) -> float:
    when = PartialDate.parse(on)
    return (date2num(when.earliest) + date2num(when.latest)) / 2


def _draw_position(ax: Axes, row: dict, places: dict[str, tuple[float, int]]) -> None:
    x, y = places[row["position_id"]]
    colour, marker = _SIDES.get(row["side"], (MUTED, "o"))
    before = places.get(row["reverses"])
    if before:
        ax.plot([before[0], x], [before[1], y], color=INK, lw=1.2, zorder=1)
        ax.plot(x, y, marker="o", color=INK, ms=12, ls="", mfc="none", mew=1.2)
    ax.plot(x, y, marker=marker, color=colour, ms=6.5, ls="", mfc=colour if PartialDate.parse(row["on"]).is_day else PAPER)


def _key() -> list[Line2D]:
    return [
        Line2D([], [], color=BLUE, marker="^", ls="", label="for, or yes"), Line2D([], [], color=VERMILION, marker="v", ls="", label="against, or no"),
        Line2D([], [], color=MUTED, marker="o", ls="", label="other"), Line2D([], [], color=INK, marker="o", mfc="none", ms=9, ls="", label="turned an earlier position round"),
    ]  # fmt: skip
