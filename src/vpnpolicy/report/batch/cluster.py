"""Workers of a dask cluster: the same press on other machines. They send files back; only this side gives final names."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ...basis.errors import ClusterError, UsageError
from ...basis.paths import data_folder
from ..making import Order
from ..manifest import data_hashes, library_versions
from .keys import code_hash
from .local import Outcome, outcome_of

CONNECT_S, LOST_S = 10, 10
GONE = "cluster: the scheduler is gone; what was finished stays, the same command goes on."


def workers_at(cluster: object) -> Callable:
    """Workers of the scheduler at an address, or of a dask client; connected when the batch starts."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageError('a cluster needs dask: pip install "vpnpolicy[cluster]"') from None
    return lambda data, settings: ClusterWorkers(cluster, data)


def check_address(address: str) -> None:
    """Refuse a scheduler on another machine without TLS: whoever reaches it can run code on every worker. Raises `UsageError`."""
    scheme, _, place = address.rpartition("://")
    host = place.rpartition(":")[0].strip("[]")
    if scheme not in ("tls", "wss") and host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(f"cluster: {address} is without TLS; give tls://HOST:PORT, or add --insecure-cluster.")


class ClusterWorkers:
    """Reports under way on a cluster."""

    def __init__(self, cluster: object, data: str):
        self.cluster, self.data, self.futures, self.client = cluster, data, {}, None
        self.slots, self.lost_since, self.done = 1, 0.0, queue.SimpleQueue()

    @property
    def busy(self) -> int:
        """How many reports are under way or wait at a worker."""
        return len(self.futures)

    def __enter__(self) -> ClusterWorkers:
        from distributed import Client

        self.own, self.levels = isinstance(self.cluster, str), {h: h.level for h in _handlers()}
        for handler in self.levels:
            handler.setLevel(logging.CRITICAL)  # a lost scheduler is told in one line of ours
        try:
            self.client = Client(self.cluster, timeout=CONNECT_S, set_as_default=False) if self.own else self.cluster
            self._meet()
        except BaseException as error:
            self.__exit__()
            if isinstance(error, OSError):
                raise ClusterError(f"cluster: no scheduler answers at {self.cluster}: {error}") from None
            raise
        return self

    def _meet(self) -> None:
        """Wait for a worker, and refuse those whose reports would come out otherwise."""
        try:
            self.client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError:
            raise ClusterError(f"cluster: the scheduler at {self.cluster} has no workers; none came in {CONNECT_S} s.") from None
        self.wanted = identity(self.data)
        for address, found in self.client.run(identity).items():
            compare(address, found, self.wanted)
        self.slots = 2 * sum(self.client.nthreads().values())  # one at work, one at hand

    def start(self, order: Order) -> None:
        """Send a report to the cluster."""
        notebook = order.job.notebook
        args = order.to_dict(), notebook.name, notebook.read_bytes(), self.wanted
        with self._loss_told():
            future = self.client.submit(make_here, *args, pure=False, key=None)
            self.futures[future] = order
            future.add_done_callback(self.done.put)

    def wait(self) -> list[Outcome]:
        """Reports that ended since the last call. Raises `ClusterError` where the scheduler is gone."""
        self._check_alive()
        ended = []
        try:
            ended.append(self.done.get(timeout=0.25))
            while True:
                ended.append(self.done.get_nowait())
        except queue.Empty:
            return [self._outcome(future, self.futures.pop(future)) for future in ended]

    def _check_alive(self) -> None:
        if self.client.status == "running":
            self.lost_since = 0.0
            return
        self.lost_since = self.lost_since or time.monotonic()
        if self.client.status == "closed" or time.monotonic() - self.lost_since > LOST_S:
            raise ClusterError(GONE)

    @contextmanager
    def _loss_told(self) -> Iterator[None]:
        """What dask says when the scheduler goes in the middle of a call, in our words."""
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError | CancelledError) or self.client.status != "running":
                raise ClusterError(GONE) from None
            raise

    def _outcome(self, future, order: Order) -> Outcome:
        if future.status == "cancelled":
            raise ClusterError(GONE)
        if future.status == "error":
            error = future.exception()
            if isinstance(error, ClusterError):
                raise error
            return Outcome(order, reason=f"{order.job.name}: cluster: {type(error).__name__}: {str(error).splitlines()[0][:300]}")
        with self._loss_told():
            outcome, files = future.result()
            future.release()
        for name, content in files.items():
            path = Path(order.work) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return replace(outcome, order=order)

    def __exit__(self, *_: object) -> None:
        for future in self.futures:
            future.cancel()
        if self.own and self.client is not None:
            self.client.close(timeout=2)
        for handler, level in self.levels.items():
            handler.setLevel(level)


def _handlers() -> set[logging.Handler]:
    """Where dask's loggers write."""
    known = [logging.getLogger(n) for n in logging.root.manager.loggerDict if n.split(".")[0] == "distributed"]
    return {handler for logger in known for handler in logger.handlers}


def compare(address: str, found: dict, wanted: dict) -> None:
    """Refuse a worker that differs. Raises `ClusterError`."""
    for part in wanted:
        if found.get(part) != wanted[part]:
            difference = _difference(found.get(part), wanted[part])
            raise ClusterError(f"cluster: worker {address} has another {part}: {difference}")


def _difference(found: object, wanted: object) -> str:
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = sorted(n for n in {*found, *wanted} if found.get(n) != wanted.get(n))
        return ", ".join(names[:5])
    return f"{str(found)[:20]} in place of {str(wanted)[:20]}"


def identity(data: str | None = None) -> dict:
    """What must be the same on every machine: version, code, libraries, data."""
    from ... import __version__

    return {"version": __version__, "code": code_hash(), "libraries": library_versions(), "data": data_hashes(None, data)}


_OWN = threading.local()


def make_here(plain: dict, name: str, notebook: bytes, wanted: dict) -> tuple[Outcome, dict[str, bytes]]:
    """On a worker, which may have come late or changed since: make one report; how it ended, and its files by name."""
    from distributed import get_worker

    compare(get_worker().address, identity(), wanted)
    made = _made_in_a_folder(plain, name, notebook)
    compare(get_worker().address, identity(), wanted)
    return made


def _made_in_a_folder(plain: dict, name: str, notebook: bytes) -> tuple[Outcome, dict[str, bytes]]:
    folder = Path(tempfile.mkdtemp(prefix="vpnpolicy-worker-")).resolve()
    try:
        (folder / "notebook").mkdir()
        (folder / "notebook" / name).write_bytes(notebook)
        work = folder / "work"
        work.mkdir(mode=0o700)
        order = Order.from_dict({**plain, "data": os.fspath(data_folder().resolve()), "work": str(work)})
        order = replace(order, job=replace(order.job, notebook=folder / "notebook" / name))
        return _made(order, work)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made(order: Order, work: Path) -> tuple[Outcome, dict[str, bytes]]:
    press = _press(order)
    press.start(order)
    ended = []
    while not ended:
        ended = press.wait()
    outcome = outcome_of(*ended[0])
    kept = ("pieces", "partial.ipynb", "cells.jsonl", "process.log", "kernel.log")
    files = [p for p in work.rglob("*") if p.is_file() and p.relative_to(work).parts[0] in kept]
    return outcome, {p.relative_to(work).as_posix(): p.read_bytes() for p in files}


def _press(order: Order):
    """The press of this worker thread, made once and ended with the process."""
    import atexit
    import sys

    from ..press.client import Press

    if getattr(_OWN, "press", None) is None or _OWN.press.formats != order.formats:
        _OWN.press = Press(order.data, order.formats, warm=sys.platform == "linux")
        atexit.register(_OWN.press.close)
    return _OWN.press
