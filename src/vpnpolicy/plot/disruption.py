"""Charts of what a disruption costs under each method, and what blocking saves beside it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ..formatting import format_money, format_rounded, plural, round_significant, split_ids
from .bandwidth import MARKS, assessment_marks
from .lanes import CLOSE, LANE, Lane, draw_lanes
from .style import BLUE, MUTED, ORANGE, SKY, WIDTH, chart, finish, legend_below, legend_mark, listed

_COSTS = {
    True: (BLUE, "D", "cost published for a ban on VPNs"),
    False: (SKY, "d", "cost of losing all internet use"),
}
_STATUS = {
    "complete": (BLUE, "o", "form and parameters seen"),
    "partial": (ORANGE, "s", "form seen, some parameters not"),
}


def plot_methods(
    costs: pd.DataFrame,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw one disruption under every method on one log axis; the others say why they cannot.

    Parameters
    ----------
    costs : DataFrame
        As `disruption_cost` returns it [USD].
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_methods(vp.disruption_cost("PAK", "2023-05-09", "2023-05-12")).get_xlabel()
    'Cost in USD (log axis: each line is ten times the last)'
    """
    with chart("methods", sources, width):
        money = costs[(costs["unit"] == "USD") & costs["central"].notna()].sort_values(
            ["central", "label"]
        )
        without = costs[(costs["unit"] == "USD") & costs["central"].isna()]
        lanes = [
            Lane(r["label"], r["low"], r["central"], r["high"], *_STATUS[r["status"]][:2], _span(r))
            for r in money.to_dict("records")
        ]
        lanes += [
            Lane(r["label"], text="closed" if r["status"] == "closed" else "no number")
            for r in without.to_dict("records")
        ]
        ax = draw_lanes(ax, lanes, "Cost in USD")
        seen = set(money["status"])
        legend_below(ax, [legend_mark(*mark) for status, mark in _STATUS.items() if status in seen])
        alt = (
            "; ".join(f"{r.label}: {r.words()}" for r in lanes) or "No method gives a sum of money"
        )
        return finish(ax, _methods_title(money, without), alt, split_ids(costs["source_ids"]))


def _span(row: dict[str, Any]) -> str:
    low, high = (format_money(round_significant(row[k]), "", 3).strip() for k in ("low", "high"))
    return low if row["low"] == row["high"] else f"{low} to {high}"


def _methods_title(money: pd.DataFrame, without: pd.DataFrame) -> str:
    closed = (
        f"; {len(without)} give{'s' if len(without) == 1 else ''} no number" if len(without) else ""
    )
    if money.empty:
        return f"No method gives a sum of money{closed}"
    low, high = money.iloc[0], money.iloc[-1]
    least, most = (format_money(r["central"], digits=3) for r in (low, high))
    if least == most:
        who = "the one method" if len(money) == 1 else "every method"
        return f"{least} by {who} that gives a number{closed}"
    times = (
        f": {format_rounded(high['central'] / low['central'])} times apart by choice of method"
        if low["central"]
        else ""
    )
    return f"From {least} to {most}{times}{closed}"


def plot_balance(
    balance: pd.DataFrame,
    *,
    brief: bool = False,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw what blocking saves under each interpretation above what it costs by method.

    Parameters
    ----------
    balance : DataFrame
        As `balance` returns it [USD].
    brief : bool
        Put methods that cost the same thing into one lane.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_balance(vp.balance("2024-12-01")).get_xlabel()
    'USD for the period (log axis: each line is ten times the last)'
    """
    with chart("balance", sources, width):
        savings = (
            balance.drop_duplicates("interpretation")
            .sort_values("saving_usd", ascending=False)
            .to_dict("records")
        )
        costs = (
            balance.drop_duplicates(["method", "scope"])
            .sort_values(["scope", "cost_usd"], ascending=[False, True])
            .to_dict("records")
        )
        said = "" if brief else "saves: "
        lanes = [_saving(r, said) for r in savings] + (
            _costs_together(costs) if brief else [_cost(r) for r in costs]
        )
        ax = draw_lanes(ax, lanes, "USD for the period", CLOSE if brief else LANE)
        ax.axhline(len(savings) - 0.5, color=MUTED, lw=0.8)
        saved = assessment_marks(balance["plausibility"], "saving, price ")
        legend_below(
            ax, saved + ([] if brief else [legend_mark(*mark) for mark in _COSTS.values()])
        )
        alt = listed((f"{k.label}: {k.words()} USD" for k in lanes), "Nothing to compare")
        return finish(ax, _balance_title(balance), alt, split_ids(balance["source_ids"]))


def _saving(row: dict[str, Any], said: str) -> Lane:
    mark = MARKS[row["plausibility"]]
    values = row["saving_low"], row["saving_usd"], row["saving_high"]
    return Lane(f"{said}{row['label']}", *values, *mark, _money(row, "saving"))


def _cost(row: dict[str, Any]) -> Lane:
    colour, marker, _ = _COSTS[row["scope"] == "vpn"]
    return Lane(
        f"costs: {row['method']}",
        row["cost_low"],
        row["cost_usd"],
        row["cost_high"],
        colour,
        marker,
        _money(row, "cost"),
    )


def _costs_together(rows: list[dict[str, Any]]) -> list[Lane]:
    """Return one lane for a ban on VPNs and one for losing all internet use, without a middle."""
    lanes = []
    for of_ban, what in ((True, "a ban on VPNs"), (False, "losing all internet use")):
        kind = [r for r in rows if (r["scope"] == "vpn") == of_ban]
        if kind:
            ends = {
                "cost_low": min(r["cost_low"] for r in kind),
                "cost_high": max(r["cost_high"] for r in kind),
            }
            label = f"costs: {plural(len(kind), 'figure')} for {what}"
            lanes.append(
                Lane(
                    label,
                    ends["cost_low"],
                    ends["cost_low"],
                    ends["cost_high"],
                    _COSTS[of_ban][0],
                    "",
                    _money(ends, "cost"),
                )
            )
    return lanes


def _money(row: dict[str, Any], what: str) -> str:
    return _span({"low": row[f"{what}_low"], "high": row[f"{what}_high"]})


def _balance_title(balance: pd.DataFrame) -> str:
    signs = set(balance[balance["plausibility"] == "plausible"]["sign"])
    equal = balance["equal_usd_per_mbps_month"].dropna()
    if not signs:
        return "No interpretation fits market prices"
    part = {
        ("costs",): "costs more than it saves under every method",
        ("saves",): "saves more than it costs under every method",
    }
    ends = "" if equal.empty else (
        f"; the two are equal at {format_rounded(equal.min())} to "
        f"{format_rounded(equal.max())} USD per Mbps per month"
    )  # fmt: skip
    sign = part.get(tuple(signs), "may save or cost")
    return f"Where the price fits market prices, blocking {sign}{ends}"
