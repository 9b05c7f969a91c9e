"""A table of the record: bytes, cells, types and keys, checked in one pass before anything is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .._files import data_folder
from ..errors import DataError, Problem
from .cells import CellFault, read_cell
from .csvfile import read_bytes, read_sheet
from .package import ForeignKey, Package, Resource, read_package


@dataclass(eq=False)
class Table:
    """Typed columns of one file, the file line of each row, and what was wrong with it; nothing in it is changed later."""

    resource: Resource
    columns: dict[str, list] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def rows(self) -> Iterator[dict]:
        """Each row as a dict of typed values; empty cells are ``None``, partial dates are `PartialDate`."""
        names = list(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(names, values, strict=True))

    def fault(self, row: int, column: str, rule: str, *found_wanted_fix: str, level: str = "error") -> Problem:
        """A problem of one cell, placed by file line and column."""
        place = (self.lines[row] if row >= 0 else 0, self.positions.get(column, 0))
        return Problem(self.resource.path, *place, rule, *found_wanted_fix, level=level)


class Folder:
    """A data folder: its package and its tables, each read once.

    ``tables`` may be asked for by name; problems are gathered until `raise_if_bad`.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None):
        self.path = data_folder(path)
        self.package: Package = read_package(self.path)
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """One table by name, checked on its own; its foreign keys are not followed."""
        if name not in self._tables:
            resource = self.package.resource(name)
            note_read(resource.path)
            self._tables[name] = _parse(read_bytes(self.path / resource.path), resource)
        return self._tables[name]

    def checked(self, name: str) -> Table:
        """One table, its foreign keys followed. Raises `DataError` with every problem found."""
        table = self.table(name)
        problems = [p for p in (*table.problems, *self.key_problems(table)) if p.level == "error"]
        if problems:
            raise DataError(problems)
        return table

    def key_problems(self, table: Table) -> tuple[Problem, ...]:
        """Values of foreign keys and lists that stand in no row of the table they point to."""
        return _key_problems(table, tuple(self.table(name) for name in table.resource.points_to))


def read_table(name: str, folder: str | Path | None = None) -> Table:
    """One table of a data folder, fully checked.

    Raises `DataError` (exit 65) with file, line, column, rule, found, wanted and fix of every fault.
    """
    return Folder(folder).checked(name)


def note_read(name: str) -> None:
    """Add the name of a table to the file ``$VPNPOLICY_READS``, where a report run wants to know what it rests on."""
    log = os.environ.get("VPNPOLICY_READS")
    if log and (log, name) not in _NOTED:
        _NOTED.add((log, name))
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(name + "\n")


_NOTED: set[tuple[str, str]] = set()


@lru_cache(maxsize=64)
def _parse(raw: bytes, resource: Resource) -> Table:
    sheet = read_sheet(raw, resource.path, resource.names)
    table = Table(resource, lines=sheet.lines, problems=list(sheet.problems))
    known = [n for n in sheet.header if n in resource.names]
    table.positions = {n: sheet.header.index(n) + 1 for n in known}
    for name in known:
        texts = [row[table.positions[name] - 1] for row in sheet.rows]
        table.columns[name] = _typed(table, name, texts)
    table.problems += [p for f in resource.fields if f.unique for p in _repeats(table, (f.name,), "unique")]
    table.problems += _repeats(table, resource.primary_key, "primary-key")
    return table


@lru_cache(maxsize=256)
def _key_problems(table: Table, others: tuple[Table, ...]) -> tuple[Problem, ...]:
    """Found once for the same tables: a table that is read again unchanged is the same one."""
    held = {t.resource.name: t for t in others}
    found = [p for key in table.resource.foreign_keys for p in _foreign(table, key, _known(held[key.table], key.targets))]
    for name, (other, target) in table.resource.lists.items():
        if name in table.columns:
            found += _listed(table, name, other, _known(held[other], (target,)))
    return tuple(found)


def _foreign(table: Table, key: ForeignKey, known: set[tuple]) -> Iterator[Problem]:
    if not all(f in table.columns for f in key.fields):
        return
    for n, values in enumerate(zip(*(table.columns[f] for f in key.fields), strict=True)):
        if None not in values and values not in known:
            yield table.fault(n, key.fields[-1], "foreign-key", f"'{'.'.join(values)}'", f"a row of {key.table}")


def _listed(table: Table, column: str, other: str, known: set[tuple]) -> Iterator[Problem]:
    for n, value in enumerate(table.columns[column]):
        for item in (value or "").split(";"):
            if item and (item,) not in known:
                yield table.fault(n, column, "foreign-key", f"'{item}'", f"a row of {other}")


def _known(other: Table, columns: tuple[str, ...]) -> set[tuple]:
    if not all(c in other.columns for c in columns):
        return set()
    return set(zip(*(other.columns[c] for c in columns), strict=True))


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
    if not all(k in table.columns for k in key):
        return
    seen: dict[tuple, int] = {}
    for n, values in enumerate(zip(*(table.columns[k] for k in key), strict=True)):
        if None in values:
            if rule == "primary-key":
                yield table.fault(n, key[values.index(None)], rule, "an empty key", "a value")
        elif values in seen:
            shown = ".".join(map(str, values))
            yield table.fault(n, key[-1], rule, f"'{shown}', which is also at line {table.lines[seen[values]]}", "each once")
        else:
            seen[values] = n
