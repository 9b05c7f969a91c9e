"""What changed between two data folders, or between a release and now."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, UsageError
from .package import PathLike
from .tables import Folder, Table

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["table", "change", "key", "column", "old", "new"]
MAY_BE_FILLED = {"licences": {"ended_on", "ended_source_id", "commenced_on", "effective_on"}}
MAY_CHANGE = {
    table: set(columns.split())
    for table, columns in {
        "sources": "checked_on check_every_days note rewrite_of",
        "licences": "note may_be more_source_ids",
        "rulings": "conclusion status confidence reason expect ruled_on about source_ids",
        "properties": "label compare_within_days part_of_subject part_of_property quantity note",
        "readings": "plausibility why label more_source_ids",
        "assumptions": "low value high shape basis source_id why",
        "regimes": "until status note",
        "events": "more_source_ids note",
        "claims": "note flag origin_id",
    }.items()
}


@contextmanager
def open_data(place: PathLike, beside: Path | None = None) -> Iterator[Folder]:
    """Open a data folder, or the data of a git tag or commit of the repository of ``beside``.

    Raises `UsageError` where it is neither.
    """
    if Path(place).exists():
        yield Folder(place)
        return
    repository = Path(beside or ".").resolve()
    with tempfile.TemporaryDirectory(prefix="vpnpolicy-data-") as folder:
        _check_out(str(place), repository, Path(folder))
        yield Folder(folder)


def _check_out(ref: str, repository: Path, folder: Path) -> None:
    prefix = _git(repository, "rev-parse", "--show-prefix")
    listed = None
    if prefix is not None and not ref.startswith("-"):
        place = prefix.decode().strip()
        listed = _git(repository, "ls-tree", "--full-tree", "--name-only", ref, place)
    if not listed:
        expected = f"a data folder, or a tag or commit of the repository at {repository}"
        raise UsageError(f"found '{ref}'; expected {expected}.")
    for name in listed.decode().splitlines():
        if name.endswith((".csv", ".json")):
            (folder / Path(name).name).write_bytes(_git(repository, "show", f"{ref}:{name}") or b"")


def _git(repository: Path, *args: str) -> bytes | None:
    """Return the output of git, or nothing where it fails."""
    command = ["git", "-C", str(repository), *args]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def diff(
    old: PathLike,
    new: PathLike | None = None,
    *,
    tables: tuple[str, ...] = ("licences", "claims"),
) -> pd.DataFrame:
    """Return the rows added, ended, renamed, changed or gone between two states of the record.

    Parameters
    ----------
    old, new : path or str
        Data folders or git tags or commits; ``new`` is by default the record in use.
    tables : tuple of str
        Tables to compare.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``change``, ``key``, ``column``, ``old``, ``new``.

    Raises
    ------
    UsageError
        For a place that is neither a folder nor a tag or commit.

    Examples
    --------
    >>> from vpnpolicy.data.tables import Folder
    >>> len(diff(Folder().path))
    0
    """
    import pandas as pd

    here = Folder().path
    with open_data(old, here) as before, open_data(new or here, here) as after:
        rows = [row for name in tables for row in compare(before.table(name), after.table(name))]
    return pd.DataFrame(rows, columns=COLUMNS)


def compare(old: Table, new: Table) -> Iterator[dict]:
    """Yield the changes between two states of one table, row by row."""
    name, before, after = new.resource.name, _by_key(old), _by_key(new)
    for key in [*before, *(k for k in after if k not in before)]:
        row = {"table": name, "change": "gone", "key": key, "column": "", "old": "", "new": ""}
        if key not in after:
            yield row
        elif key not in before:
            yield {**row, "change": "added", "new": _headline(after[key])}
        else:
            for change in _changes(before[key], after[key]):
                yield {**row, **change}


def _by_key(table: Table) -> dict[str, dict]:
    keys = table.resource.primary_key
    return {".".join(str(row[k]) for k in keys): row for row in table.rows()}


def _headline(row: dict) -> str:
    columns = ("company", "brand", "subject", "property", "value_as_stated", "event", "title")
    return " ".join(str(row[k]) for k in columns if row.get(k))[:120]


def _changes(old: dict, new: dict) -> Iterator[dict]:
    for column in new:
        a, b = (None if r.get(column) is None else str(r[column]) for r in (old, new))
        if a != b:
            kind = {"ended_on": "ended", "company": "renamed", "brand": "renamed"}
            change = kind.get(column, "changed")
            yield {"change": change, "column": column, "old": a or "", "new": b or ""}


def history_problems(old: Folder, new: Folder) -> Iterator[Problem]:
    """Yield published rows that were deleted and published cells that were edited."""
    for name, resource in new.package.resources.items():
        if name not in old.package.resources:
            continue
        for change in compare(old.table(name), new.table(name)):
            found = f"row {change['key']} is gone"
            fix = "restore it; end it, or contradict it by a new row"
            if change["column"]:
                values = f"was '{change['old']}', is '{change['new']}'"
                found = f"row {change['key']}: {change['column']} {values}"
                fix = "restore it, and add a row"
            if change["change"] != "added" and not _allowed(name, change):
                expected = "published rows as they were"
                yield Problem(resource.path, 0, 0, "history", found, expected, fix)


def _allowed(table: str, change: dict) -> bool:
    column = change["column"]
    filled = not change["old"] and column in MAY_BE_FILLED.get(table, ())
    return filled or column in MAY_CHANGE.get(table, ())
