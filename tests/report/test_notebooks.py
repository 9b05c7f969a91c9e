"""Each notebook run for real through the product's own runner, with numbers asserted."""

import json

import pytest

import vpnpolicy as vp
from vpnpolicy.basis.errors import ReportError
from vpnpolicy.report.pdf import pdf_available
from vpnpolicy.report.plan import plan_reports
from vpnpolicy.report.run import run_reports

pytestmark = pytest.mark.notebooks
FIGURES = {
    "00_brief": {
        "main_conflict_ratio": 750.0, "lowest_cost_usd": pytest.approx(1368.925, abs=1e-3), "named_licensees_count": 5,
        "saving_plausible_usd": pytest.approx(13_730, abs=1), "least_cost_of_blocking_usd": pytest.approx(342_231, abs=1),
    },
    "01_register": {"named_licensees_count": 5, "unnamed_licensees_low_count": 2, "unnamed_licensees_high_count": 4},
    "02_timeline": {"events_count": 64, "busiest_month_count": 10},
    "03_claims": {"claims_count": 286, "main_conflict_ratio": 750.0},
    "06_regimes": {"cells_not_stated_count": 18, "reversals_count": 5},
    "04_bandwidth_cost": {"cost_usd": 600_000, "stated_times_wholesale_ratio": pytest.approx(438.3)},
    "05_disruption_cost": {
        "lowest_cost_usd": pytest.approx(1.3e9 / 300 * 4), "highest_cost_usd": pytest.approx(1.1495e9, rel=1e-4), "closed_methods_count": 3,
        "method_share_of_spread_ratio": pytest.approx(0.84, abs=0.005),
    },
    "07_audit": {"match_count": 43, "contradiction_count": 4, "revised_count": 10},
}  # fmt: skip
PIECES = {
    "00_brief": (4, 3),
    "01_register": (2, 3),
    "02_timeline": (3, 1),
    "03_claims": (1, 4),
    "04_bandwidth_cost": (3, 4),
    "05_disruption_cost": (1, 4),
    "06_regimes": (2, 3),
    "07_audit": (0, 3),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Every report, made once."""
    out = tmp_path_factory.mktemp("reports") / "out"
    batch = run_reports(plan_reports([], every=True), out, ("html", "pdf"), parallel=2)
    assert batch.failed == []
    return {r.name: r for r in batch.reports}


@pytest.mark.parametrize("name", vp.list_notebooks())
def test_a_report_is_whole(name, reports):
    report = reports[name]
    assert {k: report.findings["figures"][k] for k in FIGURES[name]} == FIGURES[name]
    manifest = json.loads((report.folder / "manifest.json").read_text())
    assert manifest["key_figures"] == report.findings["figures"]
    assert (len(list(report.folder.glob("figures/*.svg"))), len(list(report.folder.glob("tables/*.csv")))) == PIECES[name]
    html = (report.folder / "report.html").read_text()
    assert html.count("<figure") == html.count('<img src="data:image/svg+xml;base64,') == PIECES[name][0]
    assert 'alt=""' not in html
    assert "Traceback" not in html
    assert (report.folder / "report.pdf").exists() == pdf_available()


def test_nothing_is_left_behind(reports):
    (folder,) = {r.folder.parent for r in reports.values()}
    assert sorted(p.name for p in folder.iterdir()) == sorted([*reports, ".lock", "journal.jsonl"])
    assert (folder / ".lock").read_bytes() == b""


def test_a_kernel_gives_the_same_bytes_as_the_warm_engine(reports, tmp_path):
    batch = run_reports(plan_reports([], every=True), tmp_path, ("html", "pdf"), engine="kernel", parallel=2)
    assert {r.name: r.files for r in batch.reports} == {n: r.files for n, r in reports.items()}


def test_parameters_reach_the_report_and_its_stamp(tmp_path):
    report = vp.run_report("04_bandwidth_cost", {"extra_tbps": 2, "reading": "mbps-month"}, out=tmp_path / "out", formats="html")
    assert report.findings["figures"]["cost_usd"] == pytest.approx(2 * 1368.925, abs=1e-2)
    html = (report.folder / "report.html").read_text()
    assert "extra_tbps = 2.0, reading = mbps-month" in html


def test_another_disruption_and_the_whole_of_one_day(tmp_path):
    given = {"country": "Egypt", "start": "2011-01-28", "end": "", "scope": "national"}
    report = vp.run_report("05_disruption_cost", given, out=tmp_path / "out", formats="html")
    html = (report.folder / "report.html").read_text()
    assert "OECD, telecom and internet" in html
    assert "18 million" in html
    assert "PIDE" not in html.split("</table>")[0]


def test_one_verdict_of_the_audit(tmp_path):
    report = vp.run_report("07_audit", {"verdict": "contradiction"}, out=tmp_path / "out", formats="html")
    checks = next((report.folder / "tables").glob("*checks.csv")).read_text().splitlines()
    assert len(checks) == 1 + report.findings["figures"]["contradiction_count"]


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
    assert index.count('<tr><th scope="row"><a href="') == 2
