"""Charts of methods, of the balance and of uncertainty: every number of the frame is on the figure, and nothing else."""

import functools

import pandas as pd
import pytest
from matplotlib.colors import to_hex

import vpnpolicy as vp
from vpnpolicy.charts.style import BLUE, ORANGE, SKY, plain_title, text_boxes

BYPASS = vp.scenario("bypass")


@functools.cache
def costs(**more):
    return vp.disruption_cost("PAK", "2023-05-09", "2023-05-12", **more)


@functools.cache
def balance():
    return vp.balance("2024-12-01")


@functools.cache
def methods_drawn():
    return vp.plot_methods(costs())


@functools.cache
def balance_drawn():
    return vp.plot_balance(balance())


def labels(ax):
    return [" ".join(t.get_text().split()) for t in ax.get_yticklabels()]


def notes(ax):
    """Texts at the right edge, from the top down."""
    return [t.get_text() for t in sorted((t for t in ax.texts if t.xyann == (6, 0)), key=lambda t: t.xy[1])]


def marks(ax):
    """The centre of each lane, by lane."""
    return {int(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() not in ("None", "")}


# Methods


def test_each_method_has_a_lane_and_closed_ones_say_so():
    ax = methods_drawn()
    money = costs()[(costs()["unit"] == "USD") & costs()["central"].notna()].sort_values("central")
    assert labels(ax) == [*money["label"], "NetBlocks COST", "Internet Society NetLoss", "CIPESA 2017"]
    assert notes(ax)[-3:] == ["closed"] * 3
    assert [marks(ax)[n] for n in range(len(money))] == money["central"].tolist()
    assert len(marks(ax)) == len(money), "a closed method has a mark"


def test_user_hours_are_not_drawn_among_dollars():
    assert "User-hours" not in labels(methods_drawn())


def test_bands_run_from_low_to_high():
    ax = vp.plot_methods(costs(methods="deloitte-people"))
    row = costs(methods="deloitte-people").iloc[0]
    box = ax.collections[0].get_paths()[0].get_extents()
    assert (box.x0, box.x1) == (row["low"], row["high"])
    assert notes(ax) == ["59.4 million to 2.34 billion"]


def test_the_title_says_how_far_apart_the_methods_are():
    money = costs()[costs()["unit"] == "USD"]["central"].dropna()
    title = plain_title(methods_drawn())
    assert (
        title
        == f"From USD 17.3 million to USD 1.15 billion: {money.max() / money.min():.1f} times apart by choice of method; 3 give no number"
    )


def test_marks_tell_what_was_seen_of_a_method():
    ax = methods_drawn()
    shapes = {int(line.get_ydata()[0]): (line.get_marker(), to_hex(line.get_color()).upper()) for line in ax.lines}
    status = costs().set_index("label")["status"]
    for n, label in enumerate(labels(ax)[:-3]):
        assert shapes[n] == (("o", BLUE.upper()) if status[label] == "complete" else ("s", ORANGE.upper()))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["form and parameters seen", "form seen, some parameters not"]


@pytest.mark.parametrize(
    ("more", "title"),
    [
        ({"methods": ("cost", "netloss")}, "No method gives a sum of money; 2 give no number"),
        ({"methods": "cipesa"}, "No method gives a sum of money; 1 gives no number"),
        ({"methods": "user-hours"}, "No method gives a sum of money"),
        ({"methods": "oecd"}, "USD 130 million by the one method that gives a number"),
        ({"hours": 0, "methods": ("oecd", "icrier")}, "USD 0 by every method that gives a number"),
    ],
)
def test_titles_where_there_is_little_to_compare(more, title):
    ax = vp.plot_methods(costs(**more))
    assert plain_title(ax) == title
    assert "unknown" not in ax.alt
    assert len(ax.alt) > 10


# Balance


@pytest.mark.slow
def test_savings_stand_above_costs_and_every_number_is_there():
    ax, frame = balance_drawn(), balance()
    n = frame["reading_id"].nunique()
    assert all(label.startswith("saves: ") for label in labels(ax)[:n])
    assert all(label.startswith("costs: ") for label in labels(ax)[n:])
    assert set(marks(ax).values()) == set(frame["saving_usd"]) | set(frame["cost_usd"])
    assert n - 0.5 in [line.get_ydata()[0] for line in ax.lines], "no line between the two sides"


def test_costs_of_a_ban_and_of_all_internet_use_look_different():
    ax, frame = balance_drawn(), balance()
    colours = {int(line.get_ydata()[0]): to_hex(line.get_color()).upper() for line in ax.lines if line.get_marker() in ("D", "d")}
    scope = frame.drop_duplicates("method").set_index("method")["scope"]
    for n, label in enumerate(labels(ax)):
        if label.startswith("costs: "):
            assert colours[n] == {"vpn": BLUE, "national": SKY}[scope[label.removeprefix("costs: ")]].upper()


def test_the_title_names_the_sign_and_the_price_at_which_both_are_equal():
    title = plain_title(balance_drawn())
    assert title.startswith("At the plausible reading blocking costs more than it saves under every method;")
    assert title.endswith("equal at 24.9 to 20,900 USD per Mbps per month")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sign": "costs"}, "costs more than it saves under every method; the two are equal at 24.9 to 199 USD"),
        ({"sign": "saves"}, "saves more than it costs under every method"),
        ({"sign": ["costs", "saves", "either"]}, "may save or cost"),
        ({"equal_usd_per_mbps_month": None}, "costs more than it saves under every method"),
        ({"plausibility": "strained"}, "No plausible reading to hold against a cost"),
    ],
)
def test_titles_of_other_balances(change, words):
    """Three costs of a ban beside one reading, with a column changed."""
    frame = balance().query("scope == 'vpn' and reading_id == 'mbps-month'").assign(**change)
    title = plain_title(vp.plot_balance(frame))
    assert words in title
    assert "unknown" not in title


def test_an_empty_balance_draws_without_a_fault():
    ax = vp.plot_balance(balance().head(0))
    assert plain_title(ax) == "No plausible reading to hold against a cost"
    assert ax.alt == "Nothing to hold against each other."


# Distribution


def test_the_bars_come_to_a_hundred_percent_but_for_the_outermost_draws():
    ax = vp.plot_distribution(BYPASS.simulate(20_000), "Cost")
    assert sum(p.get_height() for p in ax.patches if p.get_width() < 20_000) == pytest.approx(99.8, abs=0.05)


def test_the_middle_and_the_span_are_the_quantiles():
    drawn = BYPASS.simulate(5_000)
    ax = vp.plot_distribution(drawn, "Cost")
    low, middle, high = drawn.quantile((0.05, 0.5, 0.95))
    assert ax.lines[0].get_xdata()[0] == middle
    span = ax.patches[-1].get_extents().transformed(ax.transData.inverted())
    assert (span.x0, span.x1) == pytest.approx((low, high))
    assert "5,000 draws with seed 1" in ax.alt


@pytest.mark.parametrize(
    ("unit", "label", "title"),
    [("USD/month", "Cost [USD/month]", "Cost: 5 USD/month in the middle, 5 to 5 in nine of ten draws"), ("1", "Cost", "Cost: 5 in the middle, 5 to 5 in nine of ten draws")],
)  # fmt: skip
def test_one_value_and_no_unit(unit, label, title):
    ax = vp.plot_distribution(vp.simulate(lambda x: x, {"x": vp.Range.exact(5)}, 10, unit=unit), "Cost")
    assert (ax.get_xlabel(), plain_title(ax)) == (label, title)


@pytest.mark.parametrize("factor", [1e-3, 1e6, -1e12])
def test_ticks_of_any_size_do_not_run_into_each_other(factor):
    ranges = {"x": vp.Range(1, 2, 3)}
    charts = [
        vp.plot_distribution(vp.simulate(lambda x: x * factor, ranges, 500)),
        vp.plot_tornado(vp.tornado(lambda x: x * factor, ranges)),
    ]
    for ax in charts:
        ticks = ax.get_xticklabels()
        boxes = sorted((b for t, b in text_boxes(ax) if t in ticks), key=lambda b: b.x0)
        assert len(boxes) >= 3
        assert all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:], strict=False))


# Tornado


def test_bars_run_from_the_centre_to_each_end():
    frame = BYPASS.tornado()
    ax = vp.plot_tornado(frame, "USD/month")
    ends = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    wanted = [(r["central"], r[end] - r["central"]) for r in frame.to_dict("records") for end in ("at_low", "at_high")]
    for (x, width), (centre, swing) in zip(ends, wanted, strict=True):
        assert sorted((x, x + width)) == pytest.approx(sorted((centre, centre + swing)))
    assert ax.lines[-1].get_xdata()[0] == frame["central"].iloc[0]


def test_the_widest_swing_is_on_top_and_in_the_title():
    ax = vp.plot_tornado(BYPASS.tornado(), "USD/month")
    assert labels(ax) == [n.replace("_", " ") for n in BYPASS.tornado()["input"]]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is not on top"
    assert plain_title(ax) == "Wholesale price usd per mbps month moves the result most"
    assert notes(ax)[0] == "209,000 to 627,000"


@pytest.mark.parametrize("unit", ["", "1", "USD"])
def test_a_unit_is_named_where_there_is_one(unit):
    label = vp.plot_tornado(BYPASS.tornado(), unit).get_xlabel()
    assert ("[" in label) == (unit == "USD")


def test_an_empty_tornado_draws_without_a_fault():
    ax = vp.plot_tornado(pd.DataFrame(columns=["input", "at_low", "at_high", "central", "swing"]))
    assert plain_title(ax) == "Nothing moves the result most"
    assert ax.alt == "No input."


# All four


@pytest.mark.parametrize("name", ["methods", "balance", "distribution", "tornado"])
def test_sources_are_those_of_the_frame(name):
    ax = {
        "methods": methods_drawn, "balance": balance_drawn,
        "distribution": lambda: vp.plot_distribution(BYPASS.simulate(100), source_ids=BYPASS.source_ids),
        "tornado": lambda: vp.plot_tornado(BYPASS.tornado(), source_ids=BYPASS.source_ids),
    }[name]()  # fmt: skip
    wanted = {"methods": costs(), "balance": balance()}.get(name)
    ids = set(BYPASS.source_ids) if wanted is None else set(";".join(wanted["source_ids"]).split(";"))
    assert set(ax.source_ids) == ids
    assert ax.chart_name == name


@pytest.mark.slow
def test_frames_are_left_as_they_were():
    methods_drawn(), balance_drawn()
    pd.testing.assert_frame_equal(costs(), vp.disruption_cost("PAK", "2023-05-09", "2023-05-12"))
    pd.testing.assert_frame_equal(balance(), vp.balance("2024-12-01"))
