"""A chart of how far apart the sources are."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ..formatting import format_number, plural, split_ids
from .lanes import lane_axes, name_lanes, note_right
from .style import (
    BLUE,
    INK,
    VERMILION,
    WIDTH,
    chart,
    finish,
    legend_below,
    legend_mark,
    listed,
    log_axis,
)

_KINDS = {
    "derived": (VERMILION, "s", "follows by arithmetic"),
    "direct": (BLUE, "o", "two values of one property"),
}


def plot_conflicts(
    conflicts: pd.DataFrame,
    *,
    most: int = 14,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw conflicts in numbers by how many times apart the two sides are, widest first.

    Parameters
    ----------
    conflicts : DataFrame
        As `find_conflicts` returns it.
    most : int
        How many to draw.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_conflicts(vp.find_conflicts()).get_xscale()
    'log'
    """
    with chart("conflicts", sources, width):
        numeric = conflicts[conflicts["ratio"].notna()]
        widest = numeric.sort_values(["ratio", "conflict_id"], ascending=[False, True]).head(most)
        rows = widest.to_dict("records")
        notes = [f"{_times(r)}; {plural(r['n_claims'], 'statement')}" for r in rows]
        ax = ax or lane_axes([r["label"] for r in rows], notes)
        _style_axes(ax, rows)
        for n, (row, note) in enumerate(zip(rows, notes, strict=True)):
            colour, marker, _ = _KINDS[row["kind"]]
            ends = [row["ratio_low"], row["ratio_high"]]
            ax.plot(ends, [n, n], color=colour, lw=2.2, alpha=0.6)
            ax.plot(row["ratio"], n, marker=marker, color=colour, mec=INK, ms=6.5, ls="")
            note_right(ax, n, note)
        alt = "Times apart: " + listed(f"{r['label']} {_times(r)}" for r in rows)
        return finish(ax, _title(conflicts, numeric), alt, split_ids(widest["source_ids"]))


def _times(row: dict[str, Any]) -> str:
    return f"{format_number(row['ratio'], 3)} times"


def _style_axes(ax: Axes, rows: list[dict[str, Any]]) -> None:
    name_lanes(ax, [r["label"] for r in rows])
    ax.set_xlim(0.8, max([r["ratio_high"] for r in rows], default=10) * 1.6)
    log_axis(ax)
    ax.set_xlabel("Times apart (log axis: each line is ten times the last)")
    seen = {r["kind"] for r in rows}
    legend_below(ax, [legend_mark(*mark) for kind, mark in _KINDS.items() if kind in seen])


def _title(conflicts: pd.DataFrame, numeric: pd.DataFrame) -> str:
    if numeric.empty:
        return f"No conflict in numbers; {len(conflicts)} in words"
    top = numeric.sort_values(["n_claims", "ratio"], ascending=False).iloc[0]
    independent = plural(top["n_observations"], "independent source")
    return (
        f"{plural(top['n_claims'], 'statement')} of {independent} differ "
        f"{format_number(top['ratio'], 3)}-fold; {len(numeric) - 1} more conflicts in numbers and "
        f"{len(conflicts) - len(numeric)} in words or dates"
    )
