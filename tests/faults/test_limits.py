"""Too few handles, too little memory: the limit is named, the others go on, the runner stays small."""

import contextlib
import re
import resource
import time
from pathlib import Path

import pytest

from .conftest import FULL, state_of

pytestmark = pytest.mark.faults


def limited(what, soft, hard=None):
    return lambda: resource.setrlimit(what, (soft, soft if hard is None else hard))


@pytest.mark.parametrize("engine", ["warm", "kernel"])
@pytest.mark.parametrize("handles", [24, 40])
def test_too_few_handles_end_with_71_and_the_limit(plan, batch, tmp_path, engine, handles):
    done = batch(plan(["good"]), "out", "--engine", engine, before=limited(resource.RLIMIT_NOFILE, handles))
    assert done.returncode == 71
    assert f"handles: the system allows {handles} open files (ulimit -n); the {engine} engine needs" in done.stderr


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_low_limit_that_may_be_raised_is_raised(plan, batch, tmp_path, engine):
    done = batch(plan(["good"] * 2), "out", "--engine", engine, before=limited(resource.RLIMIT_NOFILE, 24, 4096))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_cell_that_wants_more_memory_than_there_is(plan, batch, tmp_path, engine):
    done = batch(plan(["good", "big", "good"]), "out", "--engine", engine, before=limited(resource.RLIMIT_AS, 3_000_000 * 1024))
    entries, _ = state_of(tmp_path / "out")
    assert done.returncode == 1, done.stderr
    assert re.search(r"r02: cell 'fate': memory: ", done.stderr)
    assert [e["status"] for e in entries.values()] == ["done", "failed", "done"]


def test_the_runner_stays_small(plan, batch, tmp_path):
    """Its highest resident memory [kB], looked at while hundreds of reports are made."""
    rows, most = 300 if FULL else 60, 0
    process = batch(plan(["good"] * rows), "out", wait=False)
    while process.poll() is None:
        with contextlib.suppress(OSError, TypeError):
            most = max(most, int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]))
        time.sleep(0.1)
    assert process.returncode == 0
    assert 10_000 < most < 300_000


def test_a_death_by_the_system_is_told_from_others(tmp_path):
    from types import SimpleNamespace

    from vpnpolicy.report.batch.local import outcome_of

    order = SimpleNamespace(job=SimpleNamespace(name="r"), work=str(tmp_path))
    ended = {n: outcome_of(SimpleNamespace(order=order, reason=""), n) for n in (-9, -11, 3, 74)}
    assert "signal 9 (out of memory?)" in ended[-9].reason
    assert ended[-11].reason.endswith("killed: the process ended by signal 11")
    assert ended[3].reason.endswith("killed: the process ended by exit code 3")
    assert (ended[74].disk, ended[74].crashed) == (True, False)
