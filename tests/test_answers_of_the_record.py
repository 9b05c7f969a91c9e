"""Valid and knowledge time, timeline, regimes, positions, guide, sources: on made-up rows."""

import pytest

import vpnpolicy as vp
from vpnpolicy.data.sources import find_sources, to_bibtex, to_csl
from vpnpolicy.errors import DateError, UsageError

DATED = ["claims", "events", "licences", "positions", "prices", "terms", "traffic", "indicators", "sources", "statements"]


@pytest.mark.parametrize(
    ("as_of", "known_on", "rows"),
    [
        ("2024-01-09", None, {}),
        ("2024-01", None, {"E01": "cannot tell"}),
        ("2024-02", None, {"E01": "yes"}),
        ("2024-03-15", None, {"E01": "yes", "E02": "cannot tell"}),
        ("2024-12", None, {"E01": "yes", "E02": "yes", "E100": "yes"}),
        (None, "2024-01-09", {}),
        (None, "2024-03-05", {"E01": "yes", "E02": "yes"}),
        (None, "2024-05-31", {"E01": "yes", "E02": "yes", "E100": "cannot tell"}),  # an undated page
        (None, "2024-06-02", {"E01": "yes", "E02": "yes", "E100": "yes"}),  # the day it was read
    ],
)
def test_valid_time_and_knowledge_time(record, as_of, known_on, rows):
    frame = vp.load_timeline(data=record, as_of=as_of, known_on=known_on)
    states = frame["valid_on"] if as_of else frame["known_on"]
    assert dict(zip(frame["event_id"], states, strict=True)) == rows


@pytest.mark.parametrize("name", DATED)
def test_every_dated_table_of_the_record_takes_both_times(name):
    frame = vp.load(name, as_of="2024-12", known_on="2025-06")
    assert set(frame["valid_on"]) | set(frame["known_on"]) <= {"yes", "cannot tell"}
    assert len(frame) <= len(vp.load(name))
    assert "yes" not in set(vp.load(name, known_on="1995")["known_on"])


@pytest.mark.parametrize(
    ("question", "inside"),
    [
        ({}, {"E01": "yes", "E02": "yes", "E100": "yes"}),
        ({"start": "2024-03", "end": "2024-03"}, {"E02": "yes"}),
        ({"start": "2024-03-10"}, {"E02": "cannot tell", "E100": "yes"}),
        ({"end": "2024-03-10"}, {"E01": "yes", "E02": "cannot tell"}),
        ({"actor": "REGUL", "category": "licence"}, {"E01": "yes", "E100": "yes"}),
        ({"actor": "nobody"}, {}),
        ({"known_on": "2024-02"}, {"E01": "yes"}),
    ],
)
def test_the_timeline(record, question, inside):
    frame = vp.timeline(**question, data=record)
    assert dict(zip(frame["event_id"], frame["inside"], strict=True)) == inside


def test_an_unreadable_date_is_refused():
    with pytest.raises(DateError, match="Did you mean 2025-11-13"):
        vp.timeline("13/11/2025")


def test_regimes_come_from_the_rows_of_one_country(record):
    cells = vp.compare_regimes(data=record)
    assert list(dict.fromkeys(cells["regime"])) == ["open-use", "licence"]
    fee = cells.set_index(["aspect", "regime"]).loc[("fee", "licence")]
    assert (fee["state"], fee["text"]) == ("differs", "fee of 100 [S002]; fee of 200 [S003]")
    assert ((cells["source_id"] != "") == (cells["text"] != "not stated")).all()
    other = vp.compare_regimes(country="EGY", data=record).set_index("aspect")["text"]
    assert other["KYC"] == "identity card [S003]"
    assert vp.compare_regimes(as_of="2024-02", data=record)["text"].eq("not stated").all()
    with pytest.raises(UsageError, match="no regime of 'PAKS'. Did you mean 'PAK'"):
        vp.compare_regimes(country="PAKS", data=record)


@pytest.mark.parametrize(
    ("who", "country", "terms"), [("provider", "PAK", ["T01", "T02"]), ("freelancer", "EGY", ["T100"]), ("user", "PAK", [])]
)
def test_obligations(record, who, country, terms):
    assert vp.obligations(who, country=country, data=record)["term_id"].tolist() == terms


def test_an_unknown_reader_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'freelancer'"):
        vp.obligations("freelance")


def test_a_reversal_is_surely_later_and_on_the_same_issue(record):
    frame = vp.positions("regul", "licensing", data=record)
    assert frame["reverses"].tolist()[1:] == ["P01"]
    path = record / "positions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2024-01-10", "2024-05-31"), encoding="utf-8")
    assert vp.positions(data=record)["reverses"].isna().all()
    with pytest.raises(UsageError, match="Did you mean 'licensing'"):
        vp.positions(issue="licencing", data=record)


def test_a_guide_has_a_source_for_each_line_and_marks_undated_pages(record):
    guide = vp.guide("provider", provider="Birch VPN", data=record)
    assert str(guide).splitlines()[1].startswith("Not legal advice, and not PTA's list")
    assert [i.source_id for i in guide.sections["terms"]] == ["S002", "S003"]
    assert [i.remark.endswith("undated page") for i in (*guide.sections["risk"], *guide.sections["duty"])] == [False, True]
    assert guide.answer.state == "listed"
    assert vp.guide("user", as_of="2024-02", data=record).listed == ("Alder VPN (Alder Networks)",)
    assert set(guide.to_frame()["source_id"]) == set(guide.source_ids) == {"S001", "S002", "S003"}


def test_a_citation_says_how_it_is_known(record):
    first, second, third = vp.cite(["S001;S002", "S003", "S001"], data=record).splitlines()
    assert first.endswith("2024-01-10. https://example.org/1 (tier A, official; read in full 2024-06-01)")
    assert "2024-03-05 (inferred)" in second
    assert "undated" in third
    with pytest.raises(UsageError, match="Did you mean 'S001'"):
        vp.cite("s001", data=record)


def test_csl_and_bibtex():
    row = find_sources("S034")[0]
    assert to_csl(row)["issued"] == {"date-parts": [[2025, 12, 9]]}
    assert to_bibtex(find_sources("S121")[0]).count(r"\$910,000") == 1


def test_sources_due_for_a_check(record):
    assert vp.stale(data=record)["source_id"].tolist() == []
    assert vp.stale(as_of="2024-07-02", data=record)["days_over"].tolist() == [1]
