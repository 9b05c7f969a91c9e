"""Reports that fail, each in its own way: named, kept aside, and no harm to the others."""

import contextlib
import json
import re
import time
from pathlib import Path

import pytest

from .conftest import cell, counts, finished, leftovers, write_notebook

pytestmark = pytest.mark.faults
REASONS = {
    "worker": "the process that makes it died",
    "raise": "cell 'fate': ZeroDivisionError: division by zero",
    "exit": "cell 'fate': (incomplete|SystemExit)",
    "memory": "cell 'fate': memory",
    "input": "cell 'fate': StdinNotImplementedError",
    **dict.fromkeys(("os-exit", "kill"), "cell 'fate': the kernel died"),
    **dict.fromkeys(("loop", "regex", "kept"), "cell 'fate': timeout: longer than 4 s"),
    **dict.fromkeys(("print", "shout"), "cell 'fate': output-too-big"),
}


def test_every_failure_is_named_and_the_others_are_finished(plan, batch, tmp_path):
    fates = ["good", *REASONS, "stray", "good"]
    start, out = time.monotonic(), tmp_path / "out"
    process = batch(plan(fates), "out", "--cell-limit", 4, "--jobs", 2, wait=False)
    most = 0
    while process.poll() is None:
        with contextlib.suppress(OSError, TypeError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            most = max(most, int(re.search(r"VmHWM:\s+(\d+)", status)[1]))
        time.sleep(0.1)
    said, wrong = process.communicate()
    assert time.monotonic() - start < 150
    assert (process.returncode, said.splitlines()[0]) == (1, f"3 of {len(fates)} reports: 3 made, {len(REASONS)} failed.")
    assert finished(out) == ["r01", f"r{len(fates) - 1:02d}", f"r{len(fates):02d}"]
    for n, fate in enumerate(fates, 1):
        name = f"r{n:02d}"
        if fate in REASONS:
            assert re.search(f"FAILED  {name}: {REASONS[fate]}", wrong), (fate, wrong)
            assert re.match(f"{name}: {REASONS[fate]}", (out / "failed" / f"{name}.txt").read_text())
            assert not (out / name).exists()
        if fate in set(REASONS) - {"worker"}:
            early = json.loads((out / "failed" / f"{name}.ipynb").read_text())["cells"]
            shown = next(c for c in early if c["id"] == "early")["outputs"]
            assert "".join(shown[0]["text"]) == f"early {n}\n"
    assert wrong.count("(2 attempts)") == 1, "the worker that died"
    assert sorted(p.parent.name for p in out.rglob("report.html")) == finished(out)
    assert leftovers(tmp_path) == []
    assert most < 300_000, "memory of the command [kB]"


def test_a_report_over_its_time_limit(plan, batch, tmp_path):
    done = batch(plan(["loop", "good"]), "out", "--report-limit", 4, "--jobs", 2)
    assert (done.returncode, counts(done)) == (1, "1 made, 1 failed")
    assert "FAILED  r01: timeout: longer than 4 s" in done.stderr
    assert leftovers(tmp_path) == []


SHOWN = """
from random import randbytes
import base64
findings = "application/vnd.vpnpolicy.findings+json"
kinds = {
    "big": {"image/png": base64.b64encode(randbytes(60_000_000)).decode()} if kind == "big" else {},
    "nan": {findings: {"texts": ["a"], "figures": {"x": float("nan"), "y": float("inf")}}, "text/html": "<p>a</p>"},
}
display(kinds.get(kind, {}) | {"text/plain": "x"}, raw=True)
"""


def test_an_export_that_fails_and_findings_that_are_no_numbers(batch, tmp_path):
    parameters = cell("code", "parameters", "kind: str = 'good'  # which output", ["parameters"])
    write_notebook(tmp_path / "odd.ipynb", parameters, cell("code", "early", "1"), cell("code", "shown", SHOWN))
    rows = [{"name": f"r{n}", "notebook": "odd.ipynb", "kind": k} for n, k in enumerate(("good", "big", "nan"), 1)]
    (tmp_path / "plan.json").write_text(json.dumps(rows))
    done = batch(tmp_path / "plan.json")
    assert (done.returncode, counts(done)) == (1, "2 made, 1 failed")
    assert "FAILED  r2: output-too-big" in done.stderr
    assert json.loads((tmp_path / "out" / "failed" / "r2.ipynb").read_text())["cells"][3]["id"] == "early"
    json.loads((tmp_path / "out" / "r3" / "manifest.json").read_text(), parse_constant=pytest.fail)


def test_data_that_changes_during_a_batch_fails_what_reads_it(batch, tmp_path, data):
    """The second of three reports itself changes a table."""
    change = f"""
if n == 2:
    path = os.path.join({str(data)!r}, "licence_counts.csv")
    lines = open(path).readlines()
    open(path, "w").writelines(lines[:-1])
"""
    write_notebook(
        tmp_path / "mine.ipynb",
        cell("code", "parameters", "n: int = 1  # which one", ["parameters"]),
        cell("code", "change", f"import os{change}"),
        cell("code", "shown", "import vpnpolicy as vp\nif n != 4:\n    vp.plot_counts(vp.load('licence_counts'))"),
    )
    rows = [{"name": f"r{n}", "notebook": "mine.ipynb", "n": n} for n in (1, 2, 3, 4)]
    (tmp_path / "plan.json").write_text(json.dumps(rows))
    done = batch(tmp_path / "plan.json", "out", "--data", data, "--jobs", 1)
    assert (done.returncode, counts(done), finished(tmp_path / "out")) == (1, "2 made, 2 failed", ["r1", "r4"])
    for name in ("r2", "r3"):
        assert f"FAILED  {name}: licence_counts.csv changed while the report was made" in done.stderr
    (tmp_path / "plan.json").write_text(json.dumps([row for row in rows if row["n"] != 2]))
    again = batch(tmp_path / "plan.json", "out", "--data", data)
    assert (again.returncode, counts(again)) == (0, "2 made, 1 reused")
