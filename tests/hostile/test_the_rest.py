"""Bad parameters, names, folders, contents and files of other kinds, each with its exit code.

Where the code here differs from the one in the table of bad inputs, the case says why.
"""

import json
import re
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy.cli.doctor import _plug_ins
from vpnpolicy.errors import ParameterError
from vpnpolicy.notebooks.files import find_notebook
from vpnpolicy.notebooks.parameters import check_parameters
from vpnpolicy.notebooks.sanitize import sanitize_html, sanitize_output, svg_problems
from vpnpolicy.report.folder import open_folder
from vpnpolicy.report.html import render_html
from vpnpolicy.report.page import build_page
from vpnpolicy.series import parquet
from vpnpolicy.workers.cluster import check_address

from .table import RECORD, REST, TABLE, TESTS, Cases, rows_of

COST = "04_bandwidth_cost"
case, ELSEWHERE = Cases(), {
    "O10": "faults/test_disks.py::test_a_full_disk", "H16": "report/test_notebooks.py::test_a_cell_that_fails", "H17": "report/test_notebooks.py::test_a_cell_that_fails",
    "H20": "faults/test_failures.py::test_", "M01": "hostile/test_surroundings.py::test_no_port", "M02": "hostile/test_surroundings.py::test_no_port",
    "M05": "hostile/test_surroundings.py::test_nothing_of_the_user", "M07": "hostile/test_surroundings.py::test_nothing_of_the_user",
}  # fmt: skip
"""Rows that need a report to be run, with the test that runs it."""
SLOW = ("H04", "M04", "M08", "X04", "X14", "Y29")


class World:
    """A folder, the command line, and files meant to do harm."""

    def __init__(self, run, tmp_path, monkeypatch, notebook, plan, command):
        self.run_line, self.tmp, self.monkeypatch = run, tmp_path, monkeypatch
        self.notebook, self.plan, self.command = notebook, plan, command

    def run(self, *args):
        code, out, err = self.run_line(*map(str, args))
        return code, out + err

    def report(self, *pairs, notebook=COST, out="out"):
        """Ask for a report with these parameters, which must be refused before anything is written."""
        answer = self.run(
            "report", notebook, *(x for p in pairs for x in ("-p", p)), "--out", self.tmp / out, "--format", "html", "--trust"
        )
        assert not (self.tmp / out).exists()
        return answer

    def batch(self, content, name="plan.json", *more, notebook=COST):
        """Ask for the batch of a plan, which must be refused before anything is written."""
        answer = self.run("batch", self.plan(content, name), "--notebook", notebook, "--out", self.tmp / "out", *more)
        assert not (self.tmp / "out").exists()
        return answer

    def refused(self, value, name="extra_tbps"):
        """Return what `run_report` answers to a value."""
        with pytest.raises(ParameterError) as error:
            vp.run_report(COST, {name: value}, out=self.tmp / "out")
        assert not (self.tmp / "out").exists()
        return error.value.exit_code, str(error.value)

    def bill(self, name, raw=b"x"):
        (self.tmp / name).write_bytes(raw)
        return self.run("bill", self.tmp / name, "--price", "1 USD/Mbps/month")


@pytest.fixture
def world(run, tmp_path, monkeypatch, notebook, plan, command):
    return World(run, tmp_path, monkeypatch, notebook, plan, command)


case("Y01")(lambda w: (w.report("cost_per_mim=5"), 2, r"has no parameter 'cost_per_mim'.* Known: as_of"))


@case("Y02")
def _(w):
    name = f"x = 1; open({str(w.tmp / 'P')!r},'w'); y"
    answers = [w.report(f"{name}=5"), w.batch([{name: 5}]), w.batch(f"- {json.dumps(name)}: 5\n", "p.yaml"), w.refused(5, name)]
    assert {code for code, _ in answers} == {2}
    assert not (w.tmp / "P").exists()
    return answers[1], 2, "has no parameter"


@case("Y04")
def _(w):
    code = '");open("P","w");("'
    answers = [
        w.refused(v, "interpretation")
        for v in (Path(code), (code,), {code}, code.encode(), object(), type("T", (), {"__str__": lambda s: code})())
    ]
    assert not Path("P").exists()
    assert "Known: as-stated" in answers[0][1]  # a path is its text
    return answers[-1], 2, "interpretation must be str"


@case("Y05")
def _(w):
    path = find_notebook(COST)
    good = [np.int64(2), np.float32(2), 2, "2"]
    assert {repr(check_parameters(path, {"extra_tbps": v})["extra_tbps"]) for v in good} == {"2.0"}
    days = [date(2025, 2, 24), pd.Timestamp("2025-02-24")]
    assert {check_parameters(path, {"as_of": v})["as_of"] for v in days} == {"2025-02-24"}
    for bad in (np.bool_(True), Decimal(2), pd.NA, pd.NaT, float("nan"), float("inf"), 10**400, 2j):
        assert w.refused(bad)[0] == 2
    return w.refused(Decimal("0.1")), 2, "extra_tbps must be float"


# a notebook without parameters is allowed, and takes none
case("Y07")(lambda w: (w.report("a=1", notebook=w.notebook("mine", "1", parameters=None)), 2, "mine.ipynb has no parameter 'a'"))


@case("Y08")
def _(w):
    from .conftest import cell

    twice = w.notebook("twice", cell("code", "more", "y = 1", ["parameters"]))
    return w.report(notebook=twice), 2, "twice.ipynb: parameters: found 2 tagged cells; expected one"


@case("Y10")
def _(w):
    assert "-p interpretation=NO: Known: as-stated" in w.batch("- interpretation: NO\n", "p.yaml")[1]
    return (
        w.batch("- extra_tbps: yes\n- extra_tbps: off\n", "p.yaml"),
        2,
        r"p.yaml:1: row: found -p extra_tbps=yes: extra_tbps must be float",
    )


case("Y11")(lambda w: (w.batch("- extra_tbps: 010\n", "p.yaml"), 2, r"p.yaml:1: .*extra_tbps=010"))
# 1e3 is a number, in YAML as in CSV and on the command line
case("Y13")(lambda w: (w.batch("- extra_tbps: 1e3\n", "p.yaml", "--dry-run"), 0, "extra_tbps=1000.0"))
case("Y14")(lambda w: (w.batch("- as_of: 2025-02-24\n", "p.yaml", "--dry-run"), 0, r"as_of=2025-02-24"))
case("Y16")(
    lambda w: (
        w.batch("- as_of: !!python/object/apply:os.system ['touch P']\n", "p.yaml"),
        2,
        r"p.yaml:1:10: yaml: found an anchor, alias or tag",
    )
)


@case("Y17")
def _(w):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    start = time.perf_counter()
    answer = w.batch(bomb, "p.yaml")
    assert time.perf_counter() - start < 2
    return answer, 2, r"p.yaml:1:4: yaml: found an anchor, alias or tag"


@case("Y19")
def _(w):
    for text in ("", "# only a comment\n", "just text\n", "a: 1\n"):
        assert w.batch(text, "p.yaml")[0] == 2, text
    return w.batch("- [1, 2]\n", "p.yaml"), 2, r"p.yaml:1:1: type: found list; .* a map of parameters"


case("Y20")(lambda w: (w.batch("- as_of: 2025\n\treading: x\n", "p.yaml"), 2, r"p.yaml:\d:\d+: yaml: .*"))


@case("Y22")
def _(w):
    path = w.notebook("flag", "flag", parameters="flag: bool = False  # on or off")
    assert [check_parameters(path, {"flag": v})["flag"] for v in ("true", "false", True)] == [True, False, True]
    for bad in ("True", "yes", "1", 1):
        with pytest.raises(ParameterError):
            check_parameters(path, {"flag": bad})
    return (0, ""), 0, ""


@case("Y23")
def _(w):
    assert w.report("extra_tbps=1000000000000")[0] == 2
    return w.report("minutes=-5"), 2, "range: expected 0 to 527,040"


# a name without a value is no parameter: the notebook itself says what it needs
case("Y25")(
    lambda w: (w.report("n=1", notebook=w.notebook("bare", "1", parameters="n: int")), 2, "bare.ipynb has no parameter 'n'")
)
case("Y26")(lambda w: (w.run("batch", "http://127.0.0.1:9/plan.yaml"), 2, "is an address, not a path"))
case("Y28")(
    lambda w: (
        w.batch([{"name": n, "as_of": "2025"} for n in ("vpn", "a", "VPN")]),
        2,
        r"plan.json:3: duplicate-output: found 'VPN', which line 1 makes too",
    )
)


@case("Y29")
def _(w):
    assert w.batch([])[0] == 2
    start = time.perf_counter()
    answer = w.batch("as_of\n" + "2025\n" * 1_000_001, "p.csv")
    assert time.perf_counter() - start < 4
    return answer, 2, "too-many-rows|more than 100,000 rows"


@case("O01")
def _(w):
    before = set(w.tmp.parent.rglob("ESCAPED*"))
    for name in ("../../ESCAPED", "..", "a/../../ESCAPED", "..\\ESCAPED", "%2e%2e/ESCAPED"):
        assert w.batch([{"name": name, "as_of": "2025"}])[0] == 2
    assert set(w.tmp.parent.rglob("ESCAPED*")) == before
    return (
        w.batch([{"name": "../../ESCAPED", "as_of": "2025"}]),
        2,
        "plan.json:1: .*name: found '../../ESCAPED'; expected letters, digits",
    )


@case("O02")
def _(w):
    for name in ("/etc/x", "C:x", "http://h/x", "s3://b/x", "abs://x", "file:///x", "//h/x", "~root"):
        assert w.batch([{"name": name, "as_of": "2025"}])[0] == 2, name
    for out in ("http://127.0.0.1:9/x", "s3://b/x", "gs://b/x"):
        code, text = w.run("batch", w.plan([{"as_of": "2025"}]), "--notebook", COST, "--out", out)
        assert (code, "is an address, not a path" in text) == (2, True)
    return (2, ""), 2, ""


# braces are no part of a name: refused, with a name that will do
case("O04")(lambda w: (w.batch([{"name": n, "as_of": "2025"} for n in ("{}", "{0}", "{x.__class__}")]), 2, "fix: x-class"))


# a name is refused rather than cut: two reports could end up with one name
@case("O05")
def _(w):
    for name in (".", "a\0b", "a\nb", " a", "a ", "-a", "é", "a" * 81):
        assert w.batch([{"name": name, "as_of": "2025"}])[0] == 2, name
    return w.batch([{"name": "x" * 300, "as_of": "2025"}]), 2, r"fix: x{71}-[0-9a-f]{8}$"


@case("O07")
def _(w):
    place = w.tmp / "out" / "a"
    place.mkdir(parents=True)
    path = w.notebook("x", "1").rename(place / "report.ipynb")
    before = path.read_bytes()
    answer = w.run("batch", w.plan([{"name": "a", "notebook": str(path)}]), "--trust", "--out", w.tmp / "out")
    assert path.read_bytes() == before
    return answer, 2, "found a folder with other files"


# links in an output folder: tests/report/test_batch.py
case("O08")(lambda w: (_link(w), 2, "left alone"))


def _link(w):
    (w.tmp / "out").mkdir()
    (w.tmp / "out" / ".vpnpolicy").symlink_to(w.tmp / "thesis.txt")
    return w.run("batch", w.plan([{"as_of": "2025"}]), "--notebook", COST, "--out", w.tmp / "out")


@case("O11")
def _(w):
    with open_folder(w.tmp / "o"):
        answer = w.run("batch", w.plan([{"as_of": "2025"}]), "--notebook", COST, "--out", w.tmp / "o")
    return answer, 75, r"locked: .* is in use by process \d+ since 20"


SCRIPT = "<script>alert(1)</script>"


# a Styler of pandas escapes nothing: what could run is removed
@case("H01")
def _(w):
    assert SCRIPT not in vp.render_table(pd.DataFrame({"a": [SCRIPT]}), "t").to_html()
    cleaned, remarks = sanitize_html(pd.DataFrame({"a": [SCRIPT]}).style.to_html())
    assert "alert" not in cleaned
    return (0, remarks[0]), 0, "removed <script>"


@case("H02")
def _(w):
    assert SCRIPT not in vp.render_table(pd.DataFrame({SCRIPT: ["a"]}), SCRIPT).to_html()
    cleaned, remarks = sanitize_html(pd.DataFrame({SCRIPT: ["a"]}).style.set_caption(SCRIPT).to_html())
    assert "alert" not in cleaned
    return (0, remarks[0]), 0, "removed <script>"


def output(data, notes=None):
    return nbformat.v4.new_output("display_data", data, metadata=notes or {})


def page(*outputs):
    """Return the page of a notebook with these outputs, and its HTML."""
    cells = [nbformat.v4.new_markdown_cell("# T", id="t")]
    cells += [nbformat.v4.new_code_cell("x", id=f"c{n}", execution_count=n, outputs=[o]) for n, o in enumerate(outputs, 1)]
    made = build_page(nbformat.v4.new_notebook(cells=cells))
    return made, render_html(made)


@case("H04")
def _(w):
    made, shown = page(output({"text/markdown": f"{SCRIPT}\n\n[x](javascript:alert(1))", "text/plain": "<Markdown>"}))
    assert "alert" not in shown
    return (0, made.remarks[0]), 0, "removed <script> and a link with a forbidden address"


@case("H05")
def _(w):
    out = output({"text/vnd.mermaid": SCRIPT, "application/vnd.jupyter.widget-view+json": {}, "text/plain": "x"})
    assert len(sanitize_output(out)) == 1
    return (0, str(list(out["data"]))), 0, r"^\['text/plain'\]$"


@case("H07")
def _(w):
    notes = {
        "image/png": {"alt": 'a" onerror="alert(1)', "width": '1" onerror="x', "name": 5, "sources": "S001"},
        "unknown": {"a": 1},
    }
    out = output({"image/png": "QUJD"}, notes)
    shown = page(out)[1]
    assert out["metadata"] == {"image/png": {"alt": 'a" onerror="alert(1)'}}
    return (0, shown), 0, 'alt="a&#34; onerror=&#34;alert\\(1\\)"'


@case("H08")
def _(w):
    shown = page(output({"application/javascript": "alert(1)", "text/plain": "<Javascript>"}))[1]
    assert "alert" not in shown
    return (0, shown), 0, "Not shown here: removed application/javascript: a report does not run JavaScript"


# what would be requested is removed and named; the report is made
@case("H10")
def _(w):
    requests = ['<img src="http://x/y.png">', '<link rel="stylesheet" href="http://x">', '<iframe src="http://x"></iframe>', '<style>@import "http://x";</style>',
                '<p style="background:url(http://x)">', '<meta http-equiv="refresh" content="0;url=http://x">']  # fmt: skip
    outputs = [output({"text/html": text}) for text in requests]
    outputs.append(output({"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://x"/></svg>'}))
    made, shown = page(*outputs)
    assert len(made.remarks) == len(outputs)
    assert "http://x" not in shown
    return (0, made.remarks[0]), 0, "cell 'c1': removed an image from another address"


@case("H11")
def _(w):
    shown = page(output({"text/html": "<p>a</p>", "text/plain": "a"}))[1]
    assert not re.search(r"""(src|href)=["']?(https?:)?//|@import|<link|<script|url\((?!data:)""", shown)
    return (0, shown), 0, "default-src 'none'"


case("H13")(
    lambda w: ((0, page(output({"text/markdown": "US$10 a minute, US$1 per MB"}))[1]), 0, r"<p>US\$10 a minute, US\$1 per MB</p>")
)


@case("H14")
def _(w):
    (w.tmp / "s.csv").write_bytes(b"timestamp,gb\x07ps\n2025-01-01T00:00Z,1\n")
    assert svg_problems("<svg><text>\x07</text></svg>")
    return w.run("bill", w.tmp / "s.csv", "--price", "1 USD/Mbps/month"), 65, r"s.csv:1: control-character: found U\+0007"


# asked for by `vpnpolicy validate`, which calls every breach invalid data; in a report the cell fails
case("H19")(lambda w: (w.run("validate", w.notebook("asks", "name = input()")), 65, r"asks.ipynb:3: input: found input\(\)"))


@case("X01")
def _(w):
    import pickle

    class Evil:
        def __reduce__(self):
            return open, (str(w.tmp / "P"), "w")

    raw = pickle.dumps(Evil())
    for name in ("t.pkl", "t.pickle", "t.joblib"):
        assert w.bill(name, raw)[0] == 2
    for name in ("t.csv", "t.parquet"):
        assert w.bill(name, raw)[0] == 65
    assert w.run("batch", w.plan(raw, "p.pkl"), "--out", w.tmp / "out")[0] == 2
    assert w.run("check", "--file", w.tmp / "t.pkl", "--out", w.tmp / "o.csv")[0] == 2
    assert not (w.tmp / "P").exists()
    return w.bill("t.pkl", raw), 2, "kind: t.pkl is never read; expected CSV or Parquet"


@case("X02")
def _(w):
    for ending in ("npy", "npz", "h5", "feather", "gz", "zip", "db"):
        assert w.bill(f"t.{ending}")[0] == 2, ending
    return w.bill("t.npy"), 2, "kind: t.npy is never read"


@case("X04")
def _(w):
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(name, times, values, **options):
        pq.write_table(pa.table({"timestamp": times, "mbps": values}), w.tmp / name, compression="zstd", **options)
        assert (w.tmp / name).stat().st_size < 200_000
        start = time.perf_counter()
        answer = w.run("bill", w.tmp / name, "--price", "1 USD/Mbps/month")
        assert time.perf_counter() - start < 5
        return answer

    long_text = pa.array(["9" * 200_000] * 20)
    assert "too-big" in write("long.parquet", long_text, pa.array([1.0] * 20))[1]
    assert (
        "cell-too-big: found a cell of 100,000 bytes"
        in write("cell.parquet", pa.array(["9" * 100_000] * 900), pa.array([1.0] * 900))[1]
    )
    zeros = pa.array(np.zeros(1_000_000, "int64"))
    w.monkeypatch.setattr(parquet, "MAX_GROUP", 2**20)
    unfolded = write("rows.parquet", zeros.cast(pa.timestamp("ms", "UTC")), zeros, row_group_size=1_000_000, use_dictionary=False)
    assert "rows.parquet: too-big: found 15 MiB in a row group of 1,000,000 rows" in unfolded[1]
    w.monkeypatch.setattr(parquet, "MAX_ROWS", 1000)
    return (
        w.run("bill", w.tmp / "rows.parquet", "--price", "1 USD/Mbps/month"),
        65,
        "too-many-rows: found 1,000,000 by its footer; expected at most 1,000",
    )


@case("X05")
def _(w):
    table = pd.DataFrame(
        {"timestamp": pd.date_range("2025", periods=5000, freq="5min", tz="UTC"), "mbps": np.random.default_rng(1).random(5000)}
    )
    table.to_parquet(w.tmp / "t.parquet")
    raw = (w.tmp / "t.parquet").read_bytes()
    assert w.bill("whole.parquet", raw)[0] == 0
    at = raw.index(b"PAR1", 4) // 3
    code, text = w.bill("spoiled.parquet", raw[:at] + b"\xff" * 400 + raw[at + 400 :])
    assert (code, "internal error" in text) == (65, False)
    return w.bill("cut.parquet", raw[:-40]), 65, "cut.parquet: not-parquet: found a Parquet file without its end"


# a workbook is not read at all: no formula, hidden row, second sheet or link can mislead
for ident in ("X07", "X08", "X10"):
    case(ident)(
        lambda w: (
            w.bill("t.xlsx", b"PK\x03\x04"),
            2,
            "kind: t.xlsx is never read; expected CSV or Parquet. Save or export it as CSV.",
        )
    )


@case("X11")
def _(w):
    good = b'[{"as_of": "2025"}]'
    assert w.batch(b"\xef\xbb\xbf" + good, "p.json", "--dry-run")[0] == 0
    assert w.batch(b'{"as_of": "2025"}\n{"as_of": "2024"}\n')[1].startswith("vpnpolicy: plan.json:2:1: json: found Extra data")
    return w.batch(b'[{"as_of": "2025"},]'), 2, r"plan.json:1:\d+: json: found .*a list of maps"


@case("X13")
def _(w):
    for scheme in ("http", "https", "s3", "file", "gs", "hdfs", "ftp"):
        address = f"{scheme}://127.0.0.1:9/x"
        rows = w.plan([{"as_of": "2025"}])
        lines = [("bill", f"{address}.csv", "--price", "1 USD/Mbps/month"), ("check", "--file", address, "--out", "o.csv"), ("check", "A VPN", "--data", address),
                 ("validate", address), ("batch", f"{address}.csv"), ("report", f"{address}.ipynb", "--trust"),
                 ("batch", rows, "--notebook", COST, "--data", address), ("validate", "--errors", address)]  # fmt: skip
        for line in lines:
            code, text = w.run(*line)
            assert (code, "is an address, not a path" in text) == (2, True), (line, text)
    return (2, ""), 2, ""


@case("X14")
def _(w):
    for name in ("pandas", "numpy", "click", "json"):
        (w.tmp / f"{name}.py").write_text(f"open({str(w.tmp / 'P')!r}, 'w')\nraise SystemExit(9)\n")
    (w.tmp / "s.csv").write_text("timestamp,mbps\n2025-01-01T00:00Z,1\n2025-01-01T00:05Z,1\n")
    done = w.command("bill", "s.csv", "--price", "1 USD/Mbps/month", PYTHONPATH="")
    assert not (w.tmp / "P").exists()
    return (done.returncode, done.stdout + done.stderr), 0, "USD"


@case("M04")
def _(w):
    for good in ("tls://host:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786"):
        check_address(good)
    answer = w.batch([{"as_of": "2025"}], "p.json", "--cluster", "tcp://host:8786")
    return answer, 2, "--cluster tcp://host:8786: found no TLS; .* Give tls://HOST:PORT"


@case("M08")
def _(w):
    for name, text in {
        "METADATA": "Metadata-Version: 2.1\nName: stranger\nVersion: 1\n",
        "entry_points.txt": "[papermill.io]\nstranger:// = stranger:Handler\n",
    }.items():
        (w.tmp / "stranger-1.dist-info").mkdir(exist_ok=True)
        (w.tmp / "stranger-1.dist-info" / name).write_text(text)
    w.monkeypatch.syspath_prepend(str(w.tmp))
    ok, what, _ = _plug_ins()
    return (int(not ok), what), 1, r"stranger:// \(stranger:Handler\)"


@pytest.mark.parametrize(
    "ident", [pytest.param(i, marks=pytest.mark.slow) if i in SLOW else i for i in rows_of(REST) if i not in ELSEWHERE]
)
def test_a_bad_input(ident, world):
    case.judge(ident, world)


def test_every_row_of_the_table_is_tested():
    assert set(rows_of((*RECORD, *REST))) == set(TABLE)
    assert set(rows_of(REST)) == set(case) | set(ELSEWHERE)
    assert not set(case) & set(ELSEWHERE)
    for place in ELSEWHERE.values():
        file, name = place.split("::")
        assert f"def {name}" in (TESTS / file).read_text(encoding="utf-8"), place
