"""Two clocks: when something held, and when it could be known. Both answer in three values.

A row held by a day when its date (the column its table names in ``vpnpolicy:heldOn``) has come. It was known by a day
when one of its sources had been published; an undated page is known for certain only from the day it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..dates import FIRST_YEAR, PartialDate
from ..formatting import split_ids
from .schema import Folder, Table

WORDS = {True: "yes", None: "cannot tell", False: "no"}
_SOURCE_COLUMNS = ("source_id", "more_source_ids")


@dataclass(frozen=True)
class Clocks:
    """A folder seen from a day: what held by ``as_of``, what was known by ``known_on``; ``None`` sets no limit."""

    folder: Folder
    as_of: PartialDate | None = None
    known_on: PartialDate | None = None

    @classmethod
    def at(cls, folder: Folder, as_of: object = None, known_on: object = None) -> Clocks:
        """Clocks from texts or dates. Raises `DateError`."""
        return cls(folder, *(None if d is None else PartialDate.parse(d) for d in (as_of, known_on)))

    @cached_property
    def published(self) -> dict[str, PartialDate]:
        """For each source, when it was published; an undated one some time up to the day it was read."""
        rows = self.folder.table("sources").rows()
        return {r["source_id"]: r["published_on"] or PartialDate.parse(f"{FIRST_YEAR}/{r['read_on']}") for r in rows}

    def held(self, table: Table, row: Mapping) -> bool | None:
        """Whether a row held by ``as_of``; a row without a date cannot be told, a table without one always holds."""
        column = table.resource.held_on
        if self.as_of is None or not column:
            return True
        return row[column].by(self.as_of) if row[column] else None

    def known(self, table: Table, row: Mapping) -> bool | None:
        """Whether a row could be known by ``known_on``; what happens cannot be known before it has."""
        if self.known_on is None:
            return True
        happened = row[table.resource.held_on] if table.resource.happens else None
        if happened and happened.by(self.known_on) is False:
            return False
        return self.any_known(split_ids(row.get(c) for c in _SOURCE_COLUMNS))

    def any_known(self, source_ids: Iterable[str]) -> bool | None:
        """Whether one of these sources had been published by ``known_on``; no source at all sets no limit."""
        if self.known_on is None:
            return True
        states = {self.published[i].by(self.known_on) for i in source_ids}
        return True if True in states or not states else (None if None in states else False)

    def rows(self, name: str) -> list[dict]:
        """Rows of a checked table that held and were known, or may have been."""
        table = self.folder.checked(name)
        kept, rows = {n for n, _, _ in self.keep(table)}, list(table.rows())
        return [row for n, row in enumerate(rows) if n in kept]

    def keep(self, table: Table) -> list[tuple[int, bool | None, bool | None]]:
        """Rows that held and were known, or may have been: number of the row, held, known."""
        found = [(n, self.held(table, row), self.known(table, row)) for n, row in enumerate(table.rows())]
        return [(n, held, known) for n, held, known in found if held is not False and known is not False]
