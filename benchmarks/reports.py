"""Reports: ours, 0.1.0's, those of the tools people use today, and the least that a kernel costs."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from vpnpolicy._files import notebooks_folder
from vpnpolicy.notebooks.files import list_notebooks

from .harness import JOBS, TOOLS, Cost, Row, command, interleave, walls

OLD = "d28692f"
"""The last commit of 0.1.0, which makes its PDF with WeasyPrint."""
ROOT, PROGRAMS = Path(__file__).resolve().parents[1], Path(__file__).parent / "programs"
NOTEBOOK = str(notebooks_folder() / "04_bandwidth_cost.ipynb")
OWN = str(PROGRAMS / "own.ipynb")
ALL = "--format", "html,pdf,xlsx"
SCRATCH = tempfile.TemporaryDirectory()
Make = Callable[[Path], Cost]


def rows_of(count: int) -> list[dict]:
    """Return the parameters of so many reports, all different."""
    readings = ["as-stated", "mbps-month", "gigabyte", "megabit"]
    rows = [
        {"minutes": n + 1, "interpretation": readings[n % 4], "as_of": f"2025-{n % 9 + 1:02d}"}
        for n in range(count)
    ]
    return [{"name": f"r{n:03d}", "notebook": NOTEBOOK, **row} for n, row in enumerate(rows)]


def own_rows(count: int) -> list[dict]:
    """Return the rows of reports from a notebook of the user's own."""
    return [{"name": f"o{n:03d}", "notebook": OWN, "seed": n + 1} for n in range(count)]


def every_notebook(small: bool) -> list[dict]:
    """Return a row for each of our notebooks, with its defaults."""
    names = list_notebooks()[: 2 if small else None]
    return [{"name": name, "notebook": str(notebooks_folder() / f"{name}.ipynb")} for name in names]


def _once(make: Make, count: int, suffix: str = ".html") -> Callable[[], Cost]:
    """Return a thing to time: into a new folder, and with a look at whether all reports are there."""

    def run() -> Cost:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            out.mkdir()
            cost = make(out)
            made = [p for p in out.rglob(f"*{suffix}") if p.name != "index.html"]
            if len(made) < count:
                raise SystemExit(f"{len(made)} of {count} reports were made")
            return cost.per(count)

    return run


def batch(rows: list[dict], *options: str, jobs: int = JOBS) -> Make:
    """Return ``vpnpolicy batch`` as a user calls it."""

    def make(out: Path) -> Cost:
        plan = out.parent / "plan.json"
        own = any(row["notebook"] == OWN for row in rows)
        names = [
            row | {"notebook": row["notebook"] if own else Path(row["notebook"]).stem}
            for row in rows
        ]
        plan.write_text(json.dumps(names), encoding="utf-8")
        trust = ["--trust"] if own else []
        return command(
            "-m",
            "vpnpolicy",
            "batch",
            str(plan),
            "--out",
            str(out),
            "-j",
            str(jobs),
            *trust,
            *options,
        )

    return make


def shell_loop(rows: list[dict], pdf: bool = False) -> Make:
    """Return what a shell loop runs for each report: papermill, nbconvert and, with PDF, nbconvert again."""

    def make(out: Path) -> Cost:
        cost = Cost(0)
        for row in rows:
            executed = str(out / f"{row['name']}.ipynb")
            pairs = [
                text
                for n, v in row.items()
                if n not in ("name", "notebook")
                for text in ("-p", n, str(v))
            ]
            cost += command(
                "-m",
                "papermill",
                "--no-progress-bar",
                "-k",
                "python3",
                row["notebook"],
                executed,
                *pairs,
            )
            cost += command("-m", "nbconvert", "--to", "html", "--no-input", executed)
            if pdf:
                sandbox = "--WebPDFExporter.disable_sandbox=True"
                cost += command(
                    "-m",
                    "nbconvert",
                    "--to",
                    "webpdf",
                    "--no-input",
                    sandbox,
                    executed,
                    **browser(),
                )
        return cost

    return make


@cache
def browser() -> dict[str, str]:
    """Return environment variables under which Playwright, and so nbconvert, finds the Chromium that is there.

    nbconvert knows only Playwright's own download. Where that is missing, a link stands at the
    place that Playwright names when it does not find it.
    """
    start = "from playwright.sync_api import sync_playwright as s\nwith s() as p: p.chromium.launch(args=['--no-sandbox'])"
    if subprocess.run([sys.executable, "-c", start], capture_output=True).returncode == 0:
        return {}
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for name in names if (path := shutil.which(name))), None)
    if program is None:
        raise SystemExit(
            "There is no Chromium: apt-get install chromium, or python -m playwright install chromium."
        )
    env = {
        "PLAYWRIGHT_BROWSERS_PATH": f"{SCRATCH.name}/browsers",
        "PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", start], capture_output=True, text=True, env=os.environ | env
    )
    place = re.search(r"Executable doesn't exist at (\S+)", done.stderr)
    if place is None:
        raise SystemExit(f"Playwright does not say where it looks for Chromium:\n{done.stderr}")
    Path(place[1]).parent.mkdir(parents=True)
    Path(place[1]).symlink_to(program)
    return env


def program(kind: str, rows: list[dict], jobs: int = 1) -> Make:
    """Return a way of programs/others.py."""
    python = TOOLS if kind == "ploomber" else sys.executable
    return lambda out: command(
        str(PROGRAMS / "others.py"), kind, json.dumps(rows), str(out), str(jobs), python=python
    )


def report(*notebooks: str, python: str = sys.executable, **env: str) -> Make:
    """Return ``vpnpolicy report`` as a user calls it."""
    args = "-m", "vpnpolicy", "report", *notebooks, "--out"
    return lambda out: command(*args, str(out), python=python, **env)


@cache
def _old_version() -> tuple[str, str]:
    """Return the code folder of 0.1.0, and why it cannot run where it cannot."""
    parts = subprocess.run(
        ["git", "-C", str(ROOT), "archive", OLD, "src", "data", "notebooks"], capture_output=True
    )
    if parts.returncode:
        return "", f"0.1.0: this clone does not hold its commit {OLD}."
    if subprocess.run([TOOLS, "-c", "import weasyprint"], capture_output=True).returncode:
        return "", f"0.1.0: `import weasyprint` fails in {TOOLS}; it needs the package and Pango."
    folder = f"{SCRATCH.name}/old"
    with tarfile.open(fileobj=io.BytesIO(parts.stdout)) as archive:
        archive.extractall(folder, filter="data")
    command("-m", "compileall", "-q", f"{folder}/src", python=TOOLS)
    return f"{folder}/src", ""


def eight(rounds: int, small: bool) -> list[Row | str]:
    """Compare every report in HTML and PDF with a workbook: 0.1.0, the shell loop (no workbook), and kernels alone."""
    rows = every_notebook(small)
    names, count = [row["name"] for row in rows], len(rows)
    old, reason = _old_version()
    things = {"ours": _once(report(*names, *ALL), count)}
    if old:
        things["0.1.0"] = _once(report(*names, *ALL, python=TOOLS, PYTHONPATH=old), count)
    things["loop"] = _once(shell_loop(rows, pdf=True), count)
    things["kernel"] = _once(program("kernel", rows, JOBS), count, ".ipynb")
    found = interleave(things, rounds)
    ours, what = found["ours"], f"{count} reports, HTML, PDF, workbook"
    lines: list[Row | str] = [reason] if reason else []
    if old:
        spent = [[cost.processor for cost in costs] for costs in (ours, found["0.1.0"])]
        lines += [
            Row(f"{what}: processor against 0.1.0", *spent, "≤ 0.4"),
            Row(f"{what}: time against 0.1.0", walls(ours), walls(found["0.1.0"]), "≤"),
        ]
    return [
        *lines,
        Row(
            f"{what}: against papermill, nbconvert HTML, webpdf in a shell loop",
            walls(ours),
            walls(found["loop"]),
            "≥ 20",
        ),
        Row(
            f"{what}: time against {JOBS} × papermill's API alone, no page",
            walls(ours),
            walls(found["kernel"]),
            "≤",
        ),
    ]


def loop(rounds: int, small: bool) -> list[Row]:
    """Compare batches with the shell loop, in which reports share nothing, so that one stands for all."""
    many = 2 if small else 100
    found = interleave(
        {
            "loop": _once(shell_loop(rows_of(1)), 1),
            f"ours, {many}": _once(batch(rows_of(many)), many),
            "loop with PDF": _once(shell_loop(rows_of(1), pdf=True), 1, ".pdf"),
            f"ours with PDF, {many}": _once(
                batch(rows_of(many), "--format", "html,pdf"), many, ".pdf"
            ),
        },
        rounds,
    )
    html, ours, pdf, ours_pdf = map(walls, found.values())
    return [
        Row(
            f"HTML in a batch of {many} against papermill and nbconvert in a shell loop",
            ours,
            html,
            "≥ 15",
        ),
        Row(
            f"HTML and PDF in a batch of {many} against the shell loop with webpdf",
            ours_pdf,
            pdf,
            "≥ 20",
        ),
    ]


def engines(rounds: int, small: bool) -> list[Row]:
    """Compare a batch with ploomber-engine, with plain kernels and with the cells alone, at equal jobs."""
    count, few = (2, 2) if small else (20, 4)
    things = {}
    for jobs in (1, JOBS):
        rows = rows_of(count)
        things[f"ours, {jobs}"] = _once(batch(rows, jobs=jobs), count)
        things[f"ploomber, {jobs}"] = _once(program("ploomber", rows, jobs), count)
        things[f"kernel, {jobs}"] = _once(program("kernel", rows_of(few), jobs), few, ".ipynb")
        things[f"cells, {jobs}"] = _once(program("cells", rows, jobs), count, "")
    found = {name: walls(costs) for name, costs in interleave(things, rounds).items()}
    lines = []
    for jobs in dict.fromkeys((1, JOBS)):
        ours, what = found[f"ours, {jobs}"], f"HTML, batch of {count}, {jobs} at a time:"
        lines += [
            Row(
                f"{what} against ploomber-engine and nbconvert",
                ours,
                found[f"ploomber, {jobs}"],
                "≥ 1.3",
            ),
            Row(
                f"{what} time against papermill's API and a plain kernel, no page",
                ours,
                found[f"kernel, {jobs}"],
                "≤",
            ),
            Row(
                f"{what} time against the cells alone, no kernel, no page",
                ours,
                found[f"cells, {jobs}"],
                "≤",
            ),
        ]
    return lines


def lengths(rounds: int, small: bool) -> list[Row]:
    """Compare a long batch with a short one, and a second run with the first."""
    short, long = (2, 4) if small else (20, 200)
    again: list[Cost] = []

    def twice(out: Path) -> Cost:
        cost = batch(rows_of(long))(out)
        again.append(batch(rows_of(long))(out).per(long))
        return cost

    things = {"short": _once(batch(rows_of(short)), short), "long": _once(twice, long)}
    found = {name: walls(costs) for name, costs in interleave(things, rounds).items()}
    return [
        Row(
            f"A report of a batch of {long} against one of {short}",
            found["long"],
            found["short"],
            "≤ 1.05",
        ),
        Row(
            f"A second run of {long}, nothing changed, against the first",
            walls(again),
            found["long"],
            "≤ 0.02",
        ),
    ]


def own(rounds: int, small: bool) -> list[Row]:
    """Compare reports of a user's own notebook, with pyplot and DataFrames, with papermill and nbconvert."""
    count = 2 if small else 20
    found = interleave(
        {
            "loop": _once(shell_loop(own_rows(1)), 1),
            "ours, one": _once(report(OWN, "--trust", "--format", "html"), 1),
            "ours": _once(batch(own_rows(count)), count),
        },
        rounds,
    )
    base, one, many = map(walls, found.values())
    return [
        Row(
            "An own notebook with pyplot (`--trust`): one report against papermill and nbconvert",
            one,
            base,
            "≥",
        ),
        Row(
            f"An own notebook with pyplot: a batch of {count} against the shell loop",
            many,
            base,
            "≥",
        ),
    ]
