"""``datapackage.json``, the one schema: read once and checked before any table."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from .._files import data_folder
from ..dates import PartialDate
from ..errors import DataError, Problem, UsageError, did_you_mean, nearest

PathLike = str | os.PathLike[str]
Day = str | date | PartialDate
TYPES = ("string", "number", "integer", "boolean", "date")
CONSTRAINTS = ("required", "unique", "enum", "pattern", "minimum", "maximum")
OWN = {
    "vpnpolicy:unitColumn": "unit_column",
    "vpnpolicy:kind": "kind",
    "vpnpolicy:listOf": "list_of",
    "vpnpolicy:mayBeEmpty": "may_be_empty",
}
DAYS = ("vpnpolicy:asOf", "vpnpolicy:firstListOn")


@dataclass(frozen=True)
class Field:
    """One column: its type, unit and constraints."""

    name: str
    type: str = "string"
    title: str = ""
    unit: str = ""
    unit_column: str = ""
    kind: str = ""
    list_of: str = ""
    may_be_empty: bool = False
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_partial_date(self) -> bool:
        """Whether the column has dates of mixed precision."""
        return self.kind == "partial-date"


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must exist in columns of another table."""

    fields: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """One table: its file, columns and keys, and the column that says when a row is valid."""

    name: str
    title: str
    path: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    valid_on: str = ""
    happens: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [f.name for f in self.fields]

    @property
    def lists(self) -> dict[str, tuple[str, str]]:
        """Columns with lists of keys: the table and the column that the keys refer to."""
        pairs = ((f.name, f.list_of.partition(".")) for f in self.fields if f.list_of)
        return {name: (table, column) for name, (table, _, column) in pairs}

    @property
    def refers_to(self) -> list[str]:
        """Names of the tables that its keys and lists refer to."""
        return sorted({k.table for k in self.foreign_keys} | {t for t, _ in self.lists.values()})

    def field(self, name: str) -> Field:
        """Return the column of that name."""
        return next(f for f in self.fields if f.name == name)


@dataclass(frozen=True)
class Package:
    """All tables of a data folder, and the days that bound what it knows."""

    version: str
    as_of: PartialDate
    first_list_on: PartialDate
    max_age_days: int
    resources: dict[str, Resource]

    def resource(self, name: str) -> Resource:
        """Return the table of that name. Raises `UsageError` for an unknown one."""
        if name not in self.resources:
            raise UsageError(f"there is no table '{name}'. {did_you_mean(name, self.resources)}")
        return self.resources[name]

    def day(self, as_of: Day | None = None) -> PartialDate:
        """Return ``as_of`` parsed, by default the day the record was compiled to."""
        return self.as_of if as_of is None else PartialDate.parse(as_of)


def read_package(folder: PathLike | None = None) -> Package:
    """Read and check ``datapackage.json`` of a data folder.

    Raises `DataError` with every fault of the schema, `UsageError` where there is no such folder.
    """
    path = data_folder(folder) / "datapackage.json"
    return _parse(path.read_bytes(), path.name)


@lru_cache(maxsize=8)
def _parse(raw: bytes, file: str) -> Package:
    content = _json(raw, file)
    try:
        problems = [Problem(file, 0, 0, *p) for p in _problems(content)]
        if problems:
            raise DataError(problems)
        return _build(content)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        found = f"a part that is missing or of another kind ({error})"
        problem = Problem(file, 0, 0, "schema", found, "what Table Schema describes")
        raise DataError([problem]) from None


def _json(raw: bytes, file: str) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problem = Problem(file, 1, 0, "encoding", "bytes that are not UTF-8", "UTF-8")
    except json.JSONDecodeError as error:
        problem = Problem(file, error.lineno, error.colno, "json", error.msg, "valid JSON")
    except RecursionError:
        problem = Problem(file, 0, 0, "json", "lists nested without end", "valid JSON")
    raise DataError([problem])


def _build(raw: dict) -> Package:
    resources = {r["name"]: _resource(r) for r in raw["resources"]}
    as_of, first = (PartialDate.parse(raw[name]) for name in DAYS)
    age = raw.get("vpnpolicy:maxAgeDays", 90)
    return Package(raw.get("version", ""), as_of, first, age, resources)


def _resource(raw: dict) -> Resource:
    schema, name = raw["schema"], raw["name"]
    keys = ((k["fields"], k["reference"]) for k in schema.get("foreignKeys", ()))
    foreign = [ForeignKey(_names(f), r["resource"] or name, _names(r["fields"])) for f, r in keys]
    return Resource(
        name=name,
        title=raw.get("title", ""),
        path=raw["path"],
        fields=tuple(_field(f) for f in schema["fields"]),
        primary_key=_names(schema["primaryKey"]),
        foreign_keys=tuple(foreign),
        valid_on=raw.get("vpnpolicy:validOn", ""),
        happens=raw.get("vpnpolicy:happens", False),
    )


def _field(raw: dict) -> Field:
    parts = {k: raw[k] for k in ("name", "type", "title", "unit") if k in raw}
    parts |= {name: raw[key] for key, name in OWN.items() if key in raw}
    limits = raw.get("constraints", {})
    return Field(**parts, **limits | {"enum": tuple(limits.get("enum", ()))})


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _problems(content: Any) -> Iterator[tuple[str, ...]]:
    """Yield every fault of the descriptor: rule, found, expected and perhaps a fix."""
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        yield "schema", "no list of resources", "a Data Package with resources"
        return
    for key in DAYS:
        if not isinstance(content.get(key), str):
            yield "schema", f"no '{key}'", "a date"
    if not isinstance(content.get("vpnpolicy:maxAgeDays", 90), int):
        yield "schema", "'vpnpolicy:maxAgeDays' is not a number", "a number of days"
    for resource in content["resources"]:
        yield from _resource_problems(resource)


def _resource_problems(resource: dict) -> Iterator[tuple[str, ...]]:
    name, path, schema = resource["name"], resource["path"], resource["schema"]
    if "://" in path or Path(path).is_absolute() or ".." in Path(path).parts:
        yield "schema", f"path '{path}'", "a file inside the data folder"
    if not isinstance(schema.get("fields"), list) or "primaryKey" not in schema:
        yield "schema", f"{name}: no fields or no primaryKey", "a Table Schema with both"
        return
    known = [f["name"] for f in schema["fields"]]
    for field in schema["fields"]:
        yield from _field_problems(field, f"{name}.{field['name']}", known)
    for key in [*_names(schema["primaryKey"]), resource.get("vpnpolicy:validOn") or known[0]]:
        if key not in known:
            yield "schema", f"{name}: key '{key}'", f"one of {', '.join(known)}"


def _field_problems(field: dict, where: str, known: list[str]) -> Iterator[tuple[str, ...]]:
    limits = field.get("constraints", {})
    if field.get("type") not in TYPES:
        yield "schema", f"{where}: type '{field.get('type')}'", f"one of {', '.join(TYPES)}"
    for key in [k for k in limits if k not in CONSTRAINTS]:
        expected = f"one of {', '.join(CONSTRAINTS)}"
        yield "schema", f"{where}: constraint '{key}'", expected, nearest(key, CONSTRAINTS)
    try:
        re.compile(limits.get("pattern", ""))
    except (re.error, TypeError) as error:
        yield "schema", f"{where}: pattern ({error})", "a regular expression"
    column = field.get("vpnpolicy:unitColumn")
    has_unit = bool(field.get("unit")) if column is None else column in known
    if field.get("type") in ("number", "integer") and not has_unit:
        yield "unit-missing", where, "a unit, or a column with the unit"
