"""A cluster on this machine: same files, limits hold, what a worker alters is noticed, what is lost ends in time."""

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
from tests.faults.conftest import BATCH, counts, fate_notebook, files_of, running, wait_for

import vpnpolicy as vp
from vpnpolicy.errors import ClusterError
from vpnpolicy.report.plan import read_plan
from vpnpolicy.report.run import Settings, run_jobs
from vpnpolicy.workers import cluster

distributed = pytest.importorskip("distributed", reason="needs dask: pip install vpnpolicy[cluster]")
pytestmark = [pytest.mark.cluster, pytest.mark.loopback]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Return rows of a plan, one per fate."""
    template = fate_notebook(tmp_path_factory.mktemp("template") / "fate.ipynb")
    return lambda *fates: [{"name": f"r{n}", "notebook": str(template), "what": what, "n": n} for n, what in enumerate(fates, 1)]


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start a scheduler or a worker as a process of its own, which ends with the test."""
    started = []
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))

    def begin(kind, *args, **env):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *args, "--no-dashboard"]
        with (tmp_path / f"{kind}-{len(started)}.log").open("wb") as log:
            options = {"cwd": tmp_path, "env": {**os.environ, **env}, "start_new_session": True}
            started.append(subprocess.Popen(command, stdout=log, stderr=log, **options))
        return started[-1]

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def scheduler(start):
    """Start a scheduler; return its address and process."""
    port = free_port()
    return f"tcp://127.0.0.1:{port}", start("scheduler", "--host", "127.0.0.1", "--port", port)


def worker(start, address, **env):
    return start("worker", address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", **env)


@pytest.fixture
def inside():
    """Return a client of a cluster in this process, with one worker of two threads."""
    with (
        distributed.LocalCluster(1, threads_per_worker=2, processes=False, dashboard_address=":0") as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        yield client
        for executor in cluster._EXECUTORS.values():
            executor.shutdown()
        cluster._EXECUTORS.clear()


def test_a_cluster_gives_the_same_files_even_where_a_worker_is_killed(plan, start, tmp_path, data):
    rows = [*plan("slower", "good", "slower", "good", "slower"), {"name": "r6", "notebook": "04"}]
    assert not vp.run_batch(rows, jobs=1, out=tmp_path / "here", trust=True, formats="pdf,xlsx").failed
    address, _ = scheduler(start)
    workers = [worker(start, address) for _ in range(2)]
    kill_one = lambda name, state: state == "done" and workers[0].kill()  # noqa: E731
    batch = vp.run_batch(rows, address, out=tmp_path / "there", trust=True, formats="pdf,xlsx", progress=kill_one)
    assert (len(batch.made), batch.failed) == (6, [])
    assert files_of(tmp_path / "there") == files_of(tmp_path / "here")
    assert (tmp_path / "there" / "batch.csv").read_bytes() == (tmp_path / "here" / "batch.csv").read_bytes()
    assert vp.run_batch(rows, jobs=1, out=tmp_path / "there", trust=True, formats="pdf,xlsx").reused == [r["name"] for r in rows]
    workers[1].terminate()
    assert wait_for(lambda: not any("workers.server" in line for line in running(str(tmp_path))), 15)
    assert list((tmp_path / "temporary").glob("vpnpolicy-*")) == []


@pytest.mark.parametrize("victim", ["scheduler", "the only worker"])
def test_a_lost_scheduler_ends_with_69_and_the_same_command_continues(plan, start, tmp_path, monkeypatch, victim):
    monkeypatch.setattr(cluster, "LOST_S", 3)
    rows = plan("good", "slower", "slower", "slower")
    address, head = scheduler(start)
    victim = head if victim == "scheduler" else worker(start, address)
    if victim is head:
        worker(start, address)
    states, killed = [], []

    def progress(*state):
        states.append(state)
        if state[1] == "done" and not killed:
            victim.kill()
            killed.append(time.monotonic())

    with pytest.raises(ClusterError, match="are gone|is gone") as lost:
        vp.run_batch(rows, address, out=tmp_path / "out", trust=True, progress=progress)
    assert time.monotonic() - killed[0] < 30
    assert (lost.value.exit_code, not any(s == "failed" for _, s in states)) == (69, True), states
    assert not (tmp_path / "out" / ".vpnpolicy-work").exists()
    batch = vp.run_batch(rows, out=tmp_path / "out", trust=True)
    done = [name for name, state in states if state == "done"]
    assert (batch.reused, len(batch.made)) == (done, 4 - len(done))


def test_a_worker_with_other_data_makes_no_report(plan, start, tmp_path, edit, data):
    address, _ = scheduler(start)
    edit("licence_counts", 0, "note", "changed")
    worker(start, address, VPNPOLICY_DATA=str(data))
    with pytest.raises(ClusterError, match=r"cluster: worker tcp://127.0.0.1:\d+ differs in: data"):
        vp.run_batch(plan("good"), address, out=tmp_path / "out", trust=True)
    assert not (tmp_path / "out" / "r1").exists()


def test_a_worker_that_alters_or_adds_a_file_is_noticed(plan, inside, tmp_path, monkeypatch):
    def alter(module, task, name, limit):
        from vpnpolicy.workers import cluster

        result, files = cluster.really(module, task, name, limit)
        page, manifest = files["files/report.html"], files["files/manifest.json"]
        odd = {
            "r2": {"files/report.html": page.replace(b"default-src", b"default-SRC")}, "r3": {"files/report.js": b"alert(1)"},
            "r4": {"../../../evil.txt": b"x"}, "r5": {"/tmp/evil.txt": b"x"}, "r6": {"files/manifest.json": manifest[:-9]},
            "r7": {"files/figures/01-counts.svg": b""}, "r8": {".vpnpolicy": b""}, "r9": {"files/../../evil.txt": b""},
        }  # fmt: skip
        return result, files | odd.get(name, {})

    monkeypatch.setattr(cluster, "really", cluster.do_here, raising=False)
    monkeypatch.setattr(cluster, "do_here", alter)
    batch = vp.run_batch(plan(*["good"] * 9), inside, out=tmp_path / "out", trust=True)
    reasons = {f.name: f.reason for f in batch.failed}
    assert (batch.made, sorted(reasons)) == (["r1"], [f"r{n}" for n in range(2, 10)])
    for name, text in {"r2": "not as they were made: report.html", "r3": "not as they were made: report.js", "r4": "'../../../evil.txt'",
                       "r5": "'/tmp/evil.txt'", "r6": "incomplete", "r7": "not as they were made: figures/01-counts.svg",
                       "r8": "'.vpnpolicy'", "r9": "'files/../../evil.txt'"}.items():  # fmt: skip
        assert text in reasons[name], reasons[name]
    assert sorted({p.parts[0] for p in map(Path, files_of(tmp_path / "out"))}) == ["r1"]
    assert list(tmp_path.rglob("evil*")) == []


def test_a_worker_that_fails_without_a_text_or_never_ends(plan, inside, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LOST_S", 2)

    def fail(module, task, name, limit):
        if name == "r3":
            time.sleep(12)
        raise (MemoryError if name == "r1" else KeyError)

    monkeypatch.setattr(cluster, "do_here", fail)
    batch = vp.run_batch(plan("good", "good"), inside, out=tmp_path / "out", trust=True)
    kinds = [re.fullmatch(r"(r\d): cluster: (\w+)(: .*)?", f.reason).group(1, 2) for f in batch.failed]
    assert kinds == [("r1", "MemoryError"), ("r2", "KeyError")]
    begun, jobs = time.monotonic(), read_plan(plan(*["good"] * 3)[2:], trust=True)
    with pytest.raises(ClusterError, match="are gone, or do not answer"):
        run_jobs(jobs, tmp_path / "out", Settings(cluster=inside, cell_limit=1, report_limit=1))
    assert time.monotonic() - begun < 10


def test_limits_hold_on_a_cluster(plan, inside, tmp_path):
    jobs = read_plan(plan("loop", "good", "regex"), trust=True)
    batch = run_jobs(jobs, tmp_path / "out", Settings(cluster=inside, cell_limit=3, report_limit=60))
    assert [f.reason for f in batch.failed] == [f"r{n}: cell 'fate': timeout: longer than 3 s" for n in (1, 3)]
    batch = run_jobs(jobs, tmp_path / "out", Settings(cluster=inside, cell_limit=60, report_limit=3))
    assert [f.reason for f in batch.failed] == [f"r{n}: timeout: longer than 3 s" for n in (1, 3)]
    assert batch.reused == ["r2"]


def test_nobody_at_the_address_and_a_scheduler_without_workers(plan, start, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_S", 2)
    for address in ("tcp://127.0.0.1:9", "tls://127.0.0.1:9", scheduler(start)[0]):
        begun = time.monotonic()
        with pytest.raises(ClusterError, match="no scheduler with a worker answers|cannot connect"):
            vp.run_batch(plan("good"), address, out=tmp_path / "out", trust=True)
        assert time.monotonic() - begun < 20


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_the_example_of_two_machines_with_certificates(plan, tmp_path, start):
    """The lines of the docs, with this machine for both."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "batches.md").read_text(encoding="utf-8")
    lines = re.search(r"^```sh\n(openssl.*?)^```", page, re.M | re.S)[1].splitlines()
    make = "\n".join(ln for ln in lines if ln.startswith("openssl"))
    subprocess.run(["sh", "-ec", make], cwd=tmp_path, capture_output=True, check=True)
    env = dict(w.split("=", 1) for ln in lines if ln.startswith("export ") for w in ln.split()[1:])
    port = free_port()
    start("scheduler", "--host", "tls://127.0.0.1", "--port", port, **env)
    start("worker", f"tls://127.0.0.1:{port}", "--nthreads", "1", "--no-nanny", "--host", "tls://127.0.0.1", **env)
    (tmp_path / "plan.json").write_text(json.dumps(plan("good", "good")))
    line = [*BATCH, "plan.json", "--out", "out", "--cluster", f"tls://127.0.0.1:{port}"]
    done = subprocess.run(line, cwd=tmp_path, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert (done.returncode, counts(done)) == (0, "2 made"), done.stderr
