"""Controls of ``notebooks/explore.ipynb``: panels that answer as a value changes."""

from __future__ import annotations

import base64
import html
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import pandas as pd

from .bandwidth import MAX_MINUTES, MAX_TBPS, compare_interpretations, surge_cost
from .data.countries import SCOPES, list_countries
from .data.frames import load
from .data.sources import date_text, find_sources, source_status
from .data.tables import Folder
from .disruption import disruption_cost
from .errors import UsageError, VpnPolicyError, did_you_mean
from .events import timeline
from .formatting import note_html
from .plot.bandwidth import plot_costs
from .plot.disruption import plot_methods
from .plot.style import ChartAxes, render_figure
from .plot.tables import Table, render_table
from .plot.timeline import plot_timeline
from .plot.uncertainty import plot_distribution, plot_tornado
from .ranges import Range
from .register import check
from .uncertainty import scenario

_DATE = "YYYY, YYYY-MM or YYYY-MM-DD"
_DRAWS = 20_000
_STYLE = """<style>
.vp-panel{margin:.4em 0 1em;max-width:64em;line-height:1.45}
.vp-panel figure{margin:0 0 1em}
.vp-panel img{display:block;max-width:100%;height:auto;background:#fff}
.vp-panel p{margin:.3em 0}.vp-panel ul{margin:.3em 0;padding-left:1.3em}
.vp-panel .vp-answer,.vp-panel .vp-estimate,.vp-panel .vp-refusal{
border-left:4px solid #767676;padding:.1em 1em;margin:0 0 1em}
.vp-panel .vp-listed{border-left-color:#009e73}
.vp-panel .vp-not-listed,.vp-panel .vp-refusal{border-left-color:#d55e00}
.vp-panel table{border-collapse:collapse;margin:0 0 1em}
.vp-panel td,.vp-panel th{padding:.25em .8em .25em 0;border-bottom:1px solid #80808080}
.vp-panel caption{padding-bottom:.3em}
</style>"""


@dataclass(frozen=True)
class Control:
    """One input of a panel: its ipywidgets class, the check of a value, the widget's arguments."""

    name: str
    label: str
    value: Any
    widget: str
    check: Callable[[Any], Any]
    width: str = "auto"
    options: dict[str, Any] = field(default_factory=dict)


def text(name: str, label: str, value: str, hint: str = "", width: str = "22em") -> Control:
    """Return a line of text, read when Enter is pressed or the box is left."""
    options = {"placeholder": hint, "continuous_update": False}
    return Control(name, label, value, "Text", _stripped, width, options)


def choice(
    name: str, label: str, value: object, choices: Mapping[str, Any], slider: bool = False
) -> Control:
    """Return a choice of values by the words that readers see, as a list or along a slider."""
    widget, width = ("SelectionSlider", "34em") if slider else ("Dropdown", "auto")
    options = {"options": list(choices.items())}
    return Control(name, label, value, widget, partial(_chosen, name, choices), width, options)


def number(name: str, label: str, value: float, low: float, high: float, step: float) -> Control:
    """Return a number between two bounds."""
    options = {"min": low, "max": high, "step": step}
    check = partial(_within, name, low, high)
    return Control(name, label, value, "BoundedFloatText", check, options=options)


def span(
    name: str, label: str, value: tuple[float, float], low: float, high: float, step: float
) -> Control:
    """Return a slider of two numbers between two bounds, the lower first."""
    digits = max(0, -math.floor(math.log10(step)))
    options = {"min": low, "max": high, "step": step, "readout_format": f",.{digits}f"}
    check = partial(_ordered, name, low, high)
    return Control(name, label, value, "FloatRangeSlider", check, "46em", options)


def _stripped(value: object) -> str:
    return "" if value is None else str(value).strip()


def _chosen(name: str, choices: Mapping[str, Any], value: object) -> Any:
    """Return one of the values, given as itself or as its words."""
    if value in choices.values():
        return value
    if value in choices:
        return choices[str(value)]
    raise UsageError(f"{name} cannot be {value!r}. {did_you_mean(str(value), choices.values())}")


def _within(name: str, low: float, high: float, value: object) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # type: ignore[operator]
        raise UsageError(f"{name} is a number from {low:,g} to {high:,g}; found {value!r}.")
    return value  # type: ignore[return-value]


def _ordered(name: str, low: float, high: float, value: object) -> tuple[float, float]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise UsageError(f"{name} is two numbers, such as ({low:g}, {high:g}); found {value!r}.")
    first, last = sorted(_within(name, low, high, v) for v in value)
    return first, last


class Refusal:
    """Why a panel has no answer, in one line."""

    def __init__(self, error: Exception) -> None:
        self.text = f"internal error: {type(error).__name__}: {error}"
        if isinstance(error, VpnPolicyError):
            self.text = error.one_line()

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        shown = note_html("vp-refusal", self.text, (), role="alert")
        return {"text/html": shown, "text/plain": self.text}


class Panel:
    """Controls and what they answer.

    A notebook shows widgets. Without ipywidgets, in a terminal and in a report, the answer to the
    first values is shown. ``answer`` gives results that show themselves: texts, tables, charts.
    """

    def __init__(
        self, title: str, controls: Iterable[Control], answer: Callable[..., Iterable[Any]]
    ) -> None:
        self.title, self.answer = title, answer
        self.controls = {c.name: c for c in controls}
        self.values = {c.name: c.value for c in self.controls.values()}

    def start(self, **values: object) -> Panel:
        """Set where controls start; raise `UsageError` for an unknown control or a bad value."""
        for name, value in values.items():
            if name not in self.controls:
                hint = did_you_mean(name, self.controls)
                raise UsageError(f"this panel has no control '{name}'. {hint}")
            self.values[name] = self.controls[name].check(value)
        return self

    def parts(self, **changed: object) -> list[Any]:
        """Return the results for the values of the controls, or one `Refusal`."""
        try:
            values = {n: self.controls[n].check(v) for n, v in {**self.values, **changed}.items()}
            return list(self.answer(**values))
        except Exception as error:
            return [Refusal(error)]

    def to_html(self, **changed: object) -> str:
        """Return the answer as one piece of HTML."""
        body = "".join(_part_html(p) for p in self.parts(**changed))
        label = html.escape(self.title, quote=True)
        return f'{_STYLE}<section class="vp-panel" aria-label="{label}">{body}</section>'

    def widget(self) -> Any:
        """Return controls above the answer; raise `UsageError` where ipywidgets is missing."""
        try:
            import ipywidgets
        except ImportError:
            install = 'pip install "vpnpolicy[lab]"'
            raise UsageError(f"controls need ipywidgets. Install with: {install}") from None
        made = {n: _make(ipywidgets, c, self.values[n]) for n, c in self.controls.items()}
        answer = ipywidgets.HTML(self.to_html())

        def update(_change: object) -> None:
            answer.value = self.to_html(**{n: widget.value for n, widget in made.items()})

        for widget in made.values():
            widget.observe(update, "value")
        layout = {"display": "flex", "flex_flow": "row wrap", "grid_gap": "4px 20px"}
        return ipywidgets.VBox((ipywidgets.Box(tuple(made.values()), layout=layout), answer))

    def __repr__(self) -> str:
        texts = (p.alt if isinstance(p, ChartAxes) else str(p) for p in self.parts())
        return "\n\n".join([self.title, *texts])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not is_live():
            display(*self.parts())  # type: ignore[no-untyped-call]
            return
        widget = self.widget()
        bundle = {"text/plain": self.title, "text/html": widget.children[-1].value}
        bundle = {**widget._repr_mimebundle_(), **bundle}
        display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _make(ipywidgets: Any, control: Control, value: object) -> Any:
    return getattr(ipywidgets, control.widget)(
        value=value,
        description=control.label,
        style={"description_width": "initial"},
        layout={"width": control.width, "max_width": "100%"},
        **control.options,
    )


def is_live() -> bool:
    """Return whether widgets work: ipywidgets and a kernel are there, and no report is made."""
    from IPython import get_ipython

    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel") and "VPNPOLICY_READS" not in os.environ


def _part_html(part: Any) -> str:
    """Return one result as HTML: a chart as a picture with its alt text."""
    if isinstance(part, ChartAxes):
        src = base64.b64encode(render_figure(part, "svg")).decode()
        alt = html.escape(part.alt, quote=True)
        return f'<figure><img src="data:image/svg+xml;base64,{src}" alt="{alt}"></figure>'
    bundle = part._repr_mimebundle_()
    return str((bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"])


def explore(
    topic: str = "provider", *, data: str | os.PathLike[str] | None = None, **start: object
) -> Panel:
    """Return controls with a live answer in a notebook, elsewhere the answer alone.

    Parameters
    ----------
    topic : str
        ``provider``: is a name on the list on a day; ``name``, ``as_of``, ``known_on``.
        ``timeline``: events up to a month; ``until``, ``months``, ``category``.
        ``cost``: a surge by every interpretation of the quoted prices; ``interpretation``,
        ``tbps`` [Tbps], ``minutes`` [min].
        ``bypass``: traffic that leaves caches; ranges of ``scenario("bypass")``.
        ``disruption``: its cost by every method; ``country``, ``start``, ``days`` [day], ``scope``.
    data : path, optional
        Another data folder.
    **start
        Where the controls start.

    Returns
    -------
    Panel

    Raises
    ------
    UsageError
        For an unknown topic or control, and for a value that a control cannot take.

    Examples
    --------
    >>> explore("provider", name="Kestrel VPN", as_of="2025-12-01").parts()[0].state
    'listed'
    """
    if topic not in _TOPICS:
        hint = did_you_mean(topic, _TOPICS)
        raise UsageError(f"there is nothing to explore under '{topic}'. {hint}")
    return _TOPICS[topic](data).start(**start)


def _provider(data: Any) -> Panel:
    def answer(name: str, as_of: str, known_on: str) -> Iterator[Any]:
        if not name:
            raise UsageError("type the name of a brand or a company, and press Enter.")
        found = check(name, as_of=as_of or None, known_on=known_on or None, data=data)
        yield found
        if found.source_ids:
            yield _sources(found.source_ids, data)

    controls = [
        text("name", "Provider", "Kestrel VPN", "brand or company"),
        text("as_of", "On", str(Folder(data).package.as_of), _DATE, "13em"),
        text("known_on", "As known on", "", "any day", "16em"),
    ]
    return Panel("Is a provider on the list?", controls, answer)


def _sources(ids: Iterable[str], data: Any) -> Table:
    rows = [
        (r["source_id"], r["publisher"], r["title"], date_text(r), source_status(r), r["url"])
        for r in find_sources(ids, data)
    ]
    heads = ["Source", "Publisher", "Title", "Published", "Standing", "Address"]
    return render_table(pd.DataFrame(rows, columns=heads), "Sources of this answer", name="sources")


def _timeline(data: Any) -> Panel:
    events, sources = load("events", data=data), load("sources", data=data)
    months_with_events = sorted({on[:7] for on in events["on"] if len(on) >= 7})
    kinds = {"all kinds": "", **{k: k for k in sorted(set(events["category"]))}}
    spans = {f"{n} months": n for n in (3, 6, 12, 24)}
    heads = {
        "on": "Date", "category": "Kind", "actor": "Who", "event": "What happened",
        "source_id": "Source",
    }  # fmt: skip

    def answer(until: str, months: int, category: str) -> Iterator[Any]:
        first = str(pd.Period(until, "M") - (months - 1))
        frame = timeline(first, until, category=category or None, data=data)
        yield plot_timeline(frame, sources=sources)
        yield render_table(frame, f"Events from {first} to {until}", heads, name="events")

    stops = {month: month for month in months_with_events}
    controls = [
        choice("until", "Up to", months_with_events[-1], stops, slider=True),
        choice("months", "Looking back", 6, spans),
        choice("category", "Kind", "", kinds),
    ]
    return Panel("What happened up to a month", controls, answer)


def _cost(data: Any) -> Panel:
    meanings, sources = load("readings", data=data), load("sources", data=data)
    choices = dict(zip(meanings["label"], meanings["reading_id"], strict=True))

    def answer(interpretation: str, tbps: float, minutes: float) -> Iterator[Any]:
        costs = compare_interpretations(tbps, minutes, data=data)
        yield surge_cost(tbps, minutes, interpretation, data=data)
        surge = f"{tbps:g} Tbps for {minutes:g} minutes"
        yield plot_costs(costs, surge, interpretation, sources=sources)

    controls = [
        choice("interpretation", "Interpretation", next(iter(choices.values())), choices),
        number("tbps", "Extra traffic [Tbps]", 1.0, 0, MAX_TBPS, 0.1),
        number("minutes", "Duration [min]", 60.0, 0, MAX_MINUTES, 5),
    ]
    return Panel("What a surge costs under each interpretation", controls, answer)


def _bypass(data: Any) -> Panel:
    published, sources = scenario("bypass", data=data), load("sources", data=data)
    cited = {"source_ids": published.source_ids, "sources": sources}

    def answer(**spans: tuple[float, float]) -> Iterator[Any]:
        ranges = {n: narrowed(published.ranges[n], *bounds) for n, bounds in spans.items()}
        chosen = published.with_ranges(**ranges)
        drawn = chosen.simulate(_DRAWS)
        yield plot_distribution(drawn, "Monthly cost", **cited)
        yield plot_tornado(chosen.tornado(), published.unit, **cited)
        yield drawn

    controls = [_range_slider(name, r) for name, r in published.ranges.items()]
    return Panel(published.label, controls, answer)


def _range_slider(name: str, r: Range) -> Control:
    """Return a slider from zero to twice the high end, or to 100 %, in steps that meet both."""
    most = 100.0 if r.unit == "%" else 2 * r.high
    exponents = [Decimal(repr(v)).normalize().as_tuple().exponent for v in (r.low, r.high)]
    digits = max(0, *(-int(e) for e in exponents))
    step = 10.0 ** -(digits + (most * 10**digits < 100))
    unit = r.unit.lower().replace("/", "_per_", 1).replace("/", "_")
    words = name.removesuffix(f"_{unit}").replace("_", " ").replace("vpn", "VPN")
    label = f"{words[0].upper()}{words[1:]} [{r.unit}]"
    return span(name, label, (r.low, r.high), 0.0, most, step)


def narrowed(r: Range, low: float, high: float) -> Range:
    """Return a range between other bounds; a centre outside them moves to the nearer one.

    >>> narrowed(Range(0.5, 1.0, 1.5), 1.2, 2.0).central
    1.2
    """
    return Range(low, min(max(r.central, low), high), high, r.unit, r.shape)


def _disruption(data: Any) -> Panel:
    sources = load("sources", data=data)
    countries = {c: c for c in list_countries(Folder(data))}
    first = "Pakistan" if "Pakistan" in countries else next(iter(countries))
    heads = {
        "label": "Method", "low": "Low", "central": "Central", "high": "High", "unit": "Unit",
        "inputs": "Inputs", "note": "Remark",
    }  # fmt: skip

    def answer(country: str, start: str, days: float, scope: str) -> Iterator[Any]:
        costs = disruption_cost(country, start, scope=scope, hours=days * 24, data=data)
        length = f"{days:g} day{'' if days == 1 else 's'}"
        caption = f"{country}, {length} from {start}, scope {scope}: every method"
        yield plot_methods(costs, sources=sources)
        yield render_table(costs, caption, heads, name="methods")

    controls = [
        choice("country", "Country", first, countries),
        text("start", "From", "2023-05-09", _DATE, "14em"),
        number("days", "Days", 4.0, 0, 3660, 1),
        choice("scope", "What is cut", "national", {s: s for s in SCOPES}),
    ]
    return Panel("What a disruption costs", controls, answer)


_TOPICS: dict[str, Callable[[Any], Panel]] = {
    "provider": _provider,
    "timeline": _timeline,
    "cost": _cost,
    "bypass": _bypass,
    "disruption": _disruption,
}
