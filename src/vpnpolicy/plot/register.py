"""Charts of who is on the register, and of the numbers published of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..dates import PartialDate
from ..formatting import plural, split_ids
from .lanes import CLOSE, lane_axes, name_lanes
from .style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    PAPER,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    chart,
    finish,
    legend_below,
    legend_mark,
    listed,
    new_axes,
    place_labels,
)

_SCOPE_COLOUR = {
    "commercial clients": SKY,
    "individuals and organisations": BLUE,
    "not stated": FAINT,
}


def plot_register(
    licences: pd.DataFrame,
    as_of: str | date | PartialDate,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw licence periods up to a day, one row per provider; unnamed licensees are hatched.

    Parameters
    ----------
    licences : DataFrame
        As `register_on` with ``ended=True`` or `load_providers` returns it.
    as_of : str, date or PartialDate
        The day it is drawn to.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Raises
    ------
    DateError
        For an unreadable date.

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_register(vp.register_on(as_of="2025-03-01", ended=True), "2025-03-01").get_xlabel()
    'Date of announcement'
    """
    with chart("register", sources, width):
        day = PartialDate.parse(as_of)
        begun = [PartialDate.parse(a).earliest <= day.latest for a in licences["announced_on"]]
        rows = licences[pd.Series(begun, index=licences.index) & (licences["status"] != "applied")]
        lanes = _lanes(rows)
        ax = ax or lane_axes(list(lanes), [], lane=CLOSE)
        for lane, periods in enumerate(lanes.values()):
            _draw_lane(ax, lane, periods, day.latest)
        _style_axes(ax, list(lanes), rows, day.latest)
        alt = (
            f"Bars by provider up to {as_of}. "
            + "; ".join(f"{k} from {_first(v)}" for k, v in lanes.items())
            + "."
        )
        return finish(ax, _register_title(lanes, rows, day), alt, _ids(rows))


def _lanes(rows: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    lanes: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        lanes.setdefault(_lane_label(row), []).append(row)
    return dict(
        sorted(
            lanes.items(), key=lambda kv: (not isinstance(kv[1][0]["company"], str), _first(kv[1]))
        )
    )


def _lane_label(row: dict[str, Any]) -> str:
    if not isinstance(row["company"], str):
        n = (
            f"{row['n_low']}"
            if row["n_low"] == row["n_high"]
            else f"{row['n_low']} to {row['n_high']}"
        )
        return f"{n} unnamed, {row['announced_on']}"
    return f"{row['brand']} ({row['company']})" if isinstance(row["brand"], str) else row["company"]


def _first(periods: list[dict[str, Any]]) -> str:
    return min(str(s["announced_on"]) for s in periods)


def _draw_lane(ax: Axes, lane: int, periods: list[dict[str, Any]], end: date) -> None:
    for period in periods:
        start = PartialDate.parse(period["announced_on"])
        stop = (
            min(PartialDate.parse(period["ended_on"]).latest, end)
            if isinstance(period["ended_on"], str)
            else end
        )
        named = isinstance(period["company"], str)
        style = _bar(_SCOPE_COLOUR.get(period["scope"], FAINT)) if named else _UNNAMED
        first, last = date2num(start.earliest), date2num(start.latest)
        days = max((stop - start.latest).days, 1)
        ax.barh(lane, days, left=last, height=0.6, **style)
        if not start.is_day:
            ax.plot([first, last], [lane, lane], color=MUTED, lw=1.2, ls=":")


def _bar(colour: str) -> dict[str, Any]:
    return {"facecolor": colour, "edgecolor": MUTED, "linewidth": 0.6}


_UNNAMED: dict[str, Any] = {
    "facecolor": PAPER,
    "edgecolor": MUTED,
    "hatch": "////",
    "linewidth": 0.6,
}


def _style_axes(ax: Axes, labels: list[str], rows: pd.DataFrame, end: date) -> None:
    name_lanes(ax, labels)
    ax.xaxis_date()
    ax.set_xlabel("Date of announcement")
    ax.axvline(date2num(end), color=INK, lw=0.8)
    month_axis(ax)
    legend_below(ax, _register_key(rows))


def _register_key(rows: pd.DataFrame) -> list[Any]:
    handles: list[Any] = [
        Patch(**_bar(c), label=f"may serve {k}")
        for k, c in _SCOPE_COLOUR.items()
        if (rows["scope"] == k).any() and k != "not stated"
    ]
    if (rows["status"] == "permitted").any():
        handles.append(Patch(**_bar(FAINT), label="under an existing licence"))
    if rows["company"].isna().any():
        handles.append(Patch(**_UNNAMED, label="counted by PTA, not named"))
    if rows["announced_on"].str.contains("/").any():
        handles.append(Line2D([], [], color=MUTED, ls=":", label="announced in this span"))
    return handles


def month_axis(ax: Axes) -> None:
    """Set months on the x axis, with at most eight labels."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


def _register_title(
    lanes: dict[str, list[dict[str, Any]]], rows: pd.DataFrame, as_of: PartialDate
) -> str:
    named = [p[0] for p in lanes.values() if isinstance(p[0]["company"], str)]
    status = [p["status"] for p in named]
    licensed, permitted = status.count("licensed"), status.count("permitted")
    unnamed = rows[rows["company"].isna()]
    low, high = (int(unnamed[c].sum()) if c in rows else 0 for c in ("adds_low", "adds_high"))
    parts = [f"{plural(licensed, 'named licensee')}"]
    parts += [f"{permitted} under existing licences"] if permitted else []
    parts += [f"{low if low == high else f'{low} to {high}'} that no source names"] if high else []
    text = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    return f"{text[0].upper()}{text[1:]} by {as_of}"


def _ids(rows: pd.DataFrame) -> list[str]:
    return split_ids([*rows["source_id"], *rows.get("more_source_ids", [])])


_DEFINITIONS = {
    "class licences": ("o", BLUE),
    "class and existing licences": ("s", VERMILION),
    "named companies": ("D", GREEN),
    "companies authorised": ("^", PURPLE),
    "applications": ("x", INK),
}


def plot_counts(
    counts: pd.DataFrame,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw published numbers of licensees, each definition with its own mark; never one line.

    Parameters
    ----------
    counts : DataFrame
        The table ``licence_counts`` [licensee].
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_counts(vp.load("licence_counts")).get_ylabel()
    'Providers [licensees]'
    """
    with chart("counts", sources, width):
        rows = counts[counts["n_licensed"].notna()].reset_index(drop=True)
        ax = ax or new_axes(2.9, left=0.5)
        points = [_draw_count(ax, row) for row in rows.to_dict("records")]
        seen = set(rows["definition"])
        legend_below(ax, [legend_mark(c, m, k) for k, (m, c) in _DEFINITIONS.items() if k in seen])
        ax.set_ylabel("Providers [licensees]")
        ax.set_xlabel("Day the number is about; a line spans the days an undated page can be of")
        ax.set_ylim(-0.9, max([*rows["n_licensed"], 3]) + 1)
        ax.margins(x=0.08)
        ax.xaxis_date()
        month_axis(ax)
        place_labels(ax, points)
        title = _counts_title(rows[rows["definition"] != "applications"])
        alt = listed(
            f"{r['as_of']}: {r['n_licensed']} ({r['definition']}, {r['source_id']})"
            for r in rows.to_dict("records")
        )
        return finish(ax, title, alt, _ids(rows))


def _counts_title(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "No count of licensees to draw"
    low, high, n = rows["n_licensed"].min(), rows["n_licensed"].max(), rows["definition"].nunique()
    several = ": not one series" if n > 1 else ""
    return f"Published counts run from {low} to {high} under {plural(n, 'definition')}{several}"


def _draw_count(ax: Axes, row: dict[str, Any]) -> tuple[float, float, str]:
    when, n = PartialDate.parse(row["as_of"]), row["n_licensed"]
    marker, colour = _DEFINITIONS[row["definition"]]
    first, last = date2num(when.earliest), date2num(when.latest)
    if not when.is_day:
        ax.plot([first, last], [n, n], color=colour, lw=1.2)
    mark = legend_mark(colour, marker, "", hollow=not when.is_day and marker != "x")
    mark.set(xdata=[(first + last) / 2], ydata=[n], markersize=7)
    ax.add_line(mark)
    return (
        (first + last) / 2,
        n,
        f"{'at least ' if row['at_least'] else ''}{n} ({row['source_id']})",
    )
