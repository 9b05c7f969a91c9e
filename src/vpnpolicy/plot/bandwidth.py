"""Charts of the quoted prices: beside what markets charged, and what one surge costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..formatting import ASSESSMENTS, format_money, format_size, round_significant, split_ids
from .lanes import CLOSE, LANE, Lane, draw_lanes
from .style import (
    GREEN,
    MUTED,
    ORANGE,
    VERMILION,
    WIDTH,
    chart,
    finish,
    legend_below,
    legend_mark,
    listed,
)

MARKS = {"plausible": (GREEN, "o"), "unlikely": (ORANGE, "s"), "impossible": (VERMILION, "X")}
"""Colour and marker of each plausibility."""
_COLUMNS = ["usd_per_mbps_month_low", "usd_per_mbps_month", "usd_per_mbps_month_high"]


def assessment_marks(plausibility: Iterable[str], before: str = "") -> list[Line2D]:
    """Return legend handles for the assessments that occur."""
    seen = set(plausibility)
    return [legend_mark(*MARKS[k], f"{before}{ASSESSMENTS[k]}") for k in MARKS if k in seen]


def plot_interpretations(
    prices: pd.DataFrame,
    *,
    brief: bool = False,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw each interpretation of the quoted prices above market prices, on one log axis.

    Parameters
    ----------
    prices : DataFrame
        As `implied_prices` returns it [USD/Mbps/month].
    brief : bool
        Put markets abroad into one lane.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_interpretations(vp.implied_prices()).get_xlabel()
    'USD per Mbps per month (log axis: each line is ten times the last)'
    """
    with chart("interpretations", sources, width):
        ours = prices[prices["kind"] == "interpretation"]
        lanes = [*_interpretation_lanes(ours), *_market_lanes(prices.drop(ours.index), brief)]
        ax = draw_lanes(ax, lanes, "USD per Mbps per month", CLOSE if brief else LANE)
        market = Line2D([], [], color=MUTED, lw=5, alpha=0.4, label="market prices, low to high")
        legend_below(ax, [*assessment_marks(ours["plausibility"]), market])
        alt = listed(f"{r.label}: {r.words()} USD per Mbps per month" for r in lanes)
        return finish(ax, _prices_title(ours), alt, split_ids(prices["source_id"]))


def _interpretation_lanes(rows: pd.DataFrame) -> list[Lane]:
    ordered = rows.sort_values("usd_per_mbps_month", ascending=False).to_dict("records")
    return [_lane(r) for r in ordered]


def _lane(row: dict[str, Any]) -> Lane:
    low, middle, high = (row[c] for c in _COLUMNS)
    return Lane(row["label"], low, middle, high, *MARKS[row["plausibility"]])


def _market_lanes(prices: pd.DataFrame, brief: bool) -> list[Lane]:
    """Return market prices by market and year; Pakistan first, the newest first."""
    rows = prices.assign(year=prices["about_on"].str[:4], where=prices["kind"].str[8:])
    home = rows["where"] == "Pakistan"
    if brief and not home.all():
        return [*_market_lanes(prices[home], brief=False), _abroad(rows[~home])]
    lanes = []
    for (where, year), group in rows.groupby(["where", "year"]):
        low, middle, high = (group[c] for c in _COLUMNS)
        label = f"market, {where}, {year}"
        lane = Lane(label, low.min(), middle.median(), high.max(), MUTED, "|")
        lanes.append((where != "Pakistan", -int(year), lane))
    return [lane for *_, lane in sorted(lanes, key=lambda t: t[:2])]


def _abroad(rows: pd.DataFrame) -> Lane:
    """Return markets abroad as one span; prices of different years have no middle."""
    low, high = rows[_COLUMNS[0]].min(), rows[_COLUMNS[2]].max()
    label = f"market, abroad, {rows['year'].min()} to {rows['year'].max()}"
    return Lane(label, low, low, high, MUTED, "")


def _prices_title(interpretations: pd.DataFrame) -> str:
    known = interpretations.dropna(subset="times_wholesale")
    if known.empty:
        return "Interpretations of the quoted prices span several orders of magnitude"
    ends = known["times_wholesale"].min(), known["times_wholesale"].max()
    low, high = (format_size(round_significant(v), 3) for v in ends)
    return (
        f"By interpretation, the quoted prices are {low if low == high else f'{low} to {high}'} "
        f"times the Pakistani wholesale price of {known['wholesale_on'].iloc[0]}"
    )


def plot_costs(
    costs: pd.DataFrame,
    surge: str = "The surge",
    interpretation: str | None = None,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw the cost of one surge under every interpretation on a log axis, dearest first.

    Parameters
    ----------
    costs : DataFrame
        As `compare_interpretations` returns it [USD].
    surge : str
        What is paid for, in words.
    interpretation : str, optional
        The id to set in bold.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_costs(vp.compare_interpretations(1, 60), "1 Tbps for 60 minutes").get_xlabel()
    'USD (log axis: each line is ten times the last)'
    """
    with chart("surge", sources, width):
        ordered = costs.sort_values("cost_usd", ascending=False, kind="stable")
        rows = ordered.to_dict("records")
        lanes = [_cost_lane(r) for r in rows]
        ax = draw_lanes(ax, lanes, "USD")
        for label, row in zip(ax.get_yticklabels(), rows, strict=True):
            chosen = row["interpretation"] == interpretation
            label.set_fontweight("bold" if chosen else "normal")
        legend_below(ax, assessment_marks(costs["plausibility"]))
        alt = listed((f"{k.label}: {k.words()}" for k in lanes), "No interpretation to draw")
        title = _costs_title(rows, surge, interpretation)
        return finish(ax, title, alt, split_ids(costs["source_id"]))


def _cost_lane(row: dict[str, Any]) -> Lane:
    cost = row["cost_usd"]
    return Lane(row["label"], cost, cost, cost, *MARKS[row["plausibility"]], format_money(cost))


def _costs_title(rows: list[dict[str, Any]], surge: str, interpretation: str | None) -> str:
    """Return the chosen interpretation, and how far apart all are."""
    chosen = next((r for r in rows if r["interpretation"] == interpretation), None)
    if chosen:
        surge += f": {format_money(chosen['cost_usd'])} under '{chosen['interpretation']}'"
    paid = [r["cost_usd"] for r in rows if r["cost_usd"]]
    if not paid:
        return f"{surge}; no interpretation gives a cost"
    times = format_size(round_significant(max(paid) / min(paid)))
    return f"{surge}; the interpretations are {times} times apart"
