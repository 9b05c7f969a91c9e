"""Workers, by tasks that are no reports."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tests.faults.conftest import children_of, running, wait_for

from vpnpolicy._files import write_whole
from vpnpolicy.errors import DiskError, ReportError
from vpnpolicy.workers import local
from vpnpolicy.workers.local import ForkingExecutor, ProgramExecutor

TASKS = """
import errno, os, subprocess, sys, time

def warm_up(*words):
    print(*words, file=sys.stderr, flush=True)
    "end" in words and sys.exit(3)
    "hang" in words and time.sleep(99)

def run(task, work):
    (work / "signs").mkdir(exist_ok=True)
    kind = task["kind"]
    if kind == "stray":
        command = ["tail", "-f", "/dev/null", str(work)]
        subprocess.Popen(command, env={}, start_new_session=True, stdout=-3, stderr=-3)
    kind == "hang" and time.sleep(99)
    kind == "exit" and os._exit(3)
    if kind == "disk":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if kind in ("MemoryError", "KeyError"):
        raise {"MemoryError": MemoryError, "KeyError": KeyError}[kind]
    return {"value": task["n"]}
"""


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """Return the workers of a kind; ``words`` go to their ``warm_up``."""
    (tmp_path / "tasks_of_tests.py").write_text(TASKS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))

    @contextlib.contextmanager
    def start(kind="forked", *words):
        started = ForkingExecutor("tasks_of_tests", words, {}) if kind == "forked" else ProgramExecutor(3, "tasks_of_tests", {})
        try:
            yield started
        finally:
            started.shutdown(cancel_futures=True)

    return start


def do(executor, work: Path, kind: str, limit: float = 30, n: int = 1):
    folder = work / f"{kind}{n}"
    folder.mkdir()
    return executor.submit({"kind": kind, "n": n}, folder, limit)


@pytest.mark.parametrize("kind", ["forked", "program"])
def test_each_task_gives_its_result_or_says_why_not(workers, tmp_path, kind):
    with workers(kind) as executor:
        futures = {n: do(executor, tmp_path, "value", n=n) for n in range(4)}
        failed = {k: do(executor, tmp_path, k) for k in ("MemoryError", "KeyError", "disk", "exit")}
        failed["hang"] = do(executor, tmp_path, "hang", 2)
        assert {n: f.result(60)["value"] for n, f in futures.items()} == {n: n for n in range(4)}
        results = {k: f.result(60) for k, f in failed.items()}
    assert results["MemoryError"]["error"].startswith("memory")
    assert results["KeyError"]["error"].startswith("internal error: KeyError")
    assert (results["disk"]["error"], results["disk"]["disk"]) == ("No space left on device", True)
    assert results["exit"] == {"error": "the process that makes it died", "crashed": True}
    assert results["hang"] == {"error": "timeout: longer than 2 s", "crashed": False}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to their ancestor")
def test_what_a_task_started_ends_with_it(workers, tmp_path):
    with workers() as executor:
        do(executor, tmp_path, "hang")
        assert do(executor, tmp_path, "stray").result(60)["value"] == 1
        assert running(str(tmp_path / "stray1")) == []


@pytest.mark.parametrize("kind", ["forked", "program"])
def test_workers_that_are_shut_down_leave_nothing_under_way(workers, tmp_path, kind):
    with workers(kind) as executor:
        futures = [do(executor, tmp_path, "hang", n=n) for n in range(2)]
        assert wait_for(lambda: len(list(tmp_path.glob("hang*/signs"))) == 2)
        start = time.monotonic()
        executor.shutdown(cancel_futures=True)
        assert time.monotonic() - start < 10
        assert all("died" in f.result(5)["error"] for f in futures)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")
@pytest.mark.parametrize("stopped", [True, False])
def test_a_server_that_does_not_answer_is_ended(workers, tmp_path, monkeypatch, stopped):
    monkeypatch.setattr(local, "ANSWER_S", 1)
    with workers("forked", *([] if stopped else ["hang"])) as executor:
        if stopped:
            assert do(executor, tmp_path, "value").result(60)
            os.kill(children_of(executor.server.pid)[0], signal.SIGSTOP)
        future = do(executor, tmp_path, "value", 1, n=2)
        assert wait_for(lambda: executor.check() or future.done(), 30)
        assert future.result(0)["crashed"]
        assert executor.server is None


def test_a_server_that_ends_at_start_leaves_its_last_words(workers, tmp_path):
    with workers("forked", "end", "no such device: the frobnicator") as executor:
        for n in range(local.MAX_STARTS):
            result = do(executor, tmp_path, "value", n=n).result(60)
            assert result["crashed"]
            assert result["error"].endswith("no such device: the frobnicator")
        with pytest.raises(ReportError, match="died 3 times: .*no such device: the frobnicator"):
            do(executor, tmp_path, "value", n=9)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_whole(path, b"good")
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DiskError, match="no space left"):
        write_whole(path, b"half")
    assert (path.read_bytes(), [p.name for p in tmp_path.iterdir()]) == (b"good", ["report.html"])
