"""Scripts in data, by every way in which text reaches a page, in a real browser: none runs, nothing is requested."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.notebooks.sanitize import KINDS

from .conftest import write_notebook

PAYLOADS = (Path(__file__).resolve().parents[1] / "lists" / "scripts.txt").read_text(encoding="utf-8").splitlines()
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
pytestmark = pytest.mark.browser
WAYS = """
import pandas as pd, vpnpolicy as vp
from IPython.display import Markdown, display
if fails: raise ValueError(what)
frame = pd.DataFrame({'a': [what], what: ['x']})
display(vp.render_table(frame, what, name=what))
display(frame, Markdown(what), {what: what})
display({'text/html': '<p>ours</p>', 'text/plain': what}, raw=True, metadata={'text/html': {'title': what, 'name': what}})
"""
CHARTS = """
axes = vp.plot_counts(vp.load("licence_counts"))
axes.set_title(what, loc='left'); axes.set_xlabel(what); axes.alt = axes.chart_name = what
axes.text(0.5, 0.5, what, transform=axes.transAxes); axes.set_gid(what); axes.set_label(what)
axes
"""
PRINTED = """
print(what)
display({'application/vnd.vpnpolicy.findings+json': {'texts': [what], 'figures': {what: what}}, 'text/html': '<p>f</p>'}, raw=True)
"""


class Watch:
    """A browser page that records dialogs and requests."""

    def __init__(self, browser):
        self.page = browser.new_page()
        self.dialogs, self.requests = [], []
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda r: self.requests.append(r.url))

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, path: Path, wait_ms=40) -> tuple[int, list[str], bool]:
        """Return the number of dialogs, the requests over a network, and whether the page is still open."""
        self.dialogs.clear(), self.requests.clear()
        self.page.goto(path.as_uri(), wait_until="load")
        self.page.wait_for_timeout(wait_ms)
        return (
            len(self.dialogs),
            [a for a in self.requests if not a.startswith(("file:", "data:"))],
            self.page.url.partition("#")[0] == path.as_uri(),
        )


@pytest.fixture(scope="module")
def watch(browser):
    return Watch(browser)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Make a report and a failure for each text, by a notebook that shows it in every way there is."""
    folder = tmp_path_factory.mktemp("scripts")
    parameters = "what: str = ''  # any text\nfails: bool = False  # ends with it"
    path = write_notebook(folder / "stranger.ipynb", WAYS.strip(), CHARTS.strip(), PRINTED.strip(), parameters=parameters)
    rows = [
        {"name": f"{kind}{n:02d}", "notebook": str(path), "what": text, "fails": kind == "f"}
        for n, text in enumerate(PAYLOADS)
        for kind in "rf"
    ]
    batch = vp.run_batch(rows, out=folder / "out", trust=True, jobs=2)
    assert (len(batch.made), len(batch.failed)) == (len(PAYLOADS), len(PAYLOADS)), batch.failed[:1]
    return folder / "out"


def test_the_texts_are_alive(watch, tmp_path):
    """Without escaping and without a policy they run, so the other tests can fail."""
    ran = 0
    for n, text in enumerate(PAYLOADS):
        path = tmp_path / f"{n}.html"
        path.write_text(f'<!doctype html><meta charset="utf-8"><body><table><tr><td>{text}</td></tr></table>', encoding="utf-8")
        ran += watch.open(path)[0] > 0
    assert len(PAYLOADS) >= 60
    assert ran >= 55


def test_no_text_runs_in_a_report_or_the_index(watch, reports):
    for path in [*sorted(reports.glob("r*/report.html")), reports / "index.html"]:
        assert watch.open(path) == (0, [], True), path
        assert watch.page.locator("meta[http-equiv='Content-Security-Policy']").count() == 1


def test_nor_in_a_browser_that_ignores_the_policy(watch, reports, tmp_path):
    for n, path in enumerate([*sorted(reports.glob("r*/report.html")), reports / "index.html"]):
        bare = tmp_path / f"{n}.html"
        text, found = POLICY.subn("", path.read_text(encoding="utf-8"))
        bare.write_text(text, encoding="utf-8")
        assert (found, watch.open(bare)) == (1, (0, [], True)), path


def test_the_texts_are_there_as_text(watch, reports):
    for n, text in enumerate(PAYLOADS):
        watch.open(reports / f"r{n:02d}" / "report.html", 0)
        assert watch.page.locator("caption").first.text_content().endswith(text)
        assert text in [t.strip("\n") for t in watch.page.locator("pre").all_text_contents()]
        assert watch.page.locator("figure img").first.get_attribute("alt") == text


def test_pictures_run_nothing_when_opened_by_themselves(watch, reports):
    pictures = sorted(reports.glob("r*/figures/*.svg"))
    assert len(pictures) == len(PAYLOADS)
    for path in pictures:
        assert watch.open(path, 0) == (0, [], True), path
        assert watch.page.evaluate("document.documentElement.nodeName") == "svg"


def test_every_page_has_a_policy_and_no_script_of_a_report(reports):
    for path in reports.glob("r*/report.html"):
        policy = POLICY.search(path.read_text(encoding="utf-8"))[0]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    index = unescape((reports / "index.html").read_text(encoding="utf-8"))
    assert re.search(r"script-src 'sha256-[^']+'", POLICY.search(index)[0])


def test_executed_notebooks_carry_only_kinds_that_are_shown(reports):
    for path in reports.glob("r*/report.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                assert set(output.get("data", {})) <= set(KINDS)


def test_a_record_of_a_stranger_runs_nothing_in_our_reports_or_the_calculator(watch, data, edit, tmp_path):
    bad = PAYLOADS[0] + PAYLOADS[13]
    for table, column in (("sources", "publisher"), ("sources", "title"), ("licences", "note"), ("licences", "brand"), ("events", "event"),
                          ("claims", "note"), ("claims", "value_as_stated"), ("readings", "label"), ("methods", "label")):  # fmt: skip
        for row in range(2):
            edit(table, row, column, f"{bad} {row}")
    schema = tmp_path / "mydata" / "datapackage.json"
    schema.write_text(schema.read_text(encoding="utf-8").replace(r"^https?://\\S+$", ""), encoding="utf-8")
    edit("sources", 0, "url", "javascript:alert(1)")
    batch = vp.run_batch(
        [{"notebook": n} for n in ("00_brief", "01_register", "02_timeline", "03_claims")], out=tmp_path / "out", data=data
    )
    assert [f.reason for f in batch.failed] == []
    page = vp.calculator(tmp_path / "calc.html", data=data)
    for path in [*sorted((tmp_path / "out").glob("*/report.html")), tmp_path / "out" / "index.html", page]:
        assert watch.open(path) == (0, [], True), path
        assert PAYLOADS[0] not in path.read_text(encoding="utf-8")
    links = watch.page
    watch.open(tmp_path / "out" / "01-register" / "report.html")
    for link in links.locator("a[href^='javascript:']").all():
        link.click()
    assert watch.dialogs == []
