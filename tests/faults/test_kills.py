"""Kills at random moments, then the same command: all finished, none torn, none lost, nothing left."""

import contextlib
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.report import folder as folders
from vpnpolicy.report.manifest import read_manifest

from .conftest import FULL, check_whole, children_of, counts, files_of, finished, kill, leftovers, running, wait_for

pytestmark = pytest.mark.faults


def test_kill_9_of_any_process_at_random_moments(plan, batch, tmp_path):
    """The command, the server and its guard, a worker, a kernel; some reports leave processes."""
    rows = plan(["good", "slow", "stray"] * 6)
    assert batch(rows, "reference").returncode == 0
    reference, dice, kills = files_of(tmp_path / "reference"), random.Random(7), 0
    while kills < (40 if FULL else 10):
        process = batch(rows, "out", wait=False)
        time.sleep(dice.uniform(0.2, 6))
        if process.poll() is not None:
            assert process.returncode == 0
            process = batch(rows, "out", "--force", wait=False)
            time.sleep(dice.uniform(1, 5))
        below = children_of(process.pid, deep=True)
        victim = dice.choice(below) if below and dice.random() < 0.6 else process.pid
        kills += kill(victim)
        _, wrong = process.communicate(timeout=120)
        if victim == process.pid:
            assert wait_for(lambda: not running(str(tmp_path)), 10), running(str(tmp_path))
        else:
            assert process.returncode == 0 or "the kernel died" in wrong, wrong
            assert leftovers(tmp_path) == []
        check_whole(tmp_path / "out", reference)
    done = batch(rows, "out")
    assert (done.returncode, len(finished(tmp_path / "out"))) == (0, 18), done.stderr
    assert files_of(tmp_path / "out") == reference
    assert leftovers(tmp_path) == []
    assert counts(batch(rows, "out")) == "18 reused"


@pytest.mark.parametrize("victim", ["guard", "server", "worker", "kernel"])
def test_a_process_that_is_killed_takes_what_it_started_with_it(plan, batch, tmp_path, victim):
    process = batch(plan(["kept"]), wait=False)
    stray = lambda: [line for line in running(str(tmp_path)) if line.startswith("tail")]  # noqa: E731
    assert wait_for(stray), "the last of guard, server, worker, kernel and what the cell starts"
    before = dict(zip(("guard", "server", "worker", "kernel", "stray"), children_of(process.pid, deep=True), strict=True))
    kill(before[victim])
    if victim == "kernel":
        _, wrong = process.communicate(timeout=60)
        assert (process.returncode, "FAILED  r01: cell 'fate': the kernel died" in wrong) == (1, True)
        assert leftovers(tmp_path) == []
        return
    if victim != "guard":  # its end changes nothing as long as the others live
        gone = {before[name] for name in ("kernel", "stray", victim)}
        assert wait_for(lambda: not gone & set(children_of(process.pid, deep=True)), 10)
        assert wait_for(stray), "the second attempt"
    kill(process.pid)
    process.communicate()
    wait_for(lambda: not running(str(tmp_path)), 10)
    assert running(str(tmp_path)) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_request_to_end_is_met_in_ten_seconds(plan, batch, tmp_path, number, code):
    rows = plan(["good"] * 3 + ["kept"] * 4)
    process = batch(rows, "out", wait=False, before=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    strays = lambda: [line for line in running(str(tmp_path)) if line.startswith("tail")]  # noqa: E731
    assert wait_for(lambda: len(strays()) == 2)
    start = time.monotonic()
    process.send_signal(number)
    _, wrong = process.communicate(timeout=20)
    assert (process.returncode, time.monotonic() - start < 10) == (code, True)
    assert "the same command continues where it stopped" in wrong
    assert "Traceback" not in wrong
    assert leftovers(tmp_path) == []
    assert finished(tmp_path / "out") == ["r01", "r02", "r03"]
    rows.write_text(json.dumps(json.loads(rows.read_text())[:3]))
    assert counts(batch(rows, "out")) == "3 reused"


def test_a_second_batch_in_the_folder_ends_with_75(plan, batch, tmp_path):
    rows = plan(["slower"] * 8)
    first = batch(rows, "out", wait=False)
    assert wait_for(lambda: list((tmp_path / "out").glob(".vpnpolicy-work/r*")))
    before = os.times()
    second = batch(rows, "out")
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 2
    assert (second.returncode, f"is in use by process {first.pid} since" in second.stderr) == (75, True), second.stderr
    assert list((tmp_path / "out").glob(".vpnpolicy-work/r*")), "the work of the first is left alone"
    first.kill()
    first.wait()
    wait_for(lambda: not running(str(tmp_path)), 10)
    assert running(str(tmp_path)) == []
    assert batch(rows, "out").returncode == 0, "the lock is free"


def states(rows, out) -> list[tuple]:
    """Run a plan; return what became of each report, in order of time."""
    found = []
    vp.run_batch(rows, out=out, trust=True, progress=lambda *state: found.append(state))
    return found


def test_a_finished_report_of_a_killed_run_is_recovered(made, tmp_path):
    """Killed before it got its final name; of another a byte has changed, a third is half written."""
    out, work = tmp_path / "out", tmp_path / "out" / folders.WORK
    shutil.copytree(made[1], out)
    for name in ("r01", "r02", "r03"):
        (work / name).mkdir(parents=True)
        (out / name).rename(work / name / "files")
    page = work / "r02" / "files" / "report.html"
    page.write_bytes(page.read_bytes()[:-2] + b"!\n")
    (work / "r03" / "files" / "manifest.json").unlink()
    found = states(made[0], out)
    assert found[0] == ("r01", "done")
    assert sorted(found[1:]) == [("r02", "done"), ("r02", "started"), ("r03", "done"), ("r03", "started")]
    assert files_of(out) == files_of(made[1])
    assert not work.exists()
    assert states(made[0], out) == [("r01", "reused"), ("r02", "reused"), ("r03", "reused")]


class Stopped(BaseException):
    """A kill, as seen from inside."""


def test_a_kill_while_a_report_is_replaced(made, tmp_path, monkeypatch):
    """After each single step the folder is that of a report that is not up to date, and can be replaced again."""
    steps, replace, unlink = 0, Path.replace, Path.unlink
    for last in range(1, 9):
        place = shutil.copytree(made[1] / "r01", tmp_path / f"place{last}")
        files = shutil.copytree(made[1] / "r02", tmp_path / f"files{last}")
        (place / "notes.txt").write_text("mine")
        (files / "figures" / "01-counts.svg").rename(files / "figures" / "02-other.svg")
        manifest = json.loads((files / "manifest.json").read_text())
        manifest["files_sha256"]["figures/02-other.svg"] = manifest["files_sha256"].pop("figures/01-counts.svg")
        (files / "manifest.json").write_text(json.dumps(folders.seal(manifest)))
        shutil.copytree(files, tmp_path / f"again{last}")
        steps = 0

        def step(do, *args, last=last, **options):
            nonlocal steps
            steps += 1
            if steps == last:
                raise Stopped
            return do(*args, **options)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", lambda *a, **k: step(replace, *a, **k))
            patch.setattr(Path, "unlink", lambda *a, **k: step(unlink, *a, **k))
            try:
                folders.install(files, place)
            except Stopped:
                assert read_manifest(place).get("report") in ("r01", None), "whole, or never up to date"
                folders.check_place(tmp_path, f"place{last}")
        if steps >= last:
            folders.install(tmp_path / f"again{last}", place)
        found = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}
        assert found == {*manifest["files_sha256"], "manifest.json", "notes.txt"}
        assert read_manifest(place)["files_sha256"] == manifest["files_sha256"]
    assert steps == 7, "every step was one to stop at"


def test_every_file_is_synced_before_its_name_and_the_manifest_comes_last(made, tmp_path, monkeypatch):
    calls, fsync = [], os.fsync
    where = lambda handle: str(Path(f"/proc/self/fd/{handle}").readlink())  # noqa: E731
    monkeypatch.setattr(os, "fsync", lambda handle: (calls.append(("sync", where(handle))), fsync(handle)))
    for method in ("rename", "replace"):
        real = getattr(Path, method)
        monkeypatch.setattr(Path, method, lambda a, b, real=real: (calls.append(("name", str(b))), real(a, b)))
    place = tmp_path / "place"
    for n in (1, 2):  # a new report, and one in place of another
        files = shutil.copytree(made[1] / f"r0{n}", tmp_path / f"files{n}")
        names = {("sync", str(p)) for p in files.rglob("*") if p.is_file()}
        calls.clear()
        folders.install(files, place)
        assert names <= set(calls[: next(k for k, call in enumerate(calls) if call[0] == "name")])
        assert calls[-1][0] == "sync"
        assert [call[1] for call in calls if call[0] == "name"][-1] == str(place if n == 1 else place / "manifest.json")


def test_a_reader_never_sees_part_of_a_file(made, batch, tmp_path):
    polls, wrong, end = 0, [], time.monotonic() + 300
    ends = {"r01/report.html": "</html>", "r01/report.ipynb": "\n}", "index.html": "</html>", "r01/manifest.json": "}"}
    while polls < (100_000 if FULL else 5_000) and time.monotonic() < end:
        process = batch(made[0], "out", "--force", wait=False)
        while process.poll() is None:
            for name, last in ends.items():
                with contextlib.suppress(FileNotFoundError):
                    text = (tmp_path / "out" / name).read_text(encoding="utf-8")
                    polls, wrong = polls + 1, wrong + ([] if text.rstrip("\n").endswith(last) else [name])
        assert process.returncode == 0
    assert (wrong, polls >= 5_000) == ([], True)
