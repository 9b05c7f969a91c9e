"""What a batch gave: each report done or failed, as objects and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...basis.markup import TABLE_STYLE, table_html
from ..job import Job, Report


@dataclass(frozen=True)
class Failure:
    """A report that could not be made: why, and after how many tries."""

    name: str
    reason: str
    parameters: Mapping = field(default_factory=dict)
    tries: int = 1


@dataclass
class Batch:
    """All reports of a plan, in its order.

    ``made`` and ``kept`` are names of reports that were made now, or stood already; ``failed`` says why the others do not
    exist; ``not_started`` are names that were not reached; ``warnings`` tell of files and lines that were damaged.
    """

    folder: Path
    reports: list[Report] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    not_started: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = {"made": self.made, "kept": self.kept, "failed": self.failed, "not started": self.not_started}
        return ", ".join(f"{len(each)} {word}" for word, each in counts.items() if each) or "nothing to do"

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        rows = [(r["name"], r["status"], r.get("title", "") or r.get("reason", "")) for r in self.to_rows()]
        rows += [(name, "not started", "") for name in self.not_started]
        table = table_html(f"{self} in {self.folder}", ("Report", "Status", "Title, or why not"), rows)
        return {"text/html": TABLE_STYLE + table, "text/plain": str(self)}

    def to_rows(self) -> list[dict]:
        """One row a report: name, status, parameters and key figures, or the reason it failed."""
        rows = [
            {"name": r.name, "status": "done", "title": r.title, **r.parameters, **r.findings.get("figures", {})}
            for r in self.reports
        ]
        rows += [{"name": f.name, "status": "failed", **f.parameters, "reason": f.reason} for f in self.failed]
        return rows

    def to_frame(self):
        """The same as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.to_rows())


def gather(folder: Path, jobs: Sequence[Job], entries: Mapping[str, dict], made: Sequence[str], kept: Sequence[str]) -> Batch:
    """The state of a plan as the journal has it."""
    batch = Batch(folder, made=list(made), kept=list(kept))
    for job in jobs:
        entry = entries.get(job.name)
        if entry is None:
            batch.not_started.append(job.name)
        elif entry["status"] == "failed":
            batch.failed.append(Failure(job.name, entry["reason"], job.parameters, entry["tries"]))
        else:
            batch.reports.append(report_of(folder, job, entry))
    return batch


def report_of(folder: Path, job: Job, entry: Mapping) -> Report:
    """A finished report as its journal entry describes it."""
    return Report(
        job.name, folder / job.name, entry["title"], dict(entry["files"]), entry["findings"], job.parameters, entry["remarks"]
    )  # fmt: skip
