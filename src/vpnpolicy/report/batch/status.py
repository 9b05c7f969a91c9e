"""How a batch stands, read from its folder while it runs or after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...basis.errors import UsageError
from ..job import Job
from .journal import Journal
from .keys import Keys
from .lock import holder
from .result import Batch, gather
from .summary import read_batch


def batch_state(out: Path) -> tuple[Batch, str]:
    """The batch of a folder by its journal, and who works on it now, if anybody. Raises `UsageError`."""
    if not out.is_dir():
        raise UsageError(f"there is no folder {out}.")
    rows, _ = read_batch(out)
    jobs = [Job(r.pop("name"), Path(r.pop("notebook")), r) for r in rows]
    return gather(out, jobs, Journal(out).entries, [], []), holder(out)


def standing(jobs: Sequence[Job], out: Path, formats: tuple[str, ...], data: str | None) -> set[str]:
    """Names of reports that stand unchanged and would be kept."""
    journal, keys = Journal(out), Keys(formats, data)
    return {j.name for j in jobs if (entry := journal.entries.get(j.name)) and keys.stands(entry, j, out)}
