"""The same bytes whatever the clock, the language, the home, the caches, the folder and the number of workers are."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .conftest import BATCH, FULL, files_of, leftovers, wait_for

pytestmark = pytest.mark.faults
CHANGED = {
    "TZ": "Asia/Karachi", "LANG": "ur_PK.UTF-8", "LC_ALL": "ur_PK.UTF-8", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "7", "COLUMNS": "40",
    "LINES": "9", "MPLBACKEND": "svg", "SOURCE_DATE_EPOCH": "1", "NO_COLOR": "1", "FORCE_COLOR": "1", "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "always", "TERM": "dumb", "HB_SHAPER_LIST": "fallback", "FREETYPE_PROPERTIES": "truetype:interpreter-version=35",
    "VPNPOLICY_FIGURES": "png", "HOME": "/none", "IPYTHONDIR": "/none",
}  # fmt: skip
FORMATS = ("--format", "html,pdf,png,xlsx")


@pytest.fixture(scope="module")
def reference(tmp_path_factory, template):
    """Return a plan with reports of ours and of a user, every format, and the files of an undisturbed run."""
    folder = tmp_path_factory.mktemp("reference")
    names = [f"0{n}" for n in range(8)] if FULL else ["01", "04"]
    rows = [{"name": f"r{n}", "notebook": n} for n in names] + [{"name": "own", "notebook": str(template), "n": 3}]
    (folder / "plan.json").write_text(json.dumps(rows))
    subprocess.run([*BATCH, "plan.json", "--out", "out", *FORMATS], check=True, capture_output=True, cwd=folder)
    return folder / "plan.json", everything(folder / "out")


def everything(out: Path) -> dict:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.*") if p.is_file() and p.name != ".vpnpolicy"}


def differences(out: Path, reference: dict) -> list[str]:
    found = everything(out)
    return sorted(n for n in found.keys() | reference.keys() if found.get(n) != reference.get(n))


@pytest.mark.parametrize("jobs", [1, 3])
def test_other_surroundings(reference, batch, tmp_path, jobs):
    elsewhere = tmp_path / "Ordner mit Lücken" / "deep"
    elsewhere.mkdir(parents=True)
    env = CHANGED if jobs == 1 else {"VPNPOLICY_NO_FORK": "1"}
    done = batch(reference[0], "out", *FORMATS, "--jobs", jobs, env=env, cwd=elsewhere)
    assert (done.returncode, differences(tmp_path / "out", reference[1])) == (0, []), done.stderr
    assert leftovers(tmp_path) == []


def test_a_damaged_font_cache_a_damaged_history_and_a_home_that_cannot_be_written(reference, batch, tmp_path):
    history = tmp_path / "home" / ".ipython" / "profile_default" / "history.sqlite"
    history.parent.mkdir(parents=True)
    history.write_bytes(b"no database")
    env = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    rows, first = tmp_path / "plan.json", json.loads(reference[0].read_text())[0]
    rows.write_text(json.dumps([first]))
    expected = {n: c for n, c in reference[1].items() if n.startswith(first["name"])}
    assert batch(rows, "out", *FORMATS, env=env).returncode == 0
    (fonts,) = (tmp_path / "cache" / "matplotlib").glob("fontlist*.json")
    whole = fonts.read_text()
    damage = [whole[: len(whole) // 2], "", '{"a": 1}', whole.replace('"/', '"/nowhere/')]
    for text in damage if FULL else (whole[:999], damage[-1]):
        fonts.write_text(text)
        done = batch(rows, "out", *FORMATS, "--force", env=env)
        assert (done.returncode, files_of(tmp_path / "out") == expected) == (0, True), done.stderr
    assert history.read_bytes() == b"no database"
    assert batch(rows, "out", *FORMATS, "--force", env=env | {"HOME": "/proc"}).returncode == 0
    assert files_of(tmp_path / "out") == expected


@pytest.fixture
def clock(compiled, tmp_path):
    """Move the clock of a run by some seconds; ``clock.env`` is what a process needs to follow it."""
    shared = tmp_path / "clock"
    shared.write_bytes(bytes(8))

    def move(seconds: float) -> None:
        with shared.open("r+b") as file:
            file.write(int(seconds).to_bytes(8, "little", signed=True))

    move.env = {"LD_PRELOAD": str(compiled("moved_clock")), "MOVED_CLOCK": str(shared)}
    return move


def test_a_clock_that_jumps(plan, batch, tmp_path, clock):
    clock(-1_000_000)
    code = "import time; a = time.monotonic(); time.sleep(0.2); print(time.time(), time.monotonic() - a)"
    said = subprocess.check_output([sys.executable, "-c", code], env={**os.environ, **clock.env}, text=True)
    now, slept = map(float, said.split())
    assert (abs(time.time() - 1_000_000 - now) < 60, 0.2 <= slept < 5) == (True, True)
    rows = plan(["slow"] * 4)
    assert batch(rows, "reference").returncode == 0
    process = batch(rows, "out", "--jobs", 1, "--cell-limit", 60, "--report-limit", 90, wait=False, env=clock.env)
    for seconds in (-3600, 31_536_000, -31_536_000):
        before = len(list((tmp_path / "out").glob("r*")))
        assert wait_for(lambda: len(list((tmp_path / "out").glob("r*"))) > before)  # noqa: B023
        clock(seconds)
    _, wrong = process.communicate(timeout=120)
    assert (process.returncode, files_of(tmp_path / "out") == files_of(tmp_path / "reference")) == (0, True), wrong


def test_the_last_second_of_a_year(reference, batch, tmp_path, clock):
    eve = datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp()
    for zone, ahead in (("UTC", 0), ("Asia/Karachi", 5 * 3600))[: 2 if FULL else 1]:
        clock(eve - ahead - time.time())
        done = batch(reference[0], zone[:3], *FORMATS, env={**clock.env, "TZ": zone})
        assert (done.returncode, differences(tmp_path / zone[:3], reference[1])) == (0, []), done.stderr


def test_many_kernels_at_once_without_any_network(plan, batch, tmp_path):
    """No kernel has a port, so none can be taken, and none answers for another."""
    wrap = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if shutil.which("unshare") is None or subprocess.run([*wrap, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs unshare -n, to be without a network")
    n = 300 if FULL else 24
    rows = plan(["good"] * n)
    done = batch(rows, "out", "--jobs", 24, wrap=wrap, patience=300 + 3 * n)
    assert done.returncode == 0, done.stderr
    for k in range(1, n + 1):
        cells = json.loads((tmp_path / "out" / f"r{k:02d}" / "report.ipynb").read_text())["cells"]
        assert "".join(cells[-1]["outputs"][0]["text"]) == f"late {k} good\n"
    assert leftovers(tmp_path) == []
