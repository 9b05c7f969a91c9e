"""The page that ties the reports of one run together."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from ..basis.files import write_whole
from .export import DISCLAIMER, TEMPLATES
from .run import Report

CSP = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write_index(out: Path, reports: Sequence[Report], failed: Sequence[tuple[str, str]] = (), stamp: str = "") -> Path:
    """Write ``index.html``: each report with its first finding and links, failed ones with the reason."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    items = "\n".join(_entry(r) for r in reports)
    wrong = "\n".join(f"<li><b>{html.escape(n)}</b>: {html.escape(why)}</li>" for n, why in failed)
    failures = f"<h2>Not made</h2>\n<ul>{wrong}</ul>" if failed else ""
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{CSP}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vpnpolicy reports</title><style>
{css}</style></head><body>
<header class="stamp"><p class="name">vpnpolicy</p><dl><div><dt>Reports</dt><dd>{len(reports)}</dd></div>{stamp}</dl></header>
<main><h1>Pakistan's VPN licensing regime: reports</h1>
{items}
{failures}
</main><footer><p>{html.escape(DISCLAIMER)}</p></footer></body></html>
"""
    write_whole(out / "index.html", page.encode())
    return out / "index.html"


def _entry(report: Report) -> str:
    texts = report.findings.get("texts", [])
    first = f"<p>{html.escape(texts[0])}</p>" if texts else ""
    base = html.escape(report.folder.name, quote=True)
    kinds = [("report.html", "Read"), ("report.pdf", "PDF"), ("report.ipynb", "Notebook"), ("manifest.json", "Manifest")]
    links = " · ".join(f'<a href="{base}/{f}">{label}</a>' for f, label in kinds if f in report.files or f == "manifest.json")
    return f'<section><h2><a href="{base}/report.html">{html.escape(report.title)}</a></h2>{first}<p>{links}</p></section>'
