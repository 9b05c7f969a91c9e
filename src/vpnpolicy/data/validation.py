"""Rules across cells and tables: order of dates, ranges, units, quotes, names, sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..dates import PartialDate
from ..errors import Problem, UnitError
from ..units import parse_unit
from .names import name_keys, odd_characters
from .package import PathLike
from .tables import Folder, Table

DATE_ORDER = {
    "events": [("on", "until")],
    "licences": [("announced_on", "ended_on"), ("announced_on", "commenced_on")],
}
PAST = {"events": "on", "licences": "announced_on", "positions": "on"}
MAX_AHEAD = timedelta(days=366)
MAX_QUOTE_WORDS = 15
CLAIM_KEY = [
    *("subject", "property", "value", "low", "high", "unit", "text"),
    *("about_on", "source_id", "locator", "who"),
]
Problems = Iterator[Problem]


def validate(data: PathLike | None = None) -> list[Problem]:
    """Check a data folder in one pass: files, cells, keys and rules across tables.

    Parameters
    ----------
    data : path, optional
        The folder; by default the record of this package.

    Returns
    -------
    list of Problem
        Errors and warnings, sorted by file and line; empty for a sound folder.

    Raises
    ------
    UsageError
        Where there is no such folder; `DataError` where ``datapackage.json`` is broken.

    Examples
    --------
    >>> [p for p in validate() if p.level == "error"]
    []
    """
    folder = Folder(data)
    tables = [folder.table(name) for name in folder.package.resources]
    whole = [t for t in tables if t.is_whole]
    problems = [p for t in tables for p in t.problems]
    for table in whole:
        problems += [*folder.key_problems(table), *_table_problems(table)]
    if len(whole) == len(tables):
        for rule in RULES:
            problems += rule(folder)
    else:
        found, expected = "columns missing or unreadable", "all columns; some rules did not run"
        paths = [t.resource.path for t in tables if t not in whole]
        problems += [Problem(path, 0, 0, "not-checked", found, expected) for path in paths]
    return sorted(problems)


def _table_problems(table: Table) -> Problems:
    """Yield what breaks the rules over the rows of one table."""
    for first, last in DATE_ORDER.get(table.resource.name, ()):
        yield from _date_order(table, first, last)
    for names in (("low", "value", "high"), ("n_low", "n_high")):
        if set(names) <= set(table.columns):
            yield from _low_to_high(table, names)
    if "unit" in table.columns:
        yield from _units(table)
    for n, quote in enumerate(table.columns.get("quote", ())):
        if quote and len(quote.split()) > MAX_QUOTE_WORDS:
            found, expected = f"{len(quote.split())} words", f"at most {MAX_QUOTE_WORDS}"
            yield table.fault(n, "quote", "quote-length", found, expected)
    if not len(table):
        yield Problem(table.resource.path, 1, 0, "no-rows", "0 data rows", "at least 1")
    for f in table.resource.fields:
        if len(table) and not f.may_be_empty and set(table.columns[f.name]) == {None}:
            place = (table.resource.path, 1, table.positions[f.name])
            yield Problem(*place, "null-column", f"'{f.name}' has no value in any row")


def _date_order(table: Table, first: str, last: str) -> Problems:
    for n, (a, b) in enumerate(table.keys((first, last))):
        if a and b and b.before(a):
            found = f"{last} {b} before {first} {a}"
            yield table.fault(n, last, "order", found, "the later date second")


def _low_to_high(table: Table, names: tuple[str, ...]) -> Problems:
    for n, values in enumerate(table.keys(names)):
        known = [v for v in values if v is not None]
        if known != sorted(known):
            found = " > ".join(f"{v:g}" for v in known)
            expected = "low, central and high in that order"
            yield table.fault(n, names[0], "range", found, expected)


def _units(table: Table) -> Problems:
    numbers = [f.name for f in table.resource.fields if f.unit_column == "unit"]
    for n, unit in enumerate(table.columns["unit"]):
        if unit is None:
            if any(table.columns[c][n] is not None for c in numbers):
                found, expected = "a number without a unit", "a unit of the table"
                yield table.fault(n, "unit", "unit-missing", found, expected)
            continue
        try:
            parse_unit(unit)
        except UnitError as error:
            found, _, write = str(error).rstrip(".").partition(". ")
            expected = write.removeprefix("Write ") or "a unit of the table"
            yield table.fault(n, "unit", "unit", found, expected)


def unsettled(folder: Folder) -> Iterator[tuple[int, dict, list[str]]]:
    """Yield rulings with claims that they have not considered: row number, ruling, claims."""
    claims = [c for c in folder.table("claims").rows() if c["claim_id"]]
    for n, ruling in enumerate(folder.table("rulings").rows()):
        if ruling["status"] == "superseded" or not ruling["about"]:
            continue
        seen, about = (set((ruling[c] or "").split(";")) for c in ("expect", "about"))
        topics = [(c["claim_id"], f"{c['subject']}.{c['property']}") for c in claims]
        new = [claim for claim, topic in topics if topic in about and claim not in seen]
        if new:
            yield n, ruling, new


def _rulings(folder: Folder) -> Problems:
    """Yield rulings on unknown properties, and those that a new claim bears on."""
    table = folder.table("rulings")
    properties = folder.table("properties").keys(("subject", "property"))
    known = {f"{subject}.{name}" for subject, name in properties}
    for n, about in enumerate(table.columns["about"]):
        for topic in filter(None, (about or "").split(";")):
            if topic not in known:
                yield table.fault(n, "about", "foreign-key", f"'{topic}'", "a row of properties")
    for n, ruling, new in unsettled(folder):
        found = f"{ruling['ruling_id']} ({ruling['question']}) has not considered {', '.join(new)}"
        expected = "a review of the ruling, then these claims in expect"
        yield table.fault(n, "expect", "ruling-unsettled", found, expected)


def _claims(folder: Folder) -> Problems:
    """Yield claims of another kind than their property, and claims that occur twice."""
    kinds = {(p["subject"], p["property"]): p["kind"] for p in folder.table("properties").rows()}
    table = folder.table("claims")
    seen: dict[tuple, int] = {}
    for n, claim in enumerate(table.rows()):
        first = seen.setdefault(tuple(str(claim[k]) for k in CLAIM_KEY), n)
        if first != n:
            found = f"the same as line {table.lines[first]}"
            yield table.fault(n, "claim_id", "duplicate-claim", found, "each claim once")
        kind, text = kinds.get((claim["subject"], claim["property"])), claim["text"]
        if kind == "number" and all(claim[k] is None for k in ("value", "low", "high")):
            expected = f"a number for {claim['property']}"
            yield table.fault(n, "value", "claim-kind", "no number", expected)
        elif kind in ("text", "date") and not text:
            expected = f"a {kind} for {claim['property']}"
            yield table.fault(n, "text", "claim-kind", "no text", expected)
        elif kind == "date":
            try:
                PartialDate.parse(text)
            except ValueError as error:
                yield table.fault(n, "text", "date", f"'{text}'", str(error))


def _sources(folder: Folder) -> Problems:
    """Yield sources with dates in the wrong order or without their basis."""
    table = folder.table("sources")
    for n, row in enumerate(table.rows()):
        published, read_on, checked = row["published_on"], row["read_on"], row["checked_on"]
        if bool(published) != (row["date_basis"] != "none"):
            found = f"{'a' if published else 'no'} date with basis '{row['date_basis']}'"
            expected = "a basis for every date, 'none' without one"
            yield table.fault(n, "date_basis", "source-field", found, expected)
        if published and read_on and published.earliest > read_on:
            found = f"read on {read_on}, before it was published"
            yield table.fault(n, "read_on", "order", found, "the day it was read")
        if checked and read_on and checked < read_on:
            found = f"checked on {checked}, before it was read"
            yield table.fault(n, "checked_on", "order", found, "a later day")


def _unused_sources(folder: Folder) -> Problems:
    """Yield sources that no row of another table cites, as warnings."""
    used: set[str] = set()
    for resource in folder.package.resources.values():
        columns = folder.table(resource.name).columns
        for f in resource.fields:
            own = f.name == "source_id" and resource.name != "sources"
            if own or f.list_of == "sources.source_id":
                used |= {i for v in columns[f.name] for i in (v or "").split(";")}
    sources = folder.table("sources")
    for n, source_id in enumerate(sources.columns["source_id"]):
        if source_id not in used:
            found, expected = f"'{source_id}'", "a row that cites it"
            yield sources.fault(n, "source_id", "source-unused", found, expected, level="warning")


def _names(folder: Folder) -> Problems:
    """Yield names with odd characters, and names that two providers share."""
    table = folder.table("licences")
    owners: dict[str, tuple[str, int]] = {}
    for n, row in enumerate(table.rows()):
        for column in ("company", "brand"):
            for odd in odd_characters(row[column] or ""):
                yield table.fault(n, column, "mixed-script", odd, "letters of one script")
        own = row["provider_id"] or ""
        for key in name_keys(row):
            other, first = owners.setdefault(key, (own, n))
            if other != own:
                found = f"'{key}' names {own} here and {other} at line {table.lines[first]}"
                yield table.fault(n, "company", "name-clash", found, "one provider per name")


def _too_far_ahead(folder: Folder) -> Problems:
    """Yield dates more than a year after the day the record was compiled to."""
    limit = folder.package.as_of.latest + MAX_AHEAD
    for name, column in PAST.items():
        table = folder.table(name)
        for n, when in enumerate(table.columns[column]):
            if when and when.earliest > limit:
                expected = f"a day up to {limit}"
                hint = "leave it empty where it is not known"
                yield table.fault(n, column, "date-range", str(when), expected, hint)


def _shares(folder: Folder) -> Problems:
    """Yield shares in percent outside 0 to 100."""
    for name, column in (("claims", "property"), ("indicators", "indicator")):
        table = folder.table(name)
        for n, (what, unit, value) in enumerate(table.keys((column, "unit", "value"))):
            is_share = unit == "%" and (what or "").endswith("share")
            if is_share and value is not None and not 0 <= value <= 100:
                expected = "0 to 100, a share in percent"
                yield table.fault(n, "value", "range", f"{value:g}", expected)


def _references(folder: Folder) -> Problems:
    """Yield published figures that refer to themselves or to unknown figures."""
    table = folder.table("published")
    tables = [folder.table(name) for name in ("published", "indicators", "claims")]
    known = {i for t in tables for (i,) in t.keys(t.resource.primary_key)}
    for n, (own, refers_to) in enumerate(table.keys(("published_id", "refers_to"))):
        for other in filter(None, (refers_to or "").split(";")):
            if other not in known or other == own:
                found = "itself" if other == own else f"'{other}'"
                expected = "the id of another published figure, an indicator or a claim"
                yield table.fault(n, "refers_to", "reference", found, expected)


RULES = (
    *(_rulings, _claims, _sources, _unused_sources),
    *(_names, _too_far_ahead, _shares, _references),
)
