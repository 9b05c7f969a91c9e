"""Names, register, timeline, sources: what the record answers."""

import csv
from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.errors import DateError, ProviderNameError, UsageError
from vpnpolicy.record.names import near_names, normal_name, odd_characters
from vpnpolicy.record.register import Register, name_keys
from vpnpolicy.record.sources import find_sources, to_bibtex, to_csl

KEYS = {k for s in Register().spells for k in name_keys(s)}


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("Zettabyte (Pvt.) Ltd.", "zettabyte"),
        ("ZETTABYTE PVT LTD", "zettabyte"),
        ("Zettabyte (Private) Limited", "zettabyte"),
        ("Nexilium Tech (SMC\u2011Pvt.) Ltd.", "nexilium tech"),
        ("Nexilium Tech SMC-Pvt Ltd", "nexilium tech"),
        ("  Crest   VPN ", "crest vpn"),
        ("Crest\u00a0VPN", "crest vpn"),
        ("Cafe\u0301 VPN", "café vpn"),
        ("Ltd", ""),
    ],
)
def test_normal_form(name, normal):
    assert normal_name(name) == normal


@pytest.mark.parametrize(
    "name", ["Ｃrest VPN", "Cr\u0435st VPN", "Crest\u200b VPN", "\u202eNPV tserC", "Ζettabyte", "Crest VPN\u2060"]
)
def test_look_alikes_are_named_and_never_listed(name):
    answer = vp.check(name)
    assert answer.state == "not listed"
    assert answer.odd_characters
    assert odd_characters(name)[0].startswith("U+")


@pytest.mark.parametrize(
    ("name", "as_of", "state"),
    [
        ("Kestrel VPN", "2025-12-01", "listed"),
        ("Kestrel VPN", "2025-11-13", "listed"),
        ("Kestrel VPN", "2025-11-12", "not listed"),
        ("Kestrel VPN", "2025-11", "cannot tell"),
        ("Kestrel VPN", "2025-12", "listed"),
        ("Kestrel VPN", "2026", "listed"),
        ("kestrel vpn", "2026-01-01", "listed"),
        ("Nexilium Tech (SMC-Pvt.) Ltd.", "2026-01-01", "listed"),
        ("Zettabyte", "2025-03-01", "listed"),
        ("Zettabyte", "2025-11", "listed"),
        ("Crest VPN", "2025-02-23", "cannot tell"),
        ("Crest VPN", "2025-02", "cannot tell"),
        ("NordVPN", "2024-06-01", "cannot tell"),
        ("NordVPN", "2026-01-01", "not listed"),
        ("PTCL", "2025-10-01", "cannot tell"),
        ("PTCL", "2026-01-01", "listed"),
        ("Crest", "2026-01-01", "not listed"),
        ("Kestral VPN", "2026-01-01", "not listed"),
    ],
)
def test_the_three_answers(name, as_of, state):
    assert vp.check(name, as_of=as_of).state == state


def test_a_near_name_is_a_hint():
    answer = vp.check("Kestral VPN", as_of="2026-01-01")
    assert answer.near == ("Kestrel VPN (Nexilium Tech)",)
    assert "A close name is not a match." in str(answer)
    assert near_names("alpha 4 cubic", KEYS) == ["alpha 3 cubic"]


def test_an_answer_has_no_truth_value():
    with pytest.raises(TypeError, match="answer.state == 'listed'"):
        bool(vp.check("Kestrel VPN"))


def test_an_answer_travels():
    answer = vp.check("Kestrel VPN", as_of="2025-12-01")
    assert answer.to_dict()["schema"] == "vpnpolicy.answer/1"
    assert answer.to_frame()["company"].item() == "Nexilium Tech (SMC-Pvt.) Ltd."
    assert "S025" in answer.source_ids
    assert set(answer._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_an_answer_shows_hostile_names_as_text():
    bundle = vp.check("<img src=x onerror=alert(1)>")._repr_mimebundle_()
    assert "<img" not in bundle["text/html"]


@pytest.mark.parametrize("name", ["", "  ", "---", "VPN", "(Pvt.) Ltd.", "\u200b"])
def test_names_that_cannot_be_looked_up(name):
    with pytest.raises(ProviderNameError):
        vp.check(name)


def test_a_name_that_is_no_text():
    with pytest.raises(ProviderNameError, match="found int"):
        vp.check(5)


def test_unnamed_licensees_keep_not_listed_from_meaning_not_licensed():
    assert any("not named in any source held" in n for n in vp.check("NordVPN", as_of="2026-01-01").notes)
    assert not any("not named" in n for n in vp.check("NordVPN", as_of="2025-03-01").notes)


def test_the_register_names_two_on_2025_03_01_S010():
    register = vp.register_on("2025-03-01")
    assert sorted(register["brand"]) == ["Crest VPN", "Steer Lucid"]
    assert set(register["scope"]) == {"commercial clients"}
    assert set(register["state"]) == {"listed"}


def test_the_register_counts_the_unnamed_once_conflicts_26():
    register = vp.register_on("2026-03-31")
    unnamed = register[register["company"].isna()]
    assert (unnamed["adds_low"].sum(), unnamed["adds_high"].sum()) == (2, 4)
    assert vp.register_on("2025-06-01")["adds_low"].sum() == 3


def test_ended_spells_on_request():
    register = vp.register_on("2026-03-31", ended=True)
    assert list(register[register["state"] == "ended"]["licence_id"]) == ["L01", "L02"]
    assert register[register["state"] == "ended"]["adds_high"].sum() == 0


def test_a_month_in_which_a_spell_begins_is_unsure():
    register = vp.register_on("2025-11").set_index("licence_id")
    assert register.loc["L03", "state"] == "cannot tell"
    assert register.loc["L08", "state"] == "listed"


def test_row_order_does_not_matter(data):
    path = Path(data) / "licences.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(reversed(rows)), encoding="utf-8")
    for name, day in [("Kestrel VPN", "2025-11"), ("Zettabyte", "2025-11"), ("PTCL", "2025-10-01")]:
        assert vp.check(name, as_of=day, data=data).state == vp.check(name, as_of=day).state


def test_grants_only_sets_grow():
    days = ["2025-03-01", "2025-06-01", "2025-11-20", "2026-01-01", "2026-03-31"]
    sets = [set(vp.register_on(d)["provider_id"].dropna()) for d in days]
    assert all(a <= b for a, b in zip(sets, sets[1:], strict=False))


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "n"),
    [
        ("2025-11-13", "2025-11-13", "E60", "E60", 1),
        (None, "2010", "E01", "E03", 3),
        ("2026", None, "E63", "E64", 2),
        ("2024-11-15", "2024-11-15", "E33", "E34", 2),
    ],
)
def test_timeline_bounds_are_inside(start, end, first, last, n):
    events = vp.timeline(start, end)
    assert (events["event_id"].iloc[0], events["event_id"].iloc[-1], len(events)) == (first, last, n)


def test_an_event_known_to_the_month_may_lie_outside():
    events = vp.timeline("2024-09-10", "2024-09-30").set_index("event_id")
    assert events.loc["E30", "inside"] == "cannot tell"
    assert events.loc["E29", "inside"] == "yes"


def test_timeline_by_actor_and_kind():
    assert set(vp.timeline(actor="pta", category="licence")["category"]) == {"licence"}
    assert vp.timeline(actor="nobody").empty


def test_timeline_refuses_an_unreadable_date():
    with pytest.raises(DateError):
        vp.timeline("13/11/2025")


def test_a_citation_says_how_it_is_known():
    assert vp.cite("S001").endswith("(tier C; read in full 2026-11-21)")
    assert "2025-02-24 (inferred)" in vp.cite("S006")
    assert "undated" in vp.cite("S014")
    assert vp.cite(vp.load_licences()["source_id"]).count("\n") == 6


def test_an_unknown_source_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'S034'"):
        vp.cite("s034")


def test_csl_and_bibtex():
    row = find_sources("S034")[0]
    assert to_csl(row)["issued"] == {"date-parts": [[2025, 12, 9]]}
    assert to_bibtex(find_sources("S121")[0]).count(r"\$910,000") == 1


def test_every_claim_can_be_followed_to_a_page():
    urls = vp.load_sources().set_index("source_id")["url"]
    assert urls.loc[vp.load_claims()["source_id"]].str.startswith("http").all()


def test_frames_write_back_as_they_were(tmp_path):
    """load → save → load gives the same rows."""
    source = Path(__file__).resolve().parents[2] / "data" / "terms.csv"
    with source.open(encoding="utf-8", newline="") as file:
        before = list(csv.reader(file))
    after = vp.load_terms().astype(object)
    assert [r[0] for r in before[1:]] == list(after["term_id"])
    assert [r[5] for r in before[1:]] == list(after["text"])
