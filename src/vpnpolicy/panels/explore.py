"""Panels by topic: a provider on a day, the timeline, a surge under each reading, leaving caches, a disruption."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from decimal import Decimal

import pandas as pd

from ..bandwidth import MAX_MINUTES, MAX_TBPS, compare_interpretations, surge_cost
from ..data.countries import SCOPES, list_countries
from ..data.frames import load
from ..data.sources import date_text, find_sources, source_status
from ..data.tables import Folder
from ..disruption import disruption_cost
from ..errors import UsageError, did_you_mean
from ..events import timeline
from ..plot.bandwidth import plot_costs
from ..plot.disruption import plot_methods
from ..plot.tables import Table, render_table
from ..plot.timeline import plot_timeline
from ..plot.uncertainty import plot_distribution, plot_tornado
from ..ranges import Range
from ..register import check
from ..uncertainty import scenario
from .controls import Choice, Number, Slide, Span, Words
from .panel import Panel

_DATE = "YYYY, YYYY-MM or YYYY-MM-DD"
_DRAWS = 20_000


def explore(topic: str = "provider", *, data: str | os.PathLike | None = None, **start) -> Panel:
    """Controls with a live answer in a notebook, or that answer alone where there are no widgets.

    ``provider``: is a name on the list on a day; takes ``name``, ``as_of``, ``known_on``.
    ``timeline``: events up to a month on a slider; ``until``, ``months``, ``category``.
    ``cost``: a surge under each interpretation of the quoted prices; ``interpretation``, ``tbps`` [Tbps], ``minutes`` [min].
    ``bypass``: traffic that leaves caches, with each input as a range; the inputs of ``scenario("bypass")``.
    ``disruption``: what a disruption costs under every method; ``country``, ``start``, ``days`` [day], ``scope``.

    Parameters: ``topic`` one of these; ``start`` where its controls start. Returns a panel. Raises `UsageError` for an
    unknown topic or control, and for a value that a control cannot hold.

    >>> explore("provider", name="Kestrel VPN", as_of="2025-12-01").parts()[0].state
    'listed'
    """
    if topic not in _TOPICS:
        raise UsageError(
            f"there is nothing to explore under '{topic}'. {did_you_mean(topic, _TOPICS)}"
        )
    return _TOPICS[topic](data).start(**start)


def _provider(data) -> Panel:
    def answer(name: str, as_of: str, known_on: str) -> Iterable:
        if not name:
            raise UsageError("type the name of a brand or a company, and press Enter.")
        found = check(name, as_of=as_of or None, known_on=known_on or None, data=data)
        return [found, *([_sources(found.source_ids, data)] if found.source_ids else [])]

    controls = [
        Words("name", "Provider", "Kestrel VPN", hint="brand or company"),
        Words("as_of", "On", str(Folder(data).package.as_of), hint=_DATE, width="13em"),
        Words("known_on", "As known on", "", hint="any day", width="16em"),
    ]
    return Panel("Is a provider on the list?", controls, answer)


def _sources(ids: Iterable[str], data) -> Table:
    rows = [
        (r["source_id"], r["publisher"], r["title"], date_text(r), source_status(r), r["url"])
        for r in find_sources(ids, data)
    ]
    frame = pd.DataFrame(
        rows, columns=["source_id", "Publisher", "Title", "Published", "Standing", "Address"]
    )
    return render_table(
        frame.rename(columns={"source_id": "Source"}), "Sources of this answer", name="sources"
    )


def _timeline(data) -> Panel:
    events, sources = load("events", data=data), load("sources", data=data)
    stops = {on[:7]: on[:7] for on in sorted(events["on"]) if len(on) >= 7}
    kinds = {"all kinds": "", **{k: k for k in sorted(set(events["category"]))}}
    spans = {"3 months": 3, "6 months": 6, "12 months": 12, "24 months": 24}

    def answer(until: str, months: int, category: str) -> Iterable:
        first = month_before(until, months - 1)
        frame = timeline(first, until, category=category or None, data=data)
        heads = {
            "on": "Date",
            "category": "Kind",
            "actor": "Who",
            "event": "What happened",
            "source_id": "Source",
        }
        return [
            plot_timeline(frame, sources=sources),
            render_table(frame, f"Events from {first} to {until}", heads, name="events"),
        ]

    last = list(stops)[-1]
    controls = [
        Slide("until", "Up to", last, stops),
        Choice("months", "Looking back", 6, spans),
        Choice("category", "Kind", "", kinds),
    ]
    return Panel("What happened up to a month", controls, answer)


def month_before(month: str, n: int) -> str:
    """The month ``n`` months before one.

    >>> month_before("2025-02", 3)
    '2024-11'
    """
    k = int(month[:4]) * 12 + int(month[5:]) - 1 - n
    return f"{k // 12}-{k % 12 + 1:02d}"


def _cost(data) -> Panel:
    readings, sources = load("readings", data=data), load("sources", data=data)

    def answer(interpretation: str, tbps: float, minutes: float) -> Iterable:
        costs, surge = (
            compare_interpretations(tbps, minutes, data=data),
            f"{tbps:g} Tbps for {minutes:g} minutes",
        )
        return [
            surge_cost(tbps, minutes, interpretation, data=data),
            plot_costs(costs, surge, interpretation, sources=sources),
        ]

    choices = dict(zip(readings["label"], readings["reading_id"], strict=True))
    controls = [
        Choice("interpretation", "Interpretation", next(iter(choices.values())), choices),
        Number("tbps", "Extra traffic [Tbps]", 1.0, 0, MAX_TBPS, 0.1), Number("minutes", "Duration [min]", 60.0, 0, MAX_MINUTES, 5),
    ]  # fmt: skip
    return Panel("What a surge costs under each interpretation", controls, answer)


def _bypass(data) -> Panel:
    held, sources = scenario("bypass", data=data), load("sources", data=data)

    def answer(**spans: tuple[float, float]) -> Iterable:
        asked = held.with_ranges(
            **{n: narrowed(held.ranges[n], *span) for n, span in spans.items()}
        )
        drawn = asked.simulate(_DRAWS)
        chart = plot_distribution(
            drawn, "Monthly cost", source_ids=held.source_ids, sources=sources
        )
        return [
            chart,
            plot_tornado(asked.tornado(), held.unit, source_ids=held.source_ids, sources=sources),
            drawn,
        ]

    return Panel(held.label, [_span(n, r) for n, r in held.ranges.items()], answer)


def _span(name: str, r: Range) -> Span:
    """A slider from zero to twice the high end of a range, or to a hundred percent, in steps that meet its ends."""
    most = 100.0 if r.unit == "%" else 2 * r.high
    digits = max(
        0, *(-int(Decimal(repr(v)).normalize().as_tuple().exponent) for v in (r.low, r.high))
    )
    unit = r.unit.lower().replace("/", "_per_", 1).replace("/", "_")
    words = name.removesuffix(f"_{unit}").replace("_", " ").replace("vpn", "VPN")
    label = f"{words[0].upper()}{words[1:]} [{r.unit}]"
    return Span(
        name, label, (r.low, r.high), 0.0, most, 10.0 ** -(digits + (most * 10**digits < 100))
    )


def narrowed(r: Range, low: float, high: float) -> Range:
    """The same quantity between other bounds; a centre that would lie outside moves to the nearer bound.

    >>> narrowed(Range(0.5, 1.0, 1.5), 1.2, 2.0).central
    1.2
    """
    return Range(low, min(max(r.central, low), high), high, r.unit, r.shape)


def _disruption(data) -> Panel:
    sources = load("sources", data=data)

    def answer(country: str, start: str, days: float, scope: str) -> Iterable:
        costs = disruption_cost(country, start, scope=scope, hours=days * 24, data=data)
        heads = {
            "label": "Method",
            "low": "Low",
            "central": "Central",
            "high": "High",
            "unit": "Unit",
            "inputs": "Inputs",
            "note": "Remark",
        }
        caption = f"{country}, {days:g} day{'' if days == 1 else 's'} from {start}, scope {scope}: every method"
        return [
            plot_methods(costs, sources=sources),
            render_table(costs, caption, heads, name="methods"),
        ]

    countries = {c: c for c in list_countries(Folder(data))}
    controls = [
        Choice("country", "Country", "Pakistan" if "Pakistan" in countries else next(iter(countries)), countries),
        Words("start", "From", "2023-05-09", hint=_DATE, width="14em"), Number("days", "Days", 4.0, 0, 3660, 1),
        Choice("scope", "What is cut", "national", {s: s for s in SCOPES}),
    ]  # fmt: skip
    return Panel("What a disruption costs", controls, answer)


_TOPICS: dict[str, Callable[..., Panel]] = {
    "provider": _provider, "timeline": _timeline, "cost": _cost, "bypass": _bypass, "disruption": _disruption,
}  # fmt: skip
