"""Reports that go wrong, each in its own way: named, kept aside, and no harm to the others. Both engines."""

import json
import time

import pytest

from .conftest import gone, state_of

pytestmark = pytest.mark.faults

FATES = {
    "raise": r"cell 'fate': ZeroDivisionError: division by zero",
    "exit": r"cell 'fate': (incomplete|.*died|.*SystemExit)",
    "os-exit": r"cell 'fate': (incomplete: the process left by itself with exit code 0|the kernel died)",
    "kill": r"cell 'fate': (killed: the process ended by signal 9|the kernel died)",
    "loop": r"cell 'fate': timeout: longer than 4 s",
    "regex": r"cell 'fate': timeout: longer than 4 s",
    "print": r"cell 'fate': output-too-big",
    "memory": r"cell 'fate': memory: ",
    "input": r"cell 'fate': (EOFError|StdinNotImplementedError)",
}


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_every_bad_end_is_named_and_the_others_stand(plan, batch, tmp_path, engine):
    fates = ["good", *FATES, "stray", "session", "good"]
    start = time.monotonic()
    done = batch(plan(fates), "out", "--cell-limit", 4, "--engine", engine, "--jobs", 2)
    assert time.monotonic() - start < 120
    entries, files = state_of(tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.count("FAILED") == len(FATES)
    for n, fate in enumerate(fates, 1):
        entry = entries[f"r{n:02d}"]
        if fate in FATES:
            assert entry["status"] == "failed"
            import re

            assert re.search(FATES[fate], entry["reason"]), (fate, entry["reason"])
            assert not any(f.startswith(f"r{n:02d}/") for f in files)
            partial = json.loads((tmp_path / "out" / ".failed" / f"r{n:02d}.ipynb").read_text())
            early = next(c for c in partial["cells"] if c["id"] == "early")
            assert early["outputs"][0]["text"] in (f"early {n}\n", [f"early {n}\n"])
        else:
            assert entry["status"] == "done", entry
    assert max(e.get("tries", 1) for e in entries.values()) == 2
    assert gone(str(tmp_path / "out")) == []
    assert not list((tmp_path / "out").glob(".work-*"))


def test_a_loud_program_below_a_cell_is_stopped(plan, batch, tmp_path):
    done = batch(plan(["shout", "good"]), "out", "--cell-limit", 20)
    assert done.returncode == 1
    assert "r01: cell 'fate': output-too-big" in done.stderr
    assert "1 made, 1 failed" in done.stdout


def test_one_poison_report_of_many(plan, batch, tmp_path):
    done = batch(plan(["good"] * 12 + ["kill"] + ["good"] * 12))
    entries, _ = state_of(tmp_path / "out")
    assert done.returncode == 1
    assert [n for n, e in entries.items() if e["status"] == "failed"] == ["r13"]
    assert entries["r13"]["tries"] == 2
    assert "24 made, 1 failed" in done.stdout
