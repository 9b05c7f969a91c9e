"""What the page calculates with: prices, rates, figures and sentences, each out of the record and the model."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..dates import PartialDate
from ..formatting import format_number, split_ids
from ..model.disruption import DAYS_OF_A_YEAR
from ..ranges import Range, row_range
from ..record.places import GDP, PEOPLE, SCOPES, USERS, Country, Figure, find_country, list_countries, users_on, year_value
from ..record.schema import Folder
from ..record.sources import date_text, find_sources, standing
from ..study.disruption import FORMS, MAX_HOURS, MAX_USERS, Event, by_people, by_rate, chosen_methods, method_rows
from ..study.exchange import rate_on
from ..study.readings import MAX_MINUTES, MAX_TBPS, surge_cost
from ..units import convert

NOWHERE = Country("{country}", "", ())
"""A country of which nothing is held: what a method says of it, it says wherever a figure is lacking."""


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
        "id": row["reading_id"], "label": row["label"], "plausibility": row["plausibility"], "why": row["why"],
        "price": [str(p) for p in (one.low, one.central, one.high)],
        "working": f"{format_number(one.central, 6)} USD/min/Tbps × {{tbps}} Tbps × {{minutes}} min",
        "inputs": f"price {format_number(row['value'])} {row['unit']}{said}",
        "notes": list(one.notes[1:]), "sources": list(one.source_ids),
    }  # fmt: skip


def method(row: dict, parameters: list[dict], folder: Folder) -> dict:
    """One method: its parameters, or for each scope the reason why it gives no number."""
    empty = [Event(NOWHERE, PartialDate.parse("2000"), Range.exact(1), s, Range.exact(1), None, folder) for s in SCOPES]
    why = {e.scope: method_rows(row, e, parameters)[0]["note"].replace("give users=", "give a count of your own") for e in empty}
    scopes = [] if row["status"] == "closed" else (row["scopes"] or "").split(";")
    own = [p for p in parameters if p["method_id"] == row["method_id"] and p["scope"] in scopes]
    return {
        "id": row["method_id"], "label": row["label"], "publisher": row["publisher"], "status": row["status"], "form": row["form"].replace(" x ", " × "),
        "note": row["note"] or "", "sources": _ids(row), "why": why,
        "parameters": [by_users(row, s) for s in scopes] if row["method_id"] == "user-hours" else [parameter(row, p, folder) for p in own],
    }  # fmt: skip


def by_users(row: dict, scope: str) -> dict:
    """User-hours have no parameter; what is multiplied is the count of users."""
    return {
        "scope": scope, "iso3": None, "kind": "users", "of": "users", "label": row["label"], "bounds": [1, 1, 1],
        "time": 24, "usd": 1, "unit": "user-hour", "size": 1e6, "inputs": "{figure}",
        "working": "{amount} million users × {time} hours", "note": row["note"] or "", "sources": _ids(row),
    }  # fmt: skip


def parameter(row: dict, p: dict, folder: Folder) -> dict:
    """One parameter of a method as bounds of a factor, and how many of its units of time and dollars there are."""
    form = FORMS[row["method_id"]]
    span = f"{row_range(p).words()} {p['unit'].replace('1', '')}".strip()
    common = {"scope": p["scope"], "iso3": p["iso3"], "label": row["label"], "time": 1, "usd": 1, "unit": "USD"}
    said = {"inputs": f"{{figure}}; {p['label']} ({p['basis']})", "note": row["note"] or "", "sources": _ids(row, p)}
    if form is by_rate:
        return {**common, **said, **printed_rate(p, span, folder)}
    if form is by_people:
        working = f"{{amount}} million people × {{time}} days × {span}"
        return {
            **common,
            **said,
            "kind": "people",
            "of": "people",
            "bounds": _bounds(row_range(p)),
            "size": 1e6,
            "working": working,
        }
    share = row_range(p).scaled(convert(1.0, p["unit"], "1"))
    working = f"{{amount}} billion USD / {DAYS_OF_A_YEAR} × {{time}} days × {span}"
    kind = "elasticity" if row["method_id"] == "icrier" else "share"
    return {**common, **said, "kind": kind, "of": "gdp", "bounds": _bounds(share), "size": 1e9, "working": working}


def printed_rate(p: dict, span: str, folder: Folder) -> dict:
    """A rate as printed, and the dated exchange rate where it was printed in another currency."""
    currency, period = p["unit"].split("/")
    sources, usd, words = _ids(p), 1, ""
    if currency != "USD":
        rate = rate_on(p["about_on"], folder)
        sources, usd = split_ids([*sources, rate.source_id]), 1 / rate.pkr_per_usd
        words = f" / {rate.pkr_per_usd:g} {currency}/USD ({rate.about_on})"
    return {
        "kind": "rate", "of": None, "label": p["label"], "bounds": _bounds(row_range(p)), "time": convert(1.0, "day", period),
        "usd": usd, "size": 1, "inputs": f"printed {p['about_on']}", "working": f"{span} × {{time}} {period}{words}",
        "note": p["why"] or "", "sources": sources,
    }  # fmt: skip


def country(name: str, folder: Folder, lots: dict[tuple, int]) -> dict:
    """One country: its GDP and people by year and its internet users by day, as the study would choose them.

    A figure is its date, its value and the number of its lot; ``lots`` gathers each vintage with its sources once.
    """
    held = find_country(name, folder)
    days = [r["about_on"].earliest for r in held.rows if r["indicator"] in (USERS, "internet_users_share")]
    users = dict.fromkeys(filter(None, (users_on(held, day) for day in days)))
    return {
        "iso3": held.iso3, "name": held.name, "gdp": _yearly(held, GDP, "GDP", lots),
        "people": _yearly(held, PEOPLE, "population", lots), "users": [_figure(f, lots) for f in users],
    }  # fmt: skip


def _yearly(held: Country, indicator: str, what: str, lots: dict) -> list[list]:
    years = dict.fromkeys(r["about_on"].earliest.year for r in held.series(indicator))
    return [_figure(year_value(held, indicator, year, what), lots) for year in years]


def _figure(figure: Figure, lots: dict) -> list:
    return [figure.about_on, figure.value, lots.setdefault((figure.vintage, figure.source_ids), len(lots))]


def _bounds(r: Range) -> list[float]:
    return [r.low, r.central, r.high]


def _ids(*rows: dict) -> list[str]:
    return split_ids(r[c] for r in rows for c in ("source_id", "more_source_ids"))


def _sources(ids: Iterable[str], folder: Folder) -> dict[str, dict]:
    return {
        r["source_id"]: {"publisher": r["publisher"], "title": r["title"], "date": date_text(r), "standing": standing(r), "url": r["url"]}
        for r in find_sources(sorted(ids), folder.path)
    }  # fmt: skip
