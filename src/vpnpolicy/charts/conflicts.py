"""How far apart the sources are."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ..basis.ids import split_ids
from ..basis.numerals import format_number, plural
from .bands import note_right
from .style import BLUE, INK, VERMILION, chart, finish, legend_below, log_axis, new_axes, wrap_text


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
    ax = ax or new_axes(1.75 + 0.36 * max(len(rows), 1), left=3.9, bottom=1.15, right=1.75)
    for lane, row in enumerate(rows):
        colour, marker = (VERMILION, "s") if row["kind"] == "derived" else (BLUE, "o")
        ax.plot([row["ratio_low"], row["ratio_high"]], [lane, lane], color=colour, lw=2.2, alpha=0.6)
        ax.plot(row["ratio"], lane, marker=marker, color=colour, ms=6.5, ls="")
        note = f"{format_number(row['ratio'], 3)} times; {plural(row['n_claims'], 'claim')}"
        note_right(ax, lane, note)
    _dress(ax, rows)
    alt = "Times apart: " + "; ".join(f"{r['label']} {format_number(r['ratio'], 3)} times" for r in rows) + "."
    return finish(ax, _title(conflicts, numeric), alt, split_ids(r["source_ids"] for r in rows))


def _dress(ax: Axes, rows: list[dict]) -> None:
    from matplotlib.lines import Line2D

    ax.set_yticks(range(len(rows)), [wrap_text(r["label"], 50) for r in rows], fontsize=7.5, color=INK)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    ax.set_xlim(0.8, max([r["ratio_high"] for r in rows], default=10) * 1.6)
    log_axis(ax)
    ax.set_xlabel("Times apart (log axis: each line is ten times the last)")
    ax.grid(axis="y", visible=False)
    kinds = {"derived": (VERMILION, "s", "follows by arithmetic"), "direct": (BLUE, "o", "two values of one property")}
    seen = {r["kind"] for r in rows}
    legend_below(
        ax, [Line2D([], [], color=c, marker=m, ls="", ms=5, label=t) for k, (c, m, t) in kinds.items() if k in seen], columns=2
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
