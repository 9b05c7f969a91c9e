"""The process that does tasks: it imports everything once, then forks one process per task.

Tasks arrive as lines of JSON on standard input; for each that ended, a line of JSON goes to
standard output. When the input ends, every task is ended, and so is this process. It has one
thread and no event loop, so that a fork is a clean copy of it.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import os
import select
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ..errors import VpnPolicyError
from . import processes

DISK = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO}


def write_result(module: str, task: dict, work: Path) -> None:
    """Do a task and write ``work/result.json``, which is there whole or not at all."""
    try:
        result = import_module(module).run(task, work)
    except MemoryError:
        result = {"error": "memory: there is not enough of it to make the page"}
    except OSError as error:
        disk = error.errno in DISK
        result = {
            "error": error.strerror or str(error),
            "disk": disk,
            "trace": traceback.format_exc(),
        }
    except Exception as error:
        text = " ".join(str(error).split())
        kind = (
            "" if isinstance(error, VpnPolicyError) else f"internal error: {type(error).__name__}: "
        )
        result = {"error": f"{kind}{text}", "trace": traceback.format_exc()}
    temporary = work / "result.tmp"
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps(result), encoding="utf-8")
        temporary.replace(work / "result.json")


@dataclass
class Running:
    """A task under way: its number, its process, and the time by which it must end."""

    number: int
    pid: int
    ended: int
    limit: float
    deadline: float
    reason: str = ""


class Server:
    """The tasks under way, by the handle that shows their end."""

    def __init__(self, module: str, answers: int):
        self.module, self.answers = module, answers
        self.running: dict[int, Running] = {}

    def start(self, number: int, task: dict, work: str, limit: float) -> None:
        """Fork a process that does one task."""
        ended, alive = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(self.answers)
                os.close(ended)
                processes.lead_session()
                processes.adopt_orphans()
                processes.redirect_output(Path(work, "process.log"))
                write_result(self.module, task, Path(work))
            finally:
                os._exit(0)
        os.close(alive)  # the child alone holds it, so that its end is seen
        self.running[ended] = Running(number, pid, ended, limit, time.monotonic() + limit)

    def check(self, handles: list[int]) -> None:
        """End tasks that took too long, and tell of those that ended."""
        now = time.monotonic()
        for run in list(self.running.values()):
            if now > run.deadline:
                run.reason = f"timeout: longer than {run.limit:g} s"
            if run.reason or run.ended in handles or _has_exited(run.pid):
                self.finish(run)

    def finish(self, run: Running) -> None:
        """Tell of a task that ended, and end what it left running."""
        processes.kill_group(run.pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(run.pid, 0)
        os.close(run.ended)
        del self.running[run.ended]
        processes.kill_orphans({other.pid for other in self.running.values()})
        answer = json.dumps({"number": run.number, "reason": run.reason})
        os.write(self.answers, answer.encode() + b"\n")

    def serve(self) -> None:
        """Do tasks until the input ends, then end every task."""
        rest = b""
        while True:
            ready, _, _ = select.select([0, *self.running], [], [], 0.5 if self.running else None)
            self.check(ready)
            if 0 in ready:
                raw = os.read(0, 1 << 20)
                if not raw:
                    break
                *lines, rest = (rest + raw).split(b"\n")
                for line in lines:
                    self.start(**json.loads(line))
        for run in self.running.values():
            processes.kill_group(run.pid)
        processes.kill_orphans(set())


def _has_exited(pid: int) -> bool:
    """Return whether a child has ended although something it started holds its handle."""
    with contextlib.suppress(ChildProcessError):
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return True


def _guard(server: int, parent: int) -> None:
    """Wait for the end of the server; end it when asked to or left alone, and what it left running."""
    processes.adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(server, signal.SIGKILL))
    os.closerange(0, 2)
    while not os.waitpid(server, os.WNOHANG)[0]:
        if os.getppid() != parent:
            os.kill(server, signal.SIGKILL)
        time.sleep(0.05)
    processes.kill_orphans(set())
    os._exit(0)


def main() -> None:
    """Run the server; the arguments are the module of the tasks and what its ``warm_up`` takes."""
    module, *arguments = sys.argv[1:]
    parent = os.getppid()
    if server := os.fork():
        _guard(server, parent)
    answers = os.dup(1)
    os.set_inheritable(answers, False)
    os.dup2(2, 1)
    processes.adopt_orphans()
    import_module(module).warm_up(*arguments)
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 10)  # a task is over soon, and most of what it makes lives on
    Server(module, answers).serve()


if __name__ == "__main__":
    main()
