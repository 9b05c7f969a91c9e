"""Clocks that jump, other zones, languages, seeds, folders and numbers of workers: the same bytes."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .conftest import FULL, state_of, wait_for

pytestmark = pytest.mark.faults
CHANGED = {
    "TZ": "Asia/Karachi", "LANG": "ur_PK.UTF-8", "LC_ALL": "ur_PK.UTF-8", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "7", "COLUMNS": "40", "LINES": "9",
    "MPLBACKEND": "svg", "SOURCE_DATE_EPOCH": "1", "NO_COLOR": "1", "FORCE_COLOR": "1", "PYTHONUTF8": "0", "PYTHONWARNINGS": "always", "TERM": "dumb",
}  # fmt: skip


def reports(out: Path) -> dict:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_the_same_bytes_in_other_surroundings(batch, tmp_path):
    """Twelve reports, every format: the folders are equal to the byte."""
    rows = tmp_path / "plan.json"
    names = [
        "00_brief",
        "01_register",
        "02_timeline",
        "03_claims",
        "04_bandwidth_cost",
        "05_disruption_cost",
        "06_regimes",
        "07_audit",
    ]
    more = [{"notebook": "04_bandwidth_cost", "extra_tbps": n} for n in (2, 3)] + [
        {"notebook": "01_register", "as_of": f"2025-0{n}"} for n in (3, 4)
    ]
    rows.write_text(json.dumps([{"notebook": n} for n in names] + more))
    formats = ("--format", "html,pdf,png") if FULL else ("--format", "html,png")
    assert batch(rows, "one", *formats, "--jobs", 2).returncode == 0
    elsewhere = tmp_path / "Ordner mit Lücken" / "deep"
    elsewhere.mkdir(parents=True)
    assert batch(rows, "two", *formats, "--jobs", 1, env=CHANGED, cwd=elsewhere).returncode == 0
    one, two = reports(tmp_path / "one"), reports(tmp_path / "two")
    assert len(one) > 80
    assert [n for n in one if one[n] != two.get(n)] == []
    assert set(one) == set(two)


def test_the_same_bytes_on_the_other_engine(plan, batch, tmp_path):
    rows = plan(["good"] * 4)
    assert batch(rows, "one", "--format", "html,png").returncode == 0
    assert batch(rows, "two", "--format", "html,png", "--engine", "kernel", "--jobs", 3, env=CHANGED).returncode == 0
    assert state_of(tmp_path / "one")[1] == state_of(tmp_path / "two")[1]


@pytest.fixture
def clock(compiled, tmp_path):
    """The clock of a run: ``clock(seconds)`` moves it; ``clock.env`` is what a process needs to follow it."""
    shared = tmp_path / "clock"
    shared.write_bytes(bytes(8))

    def move(seconds: int) -> None:
        with shared.open("r+b") as file:
            file.write(int(seconds).to_bytes(8, "little", signed=True))

    move.env = {"LD_PRELOAD": str(compiled("moved_clock")), "MOVED_CLOCK": str(shared)}
    return move


def test_the_clock_is_moved_for_python_and_sleep_still_works(clock):
    clock(-1_000_000)
    code = "import time; a = time.monotonic(); time.sleep(0.2); print(time.time(), time.monotonic() - a)"
    said = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **clock.env}, capture_output=True, text=True, check=True
    ).stdout
    now, slept = map(float, said.split())
    assert abs(time.time() - 1_000_000 - now) < 60
    assert 0.2 <= slept < 5


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_clock_that_jumps(plan, batch, tmp_path, clock, engine):
    rows = plan(["slow"] * 6)
    assert batch(rows, "reference").returncode == 0
    process = batch(
        rows, "out", "--jobs", 1, "--engine", engine, "--cell-limit", 20, "--report-limit", 40, wait=False, env=clock.env
    )
    for seconds in (-3600, 31_536_000, -31_536_000):
        before = len(list((tmp_path / "out").glob("r*")))
        assert wait_for(lambda: len(list((tmp_path / "out").glob("r*"))) > before)  # noqa: B023
        clock(seconds)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out.splitlines()[0]) == (0, "6 made."), err
    assert state_of(tmp_path / "out")[1] == state_of(tmp_path / "reference")[1]


def test_the_last_second_of_a_year(batch, tmp_path, clock):
    rows = tmp_path / "plan.json"
    rows.write_text(json.dumps([{"notebook": n} for n in ("00_brief", "01_register", "05_disruption_cost")]))
    assert batch(rows, "reference").returncode == 0
    eve = datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp()
    for zone, ahead in (("UTC", 0), ("Asia/Karachi", 5 * 3600)):
        clock(eve - ahead - time.time())
        done = batch(rows, zone.replace("/", "-"), env={**clock.env, "TZ": zone})
        assert done.returncode == 0, done.stderr
        assert reports(tmp_path / zone.replace("/", "-")) == reports(tmp_path / "reference")
