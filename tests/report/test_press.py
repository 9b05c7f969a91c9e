"""The press without a kernel: contract, parameters, plans, pages, files."""

import copy
import functools
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest

import vpnpolicy as vp
from vpnpolicy.basis.errors import DiskError, ParameterError, UsageError
from vpnpolicy.basis.files import make_folder, write_whole
from vpnpolicy.report.executed import check_complete, normalise
from vpnpolicy.report.export import build_page, render_html, slug
from vpnpolicy.report.notebook import check_contract, find_notebook, list_notebooks, read_parameters, title
from vpnpolicy.report.parameters import check_parameters, parse_assignments
from vpnpolicy.report.pdf import pdf_available, render_pdf
from vpnpolicy.report.plan import plan_reports
from vpnpolicy.report.run import check_formats

ROOT = Path(__file__).resolve().parents[2]
COST = ROOT / "notebooks" / "04_bandwidth_cost.ipynb"


@pytest.mark.parametrize("name", list_notebooks())
def test_every_notebook_keeps_the_contract(name):
    assert [str(p) for p in check_contract(ROOT / "notebooks" / f"{name}.ipynb")] == []


def test_a_breach_is_named_by_cell(tmp_path):
    notebook = json.loads(COST.read_text(encoding="utf-8"))
    notebook["cells"][3] |= {"id": "9f8e7d6c-1", "source": "def f():\n    return input()", "outputs": [{"output_type": "stream"}]}
    (tmp_path / "x.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    assert {(p.line, p.rule) for p in check_contract(tmp_path / "x.ipynb")} == {
        (4, "cell-id"),
        (4, "definition"),
        (4, "input"),
        (4, "outputs"),
    }


@pytest.mark.parametrize("name", list_notebooks())
def test_parameters_are_read_as_papermill_reads_them(name):
    import papermill

    path = ROOT / "notebooks" / f"{name}.ipynb"
    theirs = papermill.inspect_notebook(str(path))
    ours = {p.name: p for p in read_parameters(path)}
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        assert (ours[key].type, ours[key].help) == (value["inferred_type_name"], value["help"])


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        (["extra_tpbs=2"], "Did you mean 'extra_tbps'"),
        (["extra_tbps=lots"], "must be float"),
        (["extra_tbps=1e3"], "must be float"),
        (["extra_tbps=nan"], "must be float"),
        (["extra_tbps=۱۲"], "must be float"),
        (["extra_tbps=-1"], "range"),
        (["minutes=99999999"], "range"),
        (["as_of=13/11/2025"], "Did you mean 2025-11-13"),
        (["as_of=2025-02-30"], "no day 30"),
        (["reading=mbps-mont"], "Did you mean 'mbps-month'"),
        (["minutes"], "is not NAME=VALUE"),
        (["minutes=1", "minutes=2"], "given twice"),
        (["x = 1; open('P','w'); y=5"], "has no parameter"),
    ],
)
def test_parameters_are_refused_before_anything_starts(pairs, word):
    with pytest.raises(ParameterError, match=word.replace("(", r"\(")):
        check_parameters(COST, parse_assignments(pairs))


def test_the_refusal_lists_what_the_notebook_takes():
    with pytest.raises(ParameterError, match=r'It takes: as_of \(str, default "2026-03-31"\), extra_tbps \(float, default 1.0\)'):
        check_parameters(COST, {"extra_tpbs": 2})


@pytest.mark.parametrize(("value", "result"), [(np.float64(2), 2.0), (np.int64(2), 2.0), ("2", 2.0), (2, 2.0)])
def test_numpy_and_text_become_plain_values(value, result):
    found = check_parameters(COST, {"extra_tbps": value})["extra_tbps"]
    assert (type(found), found) == (float, result)


@pytest.mark.parametrize("value", [object(), b"2", (1,), {1}, None, True])
def test_other_kinds_are_refused(value):
    with pytest.raises(ParameterError, match="must be float"):
        check_parameters(COST, {"extra_tbps": value})


@pytest.mark.parametrize(
    ("name", "stem"), [("04", "04_bandwidth_cost"), ("bandwidth_cost", "04_bandwidth_cost"), ("00_brief.ipynb", "00_brief")]
)
def test_notebooks_by_name_and_number(name, stem):
    assert find_notebook(name).stem == stem


def test_unknown_notebooks_name_the_nearest():
    with pytest.raises(UsageError, match="Did you mean '04_bandwidth_cost'"):
        find_notebook("04_bandwith_cost")


def test_a_notebook_of_ones_own_needs_trust(tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text(COST.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(UsageError, match="--trust"):
        find_notebook(str(path))
    assert find_notebook(str(path), trust=True) == path


@pytest.mark.parametrize(("source", "word"), [("{}", "is not a notebook"), ("nonsense", "is not a notebook")])
def test_what_is_no_notebook(tmp_path, source, word):
    (tmp_path / "x.ipynb").write_text(source)
    with pytest.raises(UsageError, match=word):
        read_parameters(tmp_path / "x.ipynb")


def test_a_notebook_without_a_parameters_cell(tmp_path):
    notebook = json.loads(COST.read_text(encoding="utf-8"))
    notebook["cells"][1]["metadata"] = {}
    (tmp_path / "x.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(UsageError, match="no cell is tagged 'parameters'"):
        read_parameters(tmp_path / "x.ipynb")


def test_with_several_notebooks_a_parameter_goes_to_those_that_take_it():
    jobs = {j.name: j for j in plan_reports([], ["extra_tbps=2"], every=True, as_of="2025-12")}
    assert jobs["04_bandwidth_cost"].parameters["extra_tbps"] == 2
    assert jobs["01_register"].parameters["as_of"] == "2025-12"
    assert jobs["04_bandwidth_cost"].changed == ("as_of", "extra_tbps")
    with pytest.raises(ParameterError, match="none of the notebooks"):
        plan_reports([], ["extra_tpbs=2"], every=True)


def test_plans_that_make_no_sense():
    with pytest.raises(UsageError, match="add --all"):
        plan_reports([])
    with pytest.raises(UsageError, match="duplicate-output"):
        plan_reports(["04", "bandwidth_cost"])


def test_formats():
    assert check_formats("pdf") == ("html", "pdf")
    with pytest.raises(UsageError, match="no format 'docx'"):
        check_formats("html,docx")


@functools.cache
def made_once():
    return made_anew()


def sample():
    """A notebook as it stands after a run, without a kernel; a copy that may be spoilt."""
    return copy.deepcopy(made_once())


@functools.cache
def sample_page():
    """The page of the sample and its HTML, for tests that only look."""
    page = build_page(sample())
    return page, render_html(sample(), page)


def made_anew():
    v4 = nbformat.v4
    data, notes = vp.plot_counts(vp.load_counts())._repr_mimebundle_()
    table, table_notes = vp.render_table(
        vp.load_traffic(), "VPN <b>traffic</b>", ["month", "vpn_gbps"], name="traffic"
    )._repr_mimebundle_()
    finding, finding_notes = vp.findings("register", as_of="2025-12-31")._repr_mimebundle_()
    outputs = [(finding, finding_notes), (data, notes), (table, table_notes)]
    cells = [v4.new_markdown_cell("# A title with $10,000 and $1\n\n<script>alert(1)</script>\n\n## Part one", id="title")]
    cells += [
        v4.new_code_cell(
            "x", id=f"c{n}", execution_count=n, outputs=[v4.new_output("execute_result", d, metadata=m, execution_count=n)]
        )
        for n, (d, m) in enumerate(outputs, 1)
    ]
    return v4.new_notebook(cells=cells)


@pytest.mark.slow
def test_a_page_asks_for_nothing_outside_and_runs_nothing():
    _, html = sample_page()
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;traffic" in html
    assert "$10,000 and $1" in html
    for place in ('src="http', "url(", "@import", "<link", "<iframe", '<meta http-equiv="refresh'):
        assert place not in html, place


def test_a_page_carries_its_files_sources_and_contents():
    page, html = sample_page()
    assert [p.path for p in page.pieces] == ["figures/01-counts.svg", "tables/01-traffic.csv"]
    assert page.title == "A title with $10,000 and $1"
    assert [text for _, text in page.contents] == ["Part one", "Sources"]
    assert "S023" in [s["id"] for s in page.sources]
    assert page.findings["figures"]["named_licensees_count"] == 5
    assert 'alt="2024-12-31: 0' in html


@pytest.mark.slow
def test_same_page_each_time():
    again = made_anew()
    assert render_html(again, build_page(again)) == sample_page()[1]


@pytest.mark.slow
def test_pdf_is_tagged_titled_bookmarked_and_the_same_each_time():
    if not pdf_available():
        pytest.skip("Pango is not on this machine")
    import io

    import pypdf

    html = render_html(sample(), build_page(sample(), date="2026-03-31"))
    pdf = render_pdf(html)
    assert pdf == render_pdf(html)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata.title == "A title with $10,000 and $1"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert [b.title for b in reader.outline if not isinstance(b, list)][0].startswith("A title")
    assert b"/Alt" in pdf or "/Alt" in str(reader.trailer["/Root"]["/StructTreeRoot"].get_object()) or _has_alt(reader)


def _has_alt(reader) -> bool:
    todo, seen = [reader.trailer["/Root"]["/StructTreeRoot"]], 0
    while todo and seen < 5000:
        node = todo.pop().get_object()
        seen += 1
        if isinstance(node, dict):
            if "/Alt" in node:
                return True
            kids = node.get("/K", [])
            todo += [
                k
                for k in (kids if isinstance(kids, list) else [kids])
                if hasattr(k, "get_object") and not isinstance(k.get_object(), (int, float))
            ]
    return False


def test_half_run_notebooks_never_become_pages():
    from vpnpolicy.basis.errors import ReportError

    notebook = sample()
    notebook.cells[2]["execution_count"] = None
    with pytest.raises(ReportError, match="cell 'c2' did not run"):
        check_complete(notebook, "x")
    notebook = sample()
    notebook.cells[1].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="x", traceback=[]))
    with pytest.raises(ReportError, match="cell 'c1': E: x"):
        check_complete(notebook, "x")


def test_what_differs_between_runs_is_dropped():
    notebook = sample()
    notebook.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-11-21"}
    notebook.cells[1].outputs[0].data["text/plain"] = "<object at 0x7f>"
    clean = normalise(notebook, {"as_of": "2025"})
    assert clean.cells[1].metadata == {}
    assert "text/plain" not in clean.cells[1].outputs[0].data
    assert clean.metadata.papermill == {"parameters": {"as_of": "2025"}}


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_whole(path, b"good")
    monkeypatch.setattr("os.fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DiskError, match="no space left"):
        write_whole(path, b"half")
    assert path.read_bytes() == b"good"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiskError):
        make_folder(tmp_path / "file" / "below")


def test_slugs():
    assert slug("../../ESCAPED") == "escaped"
    assert slug("") == slug("***") == "part"
    assert len(slug("x" * 300)) <= 60


def test_titles():
    assert title(COST) == "What the quoted bandwidth prices imply"


def test_missing_libraries_are_named_with_the_command_that_brings_them(monkeypatch):
    from importlib import util

    monkeypatch.setattr("vpnpolicy.report.job.find_spec", lambda n: None if n == "papermill" else util.find_spec(n))
    with pytest.raises(UsageError, match=r'pip install "vpnpolicy\[reports\]"'):
        vp.run_report("00_brief")
