"""What one surge of traffic costs under each reading of the quoted prices."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..formatting import format_money, format_size, round_significant, split_ids
from .bands import Lane, draw_lanes
from .cost import CALLS
from .style import INK, chart, finish, legend_below


@chart("surge")
def plot_costs(costs: pd.DataFrame, surge: str = "The surge", reading: str | None = None, *, ax: Axes | None = None) -> Axes:
    """The cost of one surge under every reading on one log axis, dearest first.

    Parameters: ``costs`` as `compare_readings` returns it [USD]; ``surge`` what is paid for, in words; ``reading`` a
    ``reading_id`` to set in bold. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_costs(vp.compare_readings(1, 60), "1 Tbps for 60 minutes").get_xlabel()
    'USD (log axis: each line is ten times the last)'
    """
    rows = costs.sort_values("cost_usd", ascending=False, kind="stable").to_dict("records")
    lanes = [_lane(r) for r in rows]
    ax = draw_lanes(ax, lanes, "USD")
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row["reading_id"] == reading else "normal")
    seen = {r["plausibility"] for r in rows}
    marks = [
        Line2D([], [], color=c, mec=INK, marker=m, ls="", ms=6, label=f"{k} reading") for k, (c, m) in CALLS.items() if k in seen
    ]
    legend_below(ax, marks)
    alt = "; ".join(f"{k.label}: {k.words()}" for k in lanes) or "No reading is held"
    return finish(ax, _title(rows, surge, reading), f"{alt}.", split_ids(costs["source_id"]))


def _lane(row: dict) -> Lane:
    cost = row["cost_usd"]
    return Lane(row["label"], cost, cost, cost, *CALLS[row["plausibility"]], format_money(cost))


def _title(rows: list[dict], surge: str, reading: str | None) -> str:
    """The chosen reading, and how far apart the readings are."""
    chosen = next((r for r in rows if r["reading_id"] == reading), None)
    first = f"{surge}: {format_money(chosen['cost_usd'])} under '{chosen['reading_id']}'" if chosen else surge
    paid = [r["cost_usd"] for r in rows if r["cost_usd"]]
    return (
        f"{first}; the readings are {format_size(round_significant(max(paid) / min(paid)))} times apart"
        if paid
        else f"{first}; no reading gives a cost"
    )
