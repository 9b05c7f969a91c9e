"""Rules across cells and tables, and changes since an earlier state, on made-up rows."""

import csv
import subprocess

import pytest

import vpnpolicy as vp
from vpnpolicy.data.diff import compare, history_problems, open_data
from vpnpolicy.data.tables import Folder
from vpnpolicy.errors import UsageError


def change(folder, table, row, **cells):
    """Change cells of a row; rows count from 0, a new number appends a copy of the first."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows += [dict(rows[0])] * (row == len(rows))
    rows[row] = rows[row] | cells
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def problems(folder, level="error"):
    return {(p.file, p.rule) for p in vp.validate(folder) if p.level == level}


def test_the_made_up_record_is_sound(record):
    assert vp.validate(record) == []


@pytest.mark.parametrize(
    ("table", "row", "cells", "rule"),
    [
        ("events", 0, {"until": "2023"}, "order"),
        ("events", 0, {"on": "2026-07-01", "until": ""}, "date-range"),
        ("licences", 0, {"ended_on": "2023-01-01"}, "order"),
        ("licences", 1, {"n_low": "9"}, "range"),
        ("licences", 1, {"brand": "Alder VPN"}, "name-clash"),
        ("licences", 1, {"brand": "Birc\u04bb VPN"}, "mixed-script"),
        ("assumptions", 0, {"low": "80"}, "range"),
        ("claims", 0, {"unit": "USD/Mb"}, "unit"),
        ("claims", 0, {"unit": ""}, "unit-missing"),
        ("claims", 0, {"quote": "word " * 15 + "word"}, "quote-length"),
        ("claims", 0, {"value": ""}, "claim-kind"),
        ("claims", 3, {"text": "soon"}, "date"),
        ("claims", 4, {"claim_id": "F005"}, "duplicate-claim"),
        ("indicators", 0, {"indicator": "x_share", "unit": "%", "low": "", "value": "120", "high": ""}, "range"),
        ("published", 0, {"refers_to": "K001"}, "reference"),
        ("rulings", 0, {"about": "register.nothing"}, "foreign-key"),
        ("sources", 2, {"date_basis": "page"}, "source-field"),
        ("sources", 0, {"read_on": "2023-01-01"}, "order"),
        ("sources", 0, {"checked_on": "2024-05-01"}, "order"),
    ],
)
def test_rules_across_cells_and_tables(record, table, row, cells, rule):
    assert (f"{table}.csv", rule) in problems(change(record, table, row, **cells))


def test_a_new_claim_on_a_settled_question_names_the_ruling(record):
    change(record, "claims", 4, claim_id="F005", value="7")
    (found,) = vp.validate(record)
    assert (found.file, found.rule) == ("rulings.csv", "ruling-unsettled")
    assert "R01" in found.found
    assert "F005" in found.found


def test_an_unused_source_is_a_warning(record):
    change(record, "sources", 3, source_id="S004", url="https://example.org/4", rewrite_of="")
    assert (problems(record), problems(record, "warning")) == (set(), {("sources.csv", "source-unused")})


def test_a_missing_column_leaves_other_rules_marked_not_checked(record):
    path = record / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("claim_id,subject", "claim,subject", 1), encoding="utf-8")
    expected = {("claims.csv", rule) for rule in ("missing-column", "unknown-column", "not-checked")}
    assert expected <= problems(record)


def test_diff_names_what_was_added_ended_renamed_changed_and_gone(record, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    for path in record.iterdir():
        (old / path.name).write_bytes(path.read_bytes())
    change(record, "licences", 0, brand="Alder")
    change(record, "licences", 1, ended_on="2024-06-01")
    change(record, "claims", 0, note="other")
    change(record, "claims", 4, claim_id="F900", note="new")
    change(record, "claims", 1, claim_id="F901")
    frame = vp.diff(old, record)
    assert set(zip(frame["key"], frame["change"], strict=True)) == {
        ("L01", "renamed"), ("L02", "ended"), ("F001", "changed"), ("F002", "gone"), ("F900", "added"), ("F901", "added"),
    }  # fmt: skip
    found = [p.found for p in history_problems(Folder(old), Folder(record))]
    assert found == ["row L01: brand was 'Alder VPN', is 'Alder'", "row F002 is gone"]


def test_diff_against_a_tag(record):
    def git(*words):
        who = ["-c", "user.name=x", "-c", "user.email=x@y"]
        subprocess.run(["git", "-C", str(record.parent), *who, *words], capture_output=True, check=True)

    git("init", "-q")
    git("add", "record")
    git("commit", "-qm", "x")
    git("tag", "v1")
    change(record, "events", 3, event_id="E101")
    with open_data("v1", record) as old:
        assert [c["change"] for c in compare(old.table("events"), Folder(record).table("events"))] == ["added"]
    for ref in ("v2", "--help"):
        with pytest.raises(UsageError, match="expected a data folder, or a tag"), open_data(ref, record):
            pass
