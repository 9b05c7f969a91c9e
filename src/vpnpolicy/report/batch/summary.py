"""What is kept of a batch beside its reports: the plan, and a table of key figures."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...basis.errors import UsageError
from ...basis.files import write_whole
from ...basis.spreadsheets import to_csv
from ..job import Job
from .result import Batch

PLAN = "batch.json"
SCHEMA = "vpnpolicy.batch/1"


def write_plan(out: Path, jobs: Sequence[Job], options: Mapping) -> None:
    """Keep the checked plan, so that ``--resume`` needs nothing else."""
    rows = [{"name": j.name, "notebook": _told(j.notebook), "parameters": j.parameters} for j in jobs]
    content = {"schema": SCHEMA, "options": dict(options), "reports": rows}
    write_whole(out / PLAN, (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def _told(path: Path) -> str:
    """A notebook of the package by name, another by its path."""
    from ...basis.paths import notebooks_folder

    return path.stem if path.parent == notebooks_folder() else os.fspath(path)


def read_batch(out: Path) -> tuple[list[dict], dict]:
    """Rows and options of the batch of a folder. Raises `UsageError` where the folder holds none."""
    path = out / PLAN
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise ValueError
        return [{"name": r["name"], "notebook": r["notebook"], **r["parameters"]} for r in content["reports"]], content["options"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{out} holds no batch that can go on; start one with a plan and --out {out}.") from None


def write_table(batch: Batch) -> Path:
    """Write ``batch.csv``: name, status, parameters, key figures and reason of every report, columns as they first appear."""
    rows = batch.to_rows()
    header = list(dict.fromkeys(c for row in rows for c in row))
    path = batch.folder / "batch.csv"
    write_whole(path, to_csv(header, [[_cell(row.get(c)) for c in header] for row in rows]).encode())
    return path


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
