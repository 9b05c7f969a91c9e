"""What changed between two data folders, or between a release and now."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import Problem, UsageError
from .schema import Folder, Table

MAY_BE_FILLED = {"licences": {"ended_on", "ended_source_id", "commenced_on", "effective_on"}}
MAY_CHANGE = {
    "sources": {"checked_on", "check_every_days", "note", "rewrite_of"}, "licences": {"note", "may_be", "more_source_ids"},
    "rulings": {"held", "status", "confidence", "reason", "expect", "ruled_on", "about", "source_ids"},
    "properties": {"label", "compare_within_days", "part_of_subject", "part_of_property", "quantity", "note"},
    "readings": {"plausibility", "why", "label", "more_source_ids"}, "assumptions": {"low", "value", "high", "shape", "basis", "source_id", "why"},
    "regimes": {"until", "status", "note"}, "events": {"more_source_ids", "note"}, "claims": {"note", "flag", "origin_id"},
}  # fmt: skip


@contextmanager
def opened(place: str | os.PathLike, beside: Path | None = None) -> Iterator[Folder]:
    """A data folder, or the data of a git tag or commit of the repository ``beside`` lies in.

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
    listed = (
        None
        if ref.startswith("-") or prefix is None
        else _git(repository, "ls-tree", "--full-tree", "--name-only", ref, prefix.decode().strip())
    )
    if not listed:
        raise UsageError(f"'{ref}' is neither a data folder nor a tag or commit of the repository at {repository}.")
    for name in listed.decode().splitlines():
        if name.endswith((".csv", ".json")):
            (folder / Path(name).name).write_bytes(_git(repository, "show", f"{ref}:{name}") or b"")


def _git(repository: Path, *args: str) -> bytes | None:
    """What git answers, or nothing where it does not know."""
    try:
        done = subprocess.run(["git", "-C", str(repository), *args], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def diff(old: str | os.PathLike, new: str | os.PathLike | None = None, *, tables: tuple[str, ...] = ("licences", "claims")):
    """Rows added, ended, renamed, changed or gone between two data folders or git tags.

    Parameters: ``old`` and ``new`` folders or git refs; ``new`` is by default the record in use; ``tables`` which tables
    to compare. Returns a DataFrame: ``table``, ``change``, ``key``, ``column``, ``old``, ``new``. Raises `UsageError`.
    """
    import pandas as pd

    here = Folder().path
    with opened(old, here) as before, opened(new or here, here) as after:
        rows = [row for name in tables for row in compare(before.table(name), after.table(name))]
    return pd.DataFrame(rows, columns=["table", "change", "key", "column", "old", "new"])


def compare(old: Table, new: Table) -> Iterator[dict]:
    """Changes between two states of one table, row by row."""
    name, before, after = new.resource.name, _by_key(old), _by_key(new)
    for key in [*before, *(k for k in after if k not in before)]:
        if key not in after:
            yield {"table": name, "change": "gone", "key": key, "column": "", "old": "", "new": ""}
        elif key not in before:
            yield {"table": name, "change": "added", "key": key, "column": "", "old": "", "new": _headline(after[key])}
        else:
            yield from _changes(name, key, before[key], after[key])


def _by_key(table: Table) -> dict[str, dict]:
    return {".".join(str(row[k]) for k in table.resource.primary_key): row for row in table.rows()}


def _headline(row: dict) -> str:
    texts = [str(row[k]) for k in ("company", "brand", "subject", "property", "value_as_stated", "event", "title") if row.get(k)]
    return " ".join(texts)[:120]


def _changes(table: str, key: str, old: dict, new: dict) -> Iterator[dict]:
    for column in new:
        a, b = (None if r.get(column) is None else str(r[column]) for r in (old, new))
        if a != b:
            kind = {"ended_on": "ended", "company": "renamed", "brand": "renamed"}.get(column, "changed")
            yield {"table": table, "change": kind, "key": key, "column": column, "old": a or "", "new": b or ""}


def history_problems(old: Folder, new: Folder) -> Iterator[Problem]:
    """Published rows that were deleted, and published cells that were edited, since an earlier state."""
    for name, resource in new.package.resources.items():
        if name not in old.package.resources:
            continue
        for change in compare(old.table(name), new.table(name)):
            if change["change"] == "gone":
                found, fix = f"row {change['key']} is gone", "restore it; end it, or contradict it by a new row"
            elif change["change"] != "added" and not _allowed(name, change):
                found, fix = (
                    f"row {change['key']}: {change['column']} was '{change['old']}', is '{change['new']}'",
                    "restore it, and add a row",
                )
            else:
                continue
            yield Problem(resource.path, 0, 0, "history", found, "published rows as they were", fix)


def _allowed(table: str, change: dict) -> bool:
    column = change["column"]
    return column in MAY_CHANGE.get(table, ()) or (not change["old"] and column in MAY_BE_FILLED.get(table, ()))
