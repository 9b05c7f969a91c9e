"""Charts of prices, methods, the balance, conflicts and uncertainty: every number of the frame is on the figure."""

import functools

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from tests.chart_words import text_boxes

import vpnpolicy as vp
from vpnpolicy.plot.style import BLUE, ORANGE, SKY, plain_title

BYPASS = vp.scenario("bypass")


@functools.cache
def costs(**more):
    return vp.disruption_cost("PAK", "2023-05-09", "2023-05-12", **more)


balance = functools.cache(lambda: vp.balance("2024-12-01"))
methods_drawn = functools.cache(lambda: vp.plot_methods(costs()))
balance_drawn = functools.cache(lambda: vp.plot_balance(balance()))


def labels(ax):
    return [" ".join(t.get_text().split()) for t in ax.get_yticklabels()]


def notes(ax):
    """Return the texts at the right edge, from the top down."""
    return [t.get_text() for t in sorted((t for t in ax.texts if t.xyann == (6, 0)), key=lambda t: t.xy[1])]


def marks(ax):
    """Return the centre of each lane, by lane."""
    return {int(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() not in ("None", "")}


# Prices


def market(*values, kind="market, Pakistan", year="2024"):
    ends = {f"usd_per_mbps_month{end}": values for end in ("", "_low", "_high")}
    n = range(len(values))
    rows = {"kind": kind, "id": [f"M{k}" for k in n], "label": "x", "about_on": f"{year}-01", "source_id": "S001"}
    return pd.DataFrame({**rows, **ends, "times_wholesale": 1.0, "wholesale_on": year, "plausibility": None})


def test_the_mark_of_a_market_is_the_median_and_the_band_its_ends():
    ax = vp.plot_interpretations(pd.concat([market(1.0, 2.0, 9.0), market(5.0, year="2023")], ignore_index=True))
    assert labels(ax) == ["market, Pakistan, 2024", "market, Pakistan, 2023"]
    assert marks(ax) == {0: 2.0, 1: 5.0}
    assert notes(ax) == ["1 to 9", "5"]


def test_interpretations_come_first_dearest_on_top_and_pakistan_before_abroad():
    prices = vp.implied_prices()
    ours = prices[prices["kind"] == "interpretation"].sort_values("usd_per_mbps_month", ascending=False)
    found = labels(vp.plot_interpretations(prices))
    assert found[: len(ours)] == ours["label"].tolist()
    places = [label.split(", ")[1] for label in found[len(ours) :]]
    assert places == sorted(places, key=lambda place: place != "Pakistan")


@pytest.mark.slow
def test_brief_charts_have_fewer_lanes_and_lose_no_number():
    prices, frame = vp.implied_prices(), balance()
    abroad = prices[prices["kind"] == "market, abroad"]
    ends = abroad["usd_per_mbps_month_low"].min(), abroad["usd_per_mbps_month_high"].max()
    assert f"{ends[0]:g} to {ends[1]:g}" in notes(vp.plot_interpretations(prices, brief=True))
    ax = vp.plot_balance(frame, brief=True)
    ban, all_use = (frame[(frame["scope"] == "vpn") == of_ban]["method"].nunique() for of_ban in (True, False))
    assert labels(ax)[-2:] == [f"costs: {ban} figures for a ban on VPNs", f"costs: {all_use} figures for losing all internet use"]
    band, rest = ax.collections[-1].get_paths()[0].get_extents(), frame[frame["scope"] != "vpn"]
    assert (band.x0, band.x1) == (rest["cost_low"].min(), rest["cost_high"].max())


def test_the_dearest_interpretation_is_on_top_and_the_chosen_one_bold():
    costs_ = vp.compare_interpretations(1, 60)
    ax = vp.plot_costs(costs_, "1 Tbps for 60 minutes", "megabyte")
    assert labels(ax) == costs_.sort_values("cost_usd", ascending=False)["label"].tolist()
    assert [t.get_text() for t in ax.get_yticklabels() if t.get_fontweight() == "bold"] == ["$1 per megabyte, as printed"]
    assert plain_title(ax) == (
        "1 Tbps for 60 minutes: USD 450 million under 'megabyte'; the interpretations are 2.63 million times apart"
    )


# Conflicts


def test_the_widest_conflicts_are_drawn_the_widest_on_top():
    frame = vp.find_conflicts()
    widest = frame.dropna(subset="ratio").sort_values("ratio", ascending=False)
    ax = vp.plot_conflicts(frame, most=5)
    assert [marks(ax)[n] for n in range(5)] == widest["ratio"].head(5).tolist()


# Methods


def test_each_method_has_a_lane_and_closed_ones_say_so():
    ax = methods_drawn()
    money = costs()[(costs()["unit"] == "USD") & costs()["central"].notna()].sort_values("central")
    assert labels(ax) == [*money["label"], "NetBlocks COST", "Internet Society NetLoss", "CIPESA 2017"]
    assert notes(ax)[-3:] == ["closed"] * 3
    assert [marks(ax)[n] for n in range(len(money))] == money["central"].tolist()
    assert len(marks(ax)) == len(money), "a closed method has a mark"
    assert "User-hours" not in labels(ax)


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
        ({}, "From USD 17.3 million to USD 1.15 billion: 66.3 times apart by choice of method; 3 give no number"),
        ({"methods": ("cost", "netloss")}, "No method gives a sum of money; 2 give no number"),
        ({"methods": "cipesa"}, "No method gives a sum of money; 1 gives no number"),
        ({"methods": "user-hours"}, "No method gives a sum of money"),
        ({"methods": "oecd"}, "USD 130 million by the one method that gives a number"),
        ({"hours": 0, "methods": ("oecd", "icrier")}, "USD 0 by every method that gives a number"),
    ],
)
def test_titles_of_methods(more, title):
    ax = vp.plot_methods(costs(**more))
    assert plain_title(ax) == title
    assert "unknown" not in ax.alt


# Balance


def test_savings_above_costs_each_in_its_order():
    ax, frame = balance_drawn(), balance()
    savings = frame.drop_duplicates("interpretation").sort_values("saving_usd", ascending=False)
    n = len(savings)
    assert labels(ax)[:n] == [f"saves: {label}" for label in savings["label"]]
    assert [marks(ax)[k] for k in range(n)] == savings["saving_usd"].tolist()
    by_scope = frame.drop_duplicates(["method", "scope"])
    spent = pd.concat([by_scope[by_scope["scope"] == s].sort_values("cost_usd") for s in ("vpn", "national")])
    assert labels(ax)[n:] == [f"costs: {m}" for m in spent["method"]]
    assert [marks(ax)[k] for k in range(n, n + len(spent))] == spent["cost_usd"].tolist()
    colours = {int(line.get_ydata()[0]): to_hex(line.get_color()) for line in ax.lines if line.get_marker() in ("D", "d")}
    assert list(colours.values()) == [{"vpn": BLUE, "national": SKY}[s].lower() for s in spent["scope"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sign": "costs"}, "costs more than it saves under every method; the two are equal at 24.9 to 199 USD"),
        ({"sign": "saves"}, "saves more than it costs under every method"),
        ({"sign": ["costs", "saves", "either"]}, "may save or cost"),
        ({"equal_usd_per_mbps_month": None}, "costs more than it saves under every method"),
        ({"plausibility": "unlikely"}, "No interpretation fits market prices"),
    ],
)
def test_titles_of_balances(change, words):
    """Three costs of a ban beside one interpretation, with a column changed."""
    frame = balance().query("scope == 'vpn' and interpretation == 'mbps-month'").assign(**change)
    title = plain_title(vp.plot_balance(frame))
    assert words in title
    assert "unknown" not in title


# Distribution and tornado


def test_the_middle_and_the_span_are_the_quantiles():
    draws = BYPASS.simulate(5_000)
    ax = vp.plot_distribution(draws, "Cost")
    low, middle, high = draws.quantile((0.05, 0.5, 0.95))
    assert ax.lines[0].get_xdata()[0] == middle
    span = ax.patches[-1].get_extents().transformed(ax.transData.inverted())
    assert (span.x0, span.x1) == pytest.approx((low, high))
    assert "5,000 draws with seed 1" in ax.alt
    steps = ax.patches[0].get_xy()  # each height stands twice, at both ends of its step
    assert steps[:, 1].sum() / 2 == pytest.approx(99.8, abs=0.1)


@pytest.mark.parametrize("factor", [1e-3, 1e6, -1e12])
def test_ticks_of_any_size_do_not_run_into_each_other(factor):
    ranges = {"x": vp.Range(1, 2, 3)}
    model = lambda x: x * factor  # noqa: E731
    for ax in (vp.plot_distribution(vp.simulate(model, ranges, 500)), vp.plot_tornado(vp.tornado(model, ranges))):
        ticks = ax.get_xticklabels()
        boxes = sorted((b for t, b in text_boxes(ax) if t in ticks), key=lambda b: b.x0)
        assert len(boxes) >= 3
        assert all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:], strict=False))


def test_bars_run_from_the_centre_to_each_end_the_widest_on_top():
    frame = BYPASS.tornado()
    ax = vp.plot_tornado(frame, "USD/month")
    ends = [r[end] for r in frame.to_dict("records") for end in ("at_low", "at_high")]
    centre = frame["central"].iloc[0]
    for bar, end in zip(ax.patches, ends, strict=True):
        assert sorted((bar.get_x(), bar.get_x() + bar.get_width())) == pytest.approx(sorted((centre, end)))
    assert labels(ax) == [n.replace("_", " ") for n in frame["input"]]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is not on top"
    assert plain_title(ax) == "Wholesale price usd per mbps month moves the result most"
    assert "[USD/month]" in ax.get_xlabel()
    assert "[" not in vp.plot_tornado(frame, "1").get_xlabel()
