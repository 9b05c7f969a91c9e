"""Processes of a report: groups, orphans and limits, where the system offers them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

from ..errors import SystemLimitError

OPEN_FILES = 128
"""Open files that a report needs; measured on the largest report, doubled."""

_PDEATHSIG, _SUBREAPER = 1, 36


def can_fork() -> bool:
    """Return whether processes are forked; ``VPNPOLICY_NO_FORK`` makes a system like Windows."""
    return hasattr(os, "fork") and not os.environ.get("VPNPOLICY_NO_FORK")


def lead_session() -> None:
    """Become the leader of a new session that ends with the parent process."""
    os.setsid()
    _prctl(_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl(_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def redirect_output(log: Path) -> None:
    """Send standard output and error of this process to a file, and give it no input."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (handle, 1), (handle, 2)):
        os.dup2(source, target)
    os.close(handle)
    os.close(null)


def kill_group(pid: int) -> None:
    """Kill a process that leads a group, with its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_orphans(keep: set[int]) -> None:
    """Kill every child of this process that is not in ``keep``, until none is left.

    After `adopt_orphans`, these are the processes that ended reports left running, whatever
    their session and environment.
    """
    while strays := _children() - keep:
        for pid in strays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> set[int]:
    tasks = Path("/proc/self/task")
    with contextlib.suppress(OSError):
        lists = [(task / "children").read_text() for task in tasks.iterdir()]
        return {int(pid) for text in lists for pid in text.split()}
    return set()


def raise_file_limit(parallel: int) -> int:
    """Raise the limit of open files to what reports need; return how many may run in parallel.

    Raises
    ------
    SystemLimitError
        Where the system does not allow enough for one report.
    """
    try:
        import resource
    except ImportError:  # Windows
        return parallel
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return parallel
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        raise SystemLimitError(
            f"open-files: found a limit of {hard} (ulimit -n); expected at least {OPEN_FILES}."
        )
    if soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))
    return min(parallel, max(soft, OPEN_FILES) // 2)  # the server holds one for each report
