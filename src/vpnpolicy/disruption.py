"""What a disruption of the internet costs, by every published method that its inputs allow.

A *form* multiplies: amount / divisor x time x parameter. Which form a parameter takes is the
parameter's ``name``; a method is a row of ``methods.csv`` with its rows of ``parameters.csv``.
The costs, their spread, the balance of blocking and the calculator all read `FORMS`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ._exchange import Rate, rate_on, rates_near
from .data.countries import (
    GDP,
    PEOPLE,
    SCOPES,
    Country,
    Figure,
    find_country,
    gdp_vintages,
    users_on,
    year_value,
)
from .data.tables import Folder
from .dates import PartialDate
from .errors import UsageError, did_you_mean
from .formatting import format_number, split_ids
from .ranges import Range, checked_number, checked_range, row_range
from .units import convert

MAX_HOURS, MAX_USERS = 24 * 36_525, 10**10
"""Longest disruption, a hundred years [hour]; most users [person]; more is a typing error."""
DAYS_OF_A_YEAR = 365
"""Days that every published form divides a year's GDP by."""
FACTORS = ("method", "parameter", "GDP vintage", "exchange rate")
RATE_WITHIN_DAYS = 550
DIGITS = 12
"""Decimals of a share of variance; the rest is noise of the logarithms."""
COLUMNS = (
    "method_id", "label", "status", "low", "central", "high", "unit", "usd_per_day", "inputs",
    "working", "source_ids", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """How a cost follows from an amount, a time and a parameter, and how that is written down.

    ``input`` names the amount (``gdp``, ``people``, ``users`` or nothing), ``size`` is the unit of
    ``working`` for it, ``time`` the unit of time (empty: the one in the parameter's unit), and
    ``parameter_unit`` the unit the parameter is converted to.
    """

    working: str
    input: str = ""
    size: float = 1
    divisor: int = 1
    time: str = "day"
    parameter_unit: str = ""
    unit: str = "USD"

    def cost(self, amount: Any, time: Any, parameter: Any = 1) -> Any:
        """Return amount / divisor x time x parameter; scalars, arrays and Series alike."""
        return amount / self.divisor * time * parameter


_BY_GDP = f"{{amount}} billion USD / {DAYS_OF_A_YEAR} x {{time}} days x {{parameter}}"
FORMS: dict[str, Form] = {
    "share": Form(_BY_GDP, "gdp", 1e9, DAYS_OF_A_YEAR, parameter_unit="1"),
    "elasticity": Form(_BY_GDP, "gdp", 1e9, DAYS_OF_A_YEAR, parameter_unit="1"),
    "loss": Form(
        "{amount} million people x {time} days x {parameter}",
        "people",
        1e6,
        parameter_unit="{money}/person/day",
    ),
    "rate": Form("{parameter} x {time} {period}", time=""),
    "users": Form(
        "{amount} million users x {time} hours", "users", 1e6, time="hour", unit="user-hour"
    ),
}
"""Every form by the ``name`` of its parameter; ``users`` is for a method without a parameter."""
INPUTS = {"gdp": "GDP", "people": "population", "users": "internet users"}


@dataclass(frozen=True)
class Event:
    """A disruption as the methods see it: where, how long, which scope, which share."""

    country: Country
    start: PartialDate
    days: Range
    scope: str
    share: Range
    users: float | None
    folder: Folder

    @property
    def year(self) -> int:
        """The year it begins in."""
        return self.start.earliest.year

    def amount(self, kind: str) -> Figure | None:
        """Return the GDP, people or users of the time; None where the record has no such figure."""
        if kind == "users":
            if self.users is not None:
                return Figure(self.users, "", "", ())
            return users_on(self.country, self.start.earliest)
        return year_value(
            self.country, {"gdp": GDP, "people": PEOPLE}[kind], self.year, INPUTS[kind]
        )


def disruption_cost(
    country: str,
    start: str | date | PartialDate,
    end: str | date | PartialDate | None = None,
    scope: str = "national",
    methods: str | Iterable[str] = "all",
    *,
    hours: float | None = None,
    affected_share: float | Range = 1.0,
    users: float | None = None,
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Compute what a disruption costs under each published method, with inputs and a range.

    Parameters
    ----------
    country : str
        A name or ISO 3166-1 alpha-3 code.
    start, end : str, date or PartialDate
        First and last day, a range of durations where they are not known to the day; ``start``
        alone is the whole of that day, month or year.
    scope : {"national", "mobile", "app", "vpn"}
        What is cut.
    methods : str or iterable of str
        ``all``, one id or several of the table ``methods``.
    hours : float, optional
        The duration where it is known better than its days [hour].
    affected_share : float or Range
        Share of the country that is affected [1].
    users : float, optional
        Internet users [person], in place of those of the record.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    DataFrame
        One row per method or published rate: ``low``, ``central``, ``high`` in ``unit`` (USD, or
        user-hour), ``usd_per_day`` [USD/day], ``inputs``, ``working``, ``source_ids``, and
        ``note``: a caution, or why a method gives no number.

    Raises
    ------
    UsageError
        For an unknown country, scope or method, or a period before the data.

    Examples
    --------
    >>> frame = disruption_cost("Egypt", "2011-01-28", "2011-02-01", methods="published-rate")
    >>> int(frame.central.item())
    90000000
    """
    folder = Folder(data)
    event = make_event(folder, country, start, end, scope, hours, affected_share, users)
    parameters = list(folder.checked("parameters").rows())
    chosen = chosen_methods(folder, methods)
    rows = [row for method in chosen for row in method_rows(method, event, parameters)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def make_event(
    folder: Folder,
    country: str,
    start: Any,
    end: Any = None,
    scope: str = "national",
    hours: float | None = None,
    affected_share: float | Range = 1.0,
    users: float | None = None,
) -> Event:
    """Return an event out of what a user writes. Raises `UsageError` or `DateError`."""
    if scope not in SCOPES:
        raise UsageError(f"there is no scope '{scope}'. {did_you_mean(str(scope), SCOPES)}")
    share = checked_range("affected_share", affected_share, 1)
    users = None if users is None else checked_number("users", users, MAX_USERS)
    first = PartialDate.parse(start)
    days = duration_days(first, end, hours)
    return Event(find_country(country, folder), first, days, scope, share, users, folder)


def duration_days(start: PartialDate, end: Any = None, hours: float | None = None) -> Range:
    """Return how long it is from the first to the last day, both included [day].

    A range where the dates are not known to the day. ``hours`` replaces the days, and is refused
    where they cannot hold so many.

    >>> duration_days(PartialDate.parse("2023-05-09"), "2023-05-12").central
    4
    """
    last = start if end is None else PartialDate.parse(end)
    if last.latest < start.earliest:
        raise UsageError(
            f"period: it ends on {last} before it starts on {start}. Write the earlier date first."
        )
    high = (last.latest - start.earliest).days + 1
    if hours is not None:
        most = high * 24 if end is not None else MAX_HOURS
        return Range.exact(checked_number("hours", hours, most) / 24, "day")
    low = high if end is None else max(1, (last.earliest - start.latest).days + 1)
    return Range(low, high if low == high else (low + high) / 2, high, "day", "uniform")


def chosen_methods(folder: Folder, methods: str | Iterable[str]) -> list[dict[str, Any]]:
    """Return rows of ``methods`` by id. Raises `UsageError` with the nearest id."""
    rows = {m["method_id"]: m for m in folder.checked("methods").rows()}
    if methods == "all":
        return list(rows.values())
    ids = [methods] if isinstance(methods, str) or methods is None else list(methods)
    for name in ids:
        if name not in rows:
            raise UsageError(f"there is no method '{name}'. {did_you_mean(str(name), rows)}")
    return [rows[name] for name in ids]


def fitting(
    method: Mapping[str, Any], event: Event, parameters: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the parameters of a method that fit the scope and the country of an event.

    A method without any parameter, such as user-hours, has one that says nothing but its name.
    """
    own = [p for p in parameters if p["method_id"] == method["method_id"]]
    if not own and method["form"].startswith("user-hours"):
        return [{"name": "users", "unit": "1", "value": 1, "low": None, "high": None}]
    places = (None, event.country.iso3)
    return [p for p in own if p["scope"] == event.scope and p["iso3"] in places]


def why_not(method: Mapping[str, Any], event: Event) -> str:
    """Return why a method is not defined for an event, or an empty string."""
    missing = method["missing"]
    if method["status"] == "closed":
        return f"closed: parameters unpublished ({missing})"
    if event.scope not in (method["scopes"] or "").split(";"):
        why = f": {missing} not seen" if missing else ""
        return f"not defined for scope '{event.scope}'{why}"
    return ""


def method_rows(
    method: Mapping[str, Any], event: Event, parameters: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return a row per parameter that fits, or one row that says why there is no number."""
    why, found = why_not(method, event), fitting(method, event, parameters)
    if not why and not found:
        why = f"no parameter of it is known for {event.country.name} and scope '{event.scope}'"
    if why:
        return [_row(method, note=why, sources=row_sources(method))]
    return [parameter_row(method, event, p) for p in found]


def parameter_row(
    method: Mapping[str, Any],
    event: Event,
    p: Mapping[str, Any],
    amount: Figure | None = None,
    pkr_per_usd: float | None = None,
) -> dict[str, Any]:
    """Return one parameter put through its form; ``amount`` and ``pkr_per_usd`` replace ours."""
    form = FORMS[p["name"]]
    figure = amount or (event.amount(form.input) if form.input else None)
    if form.input and figure is None:
        count, hint = ("count of ", "; give users=") if form.input == "users" else ("", "")
        why = f"the record has no {count}{INPUTS[form.input]} of {event.country.name}{hint}"
        return _row(method, unit=form.unit, note=why, sources=row_sources(method))
    parameter, currency, period = parameter_range(p)
    if currency not in ("USD", "PKR"):
        why = f"the record has no exchange rate for {currency}"
        return _row(method, note=why, sources=row_sources(method, p))
    time = event.days.scaled(convert(1.0, "day", period), period)
    value = figure.value if figure else 1
    low, central, high = (
        form.cost(value, getattr(time, k), getattr(parameter, k)) * getattr(event.share, k)
        for k in ("low", "central", "high")
    )
    cost, rate = Range(low, central, high, form.unit), None
    if currency == "PKR":
        rate = rate_on(PartialDate.parse(p["about_on"]), event.folder)
        cost = cost.scaled(1 / (pkr_per_usd or rate.pkr_per_usd))
    words = _working(form, p, figure, time, rate, pkr_per_usd) + _part(event.share)
    per_day = cost.central / event.days.central if event.days.central else None
    return _row(
        method,
        cost,
        unit=form.unit,
        usd_per_day=per_day if form.unit == "USD" else None,
        working=words,
        **_described(method, form, p, figure, rate),
    )


def parameter_range(p: Mapping[str, Any]) -> tuple[Range, str, str]:
    """Return a parameter in the unit of its form, its currency, and its unit of time."""
    form, unit = FORMS[p["name"]], str(p["unit"])
    money = unit.split("/")[0] if "money" in form.parameter_unit or not form.input else "USD"
    target = form.parameter_unit.format(money=money) or unit
    return row_range(p).to(target), money, form.time or unit.rpartition("/")[2]


def _working(
    form: Form,
    p: Mapping[str, Any],
    figure: Figure | None,
    time: Range,
    rate: Rate | None,
    pkr_per_usd: float | None,
) -> str:
    amount = format_number(figure.value / form.size, 5) if figure else ""
    words = form.working.format(
        amount=amount, time=time.words(), parameter=parameter_words(p), period=time.unit
    )
    if rate:
        words += f" / {pkr_per_usd or rate.pkr_per_usd:g} PKR/USD ({rate.about_on})"
    return words


def parameter_words(p: Mapping[str, Any]) -> str:
    """Return a parameter with its unit in words."""
    return f"{row_range(p).words()} {str(p['unit']).replace('1', '')}".rstrip()


def _described(
    method: Mapping[str, Any],
    form: Form,
    p: Mapping[str, Any],
    figure: Figure | None,
    rate: Rate | None,
) -> dict[str, Any]:
    """Return inputs in words, label, note and sources; a published rate has those of its own."""
    if not form.input:
        return {
            "label": p["label"],
            "inputs": f"published {p['about_on']}",
            "note": p["why"],
            "sources": [*row_sources(p), *([rate.source_id] if rate else [])],
        }
    found = figure.source_ids if figure else ()
    inputs = figure.words(INPUTS[form.input]) if figure and found else "own count of users"
    if p.get("label"):
        inputs += f"; {p['label']} ({p['basis']})"
    used = [*row_sources(method, *([p] if p.get("label") else [])), *found]
    return {"inputs": inputs, "sources": [*used, *([rate.source_id] if rate else [])]}


def _part(share: Range) -> str:
    whole = share.is_exact and share.central == 1
    return "" if whole else f" x {share.words()} of the country"


def row_sources(*rows: Mapping[str, Any]) -> list[str]:
    """Return the source ids of some rows, each once."""
    return split_ids(r[c] for r in rows for c in ("source_id", "more_source_ids"))


def _row(
    method: Mapping[str, Any],
    cost: Range | None = None,
    *,
    label: str = "",
    unit: str = "USD",
    note: str | None = None,
    sources: Iterable[str] = (),
    **more: Any,
) -> dict[str, Any]:
    return {
        "method_id": method["method_id"],
        "label": label or method["label"],
        "status": method["status"],
        **{k: getattr(cost, k) if cost else None for k in ("low", "central", "high")},
        "unit": unit,
        "usd_per_day": None,
        "inputs": "",
        "working": "",
        "source_ids": ";".join(dict.fromkeys(sources)),
        "note": (method["note"] or "") if note is None else note,
        **more,
    }


def disruption_spread(
    country: str,
    start: str | date | PartialDate,
    end: str | date | PartialDate | None = None,
    scope: str = "national",
    methods: str | Iterable[str] = "all",
    *,
    hours: float | None = None,
    affected_share: float | Range = 1.0,
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Split the spread between estimates in money into the choices that make it.

    Every method is computed at the low, central and high end of its parameter, with every GDP
    published for the period and every exchange rate dated about it; the variance of log10(cost) is
    split into main effects over that full grid, and ``together`` is what only their combination
    explains.

    Parameters
    ----------
    country, start, end, scope, methods, hours, affected_share, data
        As in `disruption_cost`.

    Returns
    -------
    DataFrame
        One row per choice: ``factor``, ``choices`` (how many), ``low_usd`` and ``high_usd`` with
        the others averaged in logarithms [USD], ``ratio`` [1] and ``share`` of variance [1]. Empty
        where fewer than two methods give a number.

    Raises
    ------
    UsageError
        As `disruption_cost`, and where a cost is zero: a spread is taken in logarithms.

    Examples
    --------
    >>> disruption_spread("PAK", "2023-05-09", "2023-05-12").factor.iloc[0]
    'method'
    """
    folder = Folder(data)
    event = make_event(folder, country, start, end, scope, hours, affected_share)
    grid = cost_grid(folder, event, chosen_methods(folder, methods))
    if not (grid > 0).all():
        raise UsageError(
            "range: a spread is taken in logarithms; hours and affected_share must lie above 0."
        )
    return effects(np.log10(grid)) if len(grid) > 1 else effects(np.ones((1, 1, 1, 1)))[:0]


def cost_grid(folder: Folder, event: Event, methods: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """Return costs by method, parameter end, GDP vintage and exchange rate [USD]."""
    vintages: list[Any] = gdp_vintages(event.country, (event.start.earliest, event.start.latest))
    near = rates_near(PartialDate.parse(event.start.earliest), folder, RATE_WITHIN_DAYS)
    rates: list[Any] = [r.pkr_per_usd for r in near] or [None]
    parameters = list(folder.checked("parameters").rows())
    layers = []
    for method in methods:
        for p in [] if why_not(method, event) else fitting(method, event, parameters):
            by_gdp = FORMS[p["name"]].input == "gdp"
            rows = [
                [parameter_row(method, event, p, v if by_gdp else None, r) for r in rates]
                for v in vintages or [None]
            ]
            if rows[0][0]["unit"] == "USD" and rows[0][0]["central"] is not None:
                layers.append([[[r["low"], r["central"], r["high"]] for r in row] for row in rows])
    shape = (len(layers), len(vintages or [None]), len(rates), 3)
    return np.moveaxis(np.array(layers, dtype=float).reshape(shape), 3, 1)


def effects(grid: np.ndarray) -> pd.DataFrame:
    """Return the main effect of each axis of a grid of log10 values, and what is left over."""
    total, rows = grid.var(), []
    for axis, name in enumerate(FACTORS):
        means = grid.mean(axis=tuple(a for a in range(grid.ndim) if a != axis))
        low, high = 10 ** means.min(), 10 ** means.max()
        share = round(means.var() / total, DIGITS) if total else 0.0
        rows.append((name, len(means), low, high, high / low, share))
    rest = round(max(0.0, 1 - sum(r[-1] for r in rows)), DIGITS) if total else 0.0
    low, high = 10 ** grid.min(), 10 ** grid.max()
    rows.append(("together", grid.size, low, high, 10 ** (grid.max() - grid.min()), rest))
    columns = ["factor", "choices", "low_usd", "high_usd", "ratio", "share"]
    return pd.DataFrame(rows, columns=columns)
