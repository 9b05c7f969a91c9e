"""Cells of users' notebooks: a report has the outputs of a plain Jupyter kernel, and its page shows them."""

import base64
import html
import importlib.util
import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import vpnpolicy as vp
from vpnpolicy.errors import ReportError, UsageError
from vpnpolicy.report.make import workers_for
from vpnpolicy.report.plan import plan_report
from vpnpolicy.workers.local import environment

pytestmark = [pytest.mark.notebooks, pytest.mark.loopback]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HEAD = """import asyncio, multiprocessing, os, subprocess, sys, time, warnings, matplotlib.pyplot as plt, pandas as pd
from IPython.display import HTML, JSON, SVG, Latex, Markdown, clear_output, display
df = pd.DataFrame({"a": [1, 3, 2], "b": [2.5, 0.5, 1.5]})
own = lambda x: x"""
PARAMETERS = """import datetime
level = None
pair = (1, 2)
prices = {2023: 280.0}
day = datetime.datetime(2025, 2, 24, 12, 30)
start = 0
scope = "commercial"
"""
LISTENING = """own = {os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")}
rows = [line.split() for kind in ("tcp", "tcp6") for line in list(open(f"/proc/self/net/{kind}"))[1:]]
print("ports:", len([r for r in rows if r[3] == "0A" and f"socket:[{r[9]}]" in own]))
"""

# kind: its cells, and what the page shows of them
KINDS = {
    "figure-by-show": (["plt.plot([1, 3, 2])\nplt.show()"], "<img"),
    "figure-as-value": (["figure, axes = plt.subplots()\naxes.bar([1, 2], [3, 4])\nfigure"], "<img"),
    "figure-by-pandas": (["df.plot()"], "<img"),
    "svg-figure": (["%config InlineBackend.figure_formats = ['svg']\ndf.plot()", "%config InlineBackend.figure_formats = ['png']"], "<img"),
    "two-figures": (["for n in (1, 2):\n    plt.figure(figsize=(n, n))\n    plt.plot([n])"], "<img"),
    "markdown": (['display(Markdown("**bold** text"))'], "<strong>bold</strong> text"),
    "update": (['handle = display(Markdown("old words"), display_id=True)', 'handle.update(Markdown("new words"))'], "new words"),
    "clear": (['print("gone")\nclear_output(wait=True)\nprint("stays")'], "stays"),
    "style": (["df.style.highlight_max(color='red').set_caption('Styled')"], "Styled"),
    "table": (["df"], "<td>2.5</td>"),
    "wide-table": (["pd.DataFrame([range(25)], columns=[f'column {n}' for n in range(25)])"], "1 rows × 25 columns"),
    "all-columns": (["HTML(pd.DataFrame([range(25)], columns=[f'field {n}' for n in range(25)]).to_html())"], "field 12"),
    "module": (["import beside_module\nbeside_module.value"], "value of a module"),
    "arguments": (["print(len(sys.argv), sys.argv[0].endswith('ipykernel_launcher.py'))"], "3 True"),
    "options": (["print(plt.isinteractive(), [pd.get_option(f'display.{n}') for n in ('width', 'max_columns', 'encoding')])"], "True [80, 20, 'UTF-8']"),
    "help": (["own?", "%pinfo own"], ""),
    "prun": (["%%prun\nsum(range(100))"], ""),
    "store": (["number = 5\n%store number", "del number\n%store -r number\nnumber"], "Stored 'number' (int)"),
    "asyncio": (["task = asyncio.create_task(asyncio.sleep(0, 'task done'))", "await asyncio.sleep(0.01)\nawait task"], "task done"),
    "echo": (["print('before 1')\n!echo inside 1\nprint('after 1')"], "before 1\ninside 1\nafter 1"),
    "system": (["print('before 2')\nos.system('echo inside 2')\ntime.sleep(0.3)\nprint('after 2')"], "before 2\ninside 2\nafter 2"),
    "subprocess": (["done = subprocess.run(['echo', 'inside 3'])\ntime.sleep(0.3)\nprint('after 3')"], "inside 3\nafter 3"),
    "surrogate": (["print('lone \\ud800 surrogate')"], "lone \\ud800 surrogate"),
    "warning": (["warnings.warn('careful')\nprint('to stderr', file=sys.stderr)"], "UserWarning: careful"),
    "slow": (["for n in range(4):\n    print('step', n)\n    time.sleep(0.15)"], "step 0\nstep 1\nstep 2\nstep 3"),
    "parameters": (["print(level, pair, prices, repr(day), start, scope)"], "3 (1, 2) {2023: 280.0} datetime.datetime(2025, 2, 24, 12, 30) 0 commercial"),
    "beside": (["print(open('beside.txt').read())\nopen('written.txt', 'w').write('written')"], "content of a file"),
    "html": (["HTML('<b>from HTML</b>')"], "<b>from HTML</b>"),
    "svg": (["SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect width=\"9\" height=\"9\"/></svg>')"], "<img"),
    "latex": (["Latex('$x = 1$')"], "$x = 1$"),
    "json": (["JSON({'key': ['value']})"], '"key": ['),
    "address": (["print(object())", "object()"], "<object object at 0x000000000000>"),
}  # fmt: skip
if hasattr(os, "fork"):
    child = 'child = multiprocessing.get_context("fork").Process(target=print, args=["from a child"])'
    KINDS["child"] = ([f"{child}\nchild.start()\nchild.join()"], "from a child")
    order = "\n".join(f"line {n}" for n in range(40))
    KINDS["order"] = (["for n in range(0, 40, 2):\n    os.system(f'echo line {n}')\n    print('line', n + 1)"], order)
if sys.platform == "linux":
    KINDS["ports"] = ([LISTENING], "ports: 0")
if importlib.util.find_spec("ipywidgets"):
    KINDS["widget"] = (["import ipywidgets\nipywidgets.IntSlider(3)"], "a widget cannot be shown in a report")
DIFFERENT = {
    "arguments": "a plain kernel has options of its own",
    "json": "shown as text, where JupyterLab has a tree that opens",
    "order": "a plain kernel mixes up the lines now and then",
    "ports": "a plain kernel listens on five ports or more",
    "surrogate": "a plain kernel prints a traceback of its own in place of the text",
    "widget": "named as not shown",
}


def write(path, *cells, kernel="python", name="python3"):
    """Write a notebook."""
    spec = {"kernelspec": {"name": name, "display_name": name, "language": kernel}}
    nbformat.write(new_notebook(cells=list(cells), metadata=spec), path)
    return path


def write_everything(folder):
    """Write the notebook that holds every kind of cell, and the file beside it."""
    (folder / "beside.txt").write_text("content of a file", encoding="utf-8")
    (folder / "beside_module.py").write_text("value = 'value of a module'", encoding="utf-8")
    cells = [
        new_markdown_cell(
            "# Everything\n\n![a pixel](attachment:p.png)", id="title", attachments={"p.png": {"image/png": PIXEL}}
        ),
        new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
        new_code_cell(HEAD, id="head"),
    ]
    cells += [new_code_cell(code, id=f"{kind}-{n}") for kind, (codes, _) in KINDS.items() for n, code in enumerate(codes)]
    return write(folder / "everything.ipynb", *cells)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Run the notebook in a plain kernel, in the environment of a report."""
    import papermill

    folder = tmp_path_factory.mktemp("plain")
    path = write_everything(folder)
    with pytest.MonkeyPatch.context() as patch:
        given = environment(workers_for(plan_report(str(path), trust=True))[1]) | {"IPYTHONDIR": str(folder / "ipython")}
        for name in set(os.environ) - set(given):
            patch.delenv(name)
        for name, value in given.items():
            patch.setenv(name, value)
        return papermill.execute_notebook(path, None, {"level": 3}, kernel_name="python3", progress_bar=False, cwd=folder)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Make the report of the same notebook."""
    folder = tmp_path_factory.mktemp("ours")
    return vp.run_report(str(write_everything(folder)), {"level": 3}, out=folder / "out", formats="html", trust=True)


@pytest.fixture(scope="module")
def page(report):
    return html.unescape((report.folder / "report.html").read_text(encoding="utf-8"))


def cleaned(text):
    """Return a text without what differs by design: addresses, random names and folders."""
    text = re.sub(r" at 0x[0-9a-f]{9,16}", " at 0x0", text)
    text = re.sub(r"T_[0-9a-f]{5}", "T_0", text)
    text = re.sub(r"\S*ipykernel\w*[/\\](\d+\.py)", r"ipykernel/\1", text)
    return re.sub(r'(=""| )>', ">", text).strip() if "<table" in text else text


def outputs(notebook, kind):
    """Return the outputs of a kind; what was printed in several pieces counts as one."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()) if cell.id.rpartition("-")[0] == kind else ():
            values = {"text": output.text} if output.output_type == "stream" else output.data
            values = {mime: cleaned(value) if isinstance(value, str) else value for mime, value in values.items()}
            label = (cell.id, output.get("name", output.output_type))
            if found and found[-1][0] == label and "text" in values:
                found[-1][1]["text"] += values["text"]
            else:
                found.append((label, values))
    return found


def executed(report):
    return nbformat.read(report.folder / "report.ipynb", 4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_cell(kind, plain, report, page):
    """The outputs are those of a plain kernel, and the page shows them."""
    ours = outputs(executed(report), kind)
    if kind not in DIFFERENT:
        assert ours == outputs(plain, kind)
    assert KINDS[kind][1] in page
    for _, values in ours:
        for mime in ("image/png", "image/svg+xml"):
            picture = values.get(mime, "")
            encoded = picture.strip() if mime == "image/png" else base64.b64encode(picture.encode()).decode()
            assert encoded.replace("\n", "") in page


def test_the_rest_of_the_page(report, page):
    assert f"data:image/png;base64,{PIXEL}" in page
    assert "old words" not in page
    assert "Traceback" not in page
    assert (report.folder.parents[1] / "written.txt").read_text(encoding="utf-8") == "written"
    assert "inputs_sha256" in (text := (report.folder / "manifest.json").read_text(encoding="utf-8"))
    assert "beside.txt" in text


def test_a_kernel_that_is_not_forked_gives_the_same_bytes(report, tmp_path, monkeypatch):
    monkeypatch.setenv("VPNPOLICY_NO_FORK", "1")
    path = write_everything(tmp_path)
    again = vp.run_report(str(path), {"level": 3}, out=tmp_path / "out", formats="html", trust=True)
    assert again.manifest["files_sha256"] == report.manifest["files_sha256"]


def test_cells_without_ids_and_parameters_give_the_same_bytes_twice(tmp_path):
    path = write(tmp_path / "bare.ipynb", new_markdown_cell("# Bare"), new_code_cell("%matplotlib inline\nprint(1)"))
    content = nbformat.read(path, 4)
    for cell in content.cells:
        del cell["id"]
    path.write_text(nbformat.v4.writes_json(content), encoding="utf-8")
    made = [vp.run_report(str(path), out=tmp_path / out, formats="html", trust=True) for out in "ab"]
    assert made[0].manifest["files_sha256"] == made[1].manifest["files_sha256"]
    assert [c.id for c in executed(made[0]).cells] == ["cell-1", "cell-2"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("%no_such_magic", "UsageError: Line magic function `%no_such_magic` not found."),
        ("%%no_such_magic\n1", "UsageError: Cell magic `%%no_such_magic` not found."),
        ("import sys\nsys.exit(0)", "incomplete: the cell ended the program; later cells did not run"),
        ("exit()", "incomplete: the cell ended the program; later cells did not run"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_cell_that_fails_is_named_with_its_reason(code, reason, tmp_path):
    path = write(tmp_path / "bad.ipynb", new_code_cell(code, id="early"), new_code_cell("print('later')", id="late"))
    with pytest.raises(ReportError, match=re.escape(f"bad: cell 'early': {reason}")):
        vp.run_report(str(path), out=tmp_path / "out", formats="html", trust=True)
    assert nbformat.read(tmp_path / "out" / "failed" / "bad.ipynb", 4).cells[-1].outputs == []


def test_another_language_is_refused_before_anything_starts(tmp_path):
    path = write(tmp_path / "other.ipynb", new_code_cell("println(1)"), kernel="julia", name="julia-1.9")
    with pytest.raises(UsageError, match="kernel: found the language julia; expected Python"):
        vp.run_report(str(path), out=tmp_path / "out", trust=True)
    assert not (tmp_path / "out").exists()


KILLED = """
import os, pathlib, signal
from vpnpolicy.notebooks import execute, kernel
run = execute.Run(pathlib.Path.cwd())
os.kill(kernel.ForkedProvisioner.waiting.pid, signal.SIGKILL)
notebook = execute.load('{"cells": [{"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": "1"}], '
                        '"metadata": {}, "nbformat": 4, "nbformat_minor": 4}', "a")
try:
    run.execute(notebook, {}, os.getcwd(), 60)
except execute.ReportError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kernels are not forked here")
def test_a_kernel_that_is_killed_before_it_has_its_orders(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("cell '': the kernel died\n", 0), done.stderr
