"""The page of links to the reports of one run: a table that sorts, first figures, failures."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from .._files import write_whole
from .batch import Batch, Report
from .html import TEMPLATES, template
from .page import DISCLAIMER

FILES = (
    ("report.html", "Read"), ("report.pdf", "PDF"), ("report.xlsx", "Workbook"),
    ("report.ipynb", "Notebook"), ("manifest.json", "Manifest"),
)  # fmt: skip


def write_index(batch: Batch) -> None:
    """Write ``index.html``; the same batch gives the same bytes."""
    reports, varied = batch.reports, varied_parameters(batch.reports)
    page = template("index.html").render(
        batch=batch, script=_script(), policy=_policy(), disclaimer=DISCLAIMER,
        heads=["Report", *varied, "First finding"], rows=[_row(r, varied) for r in reports],
        figures=[(r, min(found)) for r in reports if (found := _figures(r))],
    )  # fmt: skip
    write_whole(batch.folder / "index.html", page.encode())


@cache
def _script() -> str:
    return (TEMPLATES / "index.js").read_text(encoding="utf-8")


def _policy() -> str:
    """Return a policy that allows our own script, by its hash, and pictures beside the page."""
    sha = base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
    return (
        "default-src 'none'; img-src 'self' data: file:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{sha}'; base-uri 'none'; form-action 'none'"
    )


def varied_parameters(reports: list[Report]) -> list[str]:
    """Return the parameters that differ between reports, in the order they appear."""
    seen: dict[str, set[str]] = {}
    for report in reports:
        for name, value in report.parameters.items():
            seen.setdefault(name, set()).add(str(value))
    return [n for n, values in seen.items() if len(values) > 1]


def _figures(report: Report) -> list[str]:
    return [f for f in report.files if f.startswith("figures/")]


def _row(report: Report, varied: list[str]) -> dict:
    texts = report.findings.get("texts", [])
    cells = [str(report.parameters.get(n, "")) for n in varied] + [texts[0] if texts else ""]
    dates = [bool(re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", c)) for c in cells]
    links = [(f, label) for f, label in FILES if f in {*report.files, "manifest.json"}]
    return {"report": report, "cells": list(zip(cells, dates, strict=True)), "links": links}
