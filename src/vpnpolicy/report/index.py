"""The page that ties the reports of one run together: rows that sort, small pictures side by side, failures with reasons."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

from ..basis.files import write_whole
from .batch.result import Batch
from .export import DISCLAIMER, TEMPLATES
from .job import Report


def write_index(batch: Batch) -> Path:
    """Write ``index.html`` of a batch; the same batch gives the same bytes."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8") + (TEMPLATES / "index.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "index.js").read_text(encoding="utf-8")
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>vpnpolicy reports</title><style>
{css}</style></head><body class="index">
<header class="stamp"><p class="name">vpnpolicy</p><dl><div><dt>Reports</dt><dd>{len(batch.reports)}</dd></div>
<div><dt>Failed</dt><dd>{len(batch.failed)}</dd></div></dl></header>
<main><h1>Pakistan's VPN licensing regime: reports</h1>
{_failures(batch)}
{_table(batch)}
{_multiples(batch.reports)}
</main><footer><p>{html.escape(DISCLAIMER)}</p></footer><script>{script}</script></body></html>
"""
    write_whole(batch.folder / "index.html", page.encode())
    return batch.folder / "index.html"


def _policy(script: str) -> str:
    """Only our own script, known by its hash, and pictures from the folder beside the page."""
    sha = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; img-src 'self' data: file:; style-src 'unsafe-inline'; script-src 'sha256-{sha}'; base-uri 'none'; form-action 'none'"


def _failures(batch: Batch) -> str:
    rows = "".join(f"<li><b>{html.escape(f.name)}</b>: {html.escape(f.reason)}</li>" for f in batch.failed)
    return f'<section class="failed"><h2>Not made</h2><ul>{rows}</ul></section>' if batch.failed else ""


def _table(batch: Batch) -> str:
    varied = varied_parameters(batch.reports)
    heads = "".join(
        f'<th scope="col"><button type="button">{html.escape(h)}</button></th>' for h in ["Report", *varied, "First finding"]
    )
    rows = "\n".join(_row(r, varied) for r in batch.reports)
    caption = "Reports; a heading sorts by its column"
    table = f'<table class="sortable"><caption>{caption}</caption><thead><tr>{heads}<th scope="col">Files</th></tr></thead><tbody>\n{rows}\n</tbody></table>'
    return f'<div class="scroll" role="region" aria-label="{caption}" tabindex="0">{table}</div>'


def varied_parameters(reports: list[Report]) -> list[str]:
    """Parameters that are not the same in every report that has them, in the order they appear."""
    seen: dict[str, set[str]] = {}
    for report in reports:
        for name, value in report.parameters.items():
            seen.setdefault(name, set()).add(str(value))
    return [n for n, values in seen.items() if len(values) > 1]


def _row(report: Report, varied: list[str]) -> str:
    base = html.escape(report.name, quote=True)
    kinds = [
        ("report.html", "Read"),
        ("report.pdf", "PDF"),
        ("report.xlsx", "Workbook"),
        ("report.ipynb", "Notebook"),
        ("manifest.json", "Manifest"),
    ]
    links = " · ".join(f'<a href="{base}/{f}">{label}</a>' for f, label in kinds if f in report.files)
    texts = report.findings.get("texts", [])
    cells = [str(report.parameters.get(n, "")) for n in varied] + [texts[0] if texts else ""]
    values = "".join(f"<td>{_unbroken(c)}</td>" for c in cells)
    name = f'<a href="{base}/report.html">{html.escape(report.title or report.name)}</a><br><small>{html.escape(report.name)}</small>'
    return f'<tr><th scope="row">{name}</th>{values}<td>{links}</td></tr>'


def _unbroken(text: str) -> str:
    """Escaped; a date stays on one line."""
    escaped = html.escape(text)
    return f'<span class="k">{escaped}</span>' if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text) else escaped


def _multiples(reports: list[Report]) -> str:
    """The first figure of each report, small, side by side."""
    figures = [
        (r, min(f for f in r.files if f.startswith("figures/")))
        for r in reports
        if any(f.startswith("figures/") for f in r.files)
    ]
    items = "\n".join(
        f'<figure><a href="{html.escape(r.name)}/report.html"><img loading="lazy" src="{html.escape(f"{r.name}/{f}")}" alt="First figure of {html.escape(r.name)}"></a>'
        f"<figcaption>{html.escape(r.name)}</figcaption></figure>"
        for r, f in figures
    )
    return f'<section class="multiples"><h2>First figures, side by side</h2>\n{items}\n</section>' if figures else ""
