"""A page is made from a whole run alone, and where the page fails what was run is kept."""

import json

import pytest

from .conftest import cell, state_of

pytestmark = pytest.mark.faults


@pytest.fixture
def odd(tmp_path):
    """A notebook whose output no page can be made of."""
    cells = [
        cell("markdown", "title", "# Odd"),
        cell("code", "parameters", "kind: str = 'good'  # which output", ["parameters"]),
        cell("code", "early", "print('early')"),
        cell("code", "shown", "display({'image/png': 'A' if kind == 'picture' else 'QUJD', 'text/plain': 'x'}, raw=True)"),
        cell("code", "text", "display({'text/html': '<script>1</script>' if kind == 'script' else '<p>a</p>', 'text/plain': 'x'}, raw=True)"),
        cell("code", "big", "if kind == 'big':\n    from random import randbytes\n    import base64\n    display({'image/png': base64.b64encode(randbytes(60_000_000)).decode()}, raw=True)"),
    ]  # fmt: skip
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_step_after_the_run_fails(odd, batch, tmp_path, engine):
    rows = tmp_path / "plan.json"
    kinds = ["good", "picture", "script", "big", "good"]
    rows.write_text(json.dumps([{"name": f"r{n:02d}", "notebook": str(odd), "kind": k} for n, k in enumerate(kinds, 1)]))
    done = batch(rows, "out", "--engine", engine, "--jobs", 2)
    entries, files = state_of(tmp_path / "out")
    assert done.returncode == 1
    assert [entries[f"r{n:02d}"]["status"] for n in range(1, 6)] == ["done", "failed", "failed", "failed", "done"]
    assert "r02: export: " in entries["r02"]["reason"]
    assert entries["r03"]["reason"].startswith("r03: cell 'text': html: found <script>; wanted text and tables")
    assert "output-too-big" in entries["r04"]["reason"]
    assert {f.partition("/")[0] for f in files} == {"r01", "r05"}
    for name in ("r02", "r03", "r04"):
        kept = json.loads((tmp_path / "out" / ".failed" / f"{name}.ipynb").read_text())
        early = next(c for c in kept["cells"] if c["id"] == "early")
        assert "".join(early["outputs"][0]["text"]) == "early\n"
        assert not (tmp_path / "out" / name).exists()


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_no_page_is_made_of_half_a_run(plan, batch, tmp_path, engine):
    done = batch(plan(["kill", "exit", "os-exit", "raise", "good"]), "out", "--engine", engine, "--jobs", 2)
    assert done.returncode == 1
    pages = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.html"))
    assert pages == ["index.html", "r05/report.html"]
    index = (tmp_path / "out" / "index.html").read_text()
    assert [f"r{n:02d}" in index for n in range(1, 6)] == [True] * 5
    assert index.count("<li><b>r0") == 4
