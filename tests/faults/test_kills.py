"""Kills at random moments, then the same command: all done, none torn, none lost, none left running."""

import functools
import random
import signal
import time

import pytest

from .conftest import check_whole, descendants, gone, state_of

pytestmark = pytest.mark.faults


def test_kill_9_of_runner_or_worker_twenty_times(plan, batch, tmp_path):
    rows = plan(["good", "slow"] * 15)
    assert batch(rows, "reference").returncode == 0
    _, reference = state_of(tmp_path / "reference")
    dice, kills = random.Random(7), 0
    begun = time.monotonic()
    while kills < 20:
        process = batch(rows, "out", wait=False)
        time.sleep(dice.uniform(0.2, 5))
        if process.poll() is not None:
            check_whole(tmp_path / "out", reference)
            process = batch(rows, "out", "--force", wait=False)
            time.sleep(dice.uniform(0.5, 4))
        below = descendants(process.pid)
        victim = dice.choice([process.pid, *below]) if dice.random() < 0.5 else process.pid
        try:
            import os

            os.kill(victim, signal.SIGKILL)
            kills += 1
        except ProcessLookupError:
            pass
        if victim == process.pid:
            process.wait()
            assert gone(str(tmp_path / "out")) == []
        else:
            process.communicate(timeout=120)
            assert process.returncode == 0
        check_whole(tmp_path / "out", reference)
        assert time.monotonic() - begun < 300
    done = batch(rows, "out")
    entries, files = state_of(tmp_path / "out")
    assert (done.returncode, len(entries)) == (0, 30)
    assert {n: e["status"] for n, e in entries.items()} == dict.fromkeys(entries, "done")
    assert files == reference
    assert gone(str(tmp_path / "out")) == []
    assert [p.name for p in (tmp_path / "out").iterdir() if p.name.startswith(".")] == [".lock"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_request_to_end_is_met_in_ten_seconds(plan, batch, tmp_path, number, code):
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs are deaf to it
    process = batch(plan(["good"] * 3 + ["slow"] * 20), "out", wait=False, before=heard)
    end = time.monotonic() + 30
    while not (tmp_path / "out" / "journal.jsonl").exists() and time.monotonic() < end:
        time.sleep(0.05)
    start = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert time.monotonic() - start < 10
    assert "the same command goes on where it stopped" in err
    assert "Traceback" not in err
    assert gone(str(tmp_path / "out")) == []
    entries, _ = state_of(tmp_path / "out")
    assert 0 < len(entries) < 23
    assert not list((tmp_path / "out").glob(".work-*"))


def test_a_second_batch_in_the_folder_ends_with_75(plan, batch, tmp_path):
    rows = plan(["slow"] * 30)
    first = batch(rows, "out", wait=False)
    end = time.monotonic() + 20
    while not (tmp_path / "out" / ".lock").exists() and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.3)
    start = time.monotonic()
    second = batch(rows, "out")
    assert time.monotonic() - start < 2
    assert (second.returncode, f"process {first.pid} since" in second.stderr) == (75, True)
    first.kill()
    assert gone(str(tmp_path / "out")) == []
    assert batch(rows, "out").returncode == 0
