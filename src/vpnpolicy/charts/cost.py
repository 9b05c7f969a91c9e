"""What the quoted prices imply, beside what the market charged."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..basis.numerals import format_number
from .style import GREEN, INK, MUTED, ORANGE, VERMILION, chart, finish, legend_below, log_axis, new_axes

_CALLS = {"plausible": (GREEN, "o"), "strained": (ORANGE, "s"), "impossible": (VERMILION, "X")}
_COLUMNS = ["usd_per_mbps_month_low", "usd_per_mbps_month", "usd_per_mbps_month_high"]


@chart("readings")
def plot_readings(prices: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Each reading of the quoted prices as a band on one log axis, market prices below it.

    Parameters: ``prices`` as `implied_prices` returns it [USD/Mbps/month]. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_readings(vp.implied_prices()).get_xlabel()
    'USD per Mbps per month (log axis: each line is ten times the last)'
    """
    lanes = [*_reading_lanes(prices), *_market_lanes(prices)]
    ax = ax or new_axes(2.05 + 0.36 * len(lanes), left=3.05, bottom=1.15, right=1.2)
    for lane, row in enumerate(lanes):
        _draw_band(ax, lane, row)
    _dress(ax, lanes)
    alt = "; ".join(f"{r['label']}: {r['text']} USD per Mbps per month" for r in lanes) + "."
    return finish(ax, _title(prices), alt, [i for r in lanes for i in r["source_ids"]])


def _reading_lanes(prices: pd.DataFrame) -> list[dict]:
    rows = prices[prices["kind"] == "reading"].sort_values("usd_per_mbps_month", ascending=False)
    return [_lane(r["label"], [r[c] for c in _COLUMNS], [r["source_id"]], r["plausibility"]) for r in rows.to_dict("records")]


def _market_lanes(prices: pd.DataFrame) -> list[dict]:
    """Market prices by market and year, low to high."""
    rows = prices[prices["kind"] != "reading"].copy()
    rows["year"] = rows["about_on"].str[:4]
    lanes = []
    for (kind, year), group in rows.groupby(["kind", "year"], sort=True):
        values = [group[_COLUMNS[0]].min(), group[_COLUMNS[1]].median(), group[_COLUMNS[2]].max()]
        where = "Pakistan" if kind.endswith("Pakistan") else "abroad"
        lanes.append((where, year, _lane(f"market, {where}, {year}", values, list(dict.fromkeys(group["source_id"])), "")))
    return [lane for _, _, lane in sorted(lanes, key=lambda t: (t[0] != "Pakistan", -int(t[1])))]


def _lane(label: str, values: list[float], source_ids: list[str], call: str) -> dict:
    low, middle, high = values
    text = format_number(middle, 3) if low == high else f"{format_number(low, 3)} to {format_number(high, 3)}"
    return {"label": label, "low": low, "middle": middle, "high": high, "text": text, "source_ids": source_ids, "call": call}


def _draw_band(ax: Axes, lane: int, row: dict) -> None:
    colour, marker = _CALLS.get(row["call"], (MUTED, "|"))
    spread = 1.09 if row["low"] == row["high"] else 1.0
    ax.fill_betweenx([lane - 0.26, lane + 0.26], row["low"] / spread, row["high"] * spread, color=colour, alpha=0.35, lw=0)
    ax.plot(row["middle"], lane, marker=marker, color=colour, ms=7, ls="")
    ax.annotate(
        row["text"],
        (1, lane),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=INK,
        annotation_clip=False,
    )


def _dress(ax: Axes, lanes: list[dict]) -> None:
    ax.set_xlim(min(r["low"] for r in lanes) / 2, max(r["high"] for r in lanes) * 2)
    log_axis(ax)
    ax.set_yticks(range(len(lanes)), [r["label"] for r in lanes], fontsize=8, color=INK)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("USD per Mbps per month (log axis: each line is ten times the last)")
    handles = [
        Line2D([], [], color=c, marker=m, ls="", ms=6, label=f"{k} reading")
        for k, (c, m) in _CALLS.items()
        if any(r["call"] == k for r in lanes)
    ]
    legend_below(ax, [*handles, Line2D([], [], color=MUTED, lw=5, alpha=0.4, label="market prices, low to high")], columns=4)


def _title(prices: pd.DataFrame) -> str:
    times = prices.set_index("id")["times_wholesale"]
    if not {"as-stated", "megabyte"} <= set(times.index):
        return "Readings of the quoted prices span several orders of size"
    return (
        f"$10,000 a minute is {format_number(times['as-stated'], 3)} times the Pakistani wholesale price of 2024; "
        f"$1 per megabyte is {format_number(times['megabyte'], 3)} times it"
    )
