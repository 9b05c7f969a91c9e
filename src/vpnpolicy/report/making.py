"""The making of one report, from a checked job to a folder of finished files. Runs in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..basis.dates import PartialDate
from ..basis.errors import ReportError
from ..record.schema import Folder
from .appendix import method_of
from .engine import own_surroundings, run_notebook
from .executed import check_complete, normalise
from .export import Piece, build_page, render_html
from .job import Job
from .manifest import data_hashes, manifest
from .pdf import NO_PANGO, pdf_available, render_pdf
from .workbook import NO_XLSX, render_workbook, xlsx_available

MAX_BYTES = 64 * 2**20
"""Size all files of one report may have together [B]."""


@dataclass(frozen=True)
class Order:
    """A job with what it is made of: formats, engine, data, and the empty folder it works in."""

    job: Job
    formats: tuple[str, ...]
    engine: str
    data: str
    work: str

    def to_dict(self) -> dict:
        """Plain values, as they travel to another process."""
        return {**vars(self), "job": self.job.to_dict(), "formats": list(self.formats)}

    @classmethod
    def from_dict(cls, plain: Mapping) -> Order:
        """The order back from plain values."""
        return cls(**{**plain, "job": Job.from_dict(plain["job"]), "formats": tuple(plain["formats"])})


def make(order: Order) -> dict:
    """Run the notebook, export it, and put the files into ``pieces`` of the working folder.

    Returns plain values: ``files`` with the hash of each, ``title``, ``findings``, ``tables`` that were read, ``remarks``;
    or ``error``, with the text of the partial notebook in ``partial.ipynb``. Other errors are raised.
    """
    work = Path(order.work)
    os.environ.update(own_surroundings(_as_of(order).latest.isoformat(), order.data, _figures(order.formats), work / "reads"))
    os.chdir(work)
    try:
        notebook = run_notebook(order.job.name, order.job.notebook, order.job.parameters, work, order.engine)
        check_complete(notebook, order.job.name)
    except ReportError as error:
        if getattr(error, "notebook", None):
            (work / "partial.ipynb").write_text(error.notebook, encoding="utf-8")
        return {"error": str(error)}
    return _export(order, normalise(notebook, order.job.parameters), work)


def _figures(formats: tuple[str, ...]) -> str:
    return "svg,png" if "png" in formats else "svg"


def _as_of(order: Order) -> PartialDate:
    """The day a report looks back from: its parameter, or the day the record was compiled to."""
    return PartialDate.parse(order.job.parameters.get("as_of") or Folder(order.data).package.as_of)


def _export(order: Order, notebook, work: Path) -> dict:
    from nbformat.v4 import writes  # as nbformat.writes, without a second look at what was checked when it was read

    page = build_page(
        notebook, name=order.job.name, version=_version(), date=_as_of(order).latest.isoformat(), stamp=_stamp(order), data=order.data
    )  # fmt: skip
    tables = tables_read(work)
    page.method = method_of(order.job, data_hashes(tables, order.data), Folder(order.data).package.version, _version())
    html = render_html(notebook, page)
    pieces = [
        Piece("report.html", html.encode()),
        Piece("report.ipynb", writes(notebook, split_lines=False).encode()),
        *page.pieces,
    ]
    remarks = []
    if "pdf" in order.formats:
        if pdf_available():
            pieces.append(Piece("report.pdf", render_pdf(render_html(notebook, page, paper=True))))
        else:
            remarks.append(NO_PANGO)
    if "xlsx" in order.formats:
        if xlsx_available():
            pieces.append(Piece("report.xlsx", render_workbook(page)))
        else:
            remarks.append(NO_XLSX)
    if sum(len(p.content) for p in pieces) > MAX_BYTES:
        return {"error": f"{order.job.name}: output-too-big: the files are larger than {MAX_BYTES // 2**20} MB together."}
    files = {p.path: hashlib.sha256(p.content).hexdigest() for p in pieces}
    figures = page.findings.get("figures", {})
    content = manifest(order.job.name, order.job.notebook, order.job.parameters, files, figures, tables, order.data)
    pieces.append(Piece("manifest.json", (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()))
    files["manifest.json"] = hashlib.sha256(pieces[-1].content).hexdigest()
    _write(work / "pieces", pieces)
    return {"files": files, "title": page.title, "findings": page.findings, "tables": tables, "remarks": remarks}


def _write(folder: Path, pieces: list[Piece]) -> None:
    for piece in pieces:
        path = folder / piece.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(piece.content)


def tables_read(work: Path) -> list[str]:
    """Names of the files of the record a run has read, the schema first."""
    log = work / "reads"
    names = log.read_text(encoding="utf-8").split() if log.exists() else []
    return ["datapackage.json", *sorted(set(names))]


def _version() -> str:
    from .. import __version__

    return __version__


def _stamp(order: Order) -> list[tuple[str, str]]:
    folder, day = Folder(order.data), _as_of(order)
    changed = ", ".join(f"{n} = {order.job.parameters[n]}" for n in order.job.changed) or "none"
    return [
        ("As of", str(day)),
        ("Data", folder.package.version),
        ("Newest page", _newest_page(folder, day)),
        ("Changed from default", changed),
    ]


def _newest_page(folder: Folder, day: PartialDate) -> str:
    """The newest dated page that had come out by a day."""
    dated = [r["published_on"] for r in folder.table("sources").rows() if r["kind"] != "dataset" and r["published_on"]]
    newest = max((d for d in dated if d.is_day and d.by(day)), key=lambda d: d.latest, default=None)
    return f"{newest}, {(day.latest - newest.latest).days} days before" if newest else "none by then"
