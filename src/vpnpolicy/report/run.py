"""Reports on demand and in batches: what is up to date is reused, the rest is made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .._files import is_full, local_path
from .._identity import data_hashes, identity
from ..errors import DiskError, ReportError, UsageError
from ..workers.cluster import ClusterExecutor, check_address
from ..workers.local import executor
from ..workers.processes import raise_file_limit
from . import folder as folders
from .batch import Batch, Failure, Report, write_table
from .html import write_index
from .manifest import Job, difference, is_current, missing_files, read_manifest, workers_for
from .plan import plan_report, read_plan

MAKE = "vpnpolicy.report.make"  # imports all that reports need, which this process does not
MAX_TRIES, MAX_LIMIT_S = 2, 86_400
Progress = Callable[[str, str], None]


@dataclass
class Settings:
    """How reports are made: how many in parallel, whether to reuse, within what time [s], and where.

    ``cluster`` is the address of a Dask scheduler or a `distributed.Client`; ``insecure`` allows an
    address on another machine without TLS.
    """

    parallel: int = 1
    force: bool = False
    cell_limit: float = 120
    report_limit: float = 600
    cluster: object = None
    insecure: bool = False
    progress: Progress = field(default=lambda name, state: None)

    def __post_init__(self) -> None:
        if self.parallel < 1:
            raise UsageError(f"--jobs: found {self.parallel}; expected 1 or more.")
        for name, value in (("cell", self.cell_limit), ("report", self.report_limit)):
            if not 0 < value <= MAX_LIMIT_S:
                expected = f"more than 0 and at most {MAX_LIMIT_S:,}"
                raise UsageError(f"--{name}-limit: found {value:g} s; expected {expected}.")
        if isinstance(self.cluster, str) and not self.insecure:
            check_address(self.cluster)


def run_report(
    notebook: str,
    parameters: Mapping[str, object] | None = None,
    *,
    out: str | os.PathLike = "reports/latest",
    as_of: str | None = None,
    formats: str | Sequence[str] = ("html", "pdf"),
    trust: bool = False,
    data: str | os.PathLike | None = None,
) -> Report:
    """Run one notebook and write its report.

    Parameters
    ----------
    notebook
        Name such as ``04_bandwidth_cost``, or with ``trust`` the path of a notebook.
    parameters
        Values by name.
    out
        Folder that gets ``NOTEBOOK/report.html`` and the other files: new, empty or ours.
    as_of
        Short form of the parameter of that name.
    formats
        ``html`` (always made), ``pdf``, ``png``, ``xlsx``.
    trust
        Allow a notebook that is not of this package; a notebook is code.
    data
        Another data folder.

    Returns
    -------
    Report

    Raises
    ------
    ParameterError
        Before anything starts, for a parameter that the notebook does not take.
    ReportError
        A cell failed.
    DiskError
        Nothing can be written.
    """
    job = plan_report(notebook, parameters, as_of=as_of, formats=formats, trust=trust, data=data)
    batch = run_jobs([job], local_path(out), Settings(force=True))
    for failure in batch.failed:
        raise ReportError(failure.reason)
    return batch.reports[0]


def run_batch(
    plan: str | os.PathLike | Sequence[Mapping],
    executor: object = None,
    jobs: int | None = None,
    *,
    out: str | os.PathLike = "reports/batch",
    formats: str | Sequence[str] = ("html",),
    notebook: str | None = None,
    force: bool = False,
    trust: bool = False,
    data: str | os.PathLike | None = None,
    progress: Progress = lambda name, state: None,
) -> Batch:
    """Make a report for each row of a plan; what is up to date in the folder is reused.

    Parameters
    ----------
    plan
        A CSV, YAML or JSON file, a list of maps or a DataFrame: one column per parameter, and
        ``notebook`` and ``name`` where needed.
    executor
        Address of a Dask scheduler, or a `distributed.Client`; without one, this machine.
    jobs
        Reports at a time; as many as there are processors unless given.
    out
        Folder for the reports, ``index.html`` and ``batch.csv``: new, empty or ours.
    formats
        ``html`` (always made), ``pdf``, ``png``, ``xlsx``.
    notebook
        The notebook of rows that name none.
    force
        Regenerate reports that are up to date, too.
    trust
        Allow notebooks that are not of this package.
    data
        Another data folder.
    progress
        Called with each name and ``started``, ``reused``, ``done`` or ``failed``.

    Returns
    -------
    Batch

    Raises
    ------
    PlanError
        For a plan with errors, before anything starts.
    LockedError, DiskError, ClusterError
        The folder is in use, cannot be written to, or the cluster is gone.

    Examples
    --------
    >>> run_batch([{"as_of": "2025-02"}], notebook="01_register")  # doctest: +SKIP
    1 made
    """
    checked = read_plan(plan, notebook=notebook, formats=formats, trust=trust, data=data)
    settings = Settings(jobs or processors(), force, cluster=executor, progress=progress)
    return run_jobs(checked, local_path(out), settings)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(jobs: Sequence[Job], out: Path, settings: Settings) -> Batch:
    """Make the reports of checked jobs, with the index and the table of key figures.

    Raises `UsageError`, `LockedError`, `DiskError` or `ClusterError`; finished reports stay.
    """
    with folders.open_folder(out) as work:
        for job in jobs:
            folders.check_place(out, job.name)
        batch = _Runner(jobs, out, work, settings).run()
        write_table(batch)
        write_index(batch)
    return batch


class _Runner:
    """One run over the jobs of a plan."""

    def __init__(self, jobs: Sequence[Job], out: Path, work: Path, settings: Settings):
        self.jobs, self.out, self.work, self.settings = jobs, out, work, settings
        self.data = {data: data_hashes(data) for data in {job.data for job in jobs}}
        self.results: dict[str, Report | Failure] = {}

    def run(self) -> Batch:
        """Make what has to be made; a failed report does not stop the others, a full disk does."""
        todo = [job for job in self.jobs if not self._reuse(job)]
        for path in self.work.iterdir():
            shutil.rmtree(path, ignore_errors=True)
        if todo:
            self._make(todo)
        return Batch(self.out, [self.results[job.name] for job in self.jobs])

    def _reuse(self, job: Job) -> bool:
        """Take a report that is up to date, or that a run which was killed had finished."""
        place, work, data = self.out / job.name, self.work / job.name, self.data[job.data]
        if self.settings.force:
            return False
        if is_current(place, job, data):
            self._note(job, "reused")
        elif is_current(work / "files", job, data):
            self._install(job, work)
        return job.name in self.results

    def _make(self, todo: list[Job]) -> None:
        parallel = raise_file_limit(min(self.settings.parallel, len(todo)))
        waiting = iter(todo)
        running: dict[Future, tuple[Job, int]] = {}
        cluster = self.settings.cluster
        if cluster is None:
            chosen = executor(parallel, MAKE, *workers_for(todo[0]))
        else:
            chosen = ClusterExecutor(MAKE, cluster, identity())
        with chosen as workers:
            slots = getattr(workers, "slots", parallel)
            try:
                while self._fill(workers, waiting, running, slots):
                    done, _ = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                    getattr(workers, "check", lambda: None)()
                    for future in done:
                        job, tries = running.pop(future)
                        self._finish(workers, running, job, tries, future.result())
            except BaseException:
                workers.shutdown(cancel_futures=True)
                raise

    def _fill(self, workers, waiting: Iterator[Job], running: dict, slots: int) -> bool:
        """Start reports while there is room; return whether any is under way."""
        while len(running) < slots and (job := next(waiting, None)):
            self._start(workers, running, job, 1)
        return bool(running)

    def _start(self, workers, running: dict, job: Job, tries: int) -> None:
        work = self.work / job.name
        shutil.rmtree(work, ignore_errors=True)
        with folders.disk_errors(work):
            work.mkdir(mode=0o700)
        task = {"job": asdict(job), "cell_limit": self.settings.cell_limit}
        future = workers.submit(task, work, self.settings.report_limit)
        running[future] = job, tries
        self.settings.progress(job.name, "started")

    def _finish(self, workers, running: dict, job: Job, tries: int, result: dict) -> None:
        work = self.work / job.name
        reason = result.get("error") or self._problem(job, work)
        reason = f"{job.name}: {reason}" if reason else ""
        full = "no space left; " if reason and is_full(self.work) else ""
        if full or result.get("disk"):
            untouched = "Older files there are untouched."
            raise DiskError(f"cannot write {self.out}: {full}{reason}. {untouched}")
        if reason and result.get("crashed") and tries < MAX_TRIES:
            self._start(workers, running, job, tries + 1)
            return
        if reason:
            folders.keep_failure(self.out, job.name, reason, work, result.get("trace", ""))
            self.results[job.name] = Failure(job.name, reason, job.parameters, tries)
            self.settings.progress(job.name, "failed")
        else:
            self._install(job, work)
        shutil.rmtree(work, ignore_errors=True)

    def _problem(self, job: Job, work: Path) -> str:
        """Return why the files of a report may not get their final names, or an empty string."""
        files = work / "files"
        manifest = read_manifest(files)
        if manifest is None:
            return "its files are incomplete"
        if changed := difference(manifest, job, self.data[job.data]):
            where = "differs on the worker, or " if self.settings.cluster else ""
            return f"{changed} {where}changed while the report was made; run the command again"
        found = {p.relative_to(files).as_posix() for p in files.rglob("*") if p.is_file()}
        expected = {*manifest["files_sha256"], "manifest.json"}
        odd = {*missing_files(manifest, files), *found - expected}
        return f"files are not as they were made: {', '.join(sorted(odd))}" if odd else ""

    def _install(self, job: Job, work: Path) -> None:
        folders.install(work / "files", self.out / job.name)
        folders.forget_failure(self.out, job.name)
        self._note(job, "done")

    def _note(self, job: Job, state: str) -> None:
        place = self.out / job.name
        manifest = read_manifest(place) or {}
        self.results[job.name] = Report(job.name, place, state == "reused", manifest)
        self.settings.progress(job.name, state)
