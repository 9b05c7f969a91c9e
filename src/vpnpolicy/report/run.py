"""Reports on demand: checked, made by the press, written whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from ..basis.errors import ReportError
from ..basis.paths import local_path
from .batch.result import Batch
from .batch.runner import Settings, run_jobs
from .job import Job, Report, check_engine, check_formats, plan_report

__all__ = ["Report", "run_report", "run_reports"]


def run_report(
    notebook: str, parameters: Mapping[str, object] | None = None, *, out: str | os.PathLike = "reports/latest",
    as_of: str | None = None, formats: str | Sequence[str] = ("html", "pdf"), trust: bool = False, engine: str = "warm",
    data: str | os.PathLike | None = None,
) -> Report:  # fmt: skip
    """Run one notebook and write its report.

    Parameters: ``notebook`` a name such as ``04_bandwidth_cost``; ``parameters`` values by name; ``out`` the folder that
    gets ``<notebook>/report.html`` and its kin; ``as_of`` shorthand for the parameter; ``formats`` ``html``, ``pdf``,
    ``png``; ``trust`` allows a notebook that is not of this package; ``engine`` ``warm`` or ``kernel``. Returns a `Report`.
    Raises `ParameterError` before anything starts, `ReportError` where a cell fails, `DiskError` where nothing can be written.
    """
    job = plan_report(notebook, parameters, as_of=as_of, trust=trust, data=data)
    batch = run_reports([job], out, formats, engine=engine, data=data)
    for failure in batch.failed:
        raise ReportError(failure.reason)
    return batch.reports[0]


def run_reports(
    jobs: Sequence[Job], out: str | os.PathLike, formats: str | Sequence[str] = ("html",), *, engine: str = "warm", parallel: int = 1,
    data: str | os.PathLike | None = None, progress: Callable[[str, str], None] = lambda name, state: None,
) -> Batch:  # fmt: skip
    """Make the reports of checked jobs, each anew; a failed one does not stop the others.

    ``progress`` hears each name with ``started``, ``done`` or ``failed``. Returns a `Batch`.
    """
    settings = Settings(
        check_formats(formats), check_engine(engine), parallel, True, os.fspath(data) if data is not None else None, progress=progress
    )  # fmt: skip
    return run_jobs(jobs, local_path(out), settings)
