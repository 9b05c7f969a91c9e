"""Each notebook run for real, with its numbers; and what a report does with notebooks of the user's own."""

import json
import re
import zipfile
from html import unescape
from pathlib import Path

import pypdf
import pytest
from tests.hostile.conftest import write_notebook

import vpnpolicy as vp
from vpnpolicy._files import local_path
from vpnpolicy.errors import ReportError, UsageError
from vpnpolicy.report.plan import plan_reports, read_plan
from vpnpolicy.report.run import Settings, run_jobs

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
    "00_brief": (3, 6), "01_register": (2, 3), "02_timeline": (3, 1), "03_claims": (1, 4), "04_bandwidth_cost": (3, 4),
    "05_disruption_cost": (1, 5), "06_regimes": (2, 3), "07_audit": (0, 3),
}  # fmt: skip
"""How many figures and tables each report has."""


def run_all(out):
    jobs = plan_reports(vp.list_notebooks(), formats=("html", "pdf", "xlsx"))
    batch = run_jobs(jobs, local_path(out), Settings(parallel=2))
    assert batch.failed == []
    return {r.name: r for r in batch.reports}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Every report, made once."""
    return run_all(tmp_path_factory.mktemp("reports") / "out")


@pytest.fixture
def own(tmp_path):
    """Run a notebook of these cells; a second call runs it again if anything changed."""

    def call(*cells, given=None, name="own", out="out", **options):
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        path = write_notebook(folder / f"{name}.ipynb", *cells, **options) if cells else folder / f"{name}.ipynb"
        row = {"name": name, "notebook": str(path), **(given or {})}
        batch = run_jobs(read_plan([row], trust=True), tmp_path / out, Settings())
        return batch.results[0]

    return call


def page_of(report):
    return (report.folder / "report.html").read_text(encoding="utf-8")


def executed(report):
    return json.loads((report.folder / "report.ipynb").read_text(encoding="utf-8"))


def printed(report):
    return [o["text"] for c in executed(report)["cells"] for o in c.get("outputs", []) if "text" in o]


@pytest.mark.parametrize("name", vp.list_notebooks())
def test_a_report_is_whole(name, reports):
    report = reports[name]
    assert {k: report.findings["figures"][k] for k in FIGURES[name]} == FIGURES[name]
    assert (len(list(report.folder.glob("figures/*.svg"))), len(list(report.folder.glob("tables/*.csv")))) == PIECES[name]
    assert report.remarks == []
    html = page_of(report)
    alts = [unescape(a) for a in re.findall(r'<img src="data:image/svg[^>]*? alt="([^"]*)"', html)]
    assert len(alts) == html.count("<figure") == PIECES[name][0]
    assert all(len(a) > 40 for a in alts)
    reader = pypdf.PdfReader(report.folder / "report.pdf")
    assert (reader.metadata.title, reader.trailer["/Root"]["/MarkInfo"]["/Marked"]) == (report.title, True)
    headings = [unescape(re.sub("<[^>]+>", "", h)) for h in re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", html)]
    assert [b.title for b in outline(reader.outline)] == [h for h in headings if h != "Contents"]
    sheets = zipfile.ZipFile(report.folder / "report.xlsx").read("xl/workbook.xml").decode()
    assert len(re.findall("<sheet ", sheets)) == PIECES[name][1] + 4
    cells = [c for c in executed(report)["cells"] if "injected-parameters" in c["metadata"].get("tags", [])]
    assert cells == [], "no parameter was changed"


def outline(items):
    """Return bookmarks of all levels in order."""
    return [b for item in items for b in (outline(item) if isinstance(item, list) else [item])]


def test_the_brief_is_three_pages_and_an_annex(reports):
    reader = pypdf.PdfReader(reports["00_brief"].folder / "report.pdf")
    pages = {b.title: reader.get_destination_page_number(b) + 1 for b in outline(reader.outline)}
    assert {pages[t] for t in pages if not t.startswith(("Annex", "Sources", "Data"))} == {1, 2, 3}
    assert pages["Annex: the cost of one surge"] == 4
    html = page_of(reports["00_brief"])
    assert html.count("<li>", html.index("vp-findings"), html.index("</ol>")) == 5
    assert html.index("What is not known") < html.index('class="annex"')
    assert html.count("<figure", 0, html.index('class="annex"')) == 3


def test_a_system_that_cannot_fork_makes_the_same_bytes(reports, tmp_path, monkeypatch):
    monkeypatch.setenv("VPNPOLICY_NO_FORK", "1")
    assert {r.name: r.files for r in run_all(tmp_path / "out").values()} == {n: r.files for n, r in reports.items()}


@pytest.mark.parametrize("as_of", ["2025-02-24", "2024-11"])
def test_the_brief_of_another_day(as_of, tmp_path):
    html = page_of(vp.run_report("00_brief", out=tmp_path / "out", as_of=as_of, formats="html"))
    assert f"as_of = {as_of}" in html
    assert f"vpnpolicy report 00_brief -p as_of={as_of}" in html


def test_parameters_reach_the_report_and_its_heading(tmp_path):
    given = {"extra_tbps": 2, "interpretation": "mbps-month"}
    report = vp.run_report("04_bandwidth_cost", given, out=tmp_path / "out", formats="html")
    assert report.findings["figures"]["cost_usd"] == pytest.approx(2 * 1368.925, abs=1e-2)
    assert "extra_tbps = 2.0, interpretation = mbps-month" in page_of(report)
    (cell,) = [c for c in executed(report)["cells"] if "injected-parameters" in c["metadata"].get("tags", [])]
    assert "minutes" not in cell["source"]


def test_another_disruption_and_the_whole_of_one_day(tmp_path):
    given = {"country": "Egypt", "start": "2011-01-28", "end": "", "scope": "national"}
    html = page_of(vp.run_report("05_disruption_cost", given, out=tmp_path / "out", formats="html"))
    assert "OECD, telecom and internet" in html
    assert "18 million" in html
    assert "PIDE" not in html.split("</table>")[0]


def test_one_verdict_of_the_audit(tmp_path):
    report = vp.run_report("07_audit", {"verdict": "contradiction"}, out=tmp_path / "out", formats="html")
    checks = next((report.folder / "tables").glob("*checks.csv")).read_text().splitlines()
    assert len(checks) == 1 + report.findings["figures"]["contradiction_count"]


def test_the_command_writes_an_index(run, tmp_path):
    code, out, _ = run("report", "01_register", "04", "--out", str(tmp_path / "r"), "--format", "html", "--as-of", "2025-12-31")
    assert (code, out.splitlines()) == (0, ["2 of 2 reports: 2 made.", str(tmp_path / "r" / "index.html")])
    assert (tmp_path / "r" / "index.html").read_text().count('<tr><th scope="row"><a href="') == 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import math\nmath.sqrt(-1)", "ValueError: math domain error"),
        ("import os\nos._exit(0)", "the kernel died"),
        ("import sys\nsys.exit(0)", "incomplete: the cell ended the program; later cells did not run"),
        ("%nosuchmagic", "UsageError: Line magic function `%nosuchmagic` not found."),
        ("%%nosuchmagic\nx", "UsageError: Cell magic `%%nosuchmagic` not found."),
        ("while True: print('x' * 1000)", "output-too-big: more than 1,048,576 characters printed"),
        ("x = (", "SyntaxError: incomplete input"),
    ],
)
def test_a_cell_that_fails_is_named_and_only_the_partial_notebook_is_kept(own, tmp_path, code, reason):
    failure = own("print('early')", code, "print('late')", name="bad")
    assert failure.reason.startswith(f"bad: cell 'c2': {reason}")
    assert not (tmp_path / "out/bad").exists()
    assert failure.reason in (tmp_path / "out/failed/bad.txt").read_text()
    cells = json.loads((tmp_path / "out/failed/bad.ipynb").read_text())["cells"]
    assert [len(c["outputs"]) for c in cells if c["id"] in ("c1", "c3")] == [1, 0]
    assert own("print('mended')", name="bad").files
    assert not (tmp_path / "out/failed").exists()


def test_run_report_raises_for_a_cell_that_fails(tmp_path):
    path = write_notebook(tmp_path / "bad.ipynb", "1 / 0")
    with pytest.raises(ReportError, match="bad: cell 'c1': ZeroDivisionError: division by zero"):
        vp.run_report(str(path), out=tmp_path / "out", trust=True, formats="html")


def test_a_notebook_needs_no_parameters_cell(own):
    assert printed(own("print('seen')", parameters=None)) == ["seen\n"]


def test_defaults_of_any_kind_reach_the_notebook_unchanged(own):
    parameters = "import datetime as dt\na = None\nb = (1, 'x')\nc = {1: {2, 3}}\nd = dt.date(2025, 1, 2)\ne = 2 * 3\nf: float = 1\nn: int = 1"
    code = "print(repr((a, b, c, d, e, f, n)))"
    first, second = own(code, parameters=parameters), own(code, given={"n": 2}, name="changed", parameters=parameters)
    assert printed(first) == ["(None, (1, 'x'), {1: {2, 3}}, datetime.date(2025, 1, 2), 6, 1, 1)\n"]
    assert printed(second) == [printed(first)[0].replace("1, 1)", "1, 2)")]


@pytest.mark.parametrize("given", [{}, {"scope": "retail", "start": 5}])
def test_a_notebook_of_the_user_gives_its_own_meaning_to_names_that_ours_use(own, given):
    report = own("print(scope, start)", parameters='scope = "commercial"\nstart = 0', given=given)
    assert printed(report) == [f"{given.get('scope', 'commercial')} {given.get('start', 0)}\n"]


def test_a_notebook_for_another_language_is_refused(tmp_path):
    path = write_notebook(tmp_path / "julia.ipynb", "println(1)")
    text = json.loads(path.read_text())
    text["metadata"] = {"kernelspec": {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}}
    path.write_text(json.dumps(text))
    with pytest.raises(UsageError, match="julia.ipynb: kernel: found the language julia; expected Python"):
        vp.run_report(str(path), out=tmp_path / "out", trust=True, formats="html")


def test_cells_without_ids_get_the_same_ids_each_time(tmp_path):
    path = Path(write_notebook(tmp_path / "old.ipynb", "print(1)", "1 + 1"))
    content = json.loads(path.read_text()) | {"nbformat_minor": 4}
    for cell in content["cells"]:
        del cell["id"]
    path.write_text(json.dumps(content))
    first, second = (vp.run_report(str(path), out=tmp_path / out, trust=True) for out in ("one", "two"))
    assert [c["id"] for c in executed(first)["cells"]] == ["cell-1", "cell-2", "cell-3", "cell-4"]
    assert first.files == second.files


def test_files_beside_a_notebook_are_found_and_a_change_of_them_regenerates_the_report(own, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/numbers.csv").write_text("1\n2\n")
    (tmp_path / "notebooks/helper.py").write_text("def total(text): return sum(map(int, text.split()))\n")
    cells = ["from helper import total", "print(total(open('numbers.csv').read()))"]
    first = own(*cells)
    assert (printed(first), sorted(first.manifest["inputs_sha256"])) == (["3\n"], ["helper.py", "numbers.csv"])
    assert own().reused
    (tmp_path / "notebooks/numbers.csv").write_text("1\n3\n")
    assert (own().reused, printed(own())) == (False, ["4\n"])
    (tmp_path / "notebooks/helper.py").write_text("def total(text): return 7\n")
    assert printed(own()) == ["7\n"]
    (tmp_path / "notebooks/helper.py").unlink()
    assert "ModuleNotFoundError" in own().reason
    assert sorted(p.name for p in (tmp_path / "notebooks").iterdir()) == ["numbers.csv", "own.ipynb"]


def test_what_could_not_be_shown_is_named_in_the_page_and_by_the_command(run, tmp_path):
    path = write_notebook(tmp_path / "own.ipynb", "from IPython.display import HTML\nHTML('<p>a</p><script>f()</script>')")
    code, _, err = run("report", str(path), "--trust", "--out", str(tmp_path / "out"), "--format", "html")
    assert (code, err) == (0, "own: cell 'c1': removed <script> from an HTML output\n")
    assert "Not shown here: removed &lt;script&gt; from an HTML output." in (tmp_path / "out/own/report.html").read_text()
