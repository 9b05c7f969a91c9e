"""Pages as HTML files: a report without any script, and the index of a run with one, which sorts."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import jinja2

from .._files import write_whole
from .batch import Batch, Report
from .page import DISCLAIMER, Page

TEMPLATES = Path(__file__).parent / "templates"
FILES = (
    ("report.html", "Read"), ("report.pdf", "PDF"), ("report.xlsx", "Workbook"),
    ("report.ipynb", "Notebook"), ("manifest.json", "Manifest"),
)  # fmt: skip


@cache
def _template(name: str) -> jinja2.Template:
    """Return a template of this package; all text put into it is escaped."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    for variable, file in (
        ("css", "report.css"),
        ("index_css", "index.css"),
        ("script", "index.js"),
    ):
        environment.globals[variable] = (TEMPLATES / file).read_text(encoding="utf-8")
    return environment.get_template(name)


def render_html(page: Page) -> str:
    """Return a report as one HTML file."""
    return _template("report.html").render(page=page)


def write_index(batch: Batch) -> None:
    """Write ``index.html``; the same batch gives the same bytes."""
    reports, varied = batch.reports, varied_parameters(batch.reports)
    figures = [
        (r, min(f)) for r in reports if (f := [n for n in r.files if n.startswith("figures/")])
    ]
    page = _template("index.html").render(
        batch=batch, policy=_policy(), disclaimer=DISCLAIMER, figures=figures,
        heads=["Report", *varied, "First finding"], rows=[_row(r, varied) for r in reports],
    )  # fmt: skip
    write_whole(batch.folder / "index.html", page.encode())


def _policy() -> str:
    """Return a policy that allows our own script, by its hash, and pictures beside the page."""
    script = (TEMPLATES / "index.js").read_text(encoding="utf-8")
    sha = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; img-src 'self' data: file:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{sha}'; base-uri 'none'; form-action 'none'"
    )


def varied_parameters(reports: list[Report]) -> list[str]:
    """Return the parameters that differ between reports, in the order they appear."""
    names = dict.fromkeys(n for r in reports for n in r.parameters)
    return [
        n for n in names if len({str(r.parameters[n]) for r in reports if n in r.parameters}) > 1
    ]


def _row(report: Report, varied: list[str]) -> dict:
    texts = report.findings.get("texts", [])
    cells = [str(report.parameters.get(n, "")) for n in varied] + [texts[0] if texts else ""]
    dates = [bool(re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", c)) for c in cells]
    links = [(f, label) for f, label in FILES if f in {*report.files, "manifest.json"}]
    return {"report": report, "cells": list(zip(cells, dates, strict=True)), "links": links}
