"""Batches of small notebooks that can be made to go wrong, run as a user runs them."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

FULL = os.environ.get("VPNPOLICY_FAULTS") == "full"
"""Whether the long form is asked for: `make faults`."""
PARAMETERS = "what: str = 'good'  # how it ends\nn: int = 1  # which one\nfolder: str = ''  # where it may leave signs"
FATES = """
import os, sys, time
fates = {
    'raise': "1 / 0", 'exit': "sys.exit(0)", 'os-exit': "os._exit(0)", 'kill': "os.kill(os.getpid(), 9)",
    'loop': "while True: pass", 'print': "while True: print('x' * 200)", 'memory': "bytearray(1 << 62)",
    'regex': "import re; re.match('(a+)+$', 'a' * 64 + 'b')", 'input': "input()", 'stray': "os.system('sleep 300 &')",
    'session': "import subprocess; subprocess.Popen(['sleep', '300'], start_new_session=True)",
    'big': "import numpy; numpy.ones(400_000_000)", 'slow': "time.sleep(0.3)", 'slower': "time.sleep(1)", 'shout': "os.system('yes | head -c 30000000')",
}
exec(fates.get(what, ''))
"""


def cell(kind, name, source, tags=()):
    base = {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)} if tags else {}, "source": source}
    return base | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def fate_notebook(path: Path) -> Path:
    """Write a notebook that ends as its parameter ``what`` says."""
    cells = [
        cell("markdown", "title", "# A report that may fail"),
        cell("code", "parameters", PARAMETERS, ["parameters"]),
        cell("code", "early", "print('early', n)"),
        cell("code", "fate", FATES.strip()),
        cell("code", "late", "import vpnpolicy as vp\nvp.plot_counts(vp.load_counts().head(n % 5 + 2))"),
        cell("code", "last", "print('late', n, what)"),
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """That notebook."""
    return fate_notebook(tmp_path_factory.mktemp("template") / "fate.ipynb")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """A library to be preloaded, built from a C file beside the tests."""

    def build(name: str) -> Path:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("no C compiler, to build what is preloaded")
        built = tmp_path_factory.mktemp("built") / f"{name}.so"
        source = Path(__file__).with_name(f"{name}.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source, "-ldl"], check=True)
        return built

    return build


@pytest.fixture
def plan(tmp_path, template):
    """Write a plan of fates; each row one report."""

    def write(fates, name="plan.json") -> Path:
        rows = [{"name": f"r{n:02d}", "notebook": str(template), "what": what, "n": n} for n, what in enumerate(fates, 1)]
        (tmp_path / name).write_text(json.dumps(rows), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def batch(tmp_path):
    """Start ``vpnpolicy batch`` as a process; ``wait=False`` gives the process itself."""
    started = []

    def start(plan, out="out", *more, wait=True, patience=240, env=None, before=None, wrap=(), cwd=None):
        args = [sys.executable, "-m", "vpnpolicy", "batch", str(plan), "--trust", "--out", str(tmp_path / out), *map(str, more)]
        args = [*wrap, *args]
        process = subprocess.Popen(
            args,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd or tmp_path,
            env={**os.environ, **(env or {})},
            preexec_fn=before,
        )
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


def state_of(out: Path) -> tuple[dict, dict]:
    """Last journal entry and bytes of the files of each report in a folder."""
    entries = {}
    for line in (out / "journal.jsonl").read_bytes().split(b"\n")[:-1]:
        entry = json.loads(line)["entry"]
        entries[entry["name"]] = entry
    files = {str(p.relative_to(out)): p.read_bytes() for p in out.glob("r*/**/*") if p.is_file()}
    return entries, files


def check_whole(out: Path, reference: dict) -> None:
    """Every file at a final name is whole; every journalled report has its files."""
    if not (out / "journal.jsonl").exists():
        return
    entries, files = state_of(out)
    for name, content in files.items():
        assert content == reference[name], f"{name} is torn or wrong"
    for name, entry in entries.items():
        for file, sha in entry.get("files", {}).items():
            assert hashlib.sha256((out / name / file).read_bytes()).hexdigest() == sha


def at_start_of(module: str, code: str, folder: Path) -> dict[str, str]:
    """An environment in which Python runs ``code`` before ``module`` and before nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["import sys", f"if {module!r} in sys.orig_argv:", *("    " + line for line in code.splitlines())]
    (folder / "sitecustomize.py").write_text("\n".join(lines) + "\n")
    return {"PYTHONPATH": str(folder)}


def wait_for(condition, seconds: float = 30) -> bool:
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(met)


def children_of(pid: int) -> list[int]:
    """Processes that a process has started and that run; any may end while it is looked at."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def descendants(pid: int) -> list[int]:
    """All below a process."""
    return [d for child in children_of(pid) for d in (child, *descendants(child))]


def left_running(mark: str) -> list[str]:
    """Command lines of processes that were started for a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in environment and b"pytest" not in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def gone(mark: str, seconds: float = 10) -> list[str]:
    """What of a folder still runs after a while; an empty list as soon as nothing does."""
    end = time.monotonic() + seconds
    while (left := left_running(mark)) and time.monotonic() < end:
        time.sleep(0.1)
    return left
