"""One report: parameters checked, notebook run, page and pieces written whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from ..basis.dates import PartialDate
from ..basis.errors import ReportError, UsageError, did_you_mean
from ..basis.files import make_folder, write_whole
from ..basis.paths import local_path
from ..record.schema import Folder
from .engine import check_complete, normalise, run_notebook, surroundings
from .export import Piece, build_page, render_html
from .manifest import manifest
from .notebook import find_notebook, read_parameters
from .parameters import check_parameters
from .pdf import NO_PANGO, pdf_available, render_pdf

FORMATS = ("html", "pdf", "png")


@dataclass
class Report:
    """A finished report: where it lies, what it is called and what it found."""

    name: str
    folder: Path
    title: str = ""
    files: dict[str, str] = field(default_factory=dict)
    findings: dict = field(default_factory=dict)
    parameters: dict = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """A report that has been checked and can start."""

    name: str
    notebook: Path
    parameters: dict
    changed: tuple[str, ...]


def check_formats(formats: str | Sequence[str]) -> tuple[str, ...]:
    """Output formats, ``html`` always among them. Raises `UsageError` for an unknown one."""
    asked = formats.split(",") if isinstance(formats, str) else list(formats)
    for name in asked:
        if name not in FORMATS:
            raise UsageError(f"there is no format '{name}'. {did_you_mean(name, FORMATS)}")
    return tuple(dict.fromkeys(["html", *asked]))


def check_installed() -> None:
    """Raise `UsageError` where a library that reports need is missing, with the command that brings it."""
    missing = [n for n in ("ipykernel", "nbconvert", "papermill") if find_spec(n) is None]
    if missing:
        raise UsageError(f'reports need {", ".join(missing)}. Install with: pip install "vpnpolicy[reports]"')


def plan_report(
    notebook: str, parameters: Mapping[str, object] | None = None, *, as_of: str | None = None, name: str | None = None,
    trust: bool = False, data: str | os.PathLike | None = None,
) -> Job:  # fmt: skip
    """Check one report before anything starts. Raises `UsageError` or `ParameterError`."""
    check_installed()
    path = find_notebook(notebook, trust=trust)
    given = dict(parameters or {})
    if as_of is not None and "as_of" not in given and any(p.name == "as_of" for p in read_parameters(path)):
        given["as_of"] = as_of
    values = check_parameters(path, given, data)
    changed = tuple(p.name for p in read_parameters(path) if values[p.name] != p.default)
    return Job(name or path.stem, path, values, changed)


def run_report(
    notebook: str, parameters: Mapping[str, object] | None = None, *, out: str | os.PathLike = "reports/latest",
    as_of: str | None = None, formats: str | Sequence[str] = ("html", "pdf"), trust: bool = False,
    data: str | os.PathLike | None = None,
) -> Report:  # fmt: skip
    """Run one notebook and write its report.

    Parameters: ``notebook`` a name such as ``04_bandwidth_cost``; ``parameters`` values by name; ``out`` the folder that
    gets ``<notebook>/report.html`` and its kin; ``as_of`` shorthand for the parameter; ``formats`` ``html``, ``pdf``,
    ``png``; ``trust`` allows a notebook that is not of this package. Returns a `Report`.
    Raises `ParameterError` before a kernel starts, `ReportError` where a cell fails, `DiskError` where nothing can be written.
    """
    job = plan_report(notebook, parameters, as_of=as_of, trust=trust, data=data)
    return make_report(job, local_path(out), check_formats(formats), data)


def make_report(job: Job, out: Path, formats: tuple[str, ...], data: str | os.PathLike | None = None) -> Report:
    """Run a checked job; its files reach their final names only once all of them exist."""
    out = make_folder(out)
    work = Path(tempfile.mkdtemp(prefix=".work-", dir=out))
    try:
        notebook = _execute(job, out, work, formats, data)
        report, pieces = _export(job, notebook, out, formats, data)
        for piece in pieces:
            write_whole(report.folder / piece.path, piece.content)
        _remove_stale(report.folder, {p.path for p in pieces})
        return report
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _execute(job: Job, out: Path, work: Path, formats: tuple[str, ...], data):
    environment = surroundings(work, _as_of(job, data), data)
    environment["VPNPOLICY_FIGURES"] = "svg,png" if "png" in formats else "svg"
    try:
        notebook = run_notebook(job.notebook, job.parameters, work, environment)
        check_complete(notebook, job.name)
    except ReportError as error:
        partial = getattr(error, "notebook", None) or work / "partial.ipynb"
        if Path(partial).exists():
            write_whole(out / ".failed" / f"{job.name}.ipynb", Path(partial).read_bytes())
        raise
    return normalise(notebook, job.parameters)


def _as_of(job: Job, data) -> str:
    value = job.parameters.get("as_of") or job.parameters.get("end") or str(Folder(data).package.as_of)
    return PartialDate.parse(value).latest.isoformat()


def _export(job: Job, notebook, out: Path, formats: tuple[str, ...], data) -> tuple[Report, list[Piece]]:
    import nbformat

    package = Folder(data).package
    page = build_page(notebook, version=_version(), date=_as_of(job, data), stamp=_stamp(job, data), data=data)
    html = render_html(notebook, page)
    pieces = [Piece("report.html", html.encode()), Piece("report.ipynb", nbformat.writes(notebook).encode()), *page.pieces]
    report = Report(job.name, out / job.name, page.title, findings=page.findings, parameters=job.parameters)
    if "pdf" in formats:
        if pdf_available():
            pieces.append(Piece("report.pdf", render_pdf(html)))
        else:
            report.remarks.append(NO_PANGO)
    hashes = {p.path: hashlib.sha256(p.content).hexdigest() for p in pieces}
    content = manifest(job.name, job.notebook, job.parameters, package.version, hashes, page.findings.get("figures", {}), data)
    pieces.append(Piece("manifest.json", (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()))
    report.files = hashes
    return report, pieces


def _version() -> str:
    from .. import __version__

    return __version__


def _stamp(job: Job, data) -> list[tuple[str, str]]:
    folder = Folder(data)
    dated = [r["published_on"] for r in folder.table("sources").rows() if r["kind"] != "dataset" and r["published_on"]]
    newest = max((d for d in dated if d.is_day), key=lambda d: d.latest)
    changed = ", ".join(f"{n} = {job.parameters[n]}" for n in job.changed) or "none"
    age = (PartialDate.parse(_as_of(job, data)).latest - newest.latest).days
    age_text = f"{newest}, {age} days before" if age >= 0 else f"{newest}, {-age} days after"
    return [("As of", str(job.parameters.get("as_of") or job.parameters.get("end") or folder.package.as_of)), ("Data", folder.package.version),
            ("Newest page", age_text), ("Changed from default", changed)]  # fmt: skip


def _remove_stale(folder: Path, keep: set[str]) -> None:
    """Take away figures, tables and pages that this report no longer has."""
    for path in [*folder.glob("figures/*"), *folder.glob("tables/*"), *folder.glob("report.*")]:
        if path.is_file() and path.relative_to(folder).as_posix() not in keep:
            path.unlink()


def run_reports(
    jobs: Iterable[Job], out: str | os.PathLike, formats: tuple[str, ...], data: str | os.PathLike | None = None,
    progress: Callable[[str | None], None] = lambda name: None,
) -> tuple[list[Report], list[tuple[str, str]]]:  # fmt: skip
    """Run checked jobs one after another; a failed one does not stop the others.

    ``progress`` hears the name of each report as it starts and ``None`` as it ends. Returns the finished reports and,
    for each failed one, its name and the reason.
    """
    done, failed = [], []
    for job in jobs:
        progress(job.name)
        try:
            done.append(make_report(job, local_path(out), formats, data))
        except ReportError as error:
            failed.append((job.name, str(error)))
        progress(None)
    return done, failed
