"""Disks that are full, read-only or failing: good reports stay, the command says so, and continues when there is room."""

import errno
import os
import random
import re
import shutil
import subprocess

import pytest

from .conftest import FULL, check_whole, files_of, finished, leftovers

pytestmark = pytest.mark.faults
SMALL = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="needs root, to mount a small disk")
PLENTY = 64 * 1024
"""Size of a disk with room enough [kB]."""


@pytest.fixture
def disk(tmp_path):
    """Mount a disk in memory, or change its size [kB]; give its folder."""
    place = tmp_path / "disk"

    def of_size(kilobytes, *more):
        place.mkdir(exist_ok=True)
        options = ",".join([*(["remount"] if place.is_mount() else []), f"size={kilobytes}k", *more])
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
        return place

    yield of_size
    if place.is_mount():
        subprocess.run(["umount", "-l", str(place)], check=True)


def used(place) -> int:
    disk = os.statvfs(place)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1024


@SMALL
def test_a_full_disk_ends_with_74_and_the_same_command_continues(made, batch, tmp_path, disk):
    rows, files = made[0], files_of(made[1])
    place = disk(PLENTY)
    shutil.copytree(made[1], place / "out")
    need = used(place)
    for share in (0.02, 0.1, 0.3, 0.6, 0.8, 0.95) if FULL else (0.02, 0.4, 0.8):
        shutil.rmtree(place / "out")
        disk(int(need * share) + 24)
        done = batch(rows, "disk/out")
        assert done.returncode == 74, (share, done.stderr)
        assert re.fullmatch(r"vpnpolicy: cannot write .*(no space left|No space left).*\n", done.stderr), done.stderr
        check_whole(place / "out", files)
        disk(PLENTY)
        done = batch(rows, "disk/out")
        assert (done.returncode, files_of(place / "out") == files) == (0, True), done.stderr
        assert leftovers(tmp_path, "disk/out") == []


@SMALL
def test_a_full_disk_leaves_older_good_reports(made, batch, disk):
    place = disk(PLENTY)
    shutil.copytree(made[1], place / "out")
    before = files_of(place / "out")
    for free in (0, 40, 200, 500, 700, 900, 1200) if FULL else (0, 40, 300):
        disk(PLENTY)
        disk(used(place) + free)
        done = batch(made[0], "disk/out", "--force")
        assert done.returncode in (0, 74), (free, done.stderr)
        assert files_of(place / "out") == before, free
        assert done.returncode == 74 or free >= 200


@SMALL
def test_a_read_only_folder_is_refused_before_anything_starts(made, batch, disk, tmp_path):
    disk(1024, "ro")
    done = batch(made[0], "disk/out")
    assert (done.returncode, "cannot write" in done.stderr, "the folder is read-only" in done.stderr) == (74, True, True)
    assert leftovers(tmp_path, "disk", 0) == []


class Failing:
    """Runs of one plan in which the n-th call that writes fails."""

    def __init__(self, shim, batch, tmp_path, made):
        self.shim, self.batch, self.tmp, self.rows, self.files = shim, batch, tmp_path, made[0], files_of(made[1])
        self.count = tmp_path / "count"

    def run(self, out, n, number=errno.EIO, on="once", *more):
        self.count.write_bytes(bytes(8))
        env = {"LD_PRELOAD": str(self.shim), "FAIL_BELOW": f"{self.tmp / out}/", "FAIL_COUNT": str(self.count), "FAIL_AT": str(n),
               "FAIL_WITH": str(number), "FAIL_ON": on}  # fmt: skip
        return self.batch(self.rows, out, "--jobs", 2, *more, env=env)

    @property
    def writes(self) -> int:
        return int.from_bytes(self.count.read_bytes(), "little")

    def check(self, out, done, n):
        """Check what is common to every fault: reported, nothing torn, and the same command finishes with the same bytes."""
        folder = self.tmp / out
        assert not re.search("Traceback|internal error", done.stderr), (n, done.stderr)
        check_whole(folder, self.files)
        assert done.returncode in (1, 74) or (done.returncode == 0 and len(finished(folder)) == 3), (n, done.stderr)
        again = self.batch(self.rows, out)
        assert (again.returncode, files_of(folder) == self.files) == (0, True), (n, again.stderr)
        assert leftovers(self.tmp, out) == []


@pytest.fixture
def failing(compiled, batch, tmp_path, made):
    return Failing(compiled("failing_disk"), batch, tmp_path, made)


def test_the_nth_write_fails_or_all_from_it_on(failing):
    assert failing.run("whole", 10**9).returncode == 0
    total = failing.writes
    assert total > 100
    few, codes = random.Random(total).sample(range(1, total), 4), {}
    for n in [*range(1, 51), *range(60, total, 10)] if FULL else few:
        done = failing.run(f"out{n}", n)
        codes[n] = done.returncode
        failing.check(f"out{n}", done, n)
    assert {74, 1} & set(codes.values()), codes
    for n in few[:: 1 if FULL else 3]:
        done = failing.run("whole", n, errno.ENOSPC, "once", "--force")
        failing.check("whole", done, n)
    for n in random.Random(total).sample(range(1, total), 20 if FULL else 2):
        done = failing.run(f"ro{n}", n, errno.EROFS, "all")
        assert done.returncode in (74, 1), (n, done.stderr)
        assert failing.writes < 4 * total, "attempts without end"
        failing.check(f"ro{n}", done, n)
