"""Whole commands and calls, timed in turn so that a noisy machine harms all alike."""

from __future__ import annotations

import ctypes
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

TOOLS = os.environ.get("TOOLS_PYTHON", sys.executable)
"""Python of an environment that also has what we are compared with."""
JOBS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Cost(NamedTuple):
    """Seconds of the clock and of processors."""

    wall: float
    processor: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.processor + other.processor)

    def per(self, count: int) -> Cost:
        """Return the cost of one of so many."""
        return Cost(self.wall / count, self.processor / count)


@dataclass
class Row:
    """A line of the table. ``goal`` starts with ≥ (times as good) or ≤ (share of the other)."""

    what: str
    ours: Sequence[float]
    other: Sequence[float]
    goal: str
    unit: str = "s"

    @property
    def ratios(self) -> list[float]:
        """Return the ratio of each round."""
        pairs = zip(self.ours, self.other, strict=True)
        return [b / a if self.goal.startswith("≥") else a / b for a, b in pairs]

    def __str__(self) -> str:
        ours, other, ratio = map(statistics.median, (self.ours, self.other, self.ratios))
        sign, _, number = self.goal.partition(" ")
        met = (
            ""
            if not number
            else "yes"
            if (ratio >= float(number) if sign == "≥" else ratio <= float(number))
            else "**no**"
        )
        values = f"{ours:.3g} {self.unit} | {other:.3g} {self.unit} | {ratio:.3g}"
        return f"| {self.what} | {values} | {min(self.ratios):.3g} to {max(self.ratios):.3g} | {self.goal} | {met} |"


def table(rows: Sequence[Row | str]) -> str:
    """Return the rows as Markdown, and below them what was not measured."""
    head = (
        "| what | ours | other | ratio | spread | goal | met |\n|---|---:|---:|---:|---:|---|---|"
    )
    notes = [f"\nNot measured: {row}" for row in rows if isinstance(row, str)]
    return "\n".join([head, *(str(row) for row in rows if isinstance(row, Row)), *notes])


def interleave(things: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Run each thing once a round, in order, so that drift falls on all."""
    found: dict[str, list[Cost]] = {name: [] for name in things}
    for number in range(rounds):
        for name, call in things.items():
            found[name].append(call())
            print(
                f"  round {number + 1}: {name}: {found[name][-1].wall:.2f} s",
                file=sys.stderr,
                flush=True,
            )
    return found


def walls(costs: Sequence[Cost]) -> list[float]:
    """Return the seconds of the clock."""
    return [cost.wall for cost in costs]


def timed(call: Callable[[], object]) -> Callable[[], Cost]:
    """Return a call of this process as a thing to time."""

    def run() -> Cost:
        start = time.perf_counter()
        call()
        return Cost(time.perf_counter() - start)

    return run


def adopt_orphans() -> None:
    """Become the parent of processes that outlive theirs, so that their time is counted too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def command(
    *args: str, python: str = sys.executable, codes: Sequence[int] = (0,), **env: str
) -> Cost:
    """Run a Python command and return its cost; any other exit code ends the measurement."""
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen([python, *args], stdout=log, stderr=log, env=os.environ | env)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            log.seek(0)
            raise SystemExit(
                f"{' '.join(args)[:300]}\nexit {process.returncode}\n{log.read().decode()[-3000:]}"
            )
    return Cost(wall, used.ru_utime + used.ru_stime + _orphans())


def _orphans() -> float:
    """Wait a while for processes that a command left, and return their processor time [s]."""
    spent, end = 0.0, time.monotonic() + 10
    while time.monotonic() < end:
        try:
            pid, _, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        spent += used.ru_utime + used.ru_stime
        if not pid:
            time.sleep(0.01)
    return spent


def machine() -> str:
    """Return the machine in one line."""
    return f"{platform.system()} {platform.machine()}, {JOBS} cores, Python {platform.python_version()}"
