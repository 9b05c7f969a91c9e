"""How far apart the sources are."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ..formatting import format_number, plural, split_ids
from .bands import lane_axes, name_lanes, note_right
from .style import BLUE, INK, VERMILION, chart, finish, legend_below, log_axis


@chart("conflicts")
def plot_conflicts(conflicts: pd.DataFrame, *, most: int = 14, ax: Axes | None = None) -> Axes:
    """Conflicts in numbers by how many times apart the two sides are, widest first, on a log axis.

    Parameters: ``conflicts`` as `find_conflicts` returns it; ``most`` how many to draw. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_conflicts(vp.find_conflicts()).get_xscale()
    'log'
    """
    numeric = conflicts[conflicts["ratio"].notna()]
    rows = numeric.sort_values(["ratio", "conflict_id"], ascending=[False, True]).head(most).to_dict("records")
    notes = [f"{format_number(r['ratio'], 3)} times; {plural(r['n_claims'], 'claim')}" for r in rows]
    ax = ax or lane_axes([r["label"] for r in rows], notes)
    _dress(ax, rows)
    for lane, (row, note) in enumerate(zip(rows, notes, strict=True)):
        colour, marker = (VERMILION, "s") if row["kind"] == "derived" else (BLUE, "o")
        ax.plot([row["ratio_low"], row["ratio_high"]], [lane, lane], color=colour, lw=2.2, alpha=0.6)
        ax.plot(row["ratio"], lane, marker=marker, color=colour, mec=INK, ms=6.5, ls="")
        note_right(ax, lane, note)
    alt = "Times apart: " + "; ".join(f"{r['label']} {format_number(r['ratio'], 3)} times" for r in rows) + "."
    return finish(ax, _title(conflicts, numeric), alt, split_ids(r["source_ids"] for r in rows))


def _dress(ax: Axes, rows: list[dict]) -> None:
    from matplotlib.lines import Line2D

    name_lanes(ax, [r["label"] for r in rows])
    ax.set_xlim(0.8, max([r["ratio_high"] for r in rows], default=10) * 1.6)
    log_axis(ax)
    ax.set_xlabel("Times apart (log axis: each line is ten times the last)")
    kinds = {"derived": (VERMILION, "s", "follows by arithmetic"), "direct": (BLUE, "o", "two values of one property")}
    seen = {r["kind"] for r in rows}
    legend_below(
        ax, [Line2D([], [], color=c, mec=INK, marker=m, ls="", ms=6, label=t) for k, (c, m, t) in kinds.items() if k in seen]
    )


def _title(conflicts: pd.DataFrame, numeric: pd.DataFrame) -> str:
    if numeric.empty:
        return f"No conflict in numbers; {len(conflicts)} in words"
    top = numeric.sort_values(["n_claims", "ratio"], ascending=False).iloc[0]
    origins = "one origin" if top["n_observations"] == 1 else f"{top['n_observations']} origins"
    return (
        f"{top['n_claims']} claims that go back to {origins} differ {format_number(top['ratio'], 3)}-fold; "
        f"{len(numeric) - 1} more conflicts in numbers and {len(conflicts) - len(numeric)} in words or dates"
    )
