"""Batches of reports: the tools people use today, ours, and the floor of plain functions, in one run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vpnpolicy.basis.paths import notebooks_folder

from .harness import TOOLS, Timing, table

NOTEBOOK = "04_bandwidth_cost"
PROGRAMS = Path(__file__).parent / "programs"


def rows(count: int) -> list[dict]:
    """Parameters of so many reports, all different."""
    readings = ["as-stated", "mbps-month", "gigabyte", "megabit"]
    return [
        {"name": f"r{n:03d}", "minutes": n + 1, "reading": readings[n % 4], "as_of": f"2025-{n % 9 + 1:02d}"}
        for n in range(count)
    ]


def shell_loop(out: Path, count: int, jobs: int) -> None:
    """papermill, then nbconvert, from the shell, one report at a time."""
    for row in rows(count):
        executed = out / f"{row['name']}.ipynb"
        pairs = [text for n, v in row.items() if n != "name" for text in ("-p", n, str(v))]
        notebook = str(notebooks_folder() / f"{NOTEBOOK}.ipynb")
        _run("-m", "papermill", "--no-progress-bar", "-k", "python3", notebook, str(executed), *pairs)
        _run("-m", "nbconvert", "--to", "html", "--no-input", str(executed))


def program(name: str) -> Callable[[Path, int, int], None]:
    """A program of this folder that makes all reports by itself."""
    python = TOOLS if name == "ploomber" else sys.executable
    return lambda out, count, jobs: _run(
        str(PROGRAMS / f"{name}.py"), json.dumps(rows(count)), str(out), str(jobs), python=python
    )


def ours(*options: str) -> Callable[[Path, int, int], None]:
    """``vpnpolicy batch`` as a user calls it."""

    def make(out: Path, count: int, jobs: int) -> None:
        plan = out.parent / f"plan-{count}.json"
        plan.write_text(json.dumps(rows(count)), encoding="utf-8")
        _run("-m", "vpnpolicy", "batch", str(plan), "--notebook", NOTEBOOK, "--out", str(out), "--jobs", str(jobs), *options)

    return make


def _run(*args: str, python: str = sys.executable) -> None:
    subprocess.run([python, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


WAYS: dict[str, tuple[Callable, int, int]] = {
    "(a) shell loop: papermill, nbconvert": (shell_loop, 2, 1),
    "(b) papermill API + nbconvert API, 1 process": (program("papermill_api"), 5, 1),
    "(c) ploomber-engine + nbconvert API, 1 process": (program("ploomber"), 20, 1),
    "(c) ploomber-engine + nbconvert API, 2 processes": (program("ploomber"), 20, 2),
    "(d) vpnpolicy batch, 1 job": (ours(), 20, 1),
    "(d) vpnpolicy batch, 2 jobs": (ours(), 20, 2),
    "(e) floor: plain functions, 1 process": (program("floor"), 20, 1),
    "(e) floor: plain functions, 2 processes": (program("floor"), 20, 2),
}


LONG = {name: (make, 100, jobs) for name, (make, _, jobs) in WAYS.items() if name.startswith(("(d)", "(e)"))}


def run(rounds: int = 3) -> str:
    """Seconds a report of each way, in short and in long batches; start-up included."""
    short, long = _rounds(WAYS, rounds), _rounds(LONG, rounds)
    base, floor = short["(a) shell loop: papermill, nbconvert"], long["(e) floor: plain functions, 1 process"]
    return f"""## A report of `{NOTEBOOK}` to HTML

Seconds a report, start-up of the batch included. Batches of 20; of 2 and 5 in (a) and (b), where nothing is shared between reports.

{table(list(short.values()), base)}

{_goals(_ratios(short))}

Batches of 100, in which start-up counts for little and each report for what it costs in a process that is warm:

{table(list(long.values()), floor)}

{_goals([*_against_floor(long, "≤ 1.25"), ("throughput of 2 jobs against (a)", base.times(long["(d) vpnpolicy batch, 2 jobs"]), "≥ 20")])}

{_more()}"""


def _rounds(ways: dict[str, tuple[Callable, int, int]], rounds: int) -> dict[str, Timing]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (make, count, jobs) in ways.items():
            seconds[name].append(_timed(make, count, jobs) / count)
    return {name: Timing(name, each) for name, each in seconds.items()}


def _timed(make: Callable, count: int, jobs: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        out.mkdir()
        start = time.perf_counter()
        make(out, count, jobs)
        return time.perf_counter() - start


def _ratios(t: dict[str, Timing]) -> list[tuple[str, float, str]]:
    one, two = t["(d) vpnpolicy batch, 1 job"], t["(d) vpnpolicy batch, 2 jobs"]
    return [
        ("throughput of 2 jobs against (a)", t["(a) shell loop: papermill, nbconvert"].times(two), "≥ 20"),
        ("throughput of 2 jobs against (b)", t["(b) papermill API + nbconvert API, 1 process"].times(two), "≥ 7"),
        ("throughput of 1 job against (c) in 1 process", t["(c) ploomber-engine + nbconvert API, 1 process"].times(one), "≥ 1.5"),
        ("throughput of 2 jobs against (c) in 2 processes", t["(c) ploomber-engine + nbconvert API, 2 processes"].times(two), "≥ 1.5"),
        *_against_floor(t, ""),
    ]  # fmt: skip


def _against_floor(t: dict[str, Timing], goal: str) -> list[tuple[str, float, str]]:
    return [
        (f"time of {n} against (e) in {of}", t[f"(d) vpnpolicy batch, {n}"].times(t[f"(e) floor: plain functions, {of}"]), goal)
        for n, of in (("1 job", "1 process"), ("2 jobs", "2 processes"))
    ]


def _goals(lines: list[tuple[str, float, str]]) -> str:
    return "\n".join(
        ["| ratio of medians | measured | goal |", "|---|---:|---:|", *(f"| {n} | {v:.2f} | {g} |" for n, v, g in lines)]
    )


def _more() -> str:
    """Length of the batch, a second run with nothing changed, memory of the parent, and a cluster on this machine."""
    folder = Path(tempfile.mkdtemp())
    try:
        twenty = [_timed(ours(), 20, 2) for _ in range(3)]
        start, peaks = time.perf_counter(), _watched(folder / "out", 200)
        first = time.perf_counter() - start
        again = [_clock(lambda: ours()(folder / "out", 200, 2)) for _ in range(3)]
        cluster, local = _clustered(folder)
        lines = [
            ("a report of 200 against one of 20", (first / 200) / (sorted(twenty)[1] / 20), "≤ 1.05"),
            ("second run of 200, nothing changed, against the first", sorted(again)[1] / first, "≤ 0.02"),
            ("the parent's memory, last report against the tenth", peaks[-1] / peaks[0], "0.9 to 1.1"),
            ("dask, 2 workers on this machine, against 2 local jobs: rate", local / cluster, "≥ 0.85"),
        ]
        return f"{_goals(lines)}\n\nThe parent took {peaks[-1]:,.0f} MB.\n"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clock(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _watched(out: Path, count: int) -> list[float]:
    """Memory of the warm parent [MB] after the tenth report and at the end of a batch."""
    plan = out.parent / "plan.json"
    plan.write_text(json.dumps(rows(count)), encoding="utf-8")
    args = [sys.executable, "-m", "vpnpolicy", "batch", str(plan), "--notebook", NOTEBOOK, "--out", str(out), "--jobs", "2"]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks: list[float] = []
    while process.poll() is None:
        done = (out / "journal.jsonl").read_bytes().count(b"\n") if (out / "journal.jsonl").exists() else 0
        if done >= 10 and (size := _server_size(process.pid)):
            peaks = [peaks[0] if peaks else size, size]
        time.sleep(0.2)
    return peaks


def _server_size(pid: int) -> float:
    try:
        (child, *_) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        status = Path(f"/proc/{child}/status").read_text()
    except (OSError, ValueError):
        return 0.0
    sizes = [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")]
    return sizes[0] if sizes else 0.0  # it has ended and has none


def _clustered(folder: Path, count: int = 40) -> tuple[float, float]:
    """Seconds of a batch on two dask workers that run already and are warm, and on this machine alone."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        made = ours("--executor", "dask", "--address", cluster.scheduler_address, "--force")
        made(folder / "warm", 4, 2)
        pairs = [(_clock(lambda: made(folder / "dask", count, 2)), _timed(ours(), count, 2)) for _ in range(3)]
    return sorted(a for a, _ in pairs)[1], sorted(b for _, b in pairs)[1]
