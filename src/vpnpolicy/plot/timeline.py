"""A chart of events down a time axis, with labels that never overlap."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date

from ..dates import PartialDate
from ..formatting import plural, split_ids
from ._text import SMALL, wrap
from .style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    PURPLE,
    VERMILION,
    WIDTH,
    axes_inches,
    chart,
    chart_width,
    finish,
    legend_below,
    legend_mark,
    new_axes,
)

FAMILIES = {
    "licensing and registration": (BLUE, "o", ("licence", "registration", "deadline")),
    "blocking": (
        VERMILION, "s",
        ("enforcement", "enforcement precedent", "firewall", "platform block", "platform unblock",
         "directive"),
    ),
    "law, courts, parliament": (PURPLE, "D", ("law", "legal opinion", "court", "parliament")),
    "statements": (ORANGE, "^", ("statement", "position", "religious")),
    "figures and research": (GREEN, "v", ("figure", "research", "report")),
    "market and cables": (MUTED, "P", ("market", "infrastructure")),
}  # fmt: skip
_OF_CATEGORY = {c: family for family, (_, _, members) in FAMILIES.items() for c in members}
_LINE, _GAP, _LABELS, _MOST_SHIFT = 0.14, 0.075, 0.73, 1.0
"""Height of a line and of a gap [in], share of labels in the width, longest pull of one [in]."""


def plot_timeline(
    events: pd.DataFrame,
    *,
    sources: pd.DataFrame | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw events from top to bottom, each with its date and a label of its own.

    A filled mark is known to the day; an open one spans the month, year or days an event can be
    of. Where a true time scale would pull labels more than an inch from their marks, events are
    spaced evenly in order and years mark the axis.

    Parameters
    ----------
    events : DataFrame
        As `timeline` or `load_timeline` returns it.
    sources, width, ax
        Table of sources to name publishers, width of a new figure [in], Axes to draw on.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> plot_timeline(vp.timeline("2025-11", "2025-12")).get_ylabel()
    'Date'
    """
    with chart("timeline", sources, width):
        rows = events.to_dict("records")
        dates = [PartialDate.parse(r["on"]) for r in rows]
        order = sorted(range(len(rows)), key=lambda n: (dates[n].earliest, dates[n].latest, n))
        rows, dates = [rows[n] for n in order], [dates[n] for n in order]
        right = chart_width() * _LABELS
        labels = [
            wrap(f"{d}{_basis(r)}  {r['event']}", right - 0.15)
            for r, d in zip(rows, dates, strict=True)
        ]
        heights = [label.count("\n") * _LINE + _LINE + _GAP for label in labels]
        ax = ax or new_axes(max(sum(heights) + 0.2, 0.6), left=0.98, right=right, below=0.1)
        space = axes_inches(ax)[1]
        aims = _time_places(dates, space)
        centres = spread(aims, heights, space)
        true_scale = (
            max((abs(w - c) for w, c in zip(aims, centres, strict=True)), default=0) <= _MOST_SHIFT
        )
        places = aims if true_scale else centres
        _frame(ax, space)
        _ticks(ax, dates, places, space, true_scale)
        _draw_marks(ax, rows, dates, places, space if true_scale else None)
        _draw_labels(ax, rows, labels, places, centres)
        legend_below(ax, _key(rows, dates), gap=0.15)
        title, alt = (
            _finding(rows, dates),
            "Events by date: "
            + "; ".join(f"{d}: {r['event']}" for r, d in zip(rows, dates, strict=True))
            + ".",
        )
        ids = split_ids([*(r["source_id"] for r in rows), *(r["more_source_ids"] for r in rows)])
        return finish(ax, title, alt, ids)


def split_events(events: pd.DataFrame, most: int = 22) -> list[pd.DataFrame]:
    """Split events into parts of about equal length, none above ``most``, so that each fits a page.

    Parameters
    ----------
    events : DataFrame
        As `timeline` or `load_timeline` returns it.
    most : int
        The largest number of events in a part.

    Returns
    -------
    list of DataFrame

    Examples
    --------
    >>> import vpnpolicy as vp
    >>> max(len(part) for part in split_events(vp.timeline(), most=22)) <= 22
    True
    """
    n = -(-len(events) // most)
    sizes = [len(events) // n + (k < len(events) % n) for k in range(n)] if n else []
    ends = [sum(sizes[: k + 1]) for k in range(n)]
    return [events.iloc[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _basis(row: dict[str, Any]) -> str:
    return "" if row["date_basis"] == "stated" else f" ({row['date_basis']})"


def _time_places(dates: list[PartialDate], space: float) -> list[float]:
    """Return inches from the top for each date on a true time scale."""
    per_day, first = _inches_a_day(dates, space)
    return [
        0.15 + ((d.earliest - first).days + (d.latest - d.earliest).days / 2) * per_day
        for d in dates
    ]


def _inches_a_day(dates: list[PartialDate], space: float) -> tuple[float, date]:
    first, last = (
        min((d.earliest for d in dates), default=date(2025, 1, 1)),
        max((d.latest for d in dates), default=date(2025, 1, 2)),
    )
    return (space - 0.3) / max((last - first).days, 1), first


def _frame(ax: Axes, space: float) -> None:
    ax.set_ylim(space, 0)
    ax.set_xlim(-0.5, 1)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)
    ax.set_ylabel("Date")


def _ticks(
    ax: Axes, dates: list[PartialDate], places: list[float], space: float, true_scale: bool
) -> None:
    """Mark months or years on a true scale, each year's first event on an even one."""
    if not true_scale:
        years = {d.earliest.year: y for d, y in reversed(list(zip(dates, places, strict=True)))}
        ax.set_yticks(list(years.values()), [str(y) for y in years])
        return
    per_day, first = _inches_a_day(dates, space)
    locator = AutoDateLocator(minticks=3, maxticks=9)
    last = first + timedelta(days=max(1, int((space - 0.3) / per_day)))
    ends = (datetime.combine(day, time()) for day in (first, last))
    ticks = sorted({num2date(v).date() for v in locator.tick_values(*ends)})
    days = [d for d in ticks if first <= d <= last]
    names = [d.strftime("%d %b %Y").lstrip("0") for d in days]
    ax.set_yticks([0.15 + (d - first).days * per_day for d in days], names)


def _draw_marks(
    ax: Axes,
    rows: list[dict[str, Any]],
    dates: list[PartialDate],
    places: list[float],
    space: float | None,
) -> None:
    per_day = _inches_a_day(dates, space)[0] if space else 0
    seen: dict[float, int] = {}
    for row, when, y in zip(rows, dates, places, strict=True):
        colour, marker, _ = FAMILIES[_OF_CATEGORY.get(row["category"], "statements")]
        half = max((when.latest - when.earliest).days / 2 * per_day, 0.04)
        x = -0.1 + 0.22 * seen.setdefault(round(y, 2), 0)
        seen[round(y, 2)] += 1
        if not when.is_day:
            bar: dict[str, Any] = {
                "facecolor": PAPER,
                "edgecolor": MUTED,
                "linewidth": 1.3,
                "clip_on": False,
            }
            ax.bar(-0.32, 2 * half, width=0.14, bottom=y - half, **bar)
            continue
        look: dict[str, Any] = {
            "color": colour,
            "mec": INK,
            "mew": 0.6,
            "ms": 5.5,
            "ls": "",
            "clip_on": False,
        }
        ax.plot(x, y, marker=marker, **look)
        if isinstance(row["until"], str) and per_day:
            days = (PartialDate.parse(row["until"]).latest - when.latest).days
            ax.plot([x, x], [y, y + days * per_day], color=colour, lw=2.5)


def _draw_labels(
    ax: Axes,
    rows: list[dict[str, Any]],
    labels: list[str],
    places: list[float],
    centres: list[float],
) -> None:
    for row, label, y, centre in zip(rows, labels, places, centres, strict=True):
        colour = FAMILIES[_OF_CATEGORY.get(row["category"], "statements")][0]
        ax.plot([0.06, 1.0], [y, centre], color=colour, lw=0.5, alpha=0.8, clip_on=False)
        where: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        look: dict[str, Any] = {
            "fontsize": SMALL,
            "color": INK,
            "linespacing": 1.1,
            "annotation_clip": False,
        }
        ax.annotate(label, (1.0, centre), **where, **look)


def spread(aims: list[float], heights: list[float], space: float) -> list[float]:
    """Return centres as near as possible to their aims, in order, no closer than heights allow.

    Least squares under order: neighbours that collide are pooled. All in one unit.

    >>> spread([1.0, 1.0], [1.0, 1.0], 10)
    [0.5, 1.5]
    """
    offsets, total = [], 0.0
    for height in heights:
        offsets.append(total + height / 2)
        total += height
    blocks: list[list[float]] = []
    for aim, offset in zip(aims, offsets, strict=True):
        blocks.append([aim - offset, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, n = blocks.pop()
            before, m = blocks[-1]
            blocks[-1] = [(before * m + mean * n) / (m + n), m + n]
    moved = [mean for mean, n in blocks for _ in range(int(n))]
    most = max(space - total, 0.0)
    return [min(max(m, 0.0), most) + o for m, o in zip(moved, offsets, strict=True)]


def _key(rows: list[dict[str, Any]], dates: list[PartialDate]) -> list[Any]:
    used = {_OF_CATEGORY.get(r["category"], "statements") for r in rows}
    handles = [legend_mark(c, m, f) for f, (c, m, _) in FAMILIES.items() if f in used]
    if not all(d.is_day for d in dates):
        text = "open: known to month, year or span"
        handles.append(legend_mark(MUTED, "s", text, hollow=True))
    return handles


def _finding(rows: list[dict[str, Any]], dates: list[PartialDate]) -> str:
    """Return how many events, over which time, and of which families most."""
    if not rows:
        return "No event in this period"
    families = Counter(_OF_CATEGORY.get(r["category"], "statements") for r in rows).most_common(2)
    most = ", ".join(f"{n} on {f}" if f != "statements" else f"{n} statements" for f, n in families)
    span = f"from {dates[0]} to {dates[-1]}" if len(dates) > 1 else f"of {dates[0]}"
    return f"{plural(len(rows), 'event')} {span}" + (f": {most}" if len(rows) > 3 else "")
