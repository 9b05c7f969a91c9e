"""Sentences derived from rows: true when rows change, with sources and figures."""

import pytest

import vpnpolicy as vp
from vpnpolicy.errors import UsageError

TOPICS = [
    ("brief", {"as_of": "2026-03-31"}), ("register", {"as_of": "2025-12-31"}), ("timeline", {"start": "2008", "end": "2026"}),
    ("claims", {}), ("bandwidth", {"extra_tbps": 1.0, "minutes": 60.0}), ("regimes", {"as_of": "2026-03-31"}),
    ("disruption", {"country": "PAK", "start": "2023-05-09"}), ("audit", {}),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "inputs"), TOPICS)
def test_findings_are_sentences_with_sources(topic, inputs):
    found = vp.findings(topic, **inputs)
    assert all(f.text.endswith((".", ")")) for f in found)
    assert found.source_ids
    assert all(name.rsplit("_", 1)[-1] in ("count", "ratio", "usd", "gbps") for name in found.figures)
    assert found[0].text in str(found)
    assert "<ol><li>" in found._repr_mimebundle_()[0]["text/html"]


def test_findings_of_the_register_2026_03_31():
    assert vp.findings("register", as_of="2026-03-31").figures == {
        "named_licensees_count": 5,
        "permitted_count": 2,
        "unnamed_licensees_low_count": 2,
        "unnamed_licensees_high_count": 4,
        "newest_printed_total_count": 9,
    }


@pytest.mark.parametrize("day", ["2007", "2024-01", "2024-11"])
@pytest.mark.parametrize("topic", ["brief", "register", "claims", "regimes"])
def test_findings_of_a_day_on_which_little_was_known(topic, day):
    found = vp.findings(topic, as_of=day)
    assert found
    assert not any("nan" in f.text or "None" in f.text for f in found)


def test_the_most_frequent_kinds_of_event_come_first():
    kinds = vp.timeline("2008", "2026")["category"].value_counts()
    text = vp.findings("timeline", start="2008", end="2026")[0].text
    named = text.partition("of kind ")[2].rstrip(".").split(", ")
    assert [int(kind.split()[0]) for kind in named] == kinds.head(3).tolist()


def test_the_ends_of_a_disruption_are_the_cheapest_and_the_dearest_method():
    found = vp.findings("disruption", country="PAK", start="2023-05-09")
    costs = vp.disruption_cost("PAK", "2023-05-09").query("unit == 'USD'")["central"]
    assert found.figures["lowest_cost_usd"] == costs.min()
    assert found.figures["highest_cost_usd"] == costs.max()


def test_a_new_wholesale_price_changes_the_sentence_and_its_period(data, add_row):
    add_row(
        "prices", price_id="M900", bound="exact", measure="price per Mbps per month", market="Pakistan", place="Pakistan",
        statistic="party claim", about_on="2026-01", value="4", unit="USD/Mbps/month", source_id="S092",
    )  # fmt: skip
    text = vp.findings("bandwidth", extra_tbps=1, minutes=60, data=data)[2].text
    assert "110 times the Pakistani wholesale price of 2026-01; $1 per Mbps per month: 0.25 times it." in text
    title = vp.plot_interpretations(vp.implied_prices(data=data)).get_title(loc="left")
    assert "price of 2026-01" in " ".join(title.split())


def test_unknown_topic():
    with pytest.raises(UsageError, match="Did you mean 'register'"):
        vp.findings("registre")
