"""What surrounds a report while it is made: no port is open, nothing of the user's profile or folder gets in, no secret gets out."""

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.conftest import descendants

from .conftest import write_notebook

pytestmark = [pytest.mark.faults, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]
LISTENING = "0A"


def matching(folder: Path, pattern: str) -> list[Path]:
    """What matches below a folder; nothing where a part of it goes meanwhile."""
    with contextlib.suppress(OSError):
        return list(folder.glob(pattern))
    return []


def mode_of(path: Path) -> str:
    """Who may do what with a file or folder, in octal; nothing where it is gone."""
    with contextlib.suppress(OSError):
        return f"{stat.S_IMODE(path.stat().st_mode):o}"
    return ""


def open_sockets(pids) -> list[str]:
    """TCP and UDP sockets these processes hold, of any state."""
    held = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it may end while it is looked at
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    held.add(str(handle.readlink()))
    found = []
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            parts = line.split()
            if f"socket:[{parts[9]}]" in held:
                found.append(f"{kind} {parts[1]} {'listening' if parts[3] == LISTENING else parts[3]}")
    return found


def watched(args, folder, env=None):
    """Run a command, its sockets and working folders looked at all the time."""
    line = [sys.executable, "-m", "vpnpolicy", *map(str, args)]
    process = subprocess.Popen(
        line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(env or {})}
    )
    sockets, modes, looks = [], set(), 0
    while process.poll() is None:
        sockets += open_sockets([process.pid, *descendants(process.pid)])
        modes |= set(map(mode_of, [*matching(folder, "*/.work-*"), *matching(folder, "*/.work-*/*/s")])) - {""}
        looks += 1
        time.sleep(0.02)
    return process.returncode, process.communicate()[0], sorted(set(sockets)), modes, looks


def test_the_look_at_sockets_sees_one():
    with socket.create_server(("127.0.0.1", 0)):
        assert any("listening" in s for s in open_sockets([os.getpid()]))


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_no_port_is_open_and_no_other_user_can_look_in(tmp_path, engine):
    rows = [{"notebook": "04_bandwidth_cost", "extra_tbps": n} for n in range(1, 7)]
    (tmp_path / "plan.json").write_text(json.dumps(rows))
    code, text, sockets, modes, looks = watched(["batch", "plan.json", "--out", "out", "--engine", engine, "--jobs", 2], tmp_path)
    assert (code, sockets, modes) == (0, [], {"700"}), text
    assert looks > 20
    pages = sorted(p.parent.name for p in tmp_path.glob("out/*/manifest.json"))
    values = [json.loads((tmp_path / "out" / p / "manifest.json").read_text())["parameters"]["extra_tbps"] for p in pages]
    assert sorted(values) == [1, 2, 3, 4, 5, 6]  # no report answered for another


def test_a_page_of_paper_opens_no_port_either(tmp_path):
    code, text, sockets, _, _ = watched(["report", "01_register", "--out", "out", "--format", "html,pdf"], tmp_path)
    assert (code, sockets) == (0, []), text


def spoil_home(home: Path, sign: Path) -> dict[str, str]:
    """A home whose every start-up file leaves a sign and changes how charts look."""
    leave = f"open({str(sign)!r}, 'a').write(__file__ if '__file__' in globals() else 'x')\n"
    places = {
        ".ipython/profile_default/startup/00-first.py": leave, ".ipython/profile_default/ipython_config.py": leave,
        ".jupyter/jupyter_config.py": leave, ".jupyter/jupyter_nbconvert_config.py": leave, ".config/pip/pip.conf": "",
        ".config/matplotlib/matplotlibrc": "lines.linewidth: 9\nfont.size: 30\n", "matplotlibrc": "axes.facecolor: red\n",
        "pandas.py": leave, "numpy.py": leave, "matplotlib.py": leave, "usersite/usercustomize.py": leave, "site/json.py": "",
    }  # fmt: skip
    for name, text in places.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    user_site = home / f"userbase/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    user_site.mkdir(parents=True)
    (user_site / "usercustomize.py").write_text(leave)
    return {
        "HOME": str(home), "PYTHONUSERBASE": str(home / "userbase"), "IPYTHONDIR": str(home / ".ipython"), "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "MPLBACKEND": "svg", "MATPLOTLIBRC": str(home), "PYTHONSTARTUP": str(home / "pandas.py"), "PYTHONPATH": f"{os.pathsep}.",
        "PYTHONWARNINGS": "always", "PYTHONOPTIMIZE": "", "JUPYTER_CONFIG_PATH": str(home / ".jupyter"), "COLUMNS": "40",
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_nothing_of_the_user_reaches_a_report(tmp_path, engine):
    home, sign = tmp_path / "home", tmp_path / "sign"
    home.mkdir()
    spoiled = spoil_home(home, sign)
    args = ["report", "00_brief", "--out", "../out", "--format", "html,png", "--engine", engine]
    (tmp_path / "plain").mkdir()
    assert watched([*args[:-4], "--format", "html,png"], tmp_path / "plain")[0] == 0
    first = {p.name: p.read_bytes() for p in (tmp_path / "out" / "00_brief").rglob("*") if p.is_file()}
    code, text, *_ = watched([a.replace("../out", "../out2") for a in args], home, spoiled)
    assert code == 0, text
    second = {p.name: p.read_bytes() for p in (tmp_path / "out2" / "00_brief").rglob("*") if p.is_file()}
    # the command itself is the user's own program, where the user's site may run; in the processes of reports it does not
    seen = sign.read_text() if sign.exists() else ""
    assert seen.count("usercustomize.py") <= 1
    assert "ipython" not in seen
    assert "pandas.py" not in seen
    assert "jupyter" not in seen
    assert first == second


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "canary-aws-7f3a", "GITHUB_TOKEN": "canary-github-91bc", "DATABASE_URL": "postgres://canary-db-55aa@h/x", "API_KEY": "canary-key-0d1e",
    "SSH_AUTH_SOCK": "canary-ssh-22", "USER": "canary-user-3c", "LOGNAME": "canary-log-3c", "HOSTNAME": "canary-host-4d",
}  # fmt: skip


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_no_secret_of_the_environment_is_in_any_output(tmp_path, engine):
    home = tmp_path / "canary-home-66"
    home.mkdir()
    (home / ".netrc").write_text("machine h login canary-login password canary-netrc-88")
    bad = write_notebook(tmp_path / "bad.ipynb", "print('early')", "1 / 0")
    dead = write_notebook(tmp_path / "dead.ipynb", "print('early')", "import os\nos._exit(3)")
    rows = [
        {"notebook": "00_brief"},
        {"notebook": "04_bandwidth_cost", "extra_tbps": 2},
        {"notebook": str(bad)},
        {"notebook": str(dead)},
    ]
    (tmp_path / "plan.json").write_text(json.dumps(rows))
    args = ["batch", "plan.json", "--out", "out", "--trust", "--format", "html,pdf,png", "--engine", engine, "--jobs", 2]
    code, text, *_ = watched(args, tmp_path, {**SECRETS, "HOME": str(home)})
    assert (code, "2 made, 2 failed" in text) == (1, True), text
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert len(files) > 20
    for path in files:
        raw = path.read_bytes()
        assert b"canary" not in raw, path
        assert socket.gethostname().encode() + b"." not in raw, path


def test_a_report_tells_nothing_of_the_machine_it_was_made_on(tmp_path):
    place = tmp_path / "folder-of-somebody"
    place.mkdir()
    assert watched(["report", "01_register", "--out", "out", "--format", "html,png"], place)[0] == 0
    for path in (place / "out").rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"folder-of-somebody" not in raw, path
            assert str(Path.home()).encode() + b"/" not in raw, path


def test_a_notebook_of_a_stranger_needs_trust_at_every_door(run, tmp_path):
    sign = tmp_path / "sign"
    path = write_notebook(tmp_path / "mine.ipynb", f"open({str(sign)!r}, 'w')")
    rows = [{"name": "a", "notebook": str(path)}]
    (tmp_path / "plan.json").write_text(json.dumps(rows))
    (tmp_path / "out").mkdir()
    batch = {"schema": "vpnpolicy.batch/1", "options": {}, "reports": [{"name": "a", "notebook": str(path), "parameters": {}}]}
    (tmp_path / "out" / "batch.json").write_text(json.dumps(batch))
    for door in (
        ["report", path],
        ["batch", "plan.json"],
        ["batch", "--resume", "--out", "out"],
        ["batch", "--notebook", path, "--grid", "what=a,b"],
    ):
        code, out, err = run(*map(str, door))
        assert (code, "is not a notebook of this package, and a notebook is code" in out + err) == (2, True), door
    assert not sign.exists()
    assert run("report", str(path), "--trust", "--out", "made", "--format", "html")[0] == 0
    assert sign.exists()
