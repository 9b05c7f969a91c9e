"""Many kernels at once with few ports: none fails, none answers for another."""

import os
import shutil
import subprocess

import pytest

from .conftest import FULL, gone, state_of

pytestmark = pytest.mark.faults
FEW = "ip link set lo up 2>/dev/null; echo '40000 40399' > /proc/sys/net/ipv4/ip_local_port_range && exec \"$@\""


def namespace() -> list[str] | None:
    """How to run a command in a network of its own with 400 ports, where that is allowed."""
    if shutil.which("unshare") is None:
        return None
    ways = [["unshare", "-n"]] if os.geteuid() == 0 else [["unshare", "-rn"]]
    for way in ways:
        wrap = [*way, "sh", "-c", FEW, "sh"]
        if subprocess.run([*wrap, "true"], capture_output=True, check=False).returncode == 0:
            return wrap
    return None


def test_many_kernels_with_four_hundred_ports(plan, batch, tmp_path):
    wrap = namespace()
    if wrap is None:
        pytest.skip("needs unshare -n, to have a network of its own")
    n = 1000 if FULL else 16
    rows = plan(["good"] * n)
    assert batch(rows, "reference").returncode == 0
    done = batch(rows, "out", "--engine", "kernel", "--jobs", 12, wrap=wrap, patience=240 + 3 * n)
    assert done.returncode == 0, done.stderr
    assert state_of(tmp_path / "out")[1] == state_of(tmp_path / "reference")[1]
    assert gone(str(tmp_path / "out")) == []


def test_twenty_four_at_once(plan, batch, tmp_path):
    rows = plan(["good"] * 24)
    assert batch(rows, "reference").returncode == 0
    done = batch(rows, "out", "--engine", "kernel", "--jobs", 24)
    entries, files = state_of(tmp_path / "out")
    assert (done.returncode, len(entries)) == (0, 24), done.stderr
    assert files == state_of(tmp_path / "reference")[1]
