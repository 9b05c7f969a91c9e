"""Fixtures: a copy of the data to spoil, and the command line as a user meets it."""

import contextlib
import csv
import gc
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from vpnpolicy.notebooks import _jsonschema  # noqa: F401 - before other imports of jsonschema, which would take a second

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config):
    """The quick layer draws fewer examples, the same ones each time, and keeps its many small files in memory where it can."""
    gc.disable()  # until everything is imported
    few = config.option.markexpr.startswith("not (")
    memory = Path("/dev/shm")
    if few and os.access(memory, os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    settings.register_profile("ours", max_examples=10 if few else 100, deadline=None, derandomize=True, database=None)
    settings.load_profile("ours")
    if "faults" in config.option.markexpr and not few and not hasattr(config, "workerinput"):
        from tests.faults.__main__ import Outcomes

        config.pluginmanager.register(Outcomes(), "outcomes")


def pytest_terminal_summary(terminalreporter, config):
    """The table of faults, where they were run: what was tried, passed, and what could not be run here and why."""
    outcomes = config.pluginmanager.get_plugin("outcomes")
    if outcomes is not None and any(name.startswith("faults/") for name in outcomes.found):
        from tests.faults.__main__ import table

        terminalreporter.write_line(f"\n{table(outcomes)[0]}")


def _loopback() -> bool:
    """Whether a program can talk to another on this machine; not so in a namespace without any network."""
    with socket.socket() as server:
        try:
            server.bind(("127.0.0.1", 0))
            server.listen()
            socket.create_connection(server.getsockname(), 2).close()
        except OSError:
            return False
    return True


def pytest_collection_modifyitems(items):
    """Leave out what needs addresses of this machine where there are none."""
    wanting = [item for item in items if item.get_closest_marker("loopback")]
    if wanting and not _loopback():
        for item in wanting:
            item.add_marker(pytest.mark.skip(reason="no network at all here, not even 127.0.0.1"))


def pytest_collection_finish():
    """What was imported stays: it need not be looked through for garbage, nor what is young so often."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory) -> Path:
    """Where tests run that have asked for no folder of their own."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(autouse=True)
def _own_folder(request, empty_folder, monkeypatch):
    """Nothing a test does depends on where it runs, or leaves anything there."""
    own = "tmp_path" in request.fixturenames
    monkeypatch.chdir(request.getfixturevalue("tmp_path") if own else empty_folder)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("VPNPOLICY_DATA", "VPNPOLICY_NOTEBOOKS", "VPNPOLICY_FIGURES"):
        monkeypatch.delenv(name, raising=False)
    yield
    assert own or not any(empty_folder.iterdir()), "something was left behind"


@pytest.fixture
def data(tmp_path) -> Path:
    """A copy of the data folder that a test may spoil."""
    folder = tmp_path / "mydata"
    shutil.copytree(ROOT / "data", folder)
    return folder


@pytest.fixture
def record(tmp_path) -> Path:
    """A small frozen record: made-up rows under the real schema, for tests of logic."""
    folder = tmp_path / "record"
    shutil.copytree(ROOT / "tests" / "fixtures" / "record", folder)
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    package |= {"vpnpolicy:asOf": "2024-06-30", "vpnpolicy:firstListOn": "2024-01-10"}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


@pytest.fixture
def edit(data):
    """Change one cell of one table: ``edit("licences", 3, "status", "licenced")``; rows count from 0."""

    def change(table: str, row: int, column: str, value: str) -> Path:
        path = data / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        rows[row][column] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return data

    return change


@pytest.fixture
def add_row(data):
    """Append a row to one table; cells not named stay empty."""

    def add(table: str, **cells: str) -> Path:
        path = data / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, header, lineterminator="\n").writerow(cells)
        return data

    return add


@pytest.fixture
def run(capsys):
    """Run the command line in this process: exit code, standard output, standard error."""
    from vpnpolicy.cli import run as run_line

    def call(*args: str):
        code = run_line(list(args))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def shell(tmp_path):
    """Run Python in a process of its own."""

    def call(*args: str, **env: str):
        return subprocess.run(
            [sys.executable, *args], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **env}, check=False
        )

    return call


@pytest.fixture(scope="session")
def peak() -> str:
    """Code for the greatest memory of its own process [KiB]; what ``resource`` tells includes the process it was forked from."""
    return "next(w.split()[1] for w in open('/proc/self/status') if w.startswith('VmHWM'))"


NO_BROWSER = "no Chromium, Chrome or Edge that starts was found"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
FOLDERS = {
    "darwin": ["/Applications", str(Path.home() / "Applications")],
    "win32": [os.environ.get(name, "") for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")],
}
INSIDE = {
    "darwin": [f"{name}.app/Contents/MacOS/{name}" for name in ("Chromium", "Google Chrome", "Microsoft Edge")],
    "win32": ["Chromium/Application/chrome.exe", "Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"],
}


def installed_browsers(own: str) -> list[str]:
    """Return the browsers of this machine, Playwright's ``own`` last, or only what VPNPOLICY_CHROMIUM names."""
    if named := os.environ.get("VPNPOLICY_CHROMIUM"):
        return [shutil.which(named) or named]
    found = [path for program in PROGRAMS if (path := shutil.which(program))]
    places = [Path(f, name) for f in FOLDERS.get(sys.platform, []) if f for name in INSIDE[sys.platform]]
    return [*found, *(str(p) for p in [*places, Path(own)] if p.is_file())]


def browser_command() -> str:
    """Return the one command that brings a browser to this machine."""
    system = platform.freedesktop_os_release().get("ID") if Path("/etc/os-release").exists() else ""
    if shutil.which("apt-get") and system != "ubuntu":  # Ubuntu's package is a snap, which Playwright cannot drive
        return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install chromium"
    python = os.path.relpath(sys.executable, ROOT)
    return f"{python} -m playwright install {'--with-deps ' if sys.platform == 'linux' else ''}chromium"


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window; what needs it is skipped where none starts, unless VPNPOLICY_CHROMIUM names one."""
    driver = pytest.importorskip("playwright.sync_api")
    args = ["--no-sandbox", *(f"--disable-{q}" for q in ("gpu", "background-networking", "component-update", "sync"))]
    with contextlib.ExitStack() as stack:
        chromium = None
        try:
            play = stack.enter_context(driver.sync_playwright())
        except Exception:  # the driver is a program too, and may lack a library of the system
            pytest.skip(NO_BROWSER)
        for path in installed_browsers(play.chromium.executable_path):
            try:
                chromium = play.chromium.launch(executable_path=path, args=args)
                break
            except driver.Error:
                if os.environ.get("VPNPOLICY_CHROMIUM"):
                    raise
        if chromium is None:
            pytest.skip(NO_BROWSER)
        yield chromium
        chromium.close()


def pytest_unconfigure(config):
    """After all else, say how many tests were skipped and how to run them too; workers of xdist do not see all."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or hasattr(config, "workerinput"):
        return
    skipped = terminal.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    browsers = reasons.pop(NO_BROWSER, 0)
    if reasons:
        listed = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
        terminal.write_line(f"{reasons.total()} skipped: {listed}")
    if browsers:
        terminal.write_line(f"{browsers} browser tests skipped: {NO_BROWSER}. To run them too:")
        terminal.write_line(f"    {browser_command()} && make test")
