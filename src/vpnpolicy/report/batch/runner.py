"""The run of a batch: what stands is kept, the rest is made, each report whole and journalled before the next word about it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...basis.errors import DiskError
from ...basis.files import disk_errors, is_full, make_folder, write_whole
from ...basis.paths import data_folder
from ...record.schema import Folder
from ..engine import partial_notebook
from ..job import Job
from ..making import Order
from ..manifest import file_hash
from ..press.client import Limits
from .journal import Journal
from .keys import Keys, whole
from .leftovers import Leftovers
from .local import LocalWorkers, Outcome
from .lock import locked
from .place import check_apart, check_free, install
from .result import Batch, gather

MAX_TRIES = 2
Progress = Callable[[str, str], None]


@dataclass
class Settings:
    """How a batch is run: formats, engine, how many at a time, whether to make again what stands, and by whom."""

    formats: tuple[str, ...] = ("html",)
    engine: str = "warm"
    jobs: int = 1
    force: bool = False
    data: str | None = None
    workers: Callable[..., object] = LocalWorkers
    progress: Progress = field(default=lambda name, state: None)
    limits: Limits = field(default_factory=Limits)
    before: Callable[[], None] = field(default=lambda: None)


def run_jobs(jobs: Sequence[Job], out: Path, settings: Settings) -> Batch:
    """Make the reports of a checked plan.

    Raises `LockedError` where another run is writing there, `UsageError` where the folder holds something else,
    `DiskError` where nothing can be written; what was finished before stays finished.
    """
    out = make_folder(out)
    with locked(out):
        left = Leftovers(out)
        for job in jobs:
            check_free(out, job.name)
            check_apart(job.notebook, out / job.name)
        settings.before()
        with _workshop(out) as work:
            return _Run(out, work, jobs, settings, left).go()


@contextmanager
def _workshop(out: Path):
    with disk_errors(out):
        work = Path(tempfile.mkdtemp(prefix=".work-", dir=out)).resolve()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Run:
    """One run over the jobs of a plan."""

    def __init__(self, out: Path, work: Path, jobs: Sequence[Job], settings: Settings, left: Leftovers):
        self.out, self.work, self.settings, self.left = out, work, settings, left
        self.data = _copied_data(work, settings.data)
        self.jobs = [replace(job, notebook=_copied_notebook(work, job.notebook)) for job in jobs]
        self.keys, self.journal = Keys(settings.formats, self.data), Journal(out)
        self.made: list[str] = []
        self.kept: list[str] = []
        self.tries: dict[str, int] = {}
        self.warnings = [f"journal: {self.journal.spoiled} lines were not as written; what they told is made again."] * bool(
            self.journal.spoiled
        )

    def go(self) -> Batch:
        """Make what has to be made; a failed report does not stop the others, a full disk does."""
        todo = [job for job in self.jobs if self.settings.force or not (self._stands(job) or self._saved(job))]
        self.left.sweep()
        if todo:
            with self.settings.workers(self.data, self.settings) as workers:
                self._make(todo[::-1], workers)
        self.journal.settle([j.name for j in self.jobs])
        batch = gather(self.out, self.jobs, self.journal.entries, self.made, self.kept)
        batch.warnings = self.warnings
        return batch

    def _stands(self, job: Job) -> bool:
        entry = self.journal.entries.get(job.name)
        if entry is None or not self.keys.same(entry, job):
            return False
        if not whole(entry, self.out / job.name):
            self.warnings.append(f"{job.name}: its files were not as written; made again.")
            return False
        self.kept.append(job.name)
        self.settings.progress(job.name, "kept")
        return True

    def _saved(self, job: Job) -> bool:
        """Whether a run that was killed had finished the report, and only its place was missing."""
        found = self.left.finished(job.name, self.keys.state(job)) if self.left.folders else None
        if found is None:
            return False
        self._finish(Outcome(Order(job, self.settings.formats, self.settings.engine, self.data, str(found[0])), found[1]))
        return True

    def _make(self, todo: list[Job], workers) -> None:
        while todo or workers.busy:
            while todo and workers.busy < workers.slots:
                self._start(todo.pop(), workers)
            outcomes = workers.wait()
            for _ in range(min(len(outcomes), len(todo))):  # the processors have work while files are synced
                self._start(todo.pop(), workers)
            for outcome in outcomes:
                if outcome.crashed and self.tries[outcome.order.job.name] < MAX_TRIES:
                    self._start(outcome.order.job, workers)
                else:
                    self._finish(outcome)

    def _start(self, job: Job, workers) -> None:
        self.tries[job.name] = self.tries.get(job.name, 0) + 1
        folder = self.work / f"{job.name}.{self.tries[job.name]}"
        with disk_errors(folder):
            folder.mkdir(mode=0o700)
            (folder / "state").write_text(self.keys.state(job), encoding="utf-8")
        workers.start(Order(job, self.settings.formats, self.settings.engine, self.data, str(folder)))
        self.settings.progress(job.name, "started")

    def _finish(self, outcome: Outcome) -> None:
        job, folder = outcome.order.job, Path(outcome.order.work)
        if outcome.disk or (outcome.reason and is_full(self.work)):
            raise DiskError(f"cannot write {folder.parent.parent}: {outcome.reason}. Older files there are untouched.")
        if outcome.reason:
            self._fail(outcome)
        else:
            install(folder / "pieces", self.out, job.name)
            self.journal.add(self._entry(job, outcome.result))
            self._forget_failure(job.name)
            self.made.append(job.name)
        self.settings.progress(job.name, "failed" if outcome.reason else "done")
        shutil.rmtree(folder, ignore_errors=True)

    def _entry(self, job: Job, result: dict) -> dict:
        tables = {n: self.keys.tables[n] for n in result["tables"]}
        kept = {n: result[n] for n in ("files", "title", "findings", "remarks")}
        return {
            "name": job.name, "status": "done", "key": self.keys.key(job), "tables": tables, "notebook": job.notebook.stem,
            "parameters": job.parameters, **kept,
        }  # fmt: skip

    def _fail(self, outcome: Outcome) -> None:
        job, folder = outcome.order.job, Path(outcome.order.work)
        aside = self.out / ".failed"
        kept = folder / "partial.ipynb"
        partial = kept.read_text(encoding="utf-8") if kept.exists() else partial_notebook(job.notebook, folder)
        if partial:
            write_whole(aside / f"{job.name}.ipynb", partial.encode())
        noise = [outcome.trace, *(_tail(folder / n) for n in ("process.log", "kernel.log"))]
        write_whole(aside / f"{job.name}.txt", "\n".join([outcome.reason, *filter(None, noise), ""]).encode())
        tries = self.tries[job.name]
        self.journal.add(
            {"name": job.name, "status": "failed", "key": self.keys.key(job), "reason": outcome.reason, "tries": tries}
        )  # fmt: skip

    def _forget_failure(self, name: str) -> None:
        for ending in ("ipynb", "txt"):
            (self.out / ".failed" / f"{name}.{ending}").unlink(missing_ok=True)


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[-20_000:] if path.exists() else ""


def _copied_data(work: Path, data: str | None) -> str:
    """A copy of the data for the time of the run, so that a change meanwhile reaches no report."""
    folder = Folder(data)
    copy = work / "data"
    with disk_errors(copy):
        copy.mkdir()
        for name in ["datapackage.json", *(r.path for r in folder.package.resources.values())]:
            shutil.copyfile(data_folder(data) / name, copy / name)
    return str(copy)


def _copied_notebook(work: Path, path: Path) -> Path:
    copy = work / "notebooks" / file_hash(path)[:12] / path.name
    if not copy.exists():
        with disk_errors(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return copy
