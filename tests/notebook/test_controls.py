"""Controls without a browser, errors in a real IPython, and results as cells show them."""

import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from tests.chart_words import text_boxes

import vpnpolicy as vp
from vpnpolicy.errors import DataError, Problem, UsageError
from vpnpolicy.formatting import note_html, table_html
from vpnpolicy.notebook import Panel, Refusal, choice, is_live, number, span, text
from vpnpolicy.notebooks.files import check_contract
from vpnpolicy.plot.style import ChartAxes
from vpnpolicy.report.batch import Batch, Failure, Report

ROOT = Path(__file__).resolve().parents[2]
TOPICS = ("provider", "timeline", "cost", "bypass", "disruption")


class Tags(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, html: str):
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


# Panels


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_a_panel_answers_what_it_starts_with(topic):
    panel = vp.explore(topic)
    parts = panel.parts()
    assert not any(isinstance(p, Refusal) for p in parts)
    tags = Tags(panel.to_html()).seen
    charts = [p for p in parts if isinstance(p, ChartAxes)]
    assert [a["alt"] for t, a in tags if t == "img"] == [c.alt for c in charts]
    assert all(c.alt and c.source_ids for c in charts)
    assert all(a.get("scope") in ("col", "row") for t, a in tags if t == "th")
    assert ("section", {"class": "vp-panel", "aria-label": panel.title}) in tags
    assert str(panel).startswith(panel.title)
    assert "object at 0x" not in str(panel)


def test_what_is_typed_is_shown_as_text():
    shown = vp.explore("provider", name="<script>alert(1)</script>").to_html()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_answers_are_those_of_the_questions():
    assert vp.explore("provider", name="Crest VPN", as_of="2025-11").parts()[0] == vp.check("Crest VPN", as_of="2025-11")
    assert vp.explore("provider").parts(known_on="2025-11-01")[0] == vp.check("Kestrel VPN", known_on="2025-11-01")
    assert vp.explore("cost", interpretation="mbps-month", tbps=2).parts()[0] == vp.surge_cost(2.0, 60.0, "mbps-month")
    table = vp.explore("disruption", country="Turkiye", days=2, start="2020-03").parts()[1]
    wanted = vp.disruption_cost("Turkiye", "2020-03", hours=48)
    assert [row[2] for row in table.rows] == [None if np.isnan(c) else c for c in wanted["central"]]


def test_a_month_and_the_months_before_it():
    table = vp.explore("timeline", until="2025-02", months=3).parts()[1]
    assert [row[0] for row in table.rows] == vp.timeline("2024-12", "2025-02")["on"].tolist()
    courts = vp.explore("timeline", until="2025-02", months=24, category="court").parts()[1]
    assert {row[1] for row in courts.rows} == {"court"}


def test_a_period_without_an_event_is_no_error():
    empty = next(k for _, k in vp.explore("timeline").controls["category"].options["options"] if k == "religious")
    chart, table = vp.explore("timeline").parts(until="2010-03", months=3, category=empty)
    assert (chart.alt, table.rows) == ("Events by date: .", ())


@pytest.mark.slow
def test_a_narrower_input_gives_a_narrower_spread():
    panel = vp.explore("bypass")
    wide, narrow = panel.parts()[2], panel.parts(wholesale_price_usd_per_mbps_month=(1.0, 1.0))[2]
    assert np.ptp(narrow.quantile([0.05, 0.95])) < 0.8 * np.ptp(wide.quantile([0.05, 0.95]))
    assert wide.seed == narrow.seed


def test_sliders_stop_at_the_ends_of_their_ranges():
    for control in vp.explore("bypass").controls.values():
        step, ends = control.options["step"], (*control.value, control.options["max"])
        assert all(abs(v / step - round(v / step)) < 1e-6 for v in ends)
        assert "_" not in control.label
        assert "[" in control.label


@pytest.mark.parametrize(
    ("topic", "given", "word"),
    [
        ("providr", {}, "Did you mean 'provider'"),
        ("cost", {"tpbs": 2}, "Did you mean 'tbps'"),
        ("cost", {"tbps": -1}, "a number from 0 to 10,000"),
        ("cost", {"tbps": True}, "a number from"),
        ("cost", {"interpretation": "mbps-mont"}, "Did you mean 'mbps-month'"),
        ("timeline", {"until": "2025-99"}, "until cannot be '2025-99'"),
        ("bypass", {"cache_share": (10, 101)}, "a number from 0 to 100"),
        ("bypass", {"cache_share": 10}, "is two numbers"),
        ("disruption", {"scope": "nationl"}, "Did you mean 'national'"),
    ],
)
def test_a_panel_is_not_started_with_what_it_cannot_hold(topic, given, word):
    with pytest.raises(UsageError, match=re.escape(word)):
        vp.explore(topic, **given)


@pytest.mark.parametrize(
    ("topic", "changed", "word"),
    [
        ("provider", {"name": "VPN"}, "no distinguishing word"),
        ("provider", {"name": "  "}, "type the name"),
        ("provider", {"as_of": "13/11/2025"}, "Did you mean 2025-11-13"),
        ("disruption", {"start": "1989"}, "1990"),
    ],
)
def test_a_mistake_in_a_box_is_one_line_in_the_panel(topic, changed, word):
    (refusal,) = vp.explore(topic).parts(**changed)
    assert word in str(refusal)
    assert "\n" not in str(refusal)
    assert 'role="alert"' in vp.explore(topic).to_html(**changed)


def test_an_internal_error_is_one_line_too():
    (refusal,) = Panel("t", [], lambda: 1 / 0).parts()
    assert str(refusal) == "internal error: ZeroDivisionError: division by zero"


def test_a_choice_takes_its_words_too():
    scope = choice("scope", "Scope", "a", {"in words": "a"})
    assert (scope.check("in words"), scope.check("a")) == ("a", "a")
    assert span("s", "S", (1, 2), 0, 3, 0.5).check((2, 1)) == (1, 2)
    assert text("w", "W", "").check(" x ") == "x"
    with pytest.raises(UsageError, match="found nan"):
        number("n", "N", 1, 0, 2, 1).check(float("nan"))


# Widgets


@pytest.mark.slow
def test_a_control_that_changes_updates_the_answer():
    box = vp.explore("provider").widget()
    row, answer = box.children
    name, day, known = row.children
    assert [w.description for w in row.children] == ["Provider", "On", "As known on"]
    name.value = "Crest VPN"
    assert "Crest VPN (Zettabyte)" in answer.value
    name.value, known.value = "Kestrel VPN", "2025-11-01"
    assert html.escape(vp.check("Kestrel VPN", known_on="2025-11-01").headline()) in answer.value
    assert "NOT LISTED" in answer.value
    day.value = "nonsense"
    assert 'role="alert"' in answer.value


@pytest.mark.slow
def test_the_slider_stops_at_months_that_have_events():
    row, answer = vp.explore("timeline", until="2025-02").widget().children
    slider, before = row.children[0], answer.value
    stops = [value for _, value in slider.options]
    assert stops == sorted({on[:7] for on in vp.load("events")["on"] if len(on) >= 7})
    slider.index -= 1
    assert answer.value != before
    assert f"to {stops[stops.index('2025-02') - 1]}" in answer.value


@pytest.mark.slow
def test_every_panel_has_a_label_on_each_control():
    for topic in TOPICS:
        row, _ = vp.explore(topic).widget().children
        assert all(w.description for w in row.children)


def test_without_ipywidgets_the_answers_are_shown_alone(monkeypatch, python):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr(python.shell, "kernel", object(), raising=False)
    assert not is_live()
    shown = python("import vpnpolicy as vp; vp.explore('provider')")
    assert "LISTED on 2026-03-31: Kestrel VPN" in shown
    assert "Sources of this answer" in shown
    with pytest.raises(UsageError, match=re.escape('pip install "vpnpolicy[lab]"')):
        vp.explore("provider").widget()


def test_widgets_are_for_a_kernel_with_a_reader(monkeypatch, python):
    assert not is_live(), "a terminal"
    monkeypatch.setattr(python.shell, "kernel", object(), raising=False)
    assert is_live()
    monkeypatch.setenv("VPNPOLICY_READS", "x")
    assert not is_live(), "a report"


def test_a_page_that_cannot_show_widgets_gets_the_answer(monkeypatch, python):
    monkeypatch.setattr(python.shell, "kernel", object(), raising=False)
    sent = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: sent.append((data, raw)))
    vp.explore("provider")._ipython_display_()
    ((bundle, raw),) = sent
    assert raw
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "LISTED" in bundle["text/html"]
    assert bundle["text/plain"] == "Is a provider on the list?"


# Errors in cells


@pytest.fixture(scope="module")
def ipython(tmp_path_factory):
    """An IPython of our own, with nothing of the user's profile."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    folder = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell.instance(config=config, ipython_dir=folder, user_module=ModuleType("lab_session"))
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def python(ipython, capsys):
    """Run a cell: what it prints, its error with it."""

    def run(cell: str) -> str:
        ipython.run_cell(cell)
        return capsys.readouterr().out.rstrip("\n")

    run.shell = ipython
    return run


# Errors in cells

SPOILT = DataError(Problem("events.csv", n, 2, "date", f"'{n}'", "YYYY") for n in range(1, 300))
ENTRIES = {
    "vp.check('x', as_of='13/11/2025')": "DateError", "vp.check('VPN')": "ProviderNameError", "vp.load('evnts')": "UsageError",
    "vp.surge_cost(interpretation='x')": "UsageError", "vp.convert(1, 'Mb', 'MB')": "UnitError", "vp.Range(3, 2, 1)": "UsageError",
    "vp.findings('x')": "UsageError", "vp.guide('x')": "UsageError", "vp.cite('S9999')": "UsageError", "vp.explore('x')": "UsageError",
    "vp.disruption_cost('Atlantis', '2024')": "UsageError", "vp.scenario('x')": "UsageError", "vp.run_report('x')": "UsageError",
    "vp.validate('nowhere')": "UsageError", "vp.load('claims', data='nowhere')": "UsageError", "raise spoilt": "DataError",
    "if vp.check('Kestrel VPN'): pass": "ThreeStatesError",
    "vp.render_table(vp.load('traffic'), 't', ['x'])": "UsageError", "vp.scenario().with_ranges(x=1)": "UsageError",
    "vp.bill('nowhere.csv')": "UsageError", "vp.interpret_price('x')": "UnitError",
}  # fmt: skip


@pytest.mark.parametrize("cell", ENTRIES)
def test_a_mistake_in_a_cell_is_one_line(python, cell):
    python.shell.user_ns |= {"vp": vp, "spoilt": SPOILT}
    shown = python(cell)
    assert re.match(r"\w+Error: ", shown)[0] == f"{ENTRIES[cell]}: "
    assert len(shown.splitlines()) == 1


def test_many_problems_are_counted_and_the_first_is_shown(data, python):
    (data / "events.csv").write_text((data / "events.csv").read_text(encoding="utf-8").replace(",20", ",x20"), encoding="utf-8")
    shown = python(f"import vpnpolicy as vp\nvp.load('events', data={str(data)!r})")
    assert re.fullmatch(
        r"DataError: events\.csv:2:3: date: found 'x2008-11-13'; .* \(1 of \d\d problems; .*\)\. Nothing was loaded\.", shown
    )
    assert DataError([]).one_line() == "0 problems. Nothing was loaded."


# Results as cells show them

BOLD = "<b>&"
TIMES = pd.date_range("2024-11-01", periods=8640, freq="5min", tz="Asia/Karachi")
MANIFEST = {"title": f"A {BOLD}", "files_sha256": {}, "findings": {"texts": [f"Found {BOLD}."]}, "parameters": {}, "remarks": []}
REPORT = Report("a", Path("out"), False, MANIFEST)
RESULTS = {
    "answer": lambda: vp.check(f"x {BOLD}"), "guide": lambda: vp.guide("freelancer", provider=f"x {BOLD}"),
    "estimate": lambda: vp.Estimate(BOLD, 1, 2, 3, "USD", working=(BOLD,)), "bill": lambda: vp.bill(pd.Series(10.0, index=TIMES, name="mbps"), 1),
    "distribution": lambda: vp.Distribution(np.arange(100.0), f"USD{BOLD}"), "scenario": lambda: vp.scenario("bypass"),
    "report": lambda: REPORT, "batch": lambda: Batch(Path(f"out{BOLD}"), [REPORT, Failure("b", f"why {BOLD}")]),
    "table": lambda: vp.render_table(pd.DataFrame({BOLD: [BOLD]}), BOLD), "findings": lambda: vp.findings("timeline", start="2025", end="2025"),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_shows_itself_escaped_and_in_plain_words(name):
    result = RESULTS[name]()
    bundle = result._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    tags = Tags(bundle["text/html"]).seen
    assert "b" not in {t for t, _ in tags}
    assert repr(result) == str(result) == bundle["text/plain"]
    assert "object at 0x" not in repr(result)
    assert "<function" not in repr(result)
    if "table" in {t for t, _ in tags}:
        assert "caption" in {t for t, _ in tags}
        assert all(a.get("scope") in ("col", "row") for t, a in tags if t == "th")


def test_numbers_of_a_result_are_on_its_page():
    months = vp.bill(pd.Series(10.0, index=TIMES, name="mbps"), 1)._repr_mimebundle_()["text/html"]
    assert re.search(r"2024-11.*>10\.00<.*10 Mbps.*8,640 of 8,640", months)
    spread = vp.Distribution(np.arange(101.0), "USD")._repr_mimebundle_()["text/html"]
    assert re.findall(r">(\d+) % of the draws lie below<.*?>([\d.]+)<", spread) == [(n, n) for n in ("5", "25", "50", "75", "95")]
    rows = Batch(Path("out"), [REPORT, Failure("b", "why")])._repr_mimebundle_()["text/html"]
    assert re.findall(r'row">(\w)</th><td>([a-z ]+)<', rows) == [("a", "done"), ("b", "failed")]


def test_pieces_of_markup_escape_what_they_are_given():
    assert table_html(BOLD, [BOLD], [[BOLD]]).count("&lt;b&gt;&amp;") == 3
    assert note_html("k", BOLD, [BOLD], role="status").count("&lt;b&gt;&amp;") == 2
    assert note_html("k", "h", []) == '<div class="k"><p><strong>h</strong></p></div>'


# The chart of a surge


@pytest.mark.slow
def test_costs_of_a_surge_are_drawn_each_in_its_lane():
    costs = vp.compare_interpretations(2, 30)
    ax = vp.plot_costs(costs, "2 Tbps for 30 minutes", "mbps-month")
    drawn = {int(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() not in ("None", "")}
    assert [drawn[n] for n in range(len(drawn))] == sorted(costs["cost_usd"], reverse=True)
    assert [t.get_text() for t in ax.get_yticklabels() if t.get_fontweight() == "bold"] == ["$1 per Mbps per month"]
    assert ax.get_title(loc="left").startswith("2 Tbps for 30 minutes: USD 1,369 under 'mbps-month'")
    ax.figure.canvas.draw()
    boxes = text_boxes(ax)
    assert not [(a.get_text(), b.get_text()) for n, (a, x) in enumerate(boxes) for b, y in boxes[:n] if x.overlaps(y)]


def test_a_surge_that_costs_nothing_and_a_record_without_interpretations():
    assert "no interpretation gives a cost" in vp.plot_costs(vp.compare_interpretations(0, 60), "Nothing").get_title(loc="left")
    assert vp.plot_costs(vp.compare_interpretations().iloc[:0]).alt == "No interpretation to draw."


# The notebook


def test_the_notebook_keeps_the_contract():
    assert [str(p) for p in check_contract(ROOT / "notebooks" / "explore.ipynb")] == []
    assert "notebooks/explore.ipynb" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "explore" not in vp.list_notebooks()


@pytest.mark.notebooks
def test_the_notebook_gives_the_same_answers_as_a_report(tmp_path):
    report = vp.run_report("explore", {"provider": "Crest VPN", "days": 1.0}, out=tmp_path / "out", formats="html")
    page = (report.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 5
    assert "Crest VPN (Zettabyte)" in page
    assert "Pakistan, 1 day from 2023-05-09" in page
    assert "widget-view" not in page
