"""Charts by their artists: titles that state a finding, units, alt text, sources; nothing overlaps or leaves the figure."""

import functools
import inspect
from itertools import combinations

import pytest
from matplotlib.figure import Figure
from tests.chart_words import text_boxes

import vpnpolicy as vp
from vpnpolicy.plot.style import WIDTH, figure_formats, plain_title, render_figure, size_words
from vpnpolicy.plot.timeline import spread

SOURCES = vp.load("sources")
BYPASS, A_DAY = vp.scenario("bypass"), vp.scenario("disruption")
FRAMES = {
    "register": lambda: vp.register_on(as_of="2026-03-31", ended=True), "register-early": lambda: vp.register_on(as_of="2025-03-01", ended=True),
    "counts": lambda: vp.load("licence_counts"), "timeline-all": vp.timeline, "timeline-dense": lambda: vp.timeline("2024-11", "2024-12"),
    "timeline-one": lambda: vp.timeline("2025-11", "2025-11"), "conflicts": vp.find_conflicts, "regimes": vp.compare_regimes,
    "positions": lambda: vp.positions(issue="vpn use"), "positions-one": lambda: vp.positions("PTA", "vpn slows internet"),
    "prices": vp.implied_prices, "prices-brief": vp.implied_prices, "surge": vp.compare_interpretations,
    "methods": lambda: vp.disruption_cost("PAK", "2023-05-09", "2023-05-12"),
    "balance": lambda: vp.balance("2024-12-01"), "balance-brief": lambda: vp.balance("2024-12-01"),
    "distribution": lambda: BYPASS.simulate(5_000), "tornado": BYPASS.tornado, "tornado-millions": A_DAY.tornado,
}  # fmt: skip
PLOTS = {
    "register": lambda frame, **k: vp.plot_register(frame, "2026-03-31", **k),
    "register-early": lambda frame, **k: vp.plot_register(frame, "2025-03-01", **k),
    "counts": vp.plot_counts, "timeline-all": vp.plot_timeline, "timeline-dense": vp.plot_timeline, "timeline-one": vp.plot_timeline,
    "conflicts": vp.plot_conflicts, "regimes": vp.plot_regimes, "positions": vp.plot_positions, "positions-one": vp.plot_positions,
    "prices": vp.plot_interpretations, "prices-brief": functools.partial(vp.plot_interpretations, brief=True),
    "surge": functools.partial(vp.plot_costs, surge="1 Tbps for 60 minutes", interpretation="megabyte"),
    "methods": vp.plot_methods, "balance": vp.plot_balance, "balance-brief": functools.partial(vp.plot_balance, brief=True),
    "distribution": lambda draws, **k: vp.plot_distribution(draws, "Monthly cost", source_ids=BYPASS.source_ids, **k),
    "tornado": lambda frame, **k: vp.plot_tornado(frame, BYPASS.unit, source_ids=BYPASS.source_ids, **k),
    "tornado-millions": lambda frame, **k: vp.plot_tornado(frame, A_DAY.unit, source_ids=A_DAY.source_ids, **k),
}  # fmt: skip
each = pytest.mark.parametrize("name", PLOTS)
frame = functools.cache(lambda name: FRAMES[name]())


def draw(name, **more):
    return PLOTS[name](frame(name), **more)


@functools.cache
def drawn(name):
    """Draw each chart once, for tests that only look."""
    return draw(name, sources=SOURCES)


def check_words(ax):
    """Check that no text of a chart covers another or leaves the figure; return the texts."""
    ax.figure.draw_without_rendering()
    boxes, edge = text_boxes(ax), ax.figure.bbox.padded(1)
    for text, box in boxes:
        assert edge.x0 <= box.x0 < box.x1 <= edge.x1, text.get_text()
        assert edge.y0 <= box.y0 < box.y1 <= edge.y1, text.get_text()
    for (a, one), (b, other) in combinations(boxes, 2):
        assert not one.padded(-1).overlaps(other.padded(-1)), (a.get_text(), b.get_text())
    return [text for text, _ in boxes]


@pytest.mark.parametrize("name", [n for n in vp.__all__ if n.startswith("plot_")])
def test_signatures_show_every_argument(name):
    parameters = inspect.signature(getattr(vp, name)).parameters
    for argument in ("sources", "width", "ax"):
        assert parameters[argument].kind is inspect.Parameter.KEYWORD_ONLY
    with pytest.raises(TypeError):
        getattr(vp, name)(frame("counts"), colour="red")


@each
def test_every_chart_states_a_finding_and_names_its_sources(name):
    ax = drawn(name)
    assert len(plain_title(ax)) > 20
    assert len(ax.alt) > 40
    first, note = ax.source_ids[0], ax.source_note.get_text()
    assert note.startswith("Source")
    assert first in note
    assert SOURCES.set_index("source_id").loc[first, "publisher"].split()[0] in note


@each
def test_no_text_overlaps_another_or_leaves_the_figure(name):
    assert check_words(drawn(name))


@pytest.mark.slow
@each
@pytest.mark.parametrize("width", [5.5, WIDTH, 10])
def test_no_text_is_covered_cut_or_small_at_any_width(name, width):
    ax = draw(name, sources=SOURCES, width=width)
    assert ax.figure.get_size_inches()[0] == width
    assert all(text.get_fontsize() >= 8 for text in check_words(ax))


@pytest.mark.parametrize("name", ["timeline-one", "distribution", pytest.param("counts", marks=pytest.mark.slow)])
def test_same_bytes_each_time(name):
    assert render_figure(drawn(name)) == render_figure(draw(name, sources=SOURCES))


@each
def test_a_chart_draws_on_the_axes_it_is_given(name):
    ax = Figure(figsize=(8, 6)).add_subplot()
    assert draw(name, ax=ax) is ax
    assert ax.get_title(loc="left")


def test_definitions_have_marks_of_their_own_and_no_line_joins_them():
    ax = drawn("counts")
    markers = {line.get_marker() for line in ax.lines if line.get_marker() not in ("None", "")}
    assert len(markers) >= 5
    assert all(len(set(line.get_ydata())) == 1 for line in ax.lines), "a line joins two counts"


def test_day_and_month_look_different():
    assert len(drawn("timeline-all").patches) == len([d for d in vp.timeline()["on"] if len(d) < 10])


@pytest.mark.slow
def test_a_chart_shows_itself_with_alt_text(monkeypatch):
    ax = drawn("counts")
    data, notes = ax._repr_mimebundle_()
    assert notes["image/svg+xml"]["alt"] == data["text/plain"] == ax.alt
    monkeypatch.setenv("VPNPOLICY_FIGURES", "svg,png")
    assert {"image/svg+xml", "image/png"} <= set(ax._repr_mimebundle_()[0])
    monkeypatch.setenv("VPNPOLICY_FIGURES", "exe")
    assert figure_formats() == ["svg"]


@pytest.mark.parametrize("name", ["register", "counts", "timeline-all", "balance", "tornado", "surge", "conflicts"])
def test_empty_frames_draw_without_a_fault(name):
    ax = PLOTS[name](frame(name).head(0))
    assert plain_title(ax)
    assert "nan" not in ax.alt


def test_labels_are_spread_in_order_and_inside():
    centres = spread([5.0, 5.0, 5.0, 9.9], [1.0, 1.0, 1.0, 1.0], 10.0)
    assert centres == sorted(centres)
    assert all(b - a >= 1 - 1e-9 for a, b in zip(centres, centres[1:], strict=False))
    assert 0.5 <= centres[0] <= centres[-1] <= 9.5


def test_events_are_split_into_parts_of_about_equal_length():
    parts = vp.split_events(vp.timeline(), most=22)
    sizes = [len(part) for part in parts]
    assert sum(sizes) == len(vp.timeline())
    assert max(sizes) <= 22
    assert max(sizes) - min(sizes) <= 1


def test_ticks_in_words():
    words = ["0.01", "1", "1,000", "100,000", "1 million", "1 billion"]
    assert [size_words(v) for v in (0.01, 1, 1000, 100000, 1e6, 1e9)] == words
