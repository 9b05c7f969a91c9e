"""The surroundings of a report: no port is open, nothing of the user's settings gets in, no secret gets out."""

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
from tests.faults.conftest import children_of

from .conftest import write_notebook

pytestmark = [pytest.mark.faults, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]
LISTENING = "0A"


def matching(folder: Path, pattern: str) -> list[Path]:
    """Return what matches below a folder; nothing where a part of it is removed meanwhile."""
    with contextlib.suppress(OSError):
        return list(folder.glob(pattern))
    return []


def mode_of(path: Path) -> str:
    """Return the mode of a file or folder in octal; an empty string where it is gone."""
    with contextlib.suppress(OSError):
        return f"{stat.S_IMODE(path.stat().st_mode):o}"
    return ""


def open_sockets(pids) -> list[str]:
    """Return the TCP and UDP sockets of processes, in any state."""
    own = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it may end while it is looked at
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    own.add(str(handle.readlink()))
    found = []
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            parts = line.split()
            if f"socket:[{parts[9]}]" in own:
                found.append(f"{kind} {parts[1]} {'listening' if parts[3] == LISTENING else parts[3]}")
    return found


def watched(args, folder, env=None):
    """Run a command; return its exit code and text, the sockets it had, modes of its folders, and how often they were read."""
    line = [sys.executable, "-m", "vpnpolicy", *map(str, args)]
    process = subprocess.Popen(
        line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(env or {})}
    )
    sockets, modes, readings = [], set(), 0
    while process.poll() is None:
        sockets += open_sockets([process.pid, *children_of(process.pid, deep=True)])
        modes |= set(map(mode_of, [*matching(folder, "*/.vpnpolicy-work"), *matching(folder, "*/.vpnpolicy-work/*/sockets")])) - {
            ""
        }
        readings += 1
        time.sleep(0.02)
    return process.returncode, process.communicate()[0], sorted(set(sockets)), modes, readings


def test_an_open_socket_is_seen():
    with socket.create_server(("127.0.0.1", 0)):
        assert any("listening" in s for s in open_sockets([os.getpid()]))


WAYS = pytest.mark.parametrize("no_fork", ["", "1"], ids=["forked", "not forked"])


@WAYS
def test_no_port_is_open_and_no_other_user_can_look_in(tmp_path, no_fork):
    rows = [{"notebook": "04_bandwidth_cost", "extra_tbps": n} for n in range(1, 7)]
    (tmp_path / "plan.json").write_text(json.dumps(rows))
    args = ["batch", "plan.json", "--out", "out", "--format", "html,pdf", "--jobs", 2]
    code, text, sockets, modes, readings = watched(args, tmp_path, {"VPNPOLICY_NO_FORK": no_fork})
    assert (code, sockets, {mode[-3:] for mode in modes}) == (0, [], {"700"}), text
    assert readings > 20
    pages = sorted(p.parent.name for p in tmp_path.glob("out/*/manifest.json"))
    values = [json.loads((tmp_path / "out" / p / "manifest.json").read_text())["parameters"]["extra_tbps"] for p in pages]
    assert sorted(values) == [1, 2, 3, 4, 5, 6]  # no report answered for another


def rename_font(folder: Path, family: str) -> None:
    """Put a font into a folder that claims to be another family."""
    import fontpkg_source_code_pro
    from fontTools.ttLib import TTFont

    source = next(p for p in (Path(fontpkg_source_code_pro.ROOT) / "files").glob("*.ttf") if "Italic" not in p.name)
    font = TTFont(source)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            font["name"].setName(family, record.nameID, record.platformID, record.platEncID, record.langID)
    folder.mkdir(parents=True)
    font.save(folder / "font.ttf")


def spoil_home(home: Path, sign: Path) -> dict[str, str]:
    """Write a home whose start-up files leave a sign, with settings and fonts that change how charts look."""
    leave = f"open({str(sign)!r}, 'a').write(__file__ if '__file__' in globals() else 'x')\n"
    places = {
        ".ipython/profile_default/startup/00-first.py": leave, ".ipython/profile_default/ipython_config.py": leave,
        ".jupyter/jupyter_config.py": leave, ".config/pip/pip.conf": "",
        ".config/matplotlib/matplotlibrc": "lines.linewidth: 9\nfont.size: 30\n", "matplotlibrc": "axes.facecolor: red\n",
        "pandas.py": leave, "numpy.py": leave, "matplotlib.py": leave, "usersite/usercustomize.py": leave, "site/json.py": "",
    }  # fmt: skip
    for name, text in places.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    rename_font(home / ".fonts", "DejaVu Sans")
    rename_font(home / ".local/share/fonts", "Source Sans 3")
    user_site = home / f"userbase/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    user_site.mkdir(parents=True)
    (user_site / "usercustomize.py").write_text(leave)
    return {
        "HOME": str(home), "PYTHONUSERBASE": str(home / "userbase"), "IPYTHONDIR": str(home / ".ipython"), "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "MPLBACKEND": "svg", "MATPLOTLIBRC": str(home), "PYTHONSTARTUP": str(home / "pandas.py"), "PYTHONPATH": f"{os.pathsep}.",
        "PYTHONWARNINGS": "always", "PYTHONOPTIMIZE": "", "JUPYTER_CONFIG_PATH": str(home / ".jupyter"), "COLUMNS": "40",
        "TZ": "Asia/Karachi", "LANG": "ur_PK.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "99", "TYPST_FONT_PATHS": str(home / ".fonts"),
    }  # fmt: skip


@WAYS
def test_nothing_of_the_user_changes_a_byte(tmp_path, no_fork):
    """Neither settings, fonts, time zone, language and hash seed, nor the folder and how many run in parallel."""
    home, sign = tmp_path / "home", tmp_path / "sign"
    for folder in (home, tmp_path / "plain"):
        folder.mkdir()
    args = ["report", "00_brief", "01_register", "--format", "html,pdf,png,xlsx", "--out"]
    assert watched([*args, "out", "--jobs", 1], tmp_path / "plain")[0] == 0
    spoiled = spoil_home(home, sign) | {"VPNPOLICY_NO_FORK": no_fork}
    code, text, *_ = watched([*args, "deep/out", "--jobs", 2], home, spoiled)
    assert code == 0, text
    first, second = (
        {p.relative_to(out): p.read_bytes() for p in out.glob("*/**/*") if p.is_file()}
        for out in (tmp_path / "plain/out", home / "deep/out")
    )
    assert len(first) > 20
    assert [str(name) for name in first if first[name] != second.get(name)] == []
    # the command itself is the user's own program, where the user's site may run; in the processes of reports it does not
    seen = sign.read_text() if sign.exists() else ""
    assert seen.count("usercustomize.py") <= 1
    assert not [name for name in ("ipython", "pandas.py", "jupyter") if name in seen]


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "canary-aws-7f3a", "GITHUB_TOKEN": "canary-github-91bc", "DATABASE_URL": "postgres://canary-db-55aa@h/x", "API_KEY": "canary-key-0d1e",
    "SSH_AUTH_SOCK": "canary-ssh-22", "USER": "canary-user-3c", "LOGNAME": "canary-log-3c", "HOSTNAME": "canary-host-4d",
}  # fmt: skip


@WAYS
def test_no_secret_of_the_environment_is_in_any_output(tmp_path, no_fork):
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
    args = ["batch", "plan.json", "--out", "out", "--trust", "--format", "html,pdf,png", "--jobs", 2]
    code, text, *_ = watched(args, tmp_path, {**SECRETS, "HOME": str(home), "VPNPOLICY_NO_FORK": no_fork})
    assert (code, "2 made, 2 failed" in text) == (1, True), text
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert len(files) > 20
    for path in files:
        raw = path.read_bytes()
        assert b"canary" not in raw, path
        assert socket.gethostname().encode() + b"." not in raw, path


def test_a_report_says_nothing_of_the_machine_it_was_made_on(tmp_path):
    place = tmp_path / "folder-of-somebody"
    place.mkdir()
    assert watched(["report", "01_register", "--out", "out", "--format", "html,png"], place)[0] == 0
    for path in (place / "out/01_register").rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"folder-of-somebody" not in raw, path
            assert str(Path.home()).encode() + b"/" not in raw, path


def test_a_notebook_of_a_stranger_needs_trust(run, tmp_path):
    sign = tmp_path / "sign"
    path = write_notebook(tmp_path / "mine.ipynb", f"open({str(sign)!r}, 'w')")
    (tmp_path / "plan.json").write_text(json.dumps([{"name": "a", "notebook": str(path)}]))
    for line in (["report", path], ["batch", "plan.json"], ["batch", "--notebook", path, "--grid", "what=a,b"]):
        code, out, err = run(*map(str, line))
        assert (code, "is not a notebook of this package, and a notebook is code" in out + err) == (2, True), line
    assert not sign.exists()
    assert run("report", str(path), "--trust", "--out", "made", "--format", "html")[0] == 0
    assert sign.exists()
