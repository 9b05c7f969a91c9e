"""Workers of this machine, as executors in the sense of `concurrent.futures`.

`ForkingExecutor` starts one server, which forks a process per task; where the system cannot fork,
`ProgramExecutor` starts a program per task. Both give the same results. The standard library's own
process pool cannot end one task without breaking the others, and its fork server is shared with
the program that uses this package; see docs/architecture.md.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ReportError
from .processes import can_fork

ANSWER_S = 60
"""How long after the limit of a task to wait for a word of its end [s]."""

MAX_STARTS = 3
"""How often the server may die before a run ends."""

HERE = Path(__file__).resolve().parent
"""Working folder of servers and programs: a folder without files of the user's."""

_DROPPED = (
    "PYTHON", "PYTEST", "IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB", "FREETYPE", "HB_", "LC_", "COV_CORE",
)  # fmt: skip


def environment(fixed: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of tasks: the user's, without what would change results, and ``fixed``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
    path = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p not in ("", ".")]
    return kept | {
        "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "COLUMNS": "80", "LINES": "24",
        "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1",
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, path)), "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "SOURCE_DATE_EPOCH": "0", **fixed,
    }  # fmt: skip


def read_result(work: Path, reason: str = "") -> dict[str, Any]:
    """Return the result that a task left in its folder; without one, how it ended."""
    with suppress(OSError, ValueError):
        return json.loads((work / "result.json").read_text(encoding="utf-8"))
    return {"error": reason or "the process that makes it died", "crashed": not reason}


def executor(
    parallel: int, module: str, arguments: Sequence[str], fixed: Mapping[str, str]
) -> Executor:
    """Return the workers of this machine: ``submit(task, work, limit)`` does a task in a folder.

    ``arguments`` go to the module's ``warm_up``, ``fixed`` into the environment of the tasks.
    """
    if can_fork():
        return ForkingExecutor(module, arguments, fixed)
    return ProgramExecutor(parallel, module, fixed)


@dataclass
class _Pending:
    """A task under way: its future, its folder, and when to stop waiting for it."""

    future: Future
    work: Path
    late: float


class ForkingExecutor(Executor):
    """Tasks done by processes that one server forks."""

    def __init__(self, module: str, arguments: Sequence[str], fixed: Mapping[str, str]):
        self.arguments, self.fixed = [module, *arguments], fixed
        self.lock, self.starts, self.count = threading.Lock(), 0, 0
        self.server: subprocess.Popen | None = None
        self.reader: threading.Thread | None = None
        self.pending: dict[int, _Pending] = {}
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by shutdown

    def submit(  # type: ignore[override]  # tasks are data, not functions
        self, task: dict, work: Path, limit: float
    ) -> Future:
        """Do a task within ``limit`` [s]; the future gives its result as `read_result` does."""
        with self.lock:
            server = self.server or self._start()
            self.count += 1
            future: Future = Future()
            late = time.monotonic() + limit + ANSWER_S
            self.pending[self.count] = _Pending(future, work, late)
            order = {"number": self.count, "task": task, "work": str(work), "limit": limit}
            with suppress(BrokenPipeError):  # its end is seen by the reader
                server.stdin.write(json.dumps(order).encode() + b"\n")  # type: ignore[union-attr]
                server.stdin.flush()  # type: ignore[union-attr]
        return future

    def _start(self) -> subprocess.Popen:
        self.starts += 1
        if self.starts > MAX_STARTS:
            raise ReportError(
                f"the process that makes reports died {MAX_STARTS} times: {self._last_line()}"
            )
        self.server = subprocess.Popen(
            [sys.executable, "-P", "-m", "vpnpolicy.workers.server", *self.arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            env=environment(self.fixed), cwd=HERE, start_new_session=True,
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read, args=[self.server], daemon=True)
        self.reader.start()
        return self.server

    def _read(self, server: subprocess.Popen) -> None:
        assert server.stdin
        assert server.stdout
        with server.stdout:
            for line in server.stdout:
                answer = json.loads(line)
                ended = self.pending.pop(answer["number"])
                ended.future.set_result(read_result(ended.work, answer["reason"]))
        server.wait()
        with self.lock:
            lost, self.pending = list(self.pending.values()), {}
            if self.server is server:
                self.server = None
        with suppress(BrokenPipeError):
            server.stdin.close()
        for task in lost:
            result = read_result(task.work)
            if "crashed" in result:
                result["error"] += f" with the server of all reports: {self._last_line()}"
            task.future.set_result(result)

    def check(self) -> None:
        """End a server that does not answer: it ends each task in time while it does."""
        with self.lock:
            late = min((task.late for task in list(self.pending.values())), default=math.inf)
            if self.server and time.monotonic() > late:
                self.server.terminate()

    def _last_line(self) -> str:
        self.log.seek(0)
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it printed nothing"

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the server with every task under way."""
        with self.lock:
            server, reader = self.server, self.reader
        if server and server.stdin and reader:
            with suppress(BrokenPipeError):
                server.stdin.close()
            reader.join(10)
            server.terminate()  # its guard ends it, should it not have ended by itself
            reader.join(10)
        self.log.close()


class ProgramExecutor(ThreadPoolExecutor):
    """Tasks done by one program each, for systems that cannot fork."""

    def __init__(self, parallel: int, module: str, fixed: Mapping[str, str]):
        super().__init__(parallel)
        self.module, self.fixed = module, fixed
        self.programs: set[subprocess.Popen] = set()

    def submit(  # type: ignore[override]  # tasks are data, not functions
        self, task: dict, work: Path, limit: float
    ) -> Future:
        """Do a task within ``limit`` [s]; the future gives its result as `read_result` does."""
        (work / "task.json").write_text(json.dumps(task), encoding="utf-8")
        return super().submit(self._run, work, limit)

    def _run(self, work: Path, limit: float) -> dict:
        command = [sys.executable, "-P", "-m", "vpnpolicy.workers.local", self.module, str(work)]
        with (work / "process.log").open("ab") as log:
            program = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(self.fixed), cwd=HERE, start_new_session=True,
            )  # fmt: skip
        self.programs.add(program)
        try:
            program.wait(limit)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            return read_result(work, f"timeout: longer than {limit:g} s")
        return read_result(work)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for tasks under way, or with ``cancel_futures`` end them."""
        for program in list(self.programs) if cancel_futures else ():
            program.kill()
        super().shutdown(wait, cancel_futures=cancel_futures)


def main() -> None:
    """Do the task that ``task.json`` describes; the arguments are the module and the folder."""
    from .server import write_result

    module, work = sys.argv[1], Path(sys.argv[2])
    write_result(module, json.loads((work / "task.json").read_text(encoding="utf-8")), work)


if __name__ == "__main__":
    main()
