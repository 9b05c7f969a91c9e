"""Charts of how wide a result is, and of which input makes it so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..formatting import format_size, round_significant
from .lanes import lane_axes, name_lanes, note_right
from .style import BLUE, INK, ORANGE, SKY, WIDTH, chart, finish, new_axes

_BINS = 60


def plot_distribution(
    distribution: Any,
    label: str = "Result",
    *,
    source_ids: Iterable[str] = (),
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw a simulation as a histogram, with its median and its 90 % interval.

    Parameters
    ----------
    distribution : Distribution
        As `simulate` returns it.
    label : str
        What it is.
    source_ids : iterable of str
        Where its inputs come from.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_distribution(vp.scenario("bypass").simulate(1000), "Cost").get_xlabel()
    'Cost [USD/month]'
    """
    with chart("distribution", sources, width):
        values = np.asarray(distribution.values)
        low, middle, high = (float(v) for v in distribution.quantile((0.05, 0.5, 0.95)))
        ax = ax or new_axes(2.3, left=0.6)
        first, last = np.quantile(values, (0.001, 0.999))
        edges = np.linspace(first, last, _BINS + 1).tolist()
        if values.max() == values.min():
            edges = [middle - 0.5, middle + 0.5]
        ax.hist(
            values,
            bins=edges,
            histtype="stepfilled",
            weights=np.full(len(values), 100 / len(values)),
            color=SKY,
            edgecolor=BLUE,
            linewidth=0.8,
        )
        ax.axvspan(low, high, color=BLUE, alpha=0.12, lw=0)
        ax.axvline(middle, color=INK, lw=1.4)
        unit = "" if distribution.unit == "1" else distribution.unit
        ax.set_xlabel(f"{label} [{unit}]" if unit else label)
        ax.set_ylabel("Draws [%]")
        _few_ticks(ax, 6)
        shown = [_three_digits(v) for v in (middle, low, high)]
        median = f"{shown[0]} {unit}".strip()
        title = f"{label}: {median} (median), {shown[1]} to {shown[2]} (90 % interval)"
        alt = f"Histogram of {len(values):,} draws with seed {distribution.seed}. {title}."
        return finish(ax, title, alt, source_ids)


def plot_tornado(
    tornado: pd.DataFrame,
    unit: str = "",
    *,
    source_ids: Iterable[str] = (),
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw the result with one input at its low and its high end at a time, the widest first.

    Parameters
    ----------
    tornado : DataFrame
        As `tornado` returns it.
    unit : str
        The unit of the result.
    source_ids : iterable of str
        Where its inputs come from.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> len(plot_tornado(vp.scenario("bypass").tornado(), "USD/month").get_yticks())
    3
    """
    with chart("tornado", sources, width):
        rows = tornado.to_dict("records")
        names = [r["input"].replace("_", " ") for r in rows]
        ax = ax or lane_axes(names, [_ends(r) for r in rows], lane=0.36)
        for n, row in enumerate(rows):
            for end, colour in (("at_low", ORANGE), ("at_high", BLUE)):
                ax.barh(
                    n,
                    row[end] - row["central"],
                    left=row["central"],
                    height=0.55,
                    facecolor=colour,
                    edgecolor=INK,
                    linewidth=0.6,
                )
            note_right(ax, n, _ends(row))
        if rows:
            ax.axvline(rows[0]["central"], color=INK, lw=1)
        name_lanes(ax, names)
        ax.margins(x=0.08)
        ax.set_xlabel(
            "Result with one input at its low (orange) or high (blue) end"
            + (f" [{unit}]" if unit not in ("", "1") else "")
        )
        _few_ticks(ax, 4)
        widest = names[0] if rows else "nothing"
        alt = (
            "; ".join(f"{r['input'].replace('_', ' ')}: {_ends(r)} {unit}".strip() for r in rows)
            or "No input"
        )
        return finish(
            ax, f"{widest[0].upper()}{widest[1:]} moves the result most", f"{alt}.", source_ids
        )


def _few_ticks(ax: Axes, most: int) -> None:
    ax.xaxis.set_major_locator(MaxNLocator(most))
    ax.xaxis.set_major_formatter(lambda v, _: format_size(v, 3))


def _three_digits(value: float) -> str:
    return format_size(round_significant(value), 3)


def _ends(row: dict[str, Any]) -> str:
    return f"{_three_digits(row['at_low'])} to {_three_digits(row['at_high'])}"
