"""Rules that reach across cells and tables: order of dates, ranges, units, quotes, sources that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from ..dates import PartialDate
from ..errors import Problem, UnitError
from ..units import parse_unit
from .curation import curation_problems
from .rulings import ruling_problems
from .schema import Folder, Table

DATE_ORDER = {"events": [("on", "until")], "licences": [("announced_on", "ended_on"), ("announced_on", "commenced_on")]}
MAX_QUOTE_WORDS = 15


def validate(data=None) -> list[Problem]:
    """Every problem of a data folder in one pass: files, cells, keys, rules across tables and unsettled rulings.

    Parameters: ``data`` a folder, by default the package's own. Returns `Problem` rows, errors and warnings, sorted
    by file and line; an empty list means the folder is sound. Raises `UsageError` where there is no such folder and
    `DataError` where ``datapackage.json`` itself is broken.

    >>> [p for p in validate() if p.level == "error"]
    []
    """
    folder = Folder(data)
    tables = [folder.table(name) for name in folder.package.resources]
    problems = [p for t in tables for p in t.problems]
    whole = [t for t in tables if set(t.columns) == set(t.resource.names)]
    for table in whole:
        problems += folder.key_problems(table)
        problems += table_problems(table)
    if len(whole) == len(tables):
        problems += ruling_problems(folder)
        problems += _claim_kinds(folder)
        problems += curation_problems(folder)
        problems += _unused_sources(folder, tables)
    else:
        problems += [_not_checked(t) for t in tables if t not in whole]
    return sorted(problems)


def _not_checked(table: Table) -> Problem:
    return Problem(
        table.resource.path, 0, 0, "not-checked", "columns missing or unreadable", "all columns; rules across tables did not run"
    )


def table_problems(table: Table) -> Iterator[Problem]:
    """Rules over the rows of one table."""
    names = table.columns
    for first, last in DATE_ORDER.get(table.resource.name, ()):
        yield from _date_order(table, first, last)
    if {"low", "value", "high"} <= set(names):
        yield from _low_to_high(table)
    if "n_low" in names:
        yield from _low_to_high(table, ("n_low", "n_high"))
    if "unit" in names:
        yield from _units(table)
    if "quote" in names:
        yield from _quotes(table)
    if not len(table):
        yield Problem(table.resource.path, 1, 0, "no-rows", "0 data rows", "at least 1")
    yield from _empty_columns(table)


def _date_order(table: Table, first: str, last: str) -> Iterator[Problem]:
    for n, (a, b) in enumerate(zip(table.columns[first], table.columns[last], strict=True)):
        if a and b and isinstance(a, PartialDate) and b.before(a):
            yield table.fault(n, last, "order", f"{last} {b} before {first} {a}", "the later date second")


def _low_to_high(table: Table, names: tuple[str, ...] = ("low", "value", "high")) -> Iterator[Problem]:
    for n, values in enumerate(zip(*(table.columns[k] for k in names), strict=True)):
        known = [v for v in values if v is not None]
        if known != sorted(known):
            yield table.fault(n, names[0], "range", " > ".join(f"{v:g}" for v in known), "low, central and high in that order")


def _units(table: Table) -> Iterator[Problem]:
    numbers = [f.name for f in table.resource.fields if f.unit_column == "unit"]
    for n, unit in enumerate(table.columns["unit"]):
        has_number = any(table.columns[c][n] is not None for c in numbers)
        if unit is None:
            if has_number:
                yield table.fault(n, "unit", "unit-missing", "a number without a unit", "a unit of the table")
            continue
        try:
            parse_unit(unit)
        except UnitError as error:
            what, _, write = str(error).rstrip(".").partition(". ")
            yield table.fault(n, "unit", "unit", what, write.removeprefix("Write ") or "a unit of the table")


def _quotes(table: Table) -> Iterator[Problem]:
    for n, quote in enumerate(table.columns["quote"]):
        if quote and len(quote.split()) > MAX_QUOTE_WORDS:
            yield table.fault(n, "quote", "quote-length", f"{len(quote.split())} words", f"at most {MAX_QUOTE_WORDS}")


def _empty_columns(table: Table) -> Iterator[Problem]:
    for field in table.resource.fields:
        if len(table) and not field.may_be_empty and all(v is None for v in table.columns[field.name]):
            yield Problem(
                table.resource.path, 1, table.positions[field.name], "null-column", f"'{field.name}' has no value in any row"
            )


def _claim_kinds(folder: Folder) -> Iterator[Problem]:
    """A claim gives the kind of value its property asks for."""
    kinds = {(p["subject"], p["property"]): p["kind"] for p in folder.table("properties").rows()}
    table = folder.table("claims")
    for n, claim in enumerate(table.rows()):
        kind = kinds.get((claim["subject"], claim["property"]))
        has_number = any(claim[k] is not None for k in ("value", "low", "high"))
        if kind == "number" and not has_number:
            yield table.fault(n, "value", "claim-kind", "no number", f"a number for {claim['property']}")
        elif kind in ("text", "date") and not claim["text"]:
            yield table.fault(n, "text", "claim-kind", "no text", f"a {kind} for {claim['property']}")
        elif kind == "date":
            yield from _claim_date(table, n, claim["text"])


def _claim_date(table: Table, n: int, text: str) -> Iterator[Problem]:
    try:
        PartialDate.parse(text)
    except ValueError as error:
        yield table.fault(n, "text", "date", f"'{text}'", str(error))


def _unused_sources(folder: Folder, tables: list[Table]) -> Iterator[Problem]:
    used: set[str] = set()
    for table in tables:
        for field in table.resource.fields:
            if (
                field.name in ("source_id", "rewrite_of") and table.resource.name != "sources"
            ) or field.list_of == "sources.source_id":
                used |= {i for v in table.columns.get(field.name, ()) for i in (v or "").split(";")}
    sources = folder.table("sources")
    for n, source_id in enumerate(sources.columns["source_id"]):
        if source_id not in used:
            yield sources.fault(n, "source_id", "source-unused", f"'{source_id}'", "a row that rests on it", level="warning")
