"""Batches of small notebooks that can be made to fail, run as a user runs them."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

FULL = os.environ.get("VPNPOLICY_FAULTS") == "full"  # by `make faults`
BATCH = [sys.executable, "-m", "vpnpolicy", "batch", "--trust"]
PARAMETERS = "what: str = 'good'  # how it ends\nn: int = 1  # which one"
STRAY = (
    "import subprocess; subprocess.Popen(['tail', '-f', '/dev/null', os.environ['TMPDIR']], "
    "env={}, start_new_session=True, stdout=-3, stderr=-3)"
)
"""Code that leaves a process which only the end of its argument tells from others."""
FATES = {
    "raise": "1 / 0", "exit": "import sys; sys.exit(0)", "os-exit": "os._exit(0)", "kill": "os.kill(os.getpid(), 9)",
    "worker": "os.kill(os.getppid(), 9); time.sleep(60)", "loop": "while True: pass", "print": "while True: print('x' * 200)",
    "memory": "bytearray(1 << 62)", "big": "import numpy; numpy.ones(400_000_000)", "input": "input()",
    "regex": "import re; re.match('(a+)+$', 'a' * 64 + 'b')", "shout": "os.system('head -c 3000000 /dev/zero | tr \\\\0 y'); time.sleep(2)",
    "stray": STRAY, "slow": "time.sleep(0.3)", "slower": "time.sleep(1)", "kept": f"{STRAY}; time.sleep(60)",
}  # fmt: skip


def cell(kind: str, name: str, source: str, tags=()) -> dict:
    """Return a cell of a notebook file."""
    base = {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)} if tags else {}, "source": source}
    return base | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def write_notebook(path: Path, *cells: dict) -> Path:
    """Write a notebook with a title and some cells."""
    cells = [cell("markdown", "title", "# A report that may fail"), *cells]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def fate_notebook(path: Path) -> Path:
    """Write a notebook that ends as its parameter ``what`` says."""
    return write_notebook(
        path,
        cell("code", "parameters", PARAMETERS, ["parameters"]),
        cell("code", "early", "print('early', n)"),
        cell("code", "fate", f"import os, time\nexec({FATES!r}.get(what, ''))"),
        cell("code", "late", "import vpnpolicy as vp\nvp.plot_counts(vp.load('licence_counts').head(n % 5 + 2))"),
        cell("code", "last", "print('late', n, what)"),
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """Return that notebook."""
    return fate_notebook(tmp_path_factory.mktemp("template") / "fate.ipynb")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Build a library to be preloaded from a C file beside the tests."""

    def build(name: str) -> Path:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("no C compiler, to build what is preloaded")
        built, source = tmp_path_factory.mktemp("built") / f"{name}.so", Path(__file__).with_name(f"{name}.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source, "-ldl"], check=True)
        return built

    return build


@pytest.fixture
def plan(tmp_path, template):
    """Write a plan of fates; each row is one report."""

    def write(fates) -> Path:
        rows = [{"name": f"r{n:02d}", "notebook": str(template), "what": what, "n": n} for n, what in enumerate(fates, 1)]
        (tmp_path / "plan.json").write_text(json.dumps(rows), encoding="utf-8")
        return tmp_path / "plan.json"

    return write


@pytest.fixture
def batch(tmp_path):
    """Run ``vpnpolicy batch`` as a process; ``wait=False`` gives the process itself."""
    started = []
    (tmp_path / "temporary").mkdir()

    def start(plan, out="out", *more, wait=True, patience=240, env=None, before=None, wrap=(), cwd=None):
        args = [*wrap, *BATCH, str(plan), "--out", str(tmp_path / out), *map(str, more)]
        process = subprocess.Popen(
            args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd or tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path / "temporary"), **(env or {})}, preexec_fn=before,
        )  # fmt: skip
        started.append(process)
        if not wait:
            return process
        out_text, err_text = process.communicate(timeout=patience)
        return subprocess.CompletedProcess(args, process.returncode, out_text, err_text)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def counts(done) -> str:
    """Return what the command says it did: ``3 made, 1 failed``."""
    return done.stdout.partition("\n")[0].partition(": ")[2].rstrip(".")


def files_of(out: Path) -> dict[str, bytes]:
    """Return the files of all reports in a folder."""
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.glob("[r0-9]*/**/*") if p.is_file()}


@pytest.fixture(scope="session")
def made(tmp_path_factory, template):
    """Return a plan of three small reports, and a folder with them that tests only copy."""
    folder = tmp_path_factory.mktemp("made")
    rows = [{"name": f"r{n:02d}", "notebook": str(template), "n": n} for n in (1, 2, 3)]
    (folder / "plan.json").write_text(json.dumps(rows))
    subprocess.run([*BATCH, "plan.json", "--out", "out"], check=True, capture_output=True, cwd=folder)
    return folder / "plan.json", folder / "out"


def finished(out: Path) -> list[str]:
    """Return the names of finished reports, after a check that every file is as its manifest says."""
    names = []
    for path in sorted(out.glob("r*/manifest.json")):
        manifest = json.loads(path.read_bytes())
        if manifest.get("report") != path.parent.name:  # being replaced
            continue
        for name, sha in manifest["files_sha256"].items():
            assert hashlib.sha256((path.parent / name).read_bytes()).hexdigest() == sha, f"{path.parent / name} is torn"
        names.append(path.parent.name)
    return names


def check_whole(out: Path, reference: dict[str, bytes]) -> None:
    """Check that every file with a final name is that of an undisturbed run."""
    wrong = [n for n, content in files_of(out).items() if content != reference[n]]
    assert [n for n in wrong if not n.endswith("/manifest.json")] == []
    finished(out)


def wait_for(condition, seconds: float = 60) -> bool:
    """Return whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(met)


def children_of(pid: int, deep: bool = False) -> list[int]:
    """Return the running processes that a process has started, or all below it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children(recursive=deep)]
    return []


def kill(pid: int) -> bool:
    """Kill a process; return whether there was one."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def running(mark: str) -> list[str]:
    """Return the command lines of processes that name a folder in their environment or arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            if mark.encode() in command + environment and b"pytest\0" not in command:
                found.append(command.replace(b"\0", b" ").decode())
    return found


def leftovers(tmp: Path, out: str = "out", seconds: float = 10) -> list[str]:
    """Return processes, sockets, temporary files and folders that are left of runs, after some patience."""
    wait_for(lambda: not running(str(tmp)), seconds)
    hidden = [str(p) for p in (tmp / out).rglob(".*") if p.name != ".vpnpolicy"]
    temporary = [str(p) for p in (tmp / "temporary").glob("*")]
    sockets = [str(p) for p in tmp.rglob("*") if p.is_socket()]
    return [*running(str(tmp)), *hidden, *temporary, *sockets]
