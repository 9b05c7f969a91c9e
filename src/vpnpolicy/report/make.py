"""Make one report: run its notebook, build its page and write its files into a private folder."""

from __future__ import annotations

import contextlib
import json
import os
import random
import string
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from .._files import data_folder
from .._identity import code_hash, data_hashes, identity, versions
from ..data.tables import Folder
from ..dates import PartialDate
from ..errors import ReportError, VpnPolicyError
from ..notebooks.execute import Run, as_text, load, normalise
from ..notebooks.kernel import INPUTS, preload
from .html import render_html
from .manifest import Job, build_manifest, workers_for
from .page import build_page
from .pdf import prepare_pdf, render_pdf
from .workbook import render_workbook

MAX_BYTES = 64 * 2**20
"""Size that all files of a report may have together [B]."""

__all__ = ["identity", "localise", "run", "warm_up"]


def run(task: dict, work: Path) -> dict:
    """Make the files of a report below ``work/files``, ``manifest.json`` among them.

    Returns an empty map, or one with ``error``, the reason in one line; the notebook of a report
    that failed, as far as it ran, is ``work/partial.ipynb``.
    """
    job = Job(**task["job"])
    random.seed()  # a forked process has the state of its parent
    np.random.seed()
    os.chdir(work)
    os.environ.update(_environment(job, work))
    notebook_run = Run(work)
    try:
        notebook = load(job.text, job.notebook)
        folder = job.folder or str(work)
        notebook = notebook_run.execute(notebook, job.given, folder, task["cell_limit"])
        _write_files(job, normalise(notebook, job.parameters), work)
    except ReportError as error:
        if notebook_run.notebook is not None:
            (work / "partial.ipynb").write_text(notebook_run.partial(), encoding="utf-8")
        return {"error": str(error)}
    return {}


def localise(task: dict, work: Path) -> tuple[dict, list[str], dict[str, str]]:
    """Return a task as it is on this machine, with its own data, and what `workers_for` returns."""
    job = Job(**task["job"])
    job = replace(job, data=str(data_folder()), folder=str(work) if job.folder else "")
    return {**task, "job": asdict(job)}, *workers_for(job)


def warm_up(data: str, formats: str) -> None:
    """Import and load everything that reports share: libraries, the record, fonts, templates."""
    import matplotlib.pyplot  # noqa: F401

    import vpnpolicy

    for name in dir(vpnpolicy):
        getattr(vpnpolicy, name)
    with contextlib.suppress(VpnPolicyError):  # the reports themselves name what is wrong
        for name in Folder(data).package.resources:
            vpnpolicy.load(name, data=data)
    os.environ["VPNPOLICY_FIGURES"] = "svg,png" if "png" in formats else "svg"
    letters = string.printable.strip().replace("$", "")  # a chart of every letter loads its font
    inputs = {n: vpnpolicy.Range(1, 2, 3) for n in (letters, letters[::-1])}
    bars = vpnpolicy.tornado(lambda **x: sum(x.values()), inputs)
    vpnpolicy.plot_tornado(bars, letters)._repr_mimebundle_()  # type: ignore[attr-defined]
    cell = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Empty"}
    empty = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    render_html(build_page(load(json.dumps(empty), "empty")))
    preload()
    if "pdf" in formats:
        prepare_pdf()
    versions()
    code_hash()


def _environment(job: Job, work: Path) -> dict[str, str]:
    """Return the environment of one report: its day, its data, its private folders."""
    return {
        "VPNPOLICY_DATA": job.data, "VPNPOLICY_AS_OF": _as_of(job).latest.isoformat(),
        "VPNPOLICY_FIGURES": "svg,png" if "png" in job.formats else "svg",
        "VPNPOLICY_READS": str(work / "reads"), INPUTS: str(work / "inputs") if job.folder else "",
        "IPYTHONDIR": str(work / "ipython"), "JUPYTER_RUNTIME_DIR": str(work / "sockets"),
    }  # fmt: skip


def _as_of(job: Job) -> PartialDate:
    """Return the day a report looks back from: its parameter, or the day of the record."""
    try:
        return PartialDate.parse(job.parameters.get("as_of", ""))
    except ValueError:
        return PartialDate.parse(Folder(job.data).package.as_of)


def _write_files(job: Job, notebook, work: Path) -> None:
    page = build_page(
        notebook, name=job.name, version=versions()["vpnpolicy"], date=_as_of(job).latest.isoformat(),
        stamp=_stamp(job), data=job.data,
    )  # fmt: skip
    tables = data_hashes(job.data, {"datapackage.json", *_lines(work / "reads")})
    inputs = [os.path.relpath(json.loads(line), job.folder) for line in _lines(work / "inputs")]
    page.method = job.method(tables)
    files = {"report.html": render_html(page).encode(), **page.files}
    files["report.ipynb"] = as_text(notebook).encode()
    if "pdf" in job.formats:
        files["report.pdf"], remarks = render_pdf(page)
        page.remarks += remarks
    if "xlsx" in job.formats:
        files["report.xlsx"] = render_workbook(page)
    if sum(map(len, files.values())) > MAX_BYTES:
        raise ReportError(
            f"output-too-big: the files are larger than {MAX_BYTES // 2**20} MB together"
        )
    manifest = build_manifest(job, page, files, tables, inputs)
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    for name, content in (files | {"manifest.json": f"{text}\n".encode()}).items():
        path = work / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def _stamp(job: Job) -> list[tuple[str, str]]:
    folder, day = Folder(job.data), _as_of(job)
    changed = ", ".join(f"{n} = {job.parameters[n]}" for n in job.changed) or "none"
    return [
        ("As of", str(day)), ("Data", folder.package.version),
        ("Newest page", _newest_page(folder, day)), ("Changed from default", changed),
    ]  # fmt: skip


def _newest_page(folder: Folder, day: PartialDate) -> str:
    """Return the newest dated page that had been published by a day."""
    rows = folder.table("sources").rows()
    dated = [r["published_on"] for r in rows if r["kind"] != "dataset" and r["published_on"]]
    newest = max((d for d in dated if d.is_day and d.by(day)), key=lambda d: d.latest, default=None)
    if newest is None:
        return "none by then"
    return f"{newest}, {(day.latest - newest.latest).days} days before"
