"""Names, the register, lists against it: on made-up rows, and some known answers of the record."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.data.names import name_keys, near_names, normal_name, odd_characters
from vpnpolicy.errors import ProviderNameError
from vpnpolicy.register import Register, ask
from vpnpolicy.vendors import answer_all

REGISTER = Register()
KEYS = {key for licence in REGISTER.licences for key in name_keys(licence)}


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("Zettabyte (Pvt.) Ltd.", "zettabyte"),
        ("ZETTABYTE PVT LTD", "zettabyte"),
        ("Zettabyte (Private) Limited", "zettabyte"),
        ("Nexilium Tech (SMC\u2011Pvt.) Ltd.", "nexilium tech"),
        ("  Crest   VPN ", "crest vpn"),
        ("Crest\u00a0VPN", "crest vpn"),
        ("Cafe\u0301 VPN", "café vpn"),
        ("Ltd", ""),
    ],
)
def test_normal_form(name, normal):
    assert normal_name(name) == normal


@pytest.mark.parametrize("name", ["Ｃrest VPN", "Cr\u0435st VPN", "Crest\u200b VPN", "\u202eNPV tserC", "Ζettabyte"])
def test_look_alikes_are_named_and_never_listed(name):
    answer = vp.check(name)
    assert answer.state == "not listed"
    assert answer.odd_characters == tuple(odd_characters(name)) != ()


@pytest.mark.parametrize(
    ("name", "as_of", "known_on", "state"),
    [
        ("Alder VPN", "2024-01-09", None, "cannot tell"),  # before the first list
        ("Alder VPN", "2024-01-10", None, "listed"),
        ("Alder VPN", "2024-01", None, "cannot tell"),
        ("Alder VPN", "2024-02", None, "listed"),
        ("alder networks pvt ltd", "2024-02", None, "listed"),
        ("Alder VPN", "2024-04-30", None, "listed"),
        ("Alder VPN", "2024-05-01", None, "not listed"),  # it has ended
        ("Alder VPN", "2024-05-01", "2024-03-05", "listed"),  # its end was not surely known
        ("Birch VPN", "2024-02-29", None, "not listed"),
        ("Birch VPN", "2024-03-15", None, "cannot tell"),  # announced in March
        ("Birch VPN", "2024-03-31", None, "listed"),
        ("Birch VPN", "2024-03-31", "2024-03-04", "not listed"),  # published on 5 March
        ("Birch VPN", "2024", None, "cannot tell"),
        ("Cedar VPN", "2024-06-30", None, "not listed"),
    ],
)
def test_the_three_answers(record, name, as_of, known_on, state):
    assert vp.check(name, as_of=as_of, known_on=known_on, data=record).state == state


@pytest.mark.parametrize(
    ("name", "as_of", "state"),
    [
        ("Kestrel VPN", "2025-11-12", "not listed"),
        ("Kestrel VPN", "2025-11", "cannot tell"),
        ("Kestrel VPN", "2026", "listed"),
        ("Zettabyte", "2025-11", "listed"),
        ("PTCL", "2025-10-01", "cannot tell"),
        ("NordVPN", "2024-06-01", "cannot tell"),
    ],
)
def test_known_answers_of_the_record(name, as_of, state):
    assert vp.check(name, as_of=as_of).state == state


def test_an_answer_names_its_list_its_age_and_its_sources(record):
    answer = vp.check("Alder VPN", as_of="2024-02-01", data=record)
    assert (answer.company, answer.matched, answer.source_ids) == ("Alder Networks (Pvt.) Ltd.", "L01", ("S001", "S002"))
    later = vp.check("Birch VPN", data=record)
    assert (later.as_of, later.list_age_days, later.stale, later.exit_code) == ("2024-06-30", 91, True, 4)
    assert later.to_frame()["brand"].item() == "Birch VPN"
    assert later.to_dict()["schema"] == "vpnpolicy.answer/1"
    with pytest.raises(TypeError, match="answer.state == 'listed'"):
        bool(answer)


def test_a_near_name_is_a_hint_and_unnamed_licensees_are_mentioned(record):
    answer = vp.check("Birsch VPN", as_of="2024-04-01", data=record)
    assert (answer.state, answer.near) == ("not listed", ("Birch VPN (Birch Online)",))
    assert any("not named in any source" in note for note in answer.notes)
    assert not any("not named" in note for note in vp.check("Cedar VPN", as_of="2024-02-01", data=record).notes)
    assert near_names("alpha 4 cubic", KEYS) == ["alpha 3 cubic"]


@pytest.mark.parametrize("name", ["", "  ", "---", "VPN", "(Pvt.) Ltd.", "\u200b", 5])
def test_names_that_cannot_be_looked_up(name):
    with pytest.raises(ProviderNameError):
        vp.check(name)


def test_the_register_of_a_day(record):
    frame = vp.register_on(as_of="2024-05-01", ended=True, data=record).set_index("licence_id")
    assert frame["state"].to_dict() == {"L01": "ended", "L02": "listed", "L03": "listed"}
    assert frame.loc["L01", ["adds_low", "adds_high"]].tolist() == [0, 0]
    early = vp.register_on(as_of="2024-03-15", data=record).set_index("licence_id")["state"]
    assert early.to_dict() == {"L01": "listed", "L02": "cannot tell", "L03": "listed"}
    known = vp.register_on(as_of="2024-05-01", known_on="2024-03-05", data=record).set_index("licence_id")
    assert known.loc["L01", "state"] == "listed"
    assert known["ended_on"].isna().all()


def test_an_unnamed_licensee_that_may_be_another_adds_none_or_itself(record):
    frame = vp.register_on(as_of="2024-04-01", data=record).set_index("licence_id")
    adds = list(zip(frame["adds_low"], frame["adds_high"], strict=True))
    # L01 may be the unnamed L03 and L03 may be L02
    assert adds == [(0, 0), (1, 1), (0, 2)]


def test_the_order_of_rows_changes_no_answer(record):
    days = ["2024-02", "2024-03-15", "2024-05-01"]
    before = [vp.check("Alder VPN", as_of=d, data=record).state for d in days]
    path = record / "licences.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(reversed(rows)), encoding="utf-8")
    assert [vp.check("Alder VPN", as_of=d, data=record).state for d in days] == before


@pytest.mark.parametrize("known_on", ["2025-01-31", "2025-02-25", "2025-06-01", "2025-11-20", "2026-01-31"])
def test_a_fact_learned_later_never_changes_an_earlier_answer(data, known_on):
    names = ["Kestrel VPN", "Zettabyte", "PTCL", "NordVPN"]
    before = [vp.check(name, as_of="2026-01-31", known_on=known_on) for name in names]
    published = vp.load("sources").set_index("source_id")["published_on"].dropna()
    later = set(published[~published.str.contains("/") & (published > known_on)].index)
    with (data / "licences.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (data / "licences.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            if not {row["source_id"], *filter(None, row["more_source_ids"].split(";"))} <= later:
                unknown = {"ended_on": "", "ended_source_id": ""} if row["ended_source_id"] in later else {}
                writer.writerow({**row, "may_be": "", **unknown})
    after = [vp.check(name, as_of="2026-01-31", known_on=known_on, data=data) for name in names]
    assert [(a.state, a.source_ids) for a in after] == [(b.state, b.source_ids) for b in before]


def test_published_counts_are_compared_with_the_rows(record):
    row = vp.reconcile_counts(data=record).iloc[0]
    assert (row["printed"], row["named"], row["with_both"], row["gap"]) == (3, 2, 4, 1)
    assert row["reading"] == "1 more than the names, class licensees alone; no meaning of the page closes it"


def test_a_list_of_vendors(record, tmp_path):
    lines = ["id,name", "1,Birch VPN", '2,"Birch Online (SMC-Pvt.) Ltd."', "3,Birsch VPN", "4,", "5,B\u0456rch VPN", "6,Cedar"]
    (tmp_path / "v.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    counts = vp.check_file(tmp_path / "v.csv", "name", tmp_path / "a.csv", as_of="2024-04-01", data=record)
    assert counts == {"listed": 2, "not listed": 3, "cannot look up": 1}
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["line"] for r in rows] == ["2", "3", "4", "5", "6", "7"]
    assert (rows[0]["company"], rows[0]["sources"]) == ("Birch Online", "S002")
    assert rows[2]["near"] == "Birch VPN (Birch Online)"
    assert rows[4]["odd_characters"].startswith("U+0456")


@pytest.mark.slow
@given(st.lists(st.text(max_size=30), min_size=1, max_size=30))
@settings(max_examples=100)
def test_a_list_gives_the_answers_of_single_questions(names):
    day = REGISTER.package.as_of
    found = answer_all(REGISTER, names, day)
    for name in names:
        try:
            single = ask(REGISTER, name, day)
            assert (found[name][0], found[name][4]) == (single.state, "; ".join(single.near))
        except vp.UsageError:
            assert found[name][0] == "cannot look up"


@pytest.mark.slow
@given(
    st.one_of(
        st.text(min_size=1, max_size=40),
        st.sampled_from(sorted(KEYS)).flatmap(
            lambda k: st.builds(lambda n, c: k[:n] + c + k[n:], st.integers(0, len(k)), st.text(min_size=1, max_size=3))
        ),
    )
)
@settings(max_examples=2500)
def test_only_a_listed_name_is_ever_listed(name):
    state = answer_all(REGISTER, [name], REGISTER.package.as_of)[name][0]
    assert state != "listed" or normal_name(name) in KEYS
