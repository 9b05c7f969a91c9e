"""How a batch talks to the processes that make its reports, and when it loses patience with them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ...basis.errors import ReportError, UsageError
from ...basis.files import disk_errors
from ..engine import CELL_LIMIT_S, REPORT_LIMIT_S, START_LIMIT_S, fixed_surroundings
from ..making import Order

MAX_NOISE = 16 * 2**20
MAX_LIMIT_S, MAX_DEATHS, GRACE_S = 86_400, 2, 5


@dataclass
class Run:
    """One report under way."""

    number: int
    order: Order
    since: float
    pid: int = 0
    reason: str = ""
    asked_at: float = 0.0
    """When its end began to be waited for: asked for, or seen on disk."""


@dataclass
class Limits:
    """Patience [s] with the start, with one cell and with a whole report."""

    start_s: float = START_LIMIT_S
    cell_s: float = CELL_LIMIT_S
    report_s: float = REPORT_LIMIT_S

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 < value <= MAX_LIMIT_S:
                raise UsageError(f"limit: found {value:g} s for {name[:-2]}; wanted more than 0, at most {MAX_LIMIT_S:,}.")

    def breach(self, run: Run, now: float, crowd: float = 1) -> str:
        """Why a run must end, or an empty text; among ``crowd`` runs to a processor a start may take so many times longer."""
        cell, at = last_cell(Path(run.order.work))
        if not cell and now - run.since > self.start_s * max(1, crowd):
            return f"did not start within {self.start_s * max(1, crowd):g} s"
        if at and now - at > self.cell_s:
            return f"cell '{cell}': timeout: longer than {self.cell_s:g} s"
        if now - run.since > self.report_s:
            return f"timeout: longer than {self.report_s:g} s"
        if at and _noise(Path(run.order.work)) > MAX_NOISE:
            return f"cell '{cell}': output-too-big: more than {MAX_NOISE // 2**20} MB printed"
        return ""


def last_cell(work: Path) -> tuple[str, float]:
    """The cell a run is in and since when, by the clock that never jumps; no time between cells."""
    try:
        with (work / "cells.jsonl").open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4096))
            lines = file.read().split(b"\n")
    except OSError:
        return "", 0.0
    line = lines[-2] if len(lines) > 1 else b""
    if not line.startswith(b'{"start"'):
        return "between cells", 0.0
    entry = json.loads(line)
    return entry["start"], entry["at"]


def finished(order: Order) -> bool:
    """Whether a report has left its result, which is there whole or not at all."""
    return (Path(order.work) / "result.json").exists()


def _noise(work: Path) -> int:
    return sum(p.stat().st_size for n in ("stdout", "stderr", "process.log") if (p := work / n).exists())


@dataclass
class Press:
    """Makes reports in other processes. ``warm`` forks them from one parent; else each has a process of its own."""

    data: str
    formats: tuple[str, ...]
    warm: bool = True
    limits: Limits = field(default_factory=Limits)
    runs: dict[int, Run] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with disk_errors(Path(tempfile.gettempdir())):
            self.home = tempfile.TemporaryDirectory(prefix="vpnpolicy-press-")
            (Path(self.home.name) / "matplotlibrc").touch()
        self.count, self.deaths, self.server, self.processes, self.rest = 0, 0, None, {}, b""

    def prepare(self) -> None:
        """Start the warm parent, without waiting for it."""
        if self.warm and self.server is None:
            command = [sys.executable, "-m", "vpnpolicy.report.press.server", self.data, ",".join(self.formats)]
            with (Path(self.home.name) / "server.log").open("ab") as log:
                self.server = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=self.environment(), cwd=self.home.name,
                    start_new_session=True,
                )  # fmt: skip
            self.rest = b""

    def environment(self) -> dict[str, str]:
        """The user's environment under the fixed one; tables are read from the batch's own data."""
        return {**own_environment(), **fixed_surroundings(Path(self.home.name)), "VPNPOLICY_DATA": self.data}

    def start(self, order: Order) -> Run:
        """Begin a report."""
        self.prepare()
        self.count += 1
        run = self.runs[self.count] = Run(self.count, order, time.monotonic())
        if self.warm:
            self._send({"number": run.number, "order": order.to_dict()})
        else:
            path = Path(order.work) / "order.json"
            with disk_errors(path):
                path.write_text(json.dumps(order.to_dict()), encoding="utf-8")
            self.processes[run.number] = subprocess.Popen(
                [sys.executable, "-m", "vpnpolicy.report.press.child", str(path)], env=self.environment(), cwd=self.home.name,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return run

    def wait(self, seconds: float = 0.25) -> list[tuple[Run, int | None]]:
        """Reports that ended since the last call, each with its exit status; ``None`` where the parent died under it."""
        ended = self._news(seconds) if self.warm else self._polled(seconds)
        now, crowd = time.monotonic(), len(self.runs) / (os.cpu_count() or 1)
        for run in list(self.runs.values()):
            if not run.asked_at and finished(run.order):
                run.asked_at = now
            elif not run.reason and (reason := self.limits.breach(run, now, crowd)):
                run.reason, run.asked_at = reason, now
                self.kill(run)
            if run.asked_at and self.server is not None and now - run.asked_at > GRACE_S * max(1, crowd):
                self.server.kill()  # it tells nothing any more; the unfinished reports under it are tried again
        return ended

    def kill(self, run: Run) -> None:
        """End a report that is under way."""
        if self.warm:
            self._send({"kill": run.number})
        elif run.number in self.processes:
            _end(self.processes[run.number])

    def close(self) -> None:
        """End everything and leave no process and no folder."""
        if self.server is not None:
            self._hang_up()
            try:
                self.server.wait(5)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
            self.server.stdout.close()
            self.server = None
        for process in self.processes.values():
            _end(process)
        self.home.cleanup()

    def __enter__(self) -> Press:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, what: dict) -> None:
        try:
            self.server.stdin.write(json.dumps(what).encode() + b"\n")
            self.server.stdin.flush()
        except BrokenPipeError:
            pass  # its death is seen by the next wait

    def _hang_up(self) -> None:
        with suppress(BrokenPipeError):  # closing tries once more to send what a dead parent did not take
            self.server.stdin.close()

    def _news(self, seconds: float) -> list[tuple[Run, int | None]]:
        ready, _, _ = select.select([self.server.stdout], [], [], seconds)
        if not ready:
            return []
        raw = os.read(self.server.stdout.fileno(), 1 << 16)
        if not raw:
            return self._bereft()
        *lines, self.rest = (self.rest + raw).split(b"\n")
        return [found for line in lines if (found := self._understood(json.loads(line)))]

    def _understood(self, news: dict) -> tuple[Run, int] | None:
        if "ready" in news:
            for run in self.runs.values():
                run.since = time.monotonic()
        elif "started" in news:
            run = self.runs[news["started"]]
            run.pid, run.since = news["pid"], time.monotonic()
        elif "ended" in news:
            self.deaths = 0
            return self.runs.pop(news["ended"]), news["status"]
        return None

    def _bereft(self) -> list[tuple[Run, int | None]]:
        """The warm parent is gone: so are its children; the next start makes another."""
        status = self.server.wait()
        self._hang_up()
        self.server.stdout.close()
        self.server = None
        lost, self.runs = list(self.runs.values()), {}
        self.deaths += 1
        if self.deaths > MAX_DEATHS:
            raise ReportError(f"the process that makes reports ended with {status}: {self._last_words()}")
        from .linux import kill_group

        for run in lost:
            if run.pid:
                kill_group(run.pid)
        return [(run, None) for run in lost]

    def _last_words(self) -> str:
        lines = (Path(self.home.name) / "server.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _polled(self, seconds: float) -> list[tuple[Run, int | None]]:
        deadline = time.monotonic() + seconds
        while True:
            done = [n for n, p in self.processes.items() if p.poll() is not None]
            if done or time.monotonic() > deadline:
                return [(self.runs.pop(n), self.processes.pop(n).returncode) for n in done]
            time.sleep(0.02)


def own_environment() -> dict[str, str]:
    """The user's environment without what changes how Python runs; its search path without the working folder."""
    found = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") or k in ("PYTHONPATH", "PYTHONHOME")}
    if "PYTHONPATH" in found:
        parts = [p for p in found["PYTHONPATH"].split(os.pathsep) if p not in ("", ".")]
        found["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, parts))
    return found


def _end(process: subprocess.Popen) -> None:
    """End a process with its group."""
    if os.name == "posix":
        from .linux import kill_group

        kill_group(process.pid)
    else:
        process.kill()
    process.wait()
