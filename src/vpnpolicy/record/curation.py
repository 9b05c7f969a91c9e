"""Rules on how the record is kept: sources whole, claims once, names clear, dates in reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..errors import Problem
from .names import odd_characters
from .register import name_keys
from .schema import Folder

MAX_AHEAD = timedelta(days=366)


def curation_problems(folder: Folder) -> Iterator[Problem]:
    """Every breach in sources, claims and licences."""
    yield from _sources(folder)
    yield from _twice_claimed(folder)
    yield from _names(folder)
    yield from _too_far_ahead(folder)
    yield from _shares(folder)
    yield from _figures_meant(folder)


def _shares(folder: Folder) -> Iterator[Problem]:
    """A share in percent lies between 0 and 100."""
    for name, column in (("claims", "property"), ("indicators", "indicator")):
        table = folder.table(name)
        for n, (what, unit, value) in enumerate(zip(*(table.columns[c] for c in (column, "unit", "value")), strict=True)):
            if value is not None and unit == "%" and (what or "").endswith("share") and not 0 <= value <= 100:
                yield table.fault(n, "value", "range", f"{value:g}", "0 to 100, a share in percent")


def _figures_meant(folder: Folder) -> Iterator[Problem]:
    """A printed figure refers to figures that are held, and not to itself."""
    held = {i for name in ("published", "indicators", "claims") for i in folder.table(name).columns[f"{name.rstrip('s')}_id"]}
    table = folder.table("published")
    for n, (own, refers_to) in enumerate(zip(table.columns["published_id"], table.columns["refers_to"], strict=True)):
        for other in filter(None, (refers_to or "").split(";")):
            if other not in held or other == own:
                found = "itself" if other == own else f"'{other}'"
                yield table.fault(n, "refers_to", "reference", found, "the id of another printed figure, an indicator or a claim")


def _sources(folder: Folder) -> Iterator[Problem]:
    table = folder.table("sources")
    for n, row in enumerate(table.rows()):
        if bool(row["published_on"]) != (row["date_basis"] != "none"):
            found = "a date" if row["published_on"] else "no date"
            yield table.fault(
                n,
                "date_basis",
                "source-field",
                f"{found} with basis '{row['date_basis']}'",
                "a basis for every date, 'none' without one",
            )
        if row["published_on"] and row["read_on"] and row["published_on"].earliest > row["read_on"]:
            yield table.fault(n, "read_on", "order", f"read on {row['read_on']}, before it was published", "the day it was read")
        if row["checked_on"] and row["read_on"] and row["checked_on"] < row["read_on"]:
            yield table.fault(n, "checked_on", "order", f"checked on {row['checked_on']}, before it was read", "a later day")


def _twice_claimed(folder: Folder) -> Iterator[Problem]:
    table = folder.table("claims")
    keys = ("subject", "property", "value", "low", "high", "unit", "text", "about_on", "source_id", "locator", "who")
    seen: dict[tuple, int] = {}
    for n, row in enumerate(table.rows()):
        key = tuple(str(row[k]) for k in keys)
        if key in seen:
            yield table.fault(n, "claim_id", "duplicate-claim", f"the same as line {table.lines[seen[key]]}", "each claim once")
        seen.setdefault(key, n)


def _names(folder: Folder) -> Iterator[Problem]:
    table = folder.table("licences")
    owners: dict[str, tuple[str, int]] = {}
    for n, row in enumerate(table.rows()):
        for column in ("company", "brand"):
            for odd in odd_characters(row[column] or ""):
                yield table.fault(n, column, "mixed-script", odd, "letters of one script")
        for key in name_keys(row):
            owner, first = owners.setdefault(key, (row["provider_id"] or "", n))
            if owner != (row["provider_id"] or ""):
                found = f"'{key}' names {row['provider_id']} here and {owner} at line {table.lines[first]}"
                yield table.fault(n, "company", "name-clash", found, "one provider a name")


def _too_far_ahead(folder: Folder) -> Iterator[Problem]:
    limit = folder.package.as_of.latest + MAX_AHEAD
    for name, column in (("events", "on"), ("licences", "announced_on"), ("positions", "on")):
        table = folder.table(name)
        for n, when in enumerate(table.columns[column]):
            if when and when.earliest > limit:
                yield table.fault(
                    n, column, "date-range", str(when), f"a day up to {limit}", "leave it empty where it is not known"
                )
