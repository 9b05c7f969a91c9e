"""Formulas in data: a spreadsheet takes them for text in every CSV and workbook that is written."""

import csv
import io

import pytest

import vpnpolicy as vp
from vpnpolicy.report.batch import Batch, Failure, Report, write_table

FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A",
]
TEXTS = [("licences", "brand"), ("licences", "note"), ("licences", "company"), ("events", "event"), ("events", "note"), ("sources", "title"),
         ("sources", "publisher"), ("claims", "value_as_stated"), ("claims", "note"), ("claims", "who"), ("readings", "label"), ("methods", "label"),
         ("positions", "note"), ("regimes", "label"), ("published", "note"), ("prices", "note")]  # fmt: skip
COMMAND_LINES = ["timeline", "statements", "statements --conflicts", "cost", "cost --quote '$1 per MB'", "list", "search Kestrel", "disruption 2023-05-09 2023-05-12", "balance 2024-12-01", "audit", "regimes",
         "regimes --positions", "sources", "sources --stale --as-of 2027-01-01"]  # fmt: skip


def dangerous(text: str) -> list[str]:
    """Return the cells that a spreadsheet would take for a formula; a plain number is none."""
    return [
        c
        for row in csv.reader(io.StringIO(text, newline=""))
        for c in row
        if c.startswith(tuple("=+-@\t\r\n＝＋－＠")) and not _is_number(c)
    ]


def _is_number(cell: str) -> bool:
    try:
        return bool(cell.isascii() and float(cell) == float(cell))
    except ValueError:
        return False


@pytest.mark.parametrize("formula", FORMULAS)
def test_tables_of_reports_and_the_table_of_a_batch(formula, tmp_path):
    import pandas as pd

    table = vp.render_table(pd.DataFrame({"a": [formula], formula: [-5.5]}), "t").to_csv()
    manifest = {"title": formula, "findings": {"figures": {formula: formula}}, "parameters": {"p": formula, "q": [formula]}}
    write_table(Batch(tmp_path, [Report("r", tmp_path, False, manifest), Failure("f", formula, {"p": formula})]))
    batch = (tmp_path / "batch.csv").read_text(encoding="utf-8")
    assert dangerous(table) == dangerous(batch) == []
    assert "-5.5" in table
    assert formula.lstrip("\r\n\t")[1:4] in batch.replace('""', '"')


def test_a_list_of_vendors(run, tmp_path):
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name"], *([f] for f in FORMULAS)])
    assert run("check", "--file", "in.csv", "--out", "out.csv")[0] == 0
    text = (tmp_path / "out.csv").read_bytes().decode()
    assert dangerous(text) == []
    assert "HYPERLINK" in text


def test_every_problem_of_a_record(run, data, edit, tmp_path):
    for n, formula in enumerate(FORMULAS):
        edit("claims", n, "source_id", formula)
        edit("licences", 0, "announced_on", formula)
    code, _, _ = run("validate", str(data), "--errors", "errors.csv")
    text = (tmp_path / "errors.csv").read_text(encoding="utf-8")
    assert (code, dangerous(text), "HYPERLINK" in text) == (65, [], True)


@pytest.mark.slow
@pytest.mark.parametrize("formula", FORMULAS[:1] + FORMULAS[3:4])
def test_every_command_that_prints_csv(run, data, edit, formula):
    import shlex

    for table, column in TEXTS:
        edit(table, 0, column, formula)
    seen = 0
    for line in COMMAND_LINES:
        code, out, err = run(*shlex.split(line), "--csv", "--data", str(data))
        assert code in (0, 1), (line, err)
        assert dangerous(out) == [], line
        seen += formula[:5] in out.replace('""', '"')
    assert seen >= 3


def test_no_command_prints_csv_unseen():
    from click import Context

    from vpnpolicy.cli import COMMANDS, cli

    # bill prints numbers alone, diff is tested below
    tested = {line.split()[0] for line in COMMAND_LINES} | {"bill", "diff"}
    with Context(cli) as context:
        assert {n for n in COMMANDS if any(p.name == "as_csv" for p in cli.get_command(context, n).params)} == tested


def test_differences_between_two_records(run, data, edit):
    edit("licences", 0, "brand", "=1+1")
    code, out, _ = run("diff", str(vp_data()), str(data), "--csv")
    assert (code, dangerous(out), "=1+1" in out) == (0, [], True)


def vp_data():
    from vpnpolicy._files import data_folder

    return data_folder()


def test_a_workbook_holds_no_formula_and_no_link_of_a_stranger():
    import re
    import zipfile

    import nbformat
    import pandas as pd

    from vpnpolicy.report.page import build_page
    from vpnpolicy.report.workbook import render_workbook

    cells = [nbformat.v4.new_markdown_cell(f"# {FORMULAS[0]}", id="t")]
    for n, formula in enumerate(
        [*FORMULAS, "javascript:alert(1)", "file:///etc/passwd", "[]:*?/\\", "<script>", "\x07", "a" * 40_000]
    ):
        data, notes = vp.render_table(
            pd.DataFrame({formula: [formula, "x"], "n": [-5, 2]}), formula, name=formula
        )._repr_mimebundle_()
        shown = nbformat.v4.new_output("execute_result", data, metadata=notes, execution_count=n + 1)
        cells.append(nbformat.v4.new_code_cell("x", id=f"c{n}", execution_count=n + 1, outputs=[shown]))
    book = zipfile.ZipFile(io.BytesIO(render_workbook(build_page(nbformat.v4.new_notebook(cells=cells)))))
    sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) >= len(cells) - 1
    assert not [s for s in sheets if re.search(r"<f[ >]|calculatedColumnFormula|dde", s)]
    assert not [n for n in book.namelist() if "external" in n.lower() or n.endswith((".bin", ".vml"))]
    targets = re.findall(r'Target="([^"]*)"', "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".rels")))
    assert not [t for t in targets if re.match(r"(?i)javascript|file|\\\\|data", t)]
    assert "HYPERLINK" in book.read("xl/sharedStrings.xml").decode()
