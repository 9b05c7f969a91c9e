"""What Linux offers so that nothing is left behind: death with the parent, adoption of orphans, a list of children."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from ...basis.errors import SystemLimitError

_PDEATHSIG, _SUBREAPER = 1, 36
_HERE, _EXCHANGE = -100, 2


def die_with_parent() -> None:
    """Let the kernel kill this process as soon as the one that made it is gone."""
    _prctl(_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every process below whose own parent ends."""
    _prctl(_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


HANDLES = {"warm": 64, "kernel": 128}
"""Files a process has to be able to hold open, by engine; measured on the largest report, doubled."""


def give_handles(engine: str) -> None:
    """Raise this process's limit of open files to what an engine needs. Raises `SystemLimitError` where the system forbids it."""
    import resource

    needed, (soft, hard) = HANDLES[engine], resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemLimitError(f"handles: the system allows {hard} open files (ulimit -n); the {engine} engine needs {needed}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def exchange(one: Path, other: Path) -> bool:
    """Let two folders of one disk change places, at once for every reader; ``False`` where the system or the disk cannot."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    return libc.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def children() -> list[int]:
    """Processes this one is the parent of."""
    return [int(p) for task in Path("/proc/self/task").iterdir() for p in (task / "children").read_text().split()]


def mark_of(pid: int, name: str) -> str:
    """An environment variable of another process of this user, or an empty text."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ""
    start = name.encode() + b"="
    return next((v[len(start) :].decode() for v in raw.split(b"\0") if v.startswith(start)), "")


def kill_group(pid: int) -> None:
    """End a process that leads a group, with its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_strays(keep: set[int], works: set[str]) -> None:
    """End adopted processes that were started by reports which are over; those of ``works`` still run."""
    for pid in children():
        mark = mark_of(pid, "VPNPOLICY_READS")
        if pid not in keep and mark and str(Path(mark).parent) not in works:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
