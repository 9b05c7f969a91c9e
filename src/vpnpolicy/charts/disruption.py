"""What a disruption costs under each method, and what blocking saves beside it."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..basis.ids import split_ids
from ..basis.numerals import format_money, format_rounded, round_significant
from .bands import Lane, draw_lanes
from .cost import CALLS
from .style import BLUE, MUTED, ORANGE, SKY, chart, finish, legend_below, new_axes

_STATUS = {"complete": (BLUE, "o", "form and parameters seen"), "partial": (ORANGE, "s", "form seen, some parameters not")}


@chart("methods")
def plot_methods(costs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """One disruption under every method as a band on one log axis; methods without a number say why.

    Parameters: ``costs`` as `disruption_cost` returns it [USD]. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_methods(vp.disruption_cost("PAK", "2023-05-09", "2023-05-12")).get_xlabel()
    'Cost in USD (log axis: each line is ten times the last)'
    """
    money = costs[(costs["unit"] == "USD") & costs["central"].notna()].sort_values(["central", "label"])
    without = costs[(costs["unit"] == "USD") & costs["central"].isna()]
    lanes = [
        Lane(r["label"], r["low"], r["central"], r["high"], *_STATUS[r["status"]][:2], _span(r)) for r in money.to_dict("records")
    ]
    lanes += [Lane(r["label"], text="closed" if r["status"] == "closed" else "no number") for r in without.to_dict("records")]
    ax = ax or new_axes(1.95 + 0.36 * max(len(lanes), 1), left=3.1, bottom=1.15, right=1.75)
    draw_lanes(ax, lanes, "Cost in USD", wrap=46)
    seen = set(money["status"])
    legend_below(ax, [Line2D([], [], color=c, marker=m, ls="", ms=6, label=t) for s, (c, m, t) in _STATUS.items() if s in seen])
    alt = "; ".join(f"{r.label}: {r.words()}" for r in lanes) or "No method gives a sum of money"
    return finish(ax, _methods_title(money, without), f"{alt}.", split_ids(costs["source_ids"]))


def _span(row: dict) -> str:
    low, high = (format_money(round_significant(row[k]), "", 3).strip() for k in ("low", "high"))
    return low if row["low"] == row["high"] else f"{low} to {high}"


def _methods_title(money: pd.DataFrame, without: pd.DataFrame) -> str:
    closed = f"; {len(without)} give{'s' if len(without) == 1 else ''} no number" if len(without) else ""
    if money.empty:
        return f"No method gives a sum of money{closed}"
    low, high = money.iloc[0], money.iloc[-1]
    least, most = (format_money(r["central"], digits=3) for r in (low, high))
    if least == most:
        return f"{least} by {'the one method' if len(money) == 1 else 'every method'} that gives a number{closed}"
    times = f": {format_rounded(high['central'] / low['central'])} times apart by choice of method" if low["central"] else ""
    return f"From {least} to {most}{times}{closed}"


@chart("balance")
def plot_balance(balance: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What blocking saves under each reading above what it costs under each method, on one log axis.

    Parameters: ``balance`` as the question `balance` returns it [USD]. Returns the Axes.

    >>> import vpnpolicy as vp
    >>> plot_balance(vp.balance("2024-12-01")).get_xlabel()
    'USD for the period (log axis: each line is ten times the last)'
    """
    savings = balance.drop_duplicates("reading_id").sort_values("saving_usd", ascending=False).to_dict("records")
    costs = (
        balance.drop_duplicates(["method", "scope"])
        .sort_values(["scope", "cost_usd"], ascending=[False, True])
        .to_dict("records")
    )
    lanes = [
        Lane(
            f"saves: {r['reading']}",
            r["saving_low"],
            r["saving_usd"],
            r["saving_high"],
            *CALLS[r["plausibility"]],
            _money(r, "saving"),
        )
        for r in savings
    ]
    lanes += [
        Lane(
            f"costs: {r['method']}",
            r["cost_low"],
            r["cost_usd"],
            r["cost_high"],
            BLUE if r["scope"] == "vpn" else SKY,
            "D",
            _money(r, "cost"),
        )
        for r in costs
    ]
    ax = ax or new_axes(2.05 + 0.34 * max(len(lanes), 1), left=3.35, bottom=1.4, right=1.75)
    draw_lanes(ax, lanes, "USD for the period", wrap=50)
    ax.axhline(len(savings) - 0.5, color=MUTED, lw=0.8)
    kinds = [(c, m, f"saving, {k} reading") for k, (c, m) in CALLS.items()]
    kinds += [(BLUE, "D", "cost printed for a ban on VPNs"), (SKY, "D", "cost of losing all internet use")]
    legend_below(ax, [Line2D([], [], color=c, marker=m, ls="", ms=5.5, label=t) for c, m, t in kinds])
    alt = "; ".join(f"{k.label}: {k.words()} USD" for k in lanes) or "Nothing to hold against each other"
    return finish(ax, _balance_title(balance), f"{alt}.", split_ids(balance["source_ids"]))


def _money(row: dict, what: str) -> str:
    return _span({"low": row[f"{what}_low"], "high": row[f"{what}_high"]})


def _balance_title(balance: pd.DataFrame) -> str:
    signs = set(balance[balance["plausibility"] == "plausible"]["sign"])
    equal = balance["equal_usd_per_mbps_month"].dropna()
    if not signs:
        return "No plausible reading to hold against a cost"
    part = {("costs",): "costs more than it saves under every method", ("saves",): "saves more than it costs under every method"}
    ends = "" if equal.empty else (
        f"; the two are equal at {format_rounded(equal.min())} to {format_rounded(equal.max())} USD per Mbps per month"
    )  # fmt: skip
    return f"At the plausible reading blocking {part.get(tuple(signs), 'may save or cost')}{ends}"
