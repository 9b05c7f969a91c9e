"""One disruption under every published method that its inputs allow, side by side and with a range."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from ..dates import PartialDate
from ..errors import UsageError, did_you_mean
from ..formatting import format_number, split_ids
from ..model import disruption as model
from ..ranges import Range, checked_number, checked_range, row_range
from ..record.places import GDP, PEOPLE, SCOPES, Country, Figure, find_country, users_on, year_value
from ..record.schema import Folder
from ..units import convert
from .exchange import rate_on

MAX_HOURS, MAX_USERS = 24 * 36_525, 10**10
"""Longest disruption [hour], a hundred years; most users [person]: what is above is a slip of the pen."""
COLUMNS = (
    "method_id", "label", "status", "low", "central", "high", "unit", "usd_per_day", "inputs", "working", "source_ids", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """A disruption as the methods see it: where, how long, which scope, which share of the country."""

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


def disruption_cost(
    country: str, start: str, end: str | None = None, scope: str = "national", methods: str | Iterable[str] = "all", *,
    hours: float | None = None, affected_share: float | Range = 1.0, users: float | None = None,
    data: str | os.PathLike | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What a disruption costs under each published method, with the inputs used, their vintage and a range.

    Parameters: ``country`` a name or ISO 3166-1 alpha-3 code; ``start`` and ``end`` first and last day, a range of
    durations where they are not known to the day; ``start`` alone the whole of that day, month or year; ``scope`` ``national``, ``mobile``, ``app`` or ``vpn``; ``methods`` ``all``, one id or
    several of ``load_methods()``; ``hours`` the duration where it is known better than its days [hour];
    ``affected_share`` share of the country that is hit, a number or a `Range` [1]; ``users`` internet users [person].
    Returns a DataFrame, one row a method or printed rate: ``low``, ``central``, ``high`` in ``unit`` (USD, or user-hour),
    ``usd_per_day`` [USD/day], ``inputs``, ``working``, ``source_ids``, and ``note``: a caution, or why a method
    gives no number.
    Raises `UsageError` for an unknown country, scope or method, or a period before the data.

    >>> frame = disruption_cost("Egypt", "2011-01-28", "2011-02-01", methods="published-rate")
    >>> int(frame.central.item())
    90000000
    """
    folder = Folder(data)
    event = make_event(folder, country, start, end, scope, hours, affected_share, users)
    parameters = list(folder.checked("parameters").rows())
    rows = [row for m in chosen_methods(folder, methods) for row in method_rows(m, event, parameters)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def make_event(folder: Folder, country: str, start, end, scope: str, hours, affected_share, users) -> Event:
    """An event out of what a user writes. Raises `UsageError` or `DateError` for what cannot be used."""
    if scope not in SCOPES:
        raise UsageError(f"there is no scope '{scope}'. {did_you_mean(str(scope), SCOPES)}")
    share = checked_range("affected_share", affected_share, 1)
    users = None if users is None else checked_number("users", users, MAX_USERS)
    first = PartialDate.parse(start)
    return Event(find_country(country, folder), first, duration_days(first, end, hours), scope, share, users, folder)


def duration_days(start: PartialDate, end: object = None, hours: float | None = None) -> Range:
    """How long from the first to the last day, both inside [day]; a range where the dates are not known to the day.

    ``hours`` stands in their place, and is refused where the days named cannot hold so many.

    >>> duration_days(PartialDate.parse("2023-05-09"), "2023-05-12").central
    4
    """
    days = _days_between(start, start if end is None else PartialDate.parse(end), whole=end is None)
    if hours is None:
        return days
    most = days.high * 24 if end is not None else MAX_HOURS
    return Range.exact(checked_number("hours", hours, most) / 24, "day")


def _days_between(start: PartialDate, last: PartialDate, whole: bool) -> Range:
    if last.latest < start.earliest:
        raise UsageError(f"period: it ends on {last} before it starts on {start}. Write the earlier date first.")
    high = (last.latest - start.earliest).days + 1
    low = high if whole else max(1, (last.earliest - start.latest).days + 1)
    return Range(low, high if low == high else (low + high) / 2, high, "day", "uniform")


def chosen_methods(folder: Folder, methods: str | Iterable[str]) -> list[dict]:
    """Rows of ``methods`` by id. Raises `UsageError` with the nearest id."""
    rows = {m["method_id"]: m for m in folder.checked("methods").rows()}
    wanted = list(rows) if methods == "all" else ([methods] if isinstance(methods, str) or methods is None else list(methods))
    for name in wanted:
        if name not in rows:
            raise UsageError(f"there is no method '{name}'. {did_you_mean(str(name), rows)}")
    return [rows[name] for name in wanted]


def method_rows(method: dict, event: Event, parameters: list[dict]) -> list[dict]:
    """One method on one event: a row a parameter that fits, or one row that says why there is no number."""
    why = _why_not(method, event)
    fitting = [p for p in parameters if p["method_id"] == method["method_id"] and p["scope"] == event.scope]
    fitting = [p for p in fitting if p["iso3"] in (None, event.country.iso3)]
    if not why and method["method_id"] == "user-hours":
        return [_user_hours(method, event)]
    if not why and method["method_id"] not in FORMS:
        why = "no arithmetic is held for it"
    if not why and not fitting:
        why = f"no printed rate is held for {event.country.name} and scope '{event.scope}'"
    if why:
        return [_row(method, note=why, sources=_sources(method))]
    return [FORMS[method["method_id"]](method, event, p) for p in fitting]


def _why_not(method: dict, event: Event) -> str:
    if method["status"] == "closed":
        return f"closed: parameters unpublished ({method['missing']})"
    if event.scope not in (method["scopes"] or "").split(";"):
        return f"not defined for scope '{event.scope}'" + (f": {method['missing']} not seen" if method["missing"] else "")
    return ""


def _row(method: dict, cost: Range | None = None, label: str = "", unit: str = "USD", sources=(), **more) -> dict:
    bounds = {k: getattr(cost, k) if cost else None for k in ("low", "central", "high")}
    return {
        "method_id": method["method_id"], "label": label or method["label"], "status": method["status"], **bounds,
        "unit": unit, "usd_per_day": None, "inputs": "", "working": "", "source_ids": ";".join(sources), "note": method["note"] or "", **more,
    }  # fmt: skip


def _sources(*rows: dict, figure: Figure | None = None) -> list[str]:
    own = split_ids(r[c] for r in rows for c in ("source_id", "more_source_ids"))
    return list(dict.fromkeys([*own, *(figure.source_ids if figure else ())]))


def by_gdp(method: dict, event: Event, p: dict, gdp: Figure | None = None) -> dict:
    """Brookings, Deloitte by percent, OECD, ICRIER: a share of the GDP of the time."""
    gdp = gdp or year_value(event.country, GDP, event.year, "GDP")
    if gdp is None:
        return _row(method, note=f"no GDP is held for {event.country.name}", sources=_sources(method))
    share = row_range(p).scaled(convert(1.0, p["unit"], "1"))
    form = model.elasticity_cost if method["method_id"] == "icrier" else model.share_cost
    cost = _bounds(lambda days, s, part: form(gdp.value, days, s) * part, event.days, share, event.share)
    working = f"{format_number(gdp.value / 1e9, 5)} billion USD / 365 x {event.days.words()} days x {row_range(p).words()} {p['unit'].replace('1', '')}".rstrip()
    return _money(
        method, event, cost, f"{gdp.words('GDP')}; {p['label']} ({p['basis']})", working, _sources(method, p, figure=gdp)
    )


def by_people(method: dict, event: Event, p: dict) -> dict:
    """Deloitte by people: a loss per person and day."""
    people = year_value(event.country, PEOPLE, event.year, "population")
    if people is None:
        return _row(method, note=f"no population is held for {event.country.name}", sources=_sources(method))
    cost = _bounds(
        lambda days, loss, part: model.people_cost(people.value, days, loss) * part, event.days, row_range(p), event.share
    )
    working = (
        f"{format_number(people.value / 1e6, 5)} million people x {event.days.words()} days x {row_range(p).words()} {p['unit']}"
    )
    return _money(
        method,
        event,
        cost,
        f"{people.words('population')}; {p['label']} ({p['basis']})",
        working,
        _sources(method, p, figure=people),
    )


def by_rate(method: dict, event: Event, p: dict, pkr_per_usd: float | None = None) -> dict:
    """A printed rate, in dollars by the dated exchange rate where it was printed in rupees."""
    currency, period = p["unit"].split("/")
    time, words, sources = event.days.scaled(convert(1.0, "day", period)), "", _sources(p)
    cost = _bounds(lambda t, rate, part: model.rate_cost(rate, t) * part, time, row_range(p), event.share)
    if currency != "USD":
        rate = rate_on(p["about_on"], event.folder)
        pkr = pkr_per_usd or rate.pkr_per_usd
        cost, words = cost.scaled(1 / pkr), f" / {pkr:g} {currency}/USD ({rate.about_on})"
        sources = list(dict.fromkeys([*sources, rate.source_id]))
    working = f"{row_range(p).words()} {p['unit']} x {time.words()} {period}{words}"
    row = _money(method, event, cost, f"printed {p['about_on']}", working, sources)
    return {**row, "label": p["label"], "note": p["why"]}


def _user_hours(method: dict, event: Event) -> dict:
    held = None if event.users is not None else users_on(event.country, event.start.earliest)
    if event.users is None and held is None:
        return _row(
            method,
            unit="user-hour",
            note=f"no count of internet users is held for {event.country.name}; give users=",
            sources=_sources(method),
        )
    users = event.users if held is None else held.value
    hours = event.days.scaled(24)
    cost = _bounds(lambda h, part: model.user_hours(users, h) * part, hours, event.share)
    inputs = "own count of users" if held is None else held.words("internet users")
    working = f"{format_number(users / 1e6, 5)} million users x {hours.words()} hours"
    return _row(
        method, cost, unit="user-hour", inputs=inputs, working=working + _part(event), sources=_sources(method, figure=held)
    )


def _money(method: dict, event: Event, cost: Range, inputs: str, working: str, sources: list[str]) -> dict:
    per_day = cost.central / event.days.central if event.days.central else None
    return _row(method, cost, inputs=inputs, working=working + _part(event), sources=sources, usd_per_day=per_day)


def _bounds(form: Callable, *ranges: Range) -> Range:
    """A form that grows with each of its inputs, at their low, central and high ends."""
    low, central, high = (form(*(getattr(r, k) for r in ranges)) for k in ("low", "central", "high"))
    return Range(low, central, high, "USD")


def _part(event: Event) -> str:
    return "" if event.share.is_exact and event.share.central == 1 else f" x {event.share.words()} of the country"


FORMS: dict[str, Callable] = {
    "brookings": by_gdp, "deloitte-gdp": by_gdp, "oecd": by_gdp, "icrier": by_gdp,
    "deloitte-people": by_people, "published-rate": by_rate,
}  # fmt: skip
