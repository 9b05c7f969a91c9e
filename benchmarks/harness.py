"""Timing of whole commands and of calls, interleaved so that a noisy machine harms all alike."""

from __future__ import annotations

import platform
import statistics
import subprocess
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


def table(timings: Sequence[Timing], base: Timing) -> str:
    """Markdown: least, median and most of each, and how many times the base."""
    lines = ["| what | min s | median s | max s | × base |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {t.name} | {min(t.seconds):.3f} | {t.median:.3f} | {max(t.seconds):.3f} | {t.times(base):.2f} |" for t in timings
    ]
    return "\n".join(lines)


def machine() -> str:
    """The machine in one line."""
    import os

    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
