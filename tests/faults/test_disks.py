"""Disks that are full, read-only or failing: what was good stays whole, the command says so, and goes on when there is room."""

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import FULL, check_whole, gone, state_of

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
pytestmark = pytest.mark.faults
SMALL = pytest.mark.skipif(not ROOT, reason="needs root, to mount a small disk")
KILOBYTE = 1024


@pytest.fixture
def disk(tmp_path):
    """A disk of its own in memory: ``disk(kilobytes)`` mounts it or changes its size; gives its folder."""
    place = tmp_path / "disk"

    def of_size(kilobytes, *more):
        options = ",".join([f"size={kilobytes}k", *more])
        mounted = place.is_mount()
        place.mkdir(exist_ok=True)
        options = f"remount,{options}" if mounted else options
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
        return place

    yield of_size
    if place.is_mount():
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def reference(tmp_path_factory, template):
    """A plan of three, and the files it gives when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("reference")
    rows = folder / "plan.json"
    rows.write_text(json.dumps([{"name": f"r{n:02d}", "notebook": str(template), "n": n} for n in (1, 2, 3)]))
    line = [sys.executable, "-m", "vpnpolicy", "batch", str(rows), "--trust", "--out", str(folder / "out")]
    subprocess.run(line, check=True, capture_output=True, cwd=folder)
    return rows, state_of(folder / "out")[1]


def used(place: Path) -> int:
    disk = os.statvfs(place)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize // KILOBYTE


@SMALL
@pytest.mark.parametrize("engine", ["warm", "kernel"] if FULL else ["warm"])
def test_a_full_disk_ends_with_74_and_the_same_command_goes_on(reference, batch, tmp_path, disk, engine):
    rows, files = reference
    place = disk(64 * KILOBYTE)
    assert batch(rows, "disk/out").returncode == 0
    need = used(place)
    for share in (0.3, 0.6, 0.8, 0.9, 0.95, 1.02) if FULL else (0.3, 0.8, 0.95):
        shutil.rmtree(place / "out")
        disk(int(need * share) + 24)
        done = batch(rows, "disk/out", "--engine", engine)
        assert done.returncode == 74, (share, done.stderr)
        assert re.search(r"vpnpolicy: cannot write .*(no space left|No space left)", done.stderr), done.stderr
        assert "Traceback" not in done.stderr
        check_whole(place / "out", files)
        disk(64 * KILOBYTE)
        done = batch(rows, "disk/out", "--engine", engine)
        assert (done.returncode, state_of(place / "out")[1] == files) == (0, True), done.stderr
        assert not list((place / "out").glob(".work-*"))


@SMALL
def test_a_full_disk_leaves_the_older_good_reports(reference, batch, tmp_path, disk):
    rows, _files = reference
    place = disk(64 * KILOBYTE)
    assert batch(rows, "disk/out").returncode == 0
    before = {p: p.read_bytes() for p in (place / "out").glob("r*/**/*") if p.is_file()}
    for free in (0, 40, 200, 700, 800, 900, 1000, 1200, 1500) if FULL else (0, 750, 1000):
        disk(64 * KILOBYTE)
        disk(used(place) + free)
        done = batch(rows, "disk/out", "--force")
        assert done.returncode in (0, 74), (free, done.stderr)
        assert {p: p.read_bytes() for p in (place / "out").glob("r*/**/*") if p.is_file()} == before, free
        assert done.returncode == 74 or free >= 700


@SMALL
def test_a_folder_that_is_read_only_is_refused_before_anything_starts(reference, batch, disk, tmp_path):
    rows, _ = reference
    disk(KILOBYTE, "ro")
    (tmp_path / "log").mkdir()
    done = batch(rows, "disk/out")
    assert done.returncode == 74
    assert "vpnpolicy: cannot write" in done.stderr
    assert "the folder is read-only" in done.stderr
    assert gone(str(tmp_path / "disk"), 0) == []


class Failing:
    """Runs of one plan in which the n-th write fails."""

    def __init__(self, shim, batch, tmp_path, rows, files):
        self.shim, self.batch, self.tmp, self.rows, self.files = shim, batch, tmp_path, rows, files
        self.count = tmp_path / "count"

    def run(self, out, n, number=errno.EIO, on="once", *more):
        self.count.write_bytes(bytes(8))
        env = {"LD_PRELOAD": str(self.shim), "FAIL_BELOW": str(self.tmp / out) + "/", "FAIL_COUNT": str(self.count), "FAIL_AT": str(n),
               "FAIL_WITH": str(number), "FAIL_ON": on}  # fmt: skip
        return self.batch(self.rows, out, "--jobs", 2, *more, env=env)

    @property
    def writes(self) -> int:
        return int.from_bytes(self.count.read_bytes(), "little")

    def check(self, out, done, n):
        """Common to every fault: told, nothing torn, and the same command finishes with the same bytes."""
        folder = self.tmp / out
        assert "Traceback" not in done.stderr, (n, done.stderr)
        assert "own fault" not in done.stderr, (n, done.stderr)
        check_whole(folder, self.files)
        entries = state_of(folder)[0] if (folder / "journal.jsonl").exists() else {}
        whole = [e for e in entries.values() if e["status"] == "done"]
        assert done.returncode in ((0,) if len(whole) == 3 and done.returncode == 0 else (1, 74)), (
            n,
            done.returncode,
            done.stderr,
        )
        again = self.batch(self.rows, out)
        assert (again.returncode, state_of(folder)[1] == self.files) == (0, True), (n, again.stderr)
        assert gone(str(folder), 5) == []


@pytest.fixture
def failing(compiled, batch, tmp_path, reference):
    return Failing(compiled("failing_disk"), batch, tmp_path, *reference)


def chosen(total: int, some: int) -> list[int]:
    """In the long form the first fifty and every tenth after; else a few, not the same each day of the code."""
    if FULL:
        return [*range(1, 51), *range(60, total, 10)]
    return sorted(random.Random(total).sample(range(1, total), some))


def test_the_nth_write_fails(failing):
    assert failing.run("whole", 10**9).returncode == 0
    total = failing.writes
    assert total > 200
    codes = {}
    for n in chosen(total, 5):
        done = failing.run(f"out{n}", n)
        codes[n] = done.returncode
        failing.check(f"out{n}", done, n)
    assert set(codes.values()) <= {0, 1, 74}
    assert 74 in codes.values() or 1 in codes.values(), codes


def test_every_write_fails_from_the_nth_on(failing):
    assert failing.run("whole", 10**9).returncode == 0
    total = failing.writes
    for n in chosen(total, 2):
        done = failing.run(f"ro{n}", n, errno.EROFS, "all")
        assert done.returncode in (74, 1), (n, done.stderr)
        assert failing.writes < 4 * total, "a storm of tries"
        failing.check(f"ro{n}", done, n)


def test_older_reports_live_through_a_failing_disk(failing, tmp_path):
    assert failing.run("out", 10**9).returncode == 0
    total = failing.writes
    for n in chosen(total, 3):
        done = failing.run("out", n, errno.ENOSPC, "once", "--force")
        failing.check("out", done, n)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_every_file_is_synced_before_its_name_and_its_name_before_the_journal(reference, batch, tmp_path):
    rows, _ = reference
    log = tmp_path / "calls"
    calls = "trace=openat,fsync,rename,renameat,renameat2,close"
    done = batch(rows, "out", "--jobs", 1, wrap=["strace", "-y", "-e", calls, "-o", str(log)])
    if "Operation not permitted" in done.stderr:
        pytest.skip("strace is not allowed here")
    assert done.returncode == 0, done.stderr
    out = str((tmp_path / "out").resolve())
    order = [e for e in map(event, log.read_text().splitlines()) if e and e[1].startswith(out)]
    for n in (1, 2, 3):
        place = next(k for k, e in enumerate(order) if e[0] == "rename" and e[2] == f"{out}/r{n:02d}")
        pieces = order[place][1]
        synced = [e[1] for e in order[:place] if e[0] == "fsync" and e[1].startswith(pieces)]
        files = {p.relative_to(tmp_path / "out" / f"r{n:02d}") for p in (tmp_path / "out" / f"r{n:02d}").rglob("*")}
        assert {f"{pieces}/{f}" for f in files} | {pieces} <= set(synced)
        after = [e for e in order[place + 1 :] if e[0] == "fsync"]
        assert after[0][1] == out
        assert after[1][1] == f"{out}/journal.jsonl"


def event(line: str) -> tuple | None:
    """A call as (name, path, new path)."""
    if found := re.match(r"fsync\(\d+<(.*?)>\) += 0", line):
        return "fsync", found[1]
    if found := re.match(r"rename\(\"(.*?)\", \"(.*?)\"\) += 0", line):
        return "rename", *(str(Path(p).resolve()) if not p.startswith("/") else p for p in found.groups())
    return None
