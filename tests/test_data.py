"""The record itself: sound by our rules and by an independent judge, whole, quoted sparingly."""

import csv
import json
import re
from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.data.tables import Folder
from vpnpolicy.data.validation import validate
from vpnpolicy.units import parse_unit

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
TABLES = list(Folder().package.resources)


def test_no_problem_by_our_own_rules():
    assert [str(p) for p in validate() if p.level == "error"] == []


@pytest.mark.slow
def test_frictionless_agrees():
    import frictionless

    report = frictionless.validate(str(DATA / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])


def test_every_table_of_the_folder_is_in_the_schema():
    named = {r["path"] for r in json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]}
    assert named == {p.name for p in DATA.glob("*.csv")}


def test_every_number_has_a_unit_that_the_table_of_units_knows():
    for resource in json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        for field in resource["schema"]["fields"]:
            if field["type"] in ("number", "integer"):
                assert field.get("unit") or field.get("vpnpolicy:unitColumn"), (resource["name"], field["name"])
                if field.get("unit"):
                    parse_unit(field["unit"])


def test_quotes_are_short_and_only_from_pages_that_were_read():
    claims = vp.load("claims")
    quoted = claims[claims["quote"].notna()]
    assert quoted["quote"].str.split().str.len().max() <= 15
    for source in ("S001", "S002", "S003"):
        assert claims[claims["source_id"] == source]["quote"].notna().all(), f"a claim of {source} has no quote"
        assert claims[claims["source_id"] == source]["locator"].str.fullmatch(r"paragraph \d+").all()


def test_texts_read_in_full_are_known_by_hash():
    sources = vp.load("sources")
    assert sources[sources["read_extent"] == "full"]["sha256"].notna().all()
    assert set(sources[sources["sha256"].notna()]["source_id"]) == {"S001", "S002", "S003"}


def test_every_found_conflict_has_a_ruling():
    conflicts = vp.find_conflicts()
    assert conflicts[conflicts["ruling_ids"] == ""]["conflict_id"].tolist() == []


def test_rulings_that_no_rule_finds_are_known():
    """Consistent after rounding (R13), an absence (R33): nothing two claims could contradict."""
    found = set(";".join(vp.find_conflicts()["ruling_ids"]).split(";"))
    assert set(vp.load("rulings")["ruling_id"]) - found == {"R13", "R33"}


def test_every_cell_of_the_comparison_has_a_source_or_says_not_stated():
    cells = vp.compare_regimes()
    assert ((cells["source_id"] != "") == (cells["text"] != "not stated")).all()
    fee = cells.query("aspect == 'fee'").set_index("regime")
    assert fee.loc["data-class-licence", "state"] == "differs"
    for part in ("Rs100,000 to Rs300,000", "Rs200,000 to Rs400,000", "$500"):
        assert part in fee.loc["data-class-licence", "text"]


def test_the_register_counts_the_unnamed_once():
    register = vp.register_on(as_of="2026-03-31")
    unnamed = register[register["company"].isna()]
    assert (unnamed["adds_low"].sum(), unnamed["adds_high"].sum()) == (2, 4)


def test_what_is_known_and_who_is_licensed_only_grows():
    days = ["2025-03-01", "2025-06-01", "2025-11-20", "2026-01-31", "2026-03-31"]
    sizes = [len(vp.load("claims", known_on=day)) for day in days]
    assert sizes == sorted(sizes)
    named = [set(vp.register_on(as_of=day)["provider_id"].dropna()) for day in days]
    assert all(a <= b for a, b in zip(named, named[1:], strict=False))


@pytest.mark.parametrize("who", ["freelancer", "business", "user", "provider"])
def test_every_line_of_a_guide_has_a_source_and_a_place(who):
    guide = vp.guide(who, as_of="2026-03-31")
    items = [i for items in guide.sections.values() for i in items]
    assert items
    assert all(i.source_id and i.locator for i in items)
    vp.cite(guide.source_ids)


def test_fee_beyond_the_excerpt_stays_unknown():
    term = vp.load("terms").set_index("term_id").loc["T25"]
    assert term[["low", "value", "high"]].isna().all()
    assert "unknown" in term["note"]


def test_data_readme_names_every_table():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert [t for t in TABLES if f"`{t}.csv`" not in text] == []


def tracked_files():
    import subprocess

    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return [ROOT / n for n in listed.stdout.split("\n") if n and (ROOT / n).is_file()]


def test_no_registry_host_and_no_path_of_a_machine_in_the_tree():
    hosts = re.compile("|".join(("pyp" + r"i\.org", "pythonhost" + r"ed\.org", "npm" + r"js\.org", "anacon" + r"da\.org")), re.I)
    machine = re.compile("(?<![A-Za-z0-9_.])/(?:" + "|".join(("work", "farm", "root", "home")) + r")/[A-Za-z0-9._-]+/")
    for path in tracked_files():
        if path.stat().st_size < 2_000_000 and path.suffix not in (".png", ".pdf"):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not hosts.search(text), path
            assert not machine.search(text), path


def test_csv_files_are_plain():
    """UTF-8 without a mark, one kind of line end, a line end at the end."""
    for path in DATA.glob("*.csv"):
        raw = path.read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
        assert len({len(r) for r in csv.reader(raw.decode().splitlines(True))}) == 1, path.name
