"""Assumptions of the record as ranges."""

from __future__ import annotations

from ..errors import UsageError, did_you_mean
from ..ranges import Range, row_range
from ..record.schema import Folder


def assumption(name: str, folder: Folder) -> tuple[Range, dict]:
    """Return one assumption as a range, with its row. Raises `UsageError` for an unknown name."""
    rows = {r["name"]: r for r in folder.checked("assumptions").rows()}
    if name not in rows:
        raise UsageError(f"there is no assumption '{name}'. {did_you_mean(name, rows)}")
    return row_range(rows[name]), rows[name]
