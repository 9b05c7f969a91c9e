"""What never answers, never starts or never ends is given up in time, with its reason."""

import os
import signal
import socket
import threading
import time

import pytest

from vpnpolicy.basis.errors import ReportError
from vpnpolicy.basis.paths import data_folder
from vpnpolicy.report.job import Job
from vpnpolicy.report.making import Order
from vpnpolicy.report.press.client import MAX_DEATHS, Press

from .conftest import at_start_of, children_of, gone, state_of, wait_for

pytestmark = pytest.mark.faults
KERNEL, PARENT = "vpnpolicy.report.kernel", "vpnpolicy.report.press.server"


def test_a_kernel_that_never_answers(plan, batch, tmp_path):
    signs = tmp_path / "signs"
    env = at_start_of(KERNEL, f"import time\nopen({str(signs)!r}, 'a').write('x')\ntime.sleep(999)", tmp_path / "site")
    start = time.monotonic()
    done = batch(plan(["good"]), "out", "--engine", "kernel", "--start-limit", 4, env=env)
    assert time.monotonic() - start < 2 * 4 + 10
    assert (done.returncode, signs.read_text()) == (1, "xx")
    assert "r01: did not start within 4 s (2 tries)" in done.stderr
    assert gone(str(tmp_path / "out")) == []


def test_a_kernel_that_ends_at_start_leaves_its_own_words(plan, batch, tmp_path):
    env = at_start_of(KERNEL, "print('no such device: the frobnicator', file=sys.stderr)\nsys.exit(3)", tmp_path / "site")
    done = batch(plan(["good", "good"]), "out", "--engine", "kernel", env=env)
    assert done.returncode == 1
    assert "r01: cell 'start': the kernel died before it answered (2 tries)" in done.stderr
    assert "no such device: the frobnicator" in (tmp_path / "out" / ".failed" / "r01.txt").read_text()


def test_a_warm_parent_that_never_gets_ready(plan, batch, tmp_path):
    env = at_start_of(PARENT, "import time\ntime.sleep(999)", tmp_path / "site")
    start = time.monotonic()
    done = batch(plan(["good"]), "out", "--start-limit", 3, env=env)
    assert time.monotonic() - start < 2 * (3 + 5) + 10
    assert done.returncode == 1
    assert "r01: did not start within 3 s (2 tries)" in done.stderr
    assert gone(str(tmp_path / "out")) == []


def test_a_warm_parent_that_ends_at_start(plan, batch, tmp_path):
    env = at_start_of(PARENT, "print('no such device: the frobnicator', file=sys.stderr)\nsys.exit(3)", tmp_path / "site")
    done = batch(plan(["good"] * 4), "out", env=env)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "the process that makes reports" in done.stderr


def test_a_warm_parent_that_is_dead_before_it_is_asked(monkeypatch, template, tmp_path):
    """What it did not take is not tried again when its pipe is closed."""
    for key, value in at_start_of(
        PARENT, "print('no such device: the frobnicator', file=sys.stderr)\nsys.exit(3)", tmp_path / "site"
    ).items():
        monkeypatch.setenv(key, value)
    order = Order(Job("r1", template, {}), ("html",), "warm", str(data_folder()), str(tmp_path))

    def ask_too_late(press):
        press.prepare()
        press.server.wait(30)
        return press.start(order)

    with Press(order.data, order.formats) as press:
        for _ in range(MAX_DEATHS):
            run = ask_too_late(press)
            assert press.wait() == [(run, None)]
        ask_too_late(press)
        with pytest.raises(ReportError, match="the process that makes reports ended with 1: "):
            press.wait()
        ask_too_late(press)


@pytest.mark.parametrize("n", [2, 20])
def test_a_warm_parent_that_stops_hearing(plan, batch, tmp_path, n):
    """With two the last are under way when it stops: nothing more is asked of it, and their ends are seen on disk."""
    process = batch(plan(["slow"] * n), "out", "--jobs", 2, "--cell-limit", 3, "--start-limit", 8, wait=False)
    assert wait_for(lambda: len([c for p in children_of(process.pid) for c in children_of(p)]) == 2)
    (parent,) = children_of(process.pid)
    os.kill(parent, signal.SIGSTOP)
    out, err = process.communicate(timeout=90)
    assert (process.returncode, out.splitlines()[0]) == (0, f"{n} made."), err
    assert gone(str(tmp_path / "out")) == []


def test_an_address_is_refused_before_anything_is_asked(run, tmp_path):
    """A server that accepts and is silent: nobody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        came = []
        threading.Thread(target=_count, args=(server, came), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        for door in (["bill", f"{address}.csv", "--price", "1 USD/Mbps/month"], ["batch", f"{address}.json"], ["report", f"{address}.ipynb", "--trust"],
                     ["check", "A VPN", "--data", address], ["check", "--file", address, "--out", "o.csv"], ["report", "01", "--out", address]):  # fmt: skip
            start = time.monotonic()
            code, _, err = run(*door)
            assert (code, "is an address, not a path" in err) == (2, True), door
            assert time.monotonic() - start < 1
        assert came == []


def _count(server, came) -> None:
    while True:
        try:
            came.append(server.accept())
        except OSError:
            return


def test_a_crowd_gets_more_time_to_start():
    from types import SimpleNamespace

    from vpnpolicy.report.press.client import Limits

    run = SimpleNamespace(order=SimpleNamespace(work="/nowhere"), since=0.0)
    assert Limits(start_s=10).breach(run, 11) == "did not start within 10 s"
    assert Limits(start_s=10).breach(run, 11, crowd=12) == ""
    assert Limits(start_s=10).breach(run, 121, crowd=12) == "did not start within 120 s"


def test_entries_of_a_hung_batch_are_all_told(plan, batch, tmp_path):
    done = batch(plan(["loop", "good", "regex"]), "out", "--cell-limit", 2, "--jobs", 2)
    entries, _ = state_of(tmp_path / "out")
    assert (done.returncode, sorted((n, e["status"]) for n, e in entries.items())) == (
        1,
        [("r01", "failed"), ("r02", "done"), ("r03", "failed")],
    )
