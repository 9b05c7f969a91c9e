"""What the quoted prices imply, beside what the market charged."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..formatting import format_number, split_ids
from .bands import CLOSE, LANE, Lane, draw_lanes
from .style import GREEN, INK, MUTED, ORANGE, VERMILION, chart, finish, legend_below

CALLS = {"plausible": (GREEN, "o"), "strained": (ORANGE, "s"), "impossible": (VERMILION, "X")}
_COLUMNS = ["usd_per_mbps_month_low", "usd_per_mbps_month", "usd_per_mbps_month_high"]


@chart("readings")
def plot_readings(prices: pd.DataFrame, *, brief: bool = False, ax: Axes | None = None) -> Axes:
    """Each reading of the quoted prices as a band on one log axis, market prices below it.

    Parameters: ``prices`` as `implied_prices` returns it [USD/Mbps/month]; ``brief`` puts markets abroad into one lane.
    Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_readings(vp.implied_prices()).get_xlabel()
    'USD per Mbps per month (log axis: each line is ten times the last)'
    """
    readings, markets = _reading_lanes(prices), _market_lanes(prices, brief)
    lanes = [*readings, *markets]
    ax = draw_lanes(ax, lanes, "USD per Mbps per month", CLOSE if brief else LANE)
    handles = [
        Line2D([], [], color=c, mec=INK, marker=m, ls="", ms=6, label=f"{k} reading")
        for k, (c, m) in CALLS.items()
        if any(r.colour == c for r in readings)
    ]
    legend_below(ax, [*handles, Line2D([], [], color=MUTED, lw=5, alpha=0.4, label="market prices, low to high")])
    alt = "; ".join(f"{r.label}: {r.words()} USD per Mbps per month" for r in lanes) + "."
    return finish(ax, _title(prices), alt, split_ids(prices["source_id"]))


def _reading_lanes(prices: pd.DataFrame) -> list[Lane]:
    rows = prices[prices["kind"] == "reading"].sort_values("usd_per_mbps_month", ascending=False)
    return [Lane(r["label"], *(r[c] for c in _COLUMNS), *CALLS[r["plausibility"]]) for r in rows.to_dict("records")]


def _market_lanes(prices: pd.DataFrame, brief: bool) -> list[Lane]:
    """Market prices by market and year, low to high; Pakistan first, the newest first."""
    rows = prices[prices["kind"] != "reading"].copy()
    rows["year"] = rows["about_on"].str[:4]
    home = rows["kind"].str.endswith("Pakistan")
    if brief and not home.all():
        return [*_market_lanes(prices[prices.index.isin(rows[home].index)], brief=False), _abroad(rows[~home])]
    lanes = []
    for (kind, year), group in rows.groupby(["kind", "year"], sort=True):
        values = [group[_COLUMNS[0]].min(), group[_COLUMNS[1]].median(), group[_COLUMNS[2]].max()]
        where = "Pakistan" if kind.endswith("Pakistan") else "abroad"
        lanes.append((where != "Pakistan", -int(year), Lane(f"market, {where}, {year}", *values, MUTED, "|")))
    return [lane for *_, lane in sorted(lanes, key=lambda t: t[:2])]


def _abroad(rows: pd.DataFrame) -> Lane:
    """Markets abroad of all years as one span, without a middle: prices of different years have none."""
    low, high = rows[_COLUMNS[0]].min(), rows[_COLUMNS[2]].max()
    return Lane(f"market, abroad, {rows['year'].min()} to {rows['year'].max()}", low, low, high, MUTED, "")


def _title(prices: pd.DataFrame) -> str:
    times = prices.set_index("id")["times_wholesale"]
    if not {"as-stated", "megabyte"} <= set(times.index):
        return "Readings of the quoted prices span several orders of size"
    return (
        f"$10,000 a minute is {format_number(times['as-stated'], 3)} times the Pakistani wholesale price of 2024; "
        f"$1 per megabyte is {format_number(times['megabyte'], 3)} times it"
    )
