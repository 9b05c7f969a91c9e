"""The record as of a day and as known on a day. Both answer in three values.

A row is valid by a day when its date (the column its table names in ``vpnpolicy:validOn``) has
come. It was known by a day when one of its sources had been published; an undated page is known
for certain only from the day it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..dates import FIRST_YEAR, PartialDate
from ..formatting import split_ids
from .package import Day
from .tables import Folder, Table

WORDS = {True: "yes", None: "cannot tell", False: "no"}
_SOURCE_COLUMNS = ("source_id", "more_source_ids")


@dataclass(frozen=True)
class View:
    """A data folder at a valid time ``as_of`` and a knowledge time ``known_on``, if given."""

    folder: Folder
    as_of: PartialDate | None = None
    known_on: PartialDate | None = None

    @classmethod
    def at(cls, folder: Folder, as_of: Day | None = None, known_on: Day | None = None) -> View:
        """Return a view from texts or dates. Raises `DateError`."""
        days = (None if d is None else PartialDate.parse(d) for d in (as_of, known_on))
        return cls(folder, *days)

    @cached_property
    def published(self) -> dict[str, PartialDate]:
        """When each source was published; an undated one by the day it was read."""
        return {
            r["source_id"]: r["published_on"] or PartialDate.parse(f"{FIRST_YEAR}/{r['read_on']}")
            for r in self.folder.table("sources").rows()
        }

    def valid(self, table: Table, row: Mapping[str, Any]) -> bool | None:
        """Return whether a row is valid by ``as_of``; ``None`` for a row without a date."""
        column = table.resource.valid_on
        if self.as_of is None or not column:
            return True
        return row[column].by(self.as_of) if row[column] else None

    def known(self, table: Table, row: Mapping[str, Any]) -> bool | None:
        """Return whether a row was known by ``known_on``: never before an event has happened."""
        if self.known_on is None:
            return True
        happened = row[table.resource.valid_on] if table.resource.happens else None
        if happened and happened.by(self.known_on) is False:
            return False
        return self.any_known(split_ids(row.get(c) for c in _SOURCE_COLUMNS))

    def any_known(self, source_ids: Iterable[str]) -> bool | None:
        """Return whether one of these sources was published by ``known_on``; no source: yes."""
        if self.known_on is None:
            return True
        states = {self.published[i].by(self.known_on) for i in source_ids}
        return True if True in states or not states else (None if None in states else False)

    def select(self, table: Table) -> list[tuple[int, bool | None, bool | None]]:
        """Return the rows that were or may have been valid and known: number, valid, known."""
        rows = enumerate(table.rows())
        found = [(n, self.valid(table, row), self.known(table, row)) for n, row in rows]
        return [f for f in found if f[1] is not False and f[2] is not False]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a checked table that were valid and known, or may have been."""
        table = self.folder.checked(name)
        rows = list(table.rows())
        return [rows[n] for n, _, _ in self.select(table)]
