"""Timing of whole commands and of calls, interleaved so that a noisy machine harms all alike."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass
class Timing:
    """Seconds of each round of one thing."""

    name: str
    seconds: list[float]

    @property
    def median(self) -> float:
        """The middle round [s]."""
        return statistics.median(self.seconds)

    def times(self, other: Timing) -> float:
        """How many times longer than another."""
        return self.median / other.median


def interleave(things: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Run each thing once a round, in order, so that drift falls on all."""
    found = {name: Timing(name, []) for name in things}
    for _ in range(rounds):
        for name, call in things.items():
            start = time.perf_counter()
            call()
            found[name].seconds.append(time.perf_counter() - start)
    return found


def command(*args: str) -> Callable[[], object]:
    """A whole process as a thing to time; its answer, not its exit code, is what it is run for."""
    return lambda: subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


TOOLS = os.environ.get("TOOLS_PYTHON", sys.executable)
"""The Python of an environment that also has the engines we are compared with; some change what papermill loads when it is imported."""


def measured(program: str, *args: str, python: str = sys.executable) -> tuple[float, float]:
    """Time [s] and greatest memory [MB] of a Python program in a process of its own, which must succeed."""
    start = time.perf_counter()
    peak = "\nprint(next(w.split()[1] for w in open('/proc/self/status') if w.startswith('VmHWM')))"
    done = subprocess.run([python, "-c", program + peak, *args], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, int(done.stdout.split()[-1]) / 1024


def table(timings: Sequence[Timing], base: Timing) -> str:
    """Markdown: least, median and most of each, and how many times the base."""
    lines = ["| what | min s | median s | max s | × base |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {t.name} | {min(t.seconds):.3f} | {t.median:.3f} | {max(t.seconds):.3f} | {t.times(base):.2f} |" for t in timings
    ]
    return "\n".join(lines)


def machine() -> str:
    """The machine in one line."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
