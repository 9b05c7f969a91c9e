"""What the page calculates with: prices, rates, figures and sentences, each out of the record and the model."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .._exchange import rate_on
from ..bandwidth import MAX_MINUTES, MAX_TBPS, surge_cost
from ..data.countries import (
    GDP,
    PEOPLE,
    SCOPES,
    USERS,
    Country,
    Figure,
    find_country,
    list_countries,
    users_on,
    year_value,
)
from ..data.sources import date_text, find_sources, source_status
from ..data.tables import Folder
from ..dates import PartialDate
from ..disruption import (
    DAYS_OF_A_YEAR,
    FORMS,
    MAX_HOURS,
    MAX_USERS,
    Event,
    chosen_methods,
    fitting,
    method_rows,
    parameter_range,
    parameter_words,
    row_sources,
)
from ..formatting import ASSESSMENTS, format_number, split_ids
from ..ranges import Range
from ..units import convert

NOWHERE = Country("{country}", "", ())
"""A country without figures: what a method says of it, it says wherever a figure is missing."""


def coefficients(data: str | os.PathLike | None = None) -> dict:
    """Everything the page calculates with, as plain values: readings, methods, countries, and the sources they name."""
    folder = Folder(data)
    claims = {c["claim_id"]: c for c in folder.checked("claims").rows()}
    parameters = list(folder.checked("parameters").rows())
    readings = [reading(r, claims, folder) for r in folder.checked("readings").rows()]
    methods = [method(m, parameters, folder) for m in chosen_methods(folder, "all")]
    lots: dict[tuple, int] = {}
    countries = [country(name, folder, lots) for name in list_countries(folder)]
    of_figures = [{"vintage": vintage, "sources": list(ids)} for vintage, ids in lots]
    parts = [*readings, *methods, *(p for m in methods for p in m["parameters"]), *of_figures]
    return {
        "schema": "vpnpolicy.calculator/1", "as_of": str(folder.package.as_of), "days_of_a_year": DAYS_OF_A_YEAR,
        "limits": {"tbps": MAX_TBPS, "minutes": MAX_MINUTES, "hours": MAX_HOURS, "users": MAX_USERS},
        "readings": readings, "methods": methods, "countries": countries, "lots": of_figures,
        "sources": _sources({i for part in parts for i in part["sources"]}, folder),
    }  # fmt: skip


def reading(row: dict, claims: dict[str, dict], folder: Folder) -> dict:
    """One reading: its price for one minute of 1 Tbps as exact fractions, and what is said of it."""
    one = surge_cost(1, 1, row["reading_id"], data=folder.path)
    claim = claims.get(row["claim_id"])
    said = f", claim {row['claim_id']} about {claim['about_on']}" if claim else ""
    return {
        "id": row["reading_id"], "label": row["label"], "plausibility": row["plausibility"],
        "assessment": ASSESSMENTS[row["plausibility"]], "why": row["why"],
        "price": [str(p) for p in one.exact],
        "working": f"{format_number(one.exact[1], 6)} USD/min/Tbps × {{tbps}} Tbps × {{minutes}} min",
        "inputs": f"price {format_number(row['value'])} {row['unit']}{said}",
        "notes": list(one.notes[1:]), "sources": list(one.source_ids),
    }  # fmt: skip


def method(row: dict, parameters: list[dict], folder: Folder) -> dict:
    """One method: its parameters, or for each scope the reason why it gives no number."""
    empty = [
        Event(NOWHERE, PartialDate.parse("2000"), Range.exact(1), s, Range.exact(1), None, folder)
        for s in SCOPES
    ]
    why = {
        e.scope: method_rows(row, e, parameters)[0]["note"].replace(
            "give users=", "give a count of your own"
        )
        for e in empty
    }
    scopes = [] if row["status"] == "closed" else (row["scopes"] or "").split(";")
    own = [p for e in empty if e.scope in scopes for p in _of_scope(row, e, parameters)]
    return {
        "id": row["method_id"], "label": row["label"], "publisher": row["publisher"], "status": row["status"], "form": row["form"].replace(" x ", " × "),
        "note": row["note"] or "", "sources": row_sources(row), "why": why,
        "parameters": [parameter(row, p, folder) for p in own],
    }  # fmt: skip


def _of_scope(row: dict, event: Event, parameters: list[dict]) -> list[dict]:
    """Return the parameters of a method for a scope, whatever their country."""
    own = [p for p in parameters if p["method_id"] == row["method_id"]]
    if not own:
        none = {"scope": event.scope, "iso3": None}
        return [p | none for p in fitting(row, event, parameters)]
    return [p for p in own if p["scope"] == event.scope]


_KINDS = {"loss": "people"}
"""What the page calls a form where it differs."""


def parameter(row: dict, p: dict, folder: Folder) -> dict:
    """Return one parameter of a method as bounds of a factor, with its units of time and money."""
    form = FORMS[p["name"]]
    found, currency, period = parameter_range(p)
    working, inputs, sources, usd = form.working, "{figure}", row_sources(row), 1.0
    if p.get("label"):
        inputs, sources = f"{{figure}}; {p['label']} ({p['basis']})", row_sources(row, p)
    if not form.input:
        inputs, sources = f"published {p['about_on']}", row_sources(p)
    if currency == "PKR":
        rate = rate_on(p["about_on"], folder)
        sources, usd = split_ids([*sources, rate.source_id]), 1 / rate.pkr_per_usd
        working += f" / {rate.pkr_per_usd:g} PKR/USD ({rate.about_on})"
    parts = {
        "amount": "{amount}",
        "time": "{time}",
        "parameter": parameter_words(p),
        "period": period,
    }
    return {
        "scope": p["scope"],
        "iso3": p["iso3"],
        "kind": _KINDS.get(p["name"], p["name"]),
        "of": form.input or None,
        "label": row["label"] if form.input else p["label"],
        "bounds": [found.low, found.central, found.high],
        "time": float(convert(1.0, "day", period)),
        "usd": usd,
        "unit": form.unit,
        "size": form.size,
        "inputs": inputs,
        "working": working.format(**parts).replace(" x ", " × "),
        "note": (row["note"] or "") if form.input else p["why"],
        "sources": sources,
    }


def country(name: str, folder: Folder, lots: dict[tuple, int]) -> dict:
    """One country: its GDP and people by year and its internet users by day, as the study would choose them.

    A figure is its date, its value and the number of its lot; ``lots`` gathers each vintage with its sources once.
    """
    held = find_country(name, folder)
    days = [
        r["about_on"].earliest
        for r in held.rows
        if r["indicator"] in (USERS, "internet_users_share")
    ]
    users = dict.fromkeys(filter(None, (users_on(held, day) for day in days)))
    return {
        "iso3": held.iso3, "name": held.name, "gdp": _yearly(held, GDP, "GDP", lots),
        "people": _yearly(held, PEOPLE, "population", lots), "users": [_figure(f, lots) for f in users],
    }  # fmt: skip


def _yearly(held: Country, indicator: str, what: str, lots: dict) -> list[list]:
    years = dict.fromkeys(r["about_on"].earliest.year for r in held.series(indicator))
    return [_figure(year_value(held, indicator, year, what), lots) for year in years]


def _figure(figure: Figure | None, lots: dict) -> list:
    assert figure
    return [
        figure.about_on,
        figure.value,
        lots.setdefault((figure.vintage, figure.source_ids), len(lots)),
    ]


def _sources(ids: Iterable[str], folder: Folder) -> dict[str, dict]:
    return {
        r["source_id"]: {"publisher": r["publisher"], "title": r["title"], "date": date_text(r), "standing": source_status(r), "url": r["url"]}
        for r in find_sources(sorted(ids), folder.path)
    }  # fmt: skip
