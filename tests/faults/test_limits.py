"""Too few open files, too little memory: the limit is named and the other reports are finished."""

import resource

import pytest

from vpnpolicy.workers import processes

from .conftest import counts, finished, leftovers

pytestmark = pytest.mark.faults


def limited(what, soft, hard=None):
    return lambda: resource.setrlimit(what, (soft, soft if hard is None else hard))


def test_too_few_open_files_end_with_71_and_the_limit(made, batch):
    for handles in (24, 40):
        done = batch(made[0], before=limited(resource.RLIMIT_NOFILE, handles))
        assert done.returncode == 71
        assert f"open-files: found a limit of {handles} (ulimit -n); expected at least" in done.stderr


def test_the_least_limit_is_enough(plan, batch, tmp_path):
    """It is raised where that is allowed; the largest report fits below it."""
    done = batch(plan(["good"] * 2), "out", before=limited(resource.RLIMIT_NOFILE, 24, 4096))
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "plan.csv").write_text("notebook\n07_audit\n")
    done = batch("plan.csv", "big", "--format", "html,pdf,png,xlsx", before=limited(resource.RLIMIT_NOFILE, processes.OPEN_FILES))
    assert (done.returncode, done.stderr) == (0, "")


def test_fewer_reports_at_a_time_where_the_limit_is_low(monkeypatch):
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: None)
    for limits, asked, allowed in (((128, 128), 100, 64), ((24, 4096), 100, 64), ((1024, 1024), 2, 2), ((-1, -1), 5000, 5000)):
        monkeypatch.setattr(resource, "getrlimit", lambda what, limits=limits: limits)
        assert processes.raise_file_limit(asked) == allowed


def test_a_cell_that_wants_more_memory_than_there_is(plan, batch, tmp_path):
    done = batch(plan(["good", "big", "good"]), before=limited(resource.RLIMIT_AS, 3_000_000 * 1024))
    assert (done.returncode, counts(done)) == (1, "2 made, 1 failed"), done.stderr
    assert "FAILED  r02: cell 'fate': memory: " in done.stderr
    assert finished(tmp_path / "out") == ["r01", "r03"]
    assert leftovers(tmp_path) == []
