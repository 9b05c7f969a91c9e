"""A cluster on this machine: same bytes, a lost worker redone, a lost scheduler told, other versions refused."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs dask: pip install vpnpolicy[cluster]")
pytestmark = [pytest.mark.cluster, pytest.mark.loopback]
ROWS = [{"name": f"r{n}", "as_of": f"2025-{n:02d}"} for n in range(1, 9)]


@pytest.fixture
def start(tmp_path):
    """Start a scheduler or a worker as a process of its own, ended with the test."""
    started = []

    def begin(*args, **env):
        command = [sys.executable, "-m", "distributed.cli.dask_" + args[0], *args[1:], "--no-dashboard"]
        with (tmp_path / f"{args[0]}-{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=tmp_path, env={**os.environ, **env}, start_new_session=True
            )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def alone(start):
    """A scheduler without workers: its address and process."""
    port = str(free_port())
    return f"tcp://127.0.0.1:{port}", start("scheduler", "--host", "127.0.0.1", "--port", port)


@pytest.fixture
def cluster(start):
    """A scheduler and two workers."""
    address, scheduler = alone(start)
    workers = [worker(start, address) for _ in range(2)]
    return address, scheduler, workers, start


def worker(start, address, **env):
    return start("worker", address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", **env)


def batch(folder, out, *options, wait=True):
    (folder / "plan.json").write_text(json.dumps(ROWS))
    args = [sys.executable, "-m", "vpnpolicy", "batch", "plan.json", "--notebook", "01_register", "--out", out, *options]
    process = subprocess.Popen(args, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not wait:
        return process
    told, wrong = process.communicate(timeout=150)
    return process.returncode, told, wrong


def files(folder: Path) -> dict:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def when(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


def test_the_cluster_gives_the_same_bytes_even_where_a_worker_is_killed(tmp_path, cluster):
    address, _, workers, _start = cluster
    assert batch(tmp_path, "here")[0] == 0
    running = batch(tmp_path, "there", "--executor", "dask", "--address", address, wait=False)
    when(lambda: (tmp_path / "there" / "journal.jsonl").exists())
    workers[0].kill()
    told, wrong = running.communicate(timeout=150)
    assert (running.returncode, told.splitlines()[0]) == (0, "8 made."), wrong
    assert files(tmp_path / "there") == files(tmp_path / "here")


def test_a_lost_scheduler_ends_with_69_and_the_batch_goes_on(tmp_path, cluster):
    address, scheduler, _, _ = cluster
    running = batch(tmp_path, "out", "--executor", "dask", "--address", address, wait=False)
    when(lambda: (tmp_path / "out" / "journal.jsonl").exists())
    scheduler.kill()
    _, wrong = running.communicate(timeout=90)
    assert (running.returncode, "the scheduler is gone" in wrong, "Traceback" in wrong) == (69, True, False), wrong
    done = (tmp_path / "out" / "journal.jsonl").read_bytes().count(b"\n")
    code, told, _ = batch(tmp_path, "out")
    assert (code, told.splitlines()[0]) == (0, f"{8 - done} made, {done} kept.")


def test_workers_with_other_data_are_refused(tmp_path, cluster, edit, data):
    address, _, _, start = cluster
    edit("licences", 0, "note", "changed")
    worker(start, address, VPNPOLICY_DATA=str(data))
    when(lambda: b"Registered" in b"".join(p.read_bytes() for p in tmp_path.glob("worker-3*.log")))
    time.sleep(1)
    code, _, wrong = batch(tmp_path, "out", "--executor", "dask", "--address", address)
    assert code == 69
    assert re.search(r"cluster: worker tcp://127.0.0.1:\d+ has another data: licences.csv", wrong)


def test_a_worker_with_other_data_that_comes_late_makes_no_report(tmp_path, cluster, edit, data):
    address, _, workers, start = cluster
    edit("licences", 0, "note", "changed")
    running = batch(tmp_path, "out", "--executor", "dask", "--address", address, wait=False)
    when(lambda: (tmp_path / "out" / "journal.jsonl").exists())
    worker(start, address, VPNPOLICY_DATA=str(data))
    when(lambda: b"Registered" in b"".join(p.read_bytes() for p in tmp_path.glob("worker-3*.log")))
    for known in workers:  # so that what is left goes to the late one
        known.kill()
    _, wrong = running.communicate(timeout=90)
    assert running.returncode == 69
    assert re.search(r"cluster: worker tcp://127.0.0.1:\d+ has another data: licences.csv", wrong)


def test_workers_that_come_within_ten_seconds_are_waited_for(tmp_path, start):
    address, _ = alone(start)
    running = batch(tmp_path, "out", "--executor", "dask", "--address", address, wait=False)
    time.sleep(0.5)
    worker(start, address)
    told, wrong = running.communicate(timeout=90)
    assert (running.returncode, told.splitlines()[0]) == (0, "8 made."), wrong


def test_a_scheduler_without_workers(tmp_path, start):
    address, _ = alone(start)
    code, _, wrong = batch(tmp_path, "out", "--executor", "dask", "--address", address)
    assert (code, "has no workers; none came in 10 s" in wrong) == (69, True), wrong


def test_nobody_at_the_address(tmp_path):
    start = time.monotonic()
    code, _, wrong = batch(tmp_path, "out", "--executor", "dask", "--address", "tcp://127.0.0.1:9")
    assert (code, "no scheduler answers at tcp://127.0.0.1:9" in wrong) == (69, True)
    assert time.monotonic() - start < 30


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_the_example_of_two_machines_with_certificates(tmp_path, start):
    """The lines of the docs, with this machine for both."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "batches.md").read_text(encoding="utf-8")
    lines = re.search(r"^```sh\n(openssl.*?)^```", page, re.M | re.S)[1].splitlines()
    made = "\n".join(ln for ln in lines if ln.startswith("openssl"))
    subprocess.run(["sh", "-ec", made], cwd=tmp_path, capture_output=True, check=True)
    env = dict(w.split("=", 1) for ln in lines if ln.startswith("export ") for w in ln.split()[1:])
    port = str(free_port())
    address = f"tls://127.0.0.1:{port}"
    start("scheduler", "--host", "tls://127.0.0.1", "--port", port, **env)
    start("worker", address, "--nthreads", "1", "--no-nanny", "--host", "tls://127.0.0.1", **env)
    command = [
        sys.executable,
        "-m",
        "vpnpolicy",
        "batch",
        "--notebook",
        "01_register",
        "--grid",
        "as_of=2025-03,2025-12",
        "--out",
        "out",
    ]
    done = subprocess.run(
        [*command, "--executor", "dask", "--address", address],
        cwd=tmp_path, env={**os.environ, **env}, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[:1]) == (0, ["2 made."]), done.stderr
