"""Each notebook run for real through the product's own runner, with numbers asserted."""

import json
import re
import zipfile
from html import unescape

import pypdf
import pytest

import vpnpolicy as vp
from vpnpolicy.basis.errors import ReportError
from vpnpolicy.report.columns import PAGE, least_total, read_cells
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
    "07_audit": {"match_count": 44, "contradiction_count": 4, "revised_count": 7},
}  # fmt: skip
PIECES = {
    "00_brief": (3, 6),
    "01_register": (2, 3),
    "02_timeline": (3, 1),
    "03_claims": (1, 4),
    "04_bandwidth_cost": (3, 4),
    "05_disruption_cost": (1, 5),
    "06_regimes": (2, 3),
    "07_audit": (0, 3),
}

FORMATS = ("html", "pdf", "xlsx")
paper = pytest.mark.skipif(not pdf_available(), reason="Pango is not on this machine")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Every report, made once."""
    out = tmp_path_factory.mktemp("reports") / "out"
    batch = run_reports(plan_reports([], every=True), out, FORMATS, parallel=2)
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


@paper
@pytest.mark.parametrize("name", vp.list_notebooks())
def test_paper_is_titled_tagged_and_bookmarked(name, reports):
    report = reports[name]
    reader = pypdf.PdfReader(report.folder / "report.pdf")
    root = reader.trailer["/Root"]
    assert (reader.metadata.title, root["/Lang"], root["/MarkInfo"]["/Marked"]) == (report.title, "en", True)
    html = (report.folder / "report.html").read_text(encoding="utf-8")
    headings = [unescape(re.sub("<[^>]+>", "", h)) for h in re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", html)]
    assert [b.title for b in outline(reader)] == headings
    alts = [node.get("/Alt", "") for node in tags(root["/StructTreeRoot"]) if node.get("/S") == "/Figure"]
    assert alts == [unescape(a) for a in re.findall(r'<img [^>]*alt="([^"]*)"', html)]
    assert len(alts) == PIECES[name][0]
    last = reader.pages[-1].extract_text()
    assert f"{len(reader.pages)} / {len(reader.pages)}" in last
    assert report.title in last
    assert all(len(a) > 40 for a in alts)


@paper
@pytest.mark.parametrize("name", vp.list_notebooks())
def test_paper_can_be_read(name, reports):
    """No text below 8 pt, charts not made smaller, and every column of every table wide enough for its words."""
    reader = pypdf.PdfReader(reports[name].folder / "report.pdf")
    for page in reader.pages:
        content = page.get_contents().get_data().decode("latin-1")
        assert re.match(r"1 0 0 -1 0 [\d.]+ cm\nq\n0.75 0 0 0.75 0 0 cm\n", content), "pixels to points"
        sizes = [
            0.75 * float(a) * float(b)
            for a, b in re.findall(r"([\d.]+) 0 0 -?[\d.]+ [\d.-]+ [\d.-]+ Tm\s/\w+ ([\d.]+) Tf", content)
        ]
        assert sizes
        assert min(sizes) > 7.99
        scales = re.findall(r"/Figure\s<<.*?>>\sBDC\s.*?1 0 0 1 0 0 cm\n([\d.]+) 0 0 [\d.]+ 0 -?[\d.]+ cm", content, re.S)
        assert all(0.75 * float(s) > 0.999 for s in scales)
    html = (reports[name].folder / "report.html").read_text(encoding="utf-8")
    for table in re.findall(r'<table [^>]*class="vp-table".*?</table>', html, re.S):
        cells, numeric = read_cells(table)
        assert least_total(cells, numeric) <= PAGE, cells[0]


@paper
def test_the_brief_is_two_pages_and_an_annex(reports):
    reader = pypdf.PdfReader(reports["00_brief"].folder / "report.pdf")
    pages = {b.title: reader.get_destination_page_number(b) + 1 for b in outline(reader)}
    assert {pages[t] for t in pages if not t.startswith(("Annex", "Contents", "Sources", "Data"))} == {1, 2}
    assert pages["Contents"] == pages["Annex: the cost of one surge"] == 3
    html = (reports["00_brief"].folder / "report.html").read_text(encoding="utf-8")
    assert html.count("<li>", html.index("vp-findings"), html.index("</ol>")) == 5
    assert html.index("What is not known") < html.index('class="annex"')
    assert html.count("<figure", 0, html.index('class="annex"')) == 3


@pytest.mark.parametrize("as_of", ["2025-02-24", "2024-11"])
def test_the_brief_of_another_day(as_of, tmp_path):
    report = vp.run_report("00_brief", out=tmp_path / "out", as_of=as_of, formats="html")
    html = (report.folder / "report.html").read_text(encoding="utf-8")
    assert f"as_of = {as_of}" in html
    assert f"vpnpolicy report 00_brief -p as_of={as_of}" in html


def test_workbooks_hold_every_table(reports):
    for name, report in reports.items():
        sheets = zipfile.ZipFile(report.folder / "report.xlsx").read("xl/workbook.xml").decode()
        assert len(re.findall("<sheet ", sheets)) == PIECES[name][1] + 4


def outline(reader):
    """Bookmarks of all levels in order."""
    todo, found = list(reader.outline), []
    while todo:
        first = todo.pop(0)
        todo = [*first, *todo] if isinstance(first, list) else todo
        found += [] if isinstance(first, list) else [first]
    return found


def tags(node):
    """Every element of the structure of a PDF, in order."""
    node = node.get_object()
    if not isinstance(node, dict):
        return
    yield node
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        yield from tags(kid)


def test_nothing_is_left_behind(reports):
    (folder,) = {r.folder.parent for r in reports.values()}
    assert sorted(p.name for p in folder.iterdir()) == sorted([*reports, ".lock", "journal.jsonl"])
    assert (folder / ".lock").read_bytes() == b""


def test_a_kernel_gives_the_same_bytes_as_the_warm_engine(reports, tmp_path):
    batch = run_reports(plan_reports([], every=True), tmp_path, FORMATS, engine="kernel", parallel=2)
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
