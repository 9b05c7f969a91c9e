"""What a run gave: each report done or failed, as objects, as a table and as a page of links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .._files import write_whole
from ..formatting import TABLE_STYLE, note_html, table_html, to_csv


@dataclass(frozen=True)
class Failure:
    """A report that could not be made: why, and after how many attempts."""

    name: str
    reason: str
    parameters: Mapping = field(default_factory=dict)
    tries: int = 1


@dataclass(frozen=True, repr=False)
class Report:
    """A finished report: its folder, whether it was reused, and its manifest."""

    name: str
    folder: Path
    reused: bool
    manifest: Mapping

    @property
    def title(self) -> str:
        """Return the title."""
        return self.manifest["title"] or self.name

    @property
    def files(self) -> dict[str, str]:
        """Return the SHA-256 of each file by its name."""
        return self.manifest["files_sha256"]

    @property
    def findings(self) -> dict:
        """Return the findings: ``texts``, and ``figures`` by name."""
        return self.manifest["findings"]

    @property
    def parameters(self) -> dict:
        """Return the parameters by name."""
        return self.manifest["parameters"]

    @property
    def remarks(self) -> list[str]:
        """Return what the report could not show, one line each."""
        return [f"{self.name}: {remark}" for remark in self.manifest["remarks"]]

    def lines(self) -> list[str]:
        """Return the first findings, where the files are, and remarks."""
        texts = self.findings.get("texts", [])[:3]
        return [*texts, f"{len(self.files) + 1} files in {self.folder}", *self.remarks]

    def __repr__(self) -> str:
        return "\n  ".join([self.title, *self.lines()])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        html = note_html("vp-report", self.title, self.lines())
        return {"text/html": html, "text/plain": str(self)}


@dataclass(repr=False)
class Batch:
    """All reports of a run, in the order of its plan; ``results`` holds each `Report` or `Failure`."""

    folder: Path
    results: list[Report | Failure] = field(default_factory=list)

    @property
    def reports(self) -> list[Report]:
        """Return the finished reports."""
        return [r for r in self.results if isinstance(r, Report)]

    @property
    def failed(self) -> list[Failure]:
        """Return the failures."""
        return [r for r in self.results if isinstance(r, Failure)]

    @property
    def made(self) -> list[str]:
        """Return the names of reports that were made in this run."""
        return [r.name for r in self.reports if not r.reused]

    @property
    def reused(self) -> list[str]:
        """Return the names of reports that were up to date."""
        return [r.name for r in self.reports if r.reused]

    @property
    def remarks(self) -> list[str]:
        """Return the remarks of all reports."""
        return [remark for report in self.reports for remark in report.remarks]

    def __repr__(self) -> str:
        counts = {"made": len(self.made), "reused": len(self.reused), "failed": len(self.failed)}
        return ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "nothing to do"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        rows = [
            (r["name"], r["status"], r.get("title", "") or r.get("reason", ""))
            for r in self.to_rows()
        ]
        table = table_html(
            f"{self} in {self.folder}", ("Report", "Status", "Title or reason"), rows
        )
        return {"text/html": TABLE_STYLE + table, "text/plain": str(self)}

    def to_rows(self) -> list[dict]:
        """Return one row per report: name, status, parameters, key figures or the reason it failed."""
        rows = []
        for r in self.results:
            if isinstance(r, Failure):
                rows.append(
                    {"name": r.name, "status": "failed", **r.parameters, "reason": r.reason}
                )
            else:
                named = {"name": r.name, "status": "done", "title": r.title}
                rows.append({**named, **r.parameters, **r.findings.get("figures", {})})
        return rows

    def to_frame(self):
        """Return the same as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.to_rows())


def write_table(batch: Batch) -> None:
    """Write ``batch.csv``: one row per report, columns in the order they first appear."""
    rows = batch.to_rows()
    header = list(dict.fromkeys(c for row in rows for c in row))
    cells = [[row.get(c) for c in header] for row in rows]
    cells = [
        [json.dumps(v, ensure_ascii=False) if isinstance(v, list | dict) else v for v in row]
        for row in cells
    ]
    write_whole(batch.folder / "batch.csv", to_csv(header, cells).encode())
