"""Tables of a data folder as typed columns, checked in one pass before anything is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .._files import data_folder
from ..errors import DataError, Problem
from .cells import CellFault, read_cell
from .csvfile import read_bytes, read_sheet
from .package import PathLike, Resource, read_package


@dataclass(eq=False)
class Table:
    """Typed columns of one file, the file line of each row, and the problems found."""

    resource: Resource
    columns: dict[str, list] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def is_whole(self) -> bool:
        """Whether the file has every column of the schema."""
        return set(self.columns) == set(self.resource.names)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict; empty cells are ``None``, partial dates `PartialDate`."""
        names = list(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(names, values, strict=True))

    def fault(self, row: int, column: str, *rule_found_expected_fix: str, **level: Any) -> Problem:
        """Return a problem of one cell with its file line and column."""
        place = (self.lines[row], self.positions.get(column, 0))
        return Problem(self.resource.path, *place, *rule_found_expected_fix, **level)

    def keys(self, columns: tuple[str, ...]) -> list[tuple]:
        """Return the values of some columns row by row; none where a column is missing."""
        if not all(c in self.columns for c in columns):
            return []
        return list(zip(*(self.columns[c] for c in columns), strict=True))


class Folder:
    """A data folder: its schema and its tables, each read once."""

    def __init__(self, path: PathLike | None = None) -> None:
        self.path = data_folder(path)
        self.package = read_package(self.path)
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """Return one table, checked on its own; its foreign keys are not followed."""
        if name not in self._tables:
            resource = self.package.resource(name)
            note_read(resource.path)
            self._tables[name] = _parse(read_bytes(self.path / resource.path), resource)
        return self._tables[name]

    def checked(self, name: str) -> Table:
        """Return one table with its keys followed. Raises `DataError` with every problem."""
        table = self.table(name)
        found = [*table.problems, *self.key_problems(table)]
        problems = [p for p in found if p.level == "error"]
        if problems:
            raise DataError(problems)
        return table

    def key_problems(self, table: Table) -> tuple[Problem, ...]:
        """Return the foreign keys and list items that no row of the other table has."""
        return _key_problems(table, tuple(self.table(n) for n in table.resource.refers_to))


_NOTED: set[tuple[str, str]] = set()


def note_read(name: str) -> None:
    """Append the name of a table to the file ``$VPNPOLICY_READS``, which report runs set."""
    log = os.environ.get("VPNPOLICY_READS")
    if log and (log, name) not in _NOTED:
        _NOTED.add((log, name))
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(name + "\n")


@lru_cache(maxsize=64)
def _parse(raw: bytes, resource: Resource) -> Table:
    sheet = read_sheet(raw, resource.path, resource.names)
    table = Table(resource, lines=sheet.lines, problems=list(sheet.problems))
    table.positions = {n: sheet.header.index(n) + 1 for n in sheet.header if n in resource.names}
    for name, position in table.positions.items():
        table.columns[name] = _typed(table, name, [row[position - 1] for row in sheet.rows])
    for f in resource.fields:
        if f.unique:
            table.problems += _repeats(table, (f.name,), "unique")
    table.problems += _repeats(table, resource.primary_key, "primary-key")
    return table


def _typed(table: Table, name: str, texts: list[str]) -> list:
    spec, values = table.resource.field(name), []
    for n, text in enumerate(texts):
        try:
            values.append(read_cell(text, spec))
        except CellFault as fault:
            table.problems.append(table.fault(n, name, *fault.parts))
            values.append(None)
    return values


def _repeats(table: Table, key: tuple[str, ...], rule: str) -> Iterator[Problem]:
    seen: dict[tuple, int] = {}
    for n, values in enumerate(table.keys(key)):
        if None in values:
            if rule == "primary-key":
                yield table.fault(n, key[values.index(None)], rule, "an empty key", "a value")
        elif values in seen:
            shown, line = ".".join(map(str, values)), table.lines[seen[values]]
            found = f"'{shown}', which is also at line {line}"
            yield table.fault(n, key[-1], rule, found, "each once")
        else:
            seen[values] = n


@lru_cache(maxsize=256)
def _key_problems(table: Table, others: tuple[Table, ...]) -> tuple[Problem, ...]:
    """Compute once for the same tables: a table that is read again unchanged is the same one."""
    tables, problems = {t.resource.name: t for t in others}, []
    for key in table.resource.foreign_keys:
        known = set(tables[key.table].keys(key.targets))
        for n, values in enumerate(table.keys(key.fields)):
            if None not in values and values not in known:
                found, expected = f"'{'.'.join(map(str, values))}'", f"a row of {key.table}"
                problems.append(table.fault(n, key.fields[-1], "foreign-key", found, expected))
    for name, (other, target) in table.resource.lists.items():
        known = set(tables[other].keys((target,)))
        for n, value in enumerate(table.columns.get(name, ())):
            for item in filter(None, (value or "").split(";")):
                if (item,) not in known:
                    expected = f"a row of {other}"
                    problems.append(table.fault(n, name, "foreign-key", f"'{item}'", expected))
    return tuple(problems)
