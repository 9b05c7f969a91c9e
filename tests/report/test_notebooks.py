"""Each notebook run for real through the product's own runner, with numbers asserted."""

import json

import pytest

import vpnpolicy as vp
from vpnpolicy.basis.errors import ReportError
from vpnpolicy.report.pdf import pdf_available

pytestmark = pytest.mark.notebooks
FIGURES = {
    "00_brief": {"main_conflict_ratio": 750.0, "lowest_cost_usd": pytest.approx(1368.925, abs=1e-3), "named_licensees_count": 5},
    "01_register": {"named_licensees_count": 5, "unnamed_licensees_low_count": 2, "unnamed_licensees_high_count": 4},
    "02_timeline": {"events_count": 64, "busiest_month_count": 10},
    "03_claims": {"claims_count": 286, "main_conflict_ratio": 750.0},
    "06_regimes": {"cells_not_stated_count": 18, "reversals_count": 5},
    "04_bandwidth_cost": {"cost_usd": 600_000, "stated_times_wholesale_ratio": pytest.approx(438.3)},
}
PIECES = {
    "00_brief": (3, 3),
    "01_register": (2, 3),
    "02_timeline": (3, 1),
    "03_claims": (1, 4),
    "04_bandwidth_cost": (1, 3),
    "06_regimes": (2, 3),
}


@pytest.mark.parametrize("name", vp.list_notebooks())
def test_a_report_is_whole(name, tmp_path):
    report = vp.run_report(name, out=tmp_path / "out")
    assert {k: report.findings["figures"][k] for k in FIGURES[name]} == FIGURES[name]
    folder = tmp_path / "out" / name
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["key_figures"] == report.findings["figures"]
    assert (len(list(folder.glob("figures/*.svg"))), len(list(folder.glob("tables/*.csv")))) == PIECES[name]
    html = (folder / "report.html").read_text()
    assert html.count("<figure") == html.count('<img src="data:image/svg+xml;base64,') == PIECES[name][0]
    assert 'alt=""' not in html
    assert "Traceback" not in html
    assert (folder / "report.pdf").exists() == pdf_available()
    assert [p.name for p in (tmp_path / "out").iterdir()] == [name], "something was left behind"


def test_parameters_reach_the_report_and_its_stamp(tmp_path):
    report = vp.run_report("04_bandwidth_cost", {"extra_tbps": 2, "reading": "mbps-month"}, out=tmp_path / "out", formats="html")
    assert report.findings["figures"]["cost_usd"] == pytest.approx(2 * 1368.925, abs=1e-2)
    html = (report.folder / "report.html").read_text()
    assert "extra_tbps = 2.0, reading = mbps-month" in html


def test_same_bytes_in_another_zone_language_and_folder(tmp_path, monkeypatch):
    first = vp.run_report("01_register", out=tmp_path / "a")
    for name, value in {"TZ": "Asia/Karachi", "LANG": "ur_PK.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "99"}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    second = vp.run_report("01_register", out=tmp_path / "b" / "deep")
    assert first.files == second.files


def test_a_failing_cell_is_named_and_nothing_reaches_the_final_name(tmp_path):
    notebook = json.loads(_notebook("01_register").read_text(encoding="utf-8"))
    notebook["cells"][3]["source"] = "import math\nmath.sqrt(-1)"
    path = tmp_path / "bad.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(ReportError, match="bad: cell 'findings': ValueError"):
        vp.run_report(str(path), out=tmp_path / "out", trust=True, formats="html")
    assert not (tmp_path / "out" / "bad").exists()
    assert (tmp_path / "out" / ".failed" / "bad.ipynb").exists()


def test_a_kernel_that_dies_is_a_failure(tmp_path):
    notebook = json.loads(_notebook("01_register").read_text(encoding="utf-8"))
    notebook["cells"][3]["source"] = "import os\nos._exit(0)"
    path = tmp_path / "dead.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(ReportError, match="dead"):
        vp.run_report(str(path), out=tmp_path / "out", trust=True, formats="html")
    assert not (tmp_path / "out" / "dead").exists()


def test_a_cell_that_leaves_early_is_a_failure(tmp_path):
    notebook = json.loads(_notebook("01_register").read_text(encoding="utf-8"))
    notebook["cells"][3]["source"] = "import sys\nsys.exit(0)"
    path = tmp_path / "early.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(ReportError, match="early"):
        vp.run_report(str(path), out=tmp_path / "out", trust=True, formats="html")


def _notebook(name):
    from vpnpolicy.report.notebook import find_notebook

    return find_notebook(name)


def test_report_command_writes_an_index(run, tmp_path):
    code, out, _ = run("report", "01_register", "04", "--out", str(tmp_path / "r"), "--format", "html", "--as-of", "2025-12-31")
    assert (code, out.splitlines()[-1]) == (0, str(tmp_path / "r" / "index.html"))
    index = (tmp_path / "r" / "index.html").read_text()
    assert index.count('<section><h2><a href="') == 2
