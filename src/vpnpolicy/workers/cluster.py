"""Workers of a Dask cluster, which do tasks by the same functions as this machine.

A worker sends files back; this side checks them and gives them their final names. Whoever can
reach the scheduler or joins as a worker can run code on the others and here.
"""

from __future__ import annotations

import logging
import re
import tempfile
import time
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import ClusterError, UsageError
from .local import executor

CONNECT_S, LOST_S = 10, 20
"""How long to wait for a first connection, and for a scheduler or a worker that is gone [s]."""

FILE_NAME = re.compile(r"([a-z]+/)?[a-z0-9-]+\.[a-z]+", re.ASCII)


def check_address(address: str) -> None:
    """Refuse a scheduler on another machine without TLS. Raises `UsageError`."""
    scheme, _, place = address.rpartition("://")
    host = place.rpartition(":")[0].strip("[]")
    if scheme not in ("tls", "wss") and host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(
            f"--cluster {address}: found no TLS; anyone who reaches it can run code on every worker. "
            "Give tls://HOST:PORT, or add --insecure-cluster."
        )


class ClusterExecutor(Executor):
    """Tasks under way on a cluster.

    ``module`` has the functions of the tasks, ``cluster`` is an address or a `distributed.Client`,
    and ``identity`` is what the module's function of that name must return on every worker.
    """

    def __init__(self, module: str, cluster: Any, identity: dict):
        try:
            from distributed import Client
        except ImportError:
            raise UsageError('a cluster needs Dask: pip install "vpnpolicy[cluster]"') from None
        for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # one line of ours says it
        self.own, self.client = not isinstance(cluster, Client), cluster
        self.module, self.limit = module, 0.0
        self.remote: dict[Future, Any] = {}
        self.since: dict[Future, float] = {}
        self.lost_since: float | None = None
        try:
            if self.own:
                self.client = Client(cluster, timeout=CONNECT_S, set_as_default=False)
            self.client.wait_for_workers(1, timeout=CONNECT_S)
            for address, found in self.client.run(identify, module).items():
                different = [part for part, value in identity.items() if found.get(part) != value]
                if different:
                    raise ClusterError(
                        f"cluster: worker {address} differs in: {', '.join(different)}."
                    )
        except ClusterError:
            self.shutdown()
            raise
        except TimeoutError:
            self.shutdown()
            raise ClusterError(
                f"cluster: no scheduler with a worker answers at {cluster}."
            ) from None
        except Exception as error:
            self.shutdown()
            raise ClusterError(f"cluster: cannot connect to {cluster}: {_line(error)}") from None
        self.slots = 2 * sum(self.client.nthreads().values())  # one at work, one waiting

    def submit(  # type: ignore[override]  # tasks are data, not functions
        self, task: dict, work: Path, limit: float
    ) -> Future:
        """Send a task to the cluster; the future gives its result, its files are in ``work``."""
        future: Future = Future()
        self.limit = limit
        try:
            arguments = self.module, task, work.name, limit
            remote = self.client.submit(do_here, *arguments, pure=False)
        except Exception as error:
            raise ClusterError(f"cluster: the scheduler is gone: {_line(error)}") from None
        self.remote[future], self.since[future] = remote, time.monotonic()
        remote.add_done_callback(lambda done: self._receive(future, done, work))
        return future

    def _receive(self, future: Future, remote, work: Path) -> None:
        try:
            result, files = remote.result()
            for name, content in files.items():
                folder, _, file = name.partition("/")
                if folder not in ("files", name) or not FILE_NAME.fullmatch(file or name):
                    raise ValueError(f"a worker sent a file named {name!r}")
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(content)
        except CancelledError:  # lost with the scheduler, which `check` tells
            return
        except Exception as error:
            result = {"error": f"cluster: {_line(error)}"}
        del self.remote[future], self.since[future]
        future.set_result(result)

    def check(self) -> None:
        """Raise `ClusterError` where the scheduler or the workers are gone, or do not answer."""
        now, there = time.monotonic(), False
        with suppress(Exception):
            there = self.client.status == "running" and bool(self.client.nthreads())
        self.lost_since = None if there else self.lost_since or now
        longest = 2 * (self.limit + LOST_S)  # one report at work, one waiting
        late = now - min(list(self.since.values()), default=now) > longest
        if late or self.client.status == "closed" or now - (self.lost_since or now) > LOST_S:
            raise ClusterError(
                "cluster: the scheduler or its workers are gone, or do not answer. "
                "Finished reports are kept; the same command continues."
            )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Cancel what is under way and leave the cluster as it was."""
        with suppress(Exception):
            for remote in list(self.remote.values()):
                remote.cancel()
            if self.own and not isinstance(self.client, str):
                self.client.close(timeout=2)


def _line(error: BaseException) -> str:
    """Return the kind and the first line of an error."""
    text = (str(error).strip().splitlines() or [""])[0][:300]
    return f"{type(error).__name__}: {text}".rstrip(": ")


_EXECUTORS: dict[tuple, Any] = {}


def identify(module: str) -> dict:
    """Return what must be the same on every worker."""
    return import_module(module).identity()


def do_here(module: str, task: dict, name: str, limit: float) -> tuple[dict, dict[str, bytes]]:
    """Do a task on a worker; return its result, and the files it made by name."""
    from distributed import get_worker

    place = get_worker().local_directory  # which Dask clears even after a kill
    with tempfile.TemporaryDirectory(prefix="vpnpolicy-", dir=place) as folder:
        work = Path(folder, name)
        work.mkdir(mode=0o700)
        task, arguments, fixed = import_module(module).localise(task, work)
        key = (module, *arguments)
        if key not in _EXECUTORS:
            _EXECUTORS[key] = executor(1, module, arguments, fixed)
        result = _EXECUTORS[key].submit(task, work, limit).result()
        paths = [*(work / "files").rglob("*"), work / "partial.ipynb"]
        return result, {
            p.relative_to(work).as_posix(): p.read_bytes() for p in paths if p.is_file()
        }
