"""Workers on this machine: processes of the press, and what their ends mean."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ...basis.errors import DiskError
from ..making import Order
from ..press.client import Press, Run, finished, last_cell


@dataclass(frozen=True)
class Outcome:
    """How an order ended: a result, or the reason why there is none; ``crashed`` may be tried once more."""

    order: Order
    result: dict = field(default_factory=dict)
    reason: str = ""
    crashed: bool = False
    disk: bool = False
    trace: str = ""


class LocalWorkers:
    """The press of this machine: a warm parent on Linux, a fresh process a report elsewhere."""

    def __init__(self, data: str, settings):
        self.slots = settings.jobs
        if sys.platform == "linux":
            from ..press.linux import give_handles

            give_handles(settings.engine)
        self.press = Press(data, settings.formats, warm=sys.platform == "linux", limits=settings.limits)

    @property
    def busy(self) -> int:
        """How many reports are under way."""
        return len(self.press.runs)

    def start(self, order: Order) -> None:
        """Begin a report."""
        self.press.start(order)

    def wait(self) -> list[Outcome]:
        """Reports that ended since the last call; returns within a quarter of a second."""
        return [outcome_of(run, status) for run, status in self.press.wait()]

    def __enter__(self) -> LocalWorkers:
        self.press.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self.press.close()


def outcome_of(run: Run, status: int | None) -> Outcome:
    """What an end means: limits first, then what the process wrote, then how it died."""
    name, folder = run.order.job.name, Path(run.order.work)
    if run.reason:
        return Outcome(run.order, reason=f"{name}: {run.reason}", crashed=run.reason.startswith("did not start"))
    if finished(run.order) and status in (0, None):
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        died = "the kernel died" in result.get("error", "")
        return Outcome(run.order, result, result.get("error", ""), died, result.get("disk", False), result.get("trace", ""))
    if status == DiskError.exit_code:
        return Outcome(run.order, reason=f"{name}: no space left, or a disk that fails", disk=True)
    return Outcome(run.order, reason=f"{name}: {_death(status, folder)}", crashed=status != 0)


def _death(status: int | None, folder: Path) -> str:
    cell, at = last_cell(folder)
    where = f"cell '{cell}': " if at else ""
    if status is None:
        return f"{where}the process that makes reports died"
    if status == 0:
        return f"{where}incomplete: the process left by itself with exit code 0"
    by = f"signal {-status}" if status < 0 else f"exit code {status}"
    return f"{where}killed: the process ended by {by}" + (" (out of memory?)" if status == -9 else "")
