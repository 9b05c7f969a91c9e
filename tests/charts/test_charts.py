"""Charts by their artists: titles that state the finding, units on axes, alt text, sources; nothing overlaps or leaves the figure."""

import functools

import matplotlib
import pytest
from matplotlib.figure import Figure

import vpnpolicy as vp
from vpnpolicy.charts.style import figure_formats, plain_title, render_figure, size_words
from vpnpolicy.charts.timeline import spread

SOURCES = vp.load_sources()
BYPASS, A_DAY = vp.scenario("bypass"), vp.scenario("disruption")
FRAMES = {
    "register": lambda: vp.register_on("2026-03-31", ended=True), "register-early": lambda: vp.register_on("2025-03-01", ended=True),
    "counts": vp.load_counts, "timeline-all": vp.timeline, "timeline-dense": lambda: vp.timeline("2024-11", "2024-12"),
    "timeline-one": lambda: vp.timeline("2025-11", "2025-11"), "conflicts": vp.find_conflicts, "regimes": vp.compare_regimes,
    "regimes-early": lambda: vp.compare_regimes(as_of="2024-12-31"), "positions": lambda: vp.positions(issue="vpn use"),
    "positions-one": lambda: vp.positions("PTA", "vpn slows internet"), "readings": vp.implied_prices,
    "methods": lambda: vp.disruption_cost("PAK", "2023-05-09", "2023-05-12"), "balance": lambda: vp.balance("2024-12-01"),
    "distribution": lambda: BYPASS.simulate(5_000), "tornado": BYPASS.tornado, "tornado-millions": A_DAY.tornado,
}  # fmt: skip
PLOTS = {
    "register": lambda frame, **k: vp.plot_register(frame, "2026-03-31", **k),
    "register-early": lambda frame, **k: vp.plot_register(frame, "2025-03-01", **k),
    "counts": vp.plot_counts, "timeline-all": vp.plot_timeline, "timeline-dense": vp.plot_timeline, "timeline-one": vp.plot_timeline,
    "conflicts": vp.plot_conflicts, "regimes": vp.plot_regimes, "regimes-early": vp.plot_regimes, "positions": vp.plot_positions,
    "positions-one": vp.plot_positions, "readings": vp.plot_readings, "methods": vp.plot_methods, "balance": vp.plot_balance,
    "distribution": lambda draws, **k: vp.plot_distribution(draws, "Monthly cost", source_ids=BYPASS.source_ids, **k),
    "tornado": lambda frame, **k: vp.plot_tornado(frame, BYPASS.unit, source_ids=BYPASS.source_ids, **k),
    "tornado-millions": lambda frame, **k: vp.plot_tornado(frame, A_DAY.unit, source_ids=A_DAY.source_ids, **k),
}  # fmt: skip


@functools.cache
def frame(name):
    """What each chart shows, worked out once."""
    return FRAMES[name]()


def draw(name, **more):
    return PLOTS[name](frame(name), **more)


@functools.cache
def drawn(name):
    """Each chart once, for tests that only look."""
    return draw(name, sources=SOURCES)


chart = pytest.mark.parametrize("name", PLOTS)


@chart
def test_every_chart_states_a_finding_and_names_its_sources(name):
    ax = drawn(name)
    assert len(plain_title(ax)) > 20
    assert len(ax.alt) > 40
    assert ax.source_ids
    assert ax.source_note.get_text().startswith("Source")
    assert ax.source_ids[0] in ax.source_note.get_text()
    assert SOURCES.set_index("source_id").loc[ax.source_ids[0], "publisher"].split()[0] in ax.source_note.get_text()


@chart
def test_no_text_overlaps_another_or_leaves_the_figure(name, check_words):
    assert check_words(drawn(name))


@pytest.mark.parametrize(
    "name", ["timeline-one", "distribution", *(pytest.param(n, marks=pytest.mark.slow) for n in ("counts", "readings"))]
)
def test_same_bytes_each_time(name):
    assert render_figure(drawn(name)) == render_figure(draw(name, sources=SOURCES))


@chart
def test_a_chart_draws_on_the_axes_it_is_given(name):
    ax = Figure(figsize=(8, 6)).add_subplot()
    assert draw(name, ax=ax) is ax
    assert ax.get_title(loc="left")


def test_nothing_is_left_changed():
    before = dict(matplotlib.rcParams)
    draw("counts")
    assert dict(matplotlib.rcParams) == before


def test_dollars_stay_dollars():
    ax = drawn("readings")
    assert ax.get_title(loc="left").count("$") == 2
    assert not ax.title.get_parse_math()


def test_definitions_have_marks_of_their_own_and_no_line_joins_them():
    ax = drawn("counts")
    markers = {line.get_marker() for line in ax.lines if line.get_marker() not in ("None", "")}
    assert len(markers) >= 5
    assert all(len(set(line.get_ydata())) == 1 for line in ax.lines), "a line joins two counts"


def test_day_and_month_look_different():
    ax = drawn("timeline-all")
    assert len(ax.patches) == len([d for d in vp.timeline()["on"] if len(d) < 10])


def test_one_band_for_each_reading():
    ax = drawn("readings")
    assert ax.get_xscale() == "log"
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert [label for label in labels if label.startswith("$")] == list(
        vp.load_readings()
        .set_index("reading_id")
        .loc[["megabit", "megabyte", "as-stated", "gigabyte", "terabyte", "mbps-month"], "label"]
    )


@pytest.mark.slow
def test_a_chart_shows_itself_with_alt_text(monkeypatch):
    ax = drawn("counts")
    data, notes = ax._repr_mimebundle_()
    assert notes["image/svg+xml"]["alt"] == data["text/plain"] == ax.alt
    monkeypatch.setenv("VPNPOLICY_FIGURES", "svg,png")
    data, notes = ax._repr_mimebundle_()
    assert {"image/svg+xml", "image/png"} <= set(data)
    monkeypatch.setenv("VPNPOLICY_FIGURES", "exe")
    assert figure_formats() == ["svg"]


@pytest.mark.parametrize("frame", ["register", "timeline", "counts"])
def test_empty_frames_draw_without_a_fault(frame):
    if frame == "register":
        ax = vp.plot_register(vp.register_on("2024-01-01"), "2024-01-01")
    elif frame == "timeline":
        ax = vp.plot_timeline(vp.timeline("1995", "1996"))
    else:
        ax = vp.plot_counts(vp.load_counts().head(0))
    assert plain_title(ax)


def test_labels_are_spread_in_order_and_inside():
    centres = spread([5.0, 5.0, 5.0, 9.9], [1.0, 1.0, 1.0, 1.0], 10.0)
    assert centres == sorted(centres)
    assert all(b - a >= 1 - 1e-9 for a, b in zip(centres, centres[1:], strict=False))
    assert centres[0] >= 0.5
    assert centres[-1] <= 9.5


def test_ticks_in_words():
    assert [size_words(v) for v in (0.01, 1, 1000, 100000, 1e6, 1e9)] == [
        "0.01",
        "1",
        "1,000",
        "100,000",
        "1 million",
        "1 billion",
    ]
