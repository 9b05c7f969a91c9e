"""A batch from a plan: what `run_batch` and ``vpnpolicy batch`` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...basis.errors import UsageError, did_you_mean
from ...basis.paths import local_path
from ..index import write_index
from ..job import Job, check_engine, check_formats
from .local import LocalWorkers
from .plans import read_plan
from .result import Batch
from .runner import Settings, run_jobs
from .summary import write_plan, write_table

EXECUTORS = ("local", "dask")


def run_batch(
    plan: str | os.PathLike | Sequence[Mapping], executor: object = None, jobs: int | None = None, *, out: str | os.PathLike = "reports/batch",
    formats: str | Sequence[str] = ("html",), notebook: str | None = None, engine: str = "warm", address: str | None = None,
    force: bool = False, trust: bool = False, data: str | os.PathLike | None = None,
    progress: Callable[[str, str], None] = lambda name, state: None,
) -> Batch:  # fmt: skip
    """Make a report for each row of a plan; what stands unchanged in the folder is kept.

    Parameters: ``plan`` a CSV, YAML or JSON file, a list of maps or a DataFrame: a column a parameter, and ``notebook`` and
    ``name`` where wanted; ``executor`` ``local``, ``dask`` or a dask client; ``jobs`` reports at a time, as many as there are
    processors unless given; ``out`` the folder; ``notebook`` for rows that name none; ``force`` makes everything again;
    ``progress`` hears each name with ``started``, ``kept``, ``done`` or ``failed``. Returns a `Batch`.
    Raises `DataError` for a plan with faults, before anything starts; `LockedError`, `DiskError`, `ClusterError`.

    >>> rows = [{"as_of": "2025-02"}, {"as_of": "2025-11"}]
    >>> print(run_batch(rows, notebook="01_register", out="two-days"))  # doctest: +SKIP
    2 made
    """
    checked = read_plan(plan, notebook=notebook, trust=trust, data=data)
    settings = Settings(
        check_formats(formats), check_engine(engine), jobs or processors(), force, None if data is None else os.fspath(data),
        choose_workers(executor, address), progress,
    )  # fmt: skip
    return make_batch(checked, local_path(out), settings)


def make_batch(jobs: Sequence[Job], out: Path, settings: Settings) -> Batch:
    """Run checked jobs, then write the plan, the table of key figures and the index into the folder."""
    if settings.jobs < 1:
        raise UsageError(f"jobs: found {settings.jobs}; wanted 1 or more.")
    options = {"formats": list(settings.formats), "engine": settings.engine, **({"data": settings.data} if settings.data else {})}
    settings.before = lambda: write_plan(out, jobs, options)
    batch = run_jobs(jobs, out, settings)
    write_table(batch)
    write_index(batch)
    return batch


def processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_workers(executor: object = None, address: str | None = None, insecure: bool = False) -> Callable:
    """What makes reports: this machine, or the workers of a dask cluster. Raises `UsageError`, also for a way there that is open to all."""
    if executor in (None, "local"):
        if address:
            raise UsageError("--address goes with --executor dask.")
        return LocalWorkers
    if isinstance(executor, str) and executor not in EXECUTORS:
        raise UsageError(f"there is no executor '{executor}'. {did_you_mean(executor, EXECUTORS)}")
    if executor == "dask" and not address:
        raise UsageError("--executor dask needs --address, such as tcp://127.0.0.1:8786")
    from .cluster import check_address, workers_at

    if executor == "dask" and not insecure:
        check_address(address)
    return workers_at(address if executor == "dask" else executor)
