"""``datapackage.json``: the one schema. Read once, checked by rules of its own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .._files import data_folder
from ..dates import PartialDate
from ..errors import DataError, Problem, UsageError, did_you_mean, nearest

TYPES = ("string", "number", "integer", "boolean", "date")
CONSTRAINTS = ("required", "unique", "enum", "pattern", "minimum", "maximum")


@dataclass(frozen=True)
class Field:
    """One column: its type, unit and constraints."""

    name: str
    type: str
    title: str
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
        """Whether the column holds dates of mixed precision."""
        return self.kind == "partial-date"


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in columns of another table."""

    fields: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """One table: its file, columns and keys."""

    name: str
    title: str
    path: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    held_on: str = ""
    happens: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [f.name for f in self.fields]

    @property
    def lists(self) -> dict[str, tuple[str, str]]:
        """Columns that hold lists of keys, with the table and the column these stand in."""
        pairs = ((f.name, f.list_of.partition(".")) for f in self.fields if f.list_of)
        return {name: (table, column) for name, (table, _, column) in pairs}

    @property
    def points_to(self) -> list[str]:
        """Names of the tables that its keys and lists point to."""
        return sorted({k.table for k in self.foreign_keys} | {table for table, _ in self.lists.values()})

    def field(self, name: str) -> Field:
        """The column of that name."""
        return next(f for f in self.fields if f.name == name)


@dataclass(frozen=True)
class Package:
    """All tables of a data folder and the days that bound what it knows."""

    version: str
    as_of: PartialDate
    first_list_on: PartialDate
    max_age_days: int
    resources: dict[str, Resource]

    def resource(self, name: str) -> Resource:
        """The table of that name; raises `UsageError` for an unknown one."""
        if name not in self.resources:
            raise UsageError(f"there is no table '{name}'. {did_you_mean(name, self.resources)}")
        return self.resources[name]


def read_package(folder: str | Path | None = None) -> Package:
    """Read and check ``datapackage.json`` of a data folder.

    Raises `DataError` with every fault of the schema itself, `UsageError` where there is no such folder.
    """
    path = data_folder(folder) / "datapackage.json"
    return _parse(path.read_bytes(), path.name)


@lru_cache(maxsize=8)
def _parse(raw: bytes, name: str) -> Package:
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError([Problem(name, 1, 0, "encoding", "bytes that are not UTF-8", "UTF-8")]) from None
    except (json.JSONDecodeError, RecursionError) as error:
        place = (getattr(error, "lineno", 0), getattr(error, "colno", 0))
        raise DataError(
            [Problem(name, *place, "json", getattr(error, "msg", "lists in lists without end"), "valid JSON")]
        ) from None
    try:
        return _built(content, name)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        fault = Problem(
            name, 0, 0, "schema", f"a part that is missing or of another kind ({error})", "what Table Schema describes"
        )
        raise DataError([fault]) from None


def _built(content: object, name: str) -> Package:
    problems = list(_package_problems(content, name))
    if problems:
        raise DataError(problems)
    resources = {r["name"]: _resource(r) for r in content["resources"]}
    days = (PartialDate.parse(content[f"vpnpolicy:{k}"]) for k in ("asOf", "firstListOn"))
    return Package(content.get("version", ""), *days, content.get("vpnpolicy:maxAgeDays", 90), resources)


def _resource(raw: dict) -> Resource:
    schema = raw["schema"]
    fields = tuple(_field(f) for f in schema["fields"])
    keys = tuple(
        ForeignKey(_names(k["fields"]), k["reference"]["resource"] or raw["name"], _names(k["reference"]["fields"]))
        for k in schema.get("foreignKeys", ())
    )
    return Resource(
        raw["name"],
        raw.get("title", ""),
        raw["path"],
        fields,
        _names(schema["primaryKey"]),
        keys,
        raw.get("vpnpolicy:heldOn", ""),
        raw.get("vpnpolicy:happens", False),
    )


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _field(raw: dict) -> Field:
    limits = raw.get("constraints", {})
    return Field(
        name=raw["name"], type=raw["type"], title=raw.get("title", ""), unit=raw.get("unit", ""),
        unit_column=raw.get("vpnpolicy:unitColumn", ""), kind=raw.get("vpnpolicy:kind", ""),
        list_of=raw.get("vpnpolicy:listOf", ""), may_be_empty=raw.get("vpnpolicy:mayBeEmpty", False),
        required=limits.get("required", False), unique=limits.get("unique", False),
        enum=tuple(limits.get("enum", ())), pattern=limits.get("pattern", ""),
        minimum=limits.get("minimum"), maximum=limits.get("maximum"),
    )  # fmt: skip


def _package_problems(content: object, name: str):
    """Faults of the descriptor: each item of each list is looked at."""
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        yield Problem(name, 0, 0, "schema", "no list of resources", "a Data Package with resources")
        return
    for key in ("vpnpolicy:asOf", "vpnpolicy:firstListOn"):
        if not isinstance(content.get(key), str):
            yield Problem(name, 0, 0, "schema", f"no '{key}'", "a date")
    if not isinstance(content.get("vpnpolicy:maxAgeDays", 90), int):
        yield Problem(name, 0, 0, "schema", "'vpnpolicy:maxAgeDays' is no number", "a number of days")
    for n, resource in enumerate(content["resources"], 1):
        if not isinstance(resource, dict) or not all(isinstance(resource.get(k), str) for k in ("name", "path")):
            yield Problem(name, 0, 0, "schema", f"resource {n} without name or path", "both as text")
        elif not _inside(resource["path"]):
            yield Problem(name, 0, 0, "schema", f"path '{resource['path']}'", "a file inside the data folder")
        else:
            yield from _resource_problems(resource, name)


def _inside(path: str) -> bool:
    return "://" not in path and not Path(path).is_absolute() and ".." not in Path(path).parts


def _resource_problems(resource: dict, name: str):
    where = resource["name"]
    schema = resource.get("schema")
    if not isinstance(schema, dict) or not isinstance(schema.get("fields"), list) or "primaryKey" not in schema:
        yield Problem(name, 0, 0, "schema", f"{where}: no fields or no primaryKey", "a Table Schema with both")
        return
    known = [f.get("name") for f in schema["fields"] if isinstance(f, dict)]
    for field in schema["fields"]:
        yield from _field_problems(field, f"{where}.{field.get('name') if isinstance(field, dict) else field}", known, name)
    held = resource.get("vpnpolicy:heldOn")
    for key in [*_names(schema["primaryKey"]), *([held] if held else [])]:
        if key not in known:
            yield Problem(name, 0, 0, "schema", f"{where}: key '{key}'", f"one of {', '.join(map(str, known))}")


def _field_problems(field: object, where: str, known: list, name: str):
    if not isinstance(field, dict) or not isinstance(field.get("name"), str):
        yield Problem(name, 0, 0, "schema", f"{where}: not a field", "an object with a name")
        return
    if field.get("type") not in TYPES:
        yield Problem(name, 0, 0, "schema", f"{where}: type '{field.get('type')}'", f"one of {', '.join(TYPES)}")
    for key in field.get("constraints", {}):
        if key not in CONSTRAINTS:
            near = nearest(key, CONSTRAINTS)
            yield Problem(name, 0, 0, "schema", f"{where}: constraint '{key}'", f"one of {', '.join(CONSTRAINTS)}", near)
    yield from _pattern_problems(field, where, name)
    if field.get("type") in ("number", "integer") and not _has_unit(field, known):
        yield Problem(name, 0, 0, "unit-missing", where, "a unit, or a column that holds it")


def _pattern_problems(field: dict, where: str, name: str):
    try:
        re.compile(field.get("constraints", {}).get("pattern", ""))
    except (re.error, TypeError) as error:
        yield Problem(name, 0, 0, "schema", f"{where}: pattern ({error})", "a regular expression")


def _has_unit(field: dict, known: list) -> bool:
    column = field.get("vpnpolicy:unitColumn")
    return bool(field.get("unit")) if column is None else column in known
