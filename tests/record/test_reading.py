"""Files, cells and schema: every fault is named by file, line and column; none is repaired or passed over."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpnpolicy.errors import DataError, UsageError
from vpnpolicy.record.cells import CellFault, read_cell
from vpnpolicy.record.csvfile import read_bytes, read_sheet
from vpnpolicy.record.package import Field, read_package
from vpnpolicy.record.schema import Folder, read_table
from vpnpolicy.record.tables import load_table

AB = ["a", "b", "c"]


def rules(raw: bytes, columns=None):
    return [(p.line, p.column, p.rule) for p in read_sheet(raw, "x.csv", columns).problems]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", (1, 0, "empty-file")),
        (b"a,b,c\n1,2\n", (2, 0, "missing-cell")),
        (b"a,b\n3,4,5\n", (2, 3, "extra-cell")),
        (b"a,a\n1,2\n", (1, 2, "duplicate-column")),
        (b" a ,b\n1,2\n", (1, 1, "column-name-space")),
        ("a,b\n1,2\n".encode("utf-16"), (0, 0, "encoding")),
        (b"a,b\n1,caf\xe9\n", (2, 0, "encoding")),
        (b"a,b\n1,x\x00y\n", (2, 0, "control-character")),
        (b'a,b\n1,"open\n2,3\n', (2, 2, "open-quote")),
        (b"a;b\n1;2\n", (1, 0, "separator")),
        (b"a,b\n1,2\n\n3,4\n", (3, 0, "blank-row")),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", (1, 0, "not-csv")),
        (b"a,b\n<<<<<<< HEAD\n1,2\n=======\n", (2, 0, "merge-conflict")),
        (",".join(f"c{n}" for n in range(201)).encode() + b"\n", (1, 0, "too-many-columns")),
        ("a,b\n1,Crest\u200b VPN\n".encode(), (2, 0, "control-character")),
        ("a,b\n1,Crest\u00a0VPN\n".encode(), (2, 0, "control-character")),
        ("a,b\n1,VPN â€“ x\n".encode(), (2, 0, "mojibake")),
    ],
)
def test_file_faults_are_placed(raw, expected):
    assert expected in rules(raw)


def test_unknown_column_names_the_nearest():
    problems = read_sheet(b"a,b,capcity\n1,2,3\n", "x.csv", ["a", "b", "capacity"]).problems
    assert [str(p) for p in problems if p.rule == "unknown-column"][0].endswith("fix: capacity")


def test_columns_may_stand_in_another_order_and_a_mark_is_taken():
    sheet = read_sheet(b"\xef\xbb\xbfc,a,b\n3,1,2\n", "x.csv", AB)
    assert sheet.header == ["c", "a", "b"]
    assert sheet.problems == []


def test_line_numbers_are_those_of_the_file():
    raw = b'a,b\n"one\ntwo",2\n3\n'
    assert rules(raw) == [(4, 0, "missing-cell")]


def test_other_rows_are_still_read():
    sheet = read_sheet(b"a,b\n1,2,3\n4,5\n", "x.csv")
    assert sheet.rows == [["4", "5"]]
    assert sheet.lines == [3]


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_give_a_sheet_and_never_a_traceback(raw):
    sheet = read_sheet(raw, "x.csv", AB)
    assert len(sheet.rows) == len(sheet.lines)


def test_folders_pipes_and_giants_are_refused_before_reading(tmp_path):
    import os

    with pytest.raises(UsageError, match="is a folder"):
        read_bytes(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="not a regular file"):
        read_bytes(tmp_path / "pipe")
    with pytest.raises(UsageError, match="does not exist"):
        read_bytes(tmp_path / "none.csv")
    (tmp_path / "big.csv").write_bytes(b"x" * 2000)
    with pytest.raises(UsageError, match="too-big"):
        read_bytes(tmp_path / "big.csv", max_bytes=1000)


def fault(text: str, **field):
    with pytest.raises(CellFault) as caught:
        read_cell(text, Field(**{"name": "x", "type": "string", "title": "", **field}))
    return caught.value.parts


@pytest.mark.parametrize(
    ("text", "rule", "fix"),
    [
        ("1,00,000", "number", "100000"),
        ("1,5", "number", "1.5"),
        ("$10,000", "number", ""),
        ("5%", "number", ""),
        ("1 MB", "number", ""),
        ("inf", "number", ""),
        ("-Infinity", "number", ""),
        ("1e400", "number", ""),
        ("nan", "number", ""),
        ("\u22125", "number", "-5"),
        ("۱۲۳", "number", "123"),
        ("1_000", "number", "1000"),
        ("1e3", "number", ""),
        ("99999999999999999999", "number-too-big", ""),
        (" 5", "space", "5"),
        ("5.", "number", ""),
    ],
)
def test_numbers_are_never_guessed(text, rule, fix):
    parts = fault(text, type="number", unit="USD")
    assert parts[0] == rule
    assert (parts[3] if len(parts) > 3 else "") == fix


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("-5", {"type": "number", "minimum": 0}, "minimum"),
        ("120", {"type": "number", "maximum": 100}, "maximum"),
        ("yes", {"type": "boolean"}, "boolean"),
        ("licenced", {"enum": ("licensed", "lapsed")}, "allowed-values"),
        ("X1", {"pattern": r"^S\d{3}$"}, "pattern"),
        ("03/04/2025", {"kind": "partial-date"}, "date"),
        ("2025-02-30", {"kind": "partial-date"}, "date"),
        ("2025-02", {"type": "date"}, "date-precision"),
        ("today", {"type": "date"}, "date"),
        ("", {"required": True}, "required"),
        ("", {"name": "source_id", "required": True}, "source-missing"),
        ("1.5", {"type": "integer"}, "integer"),
    ],
)
def test_cells_that_break_their_schema(text, field, rule):
    assert fault(text, **field)[0] == rule


def test_text_stays_text_and_only_the_empty_cell_is_missing():
    field = Field(name="x", type="string", title="")
    assert [read_cell(t, field) for t in ("NA", "None", "null", "nan", "007")] == ["NA", "None", "null", "nan", "007"]
    assert read_cell("", field) is None


def test_whole_numbers_are_exact():
    assert read_cell("900719925474099", Field(name="x", type="integer", title="")) == 900719925474099


def test_a_misspelt_status_is_named_with_line_column_and_fix(edit):
    with pytest.raises(DataError) as error:
        read_table("licences", edit("licences", 2, "status", "licenced"))
    assert str(error.value).splitlines()[0] == (
        "licences.csv:4:8: allowed-values: found 'licenced'; expected one of licensed, permitted, applied; fix: licensed"
    )
    assert error.value.exit_code == 65


def test_all_problems_of_a_table_come_at_once(edit):
    edit("licences", 0, "status", "licenced")
    edit("licences", 1, "n_low", "two")
    with pytest.raises(DataError) as error:
        read_table("licences", edit("licences", 2, "source_id", "S999"))
    assert [p.rule for p in error.value.problems] == ["allowed-values", "integer", "foreign-key"]
    assert str(error.value).endswith("3 problems. Nothing was loaded.")


@pytest.mark.parametrize(
    ("table", "column", "value", "rule"),
    [
        ("claims", "source_id", "S999", "foreign-key"),
        ("claims", "source_id", "", "source-missing"),
        ("claims", "origin_id", "O99", "foreign-key"),
        ("claims", "property", "nothing", "foreign-key"),
        ("licences", "more_source_ids", "S001;S999", "foreign-key"),
        ("licences", "licence_id", "L02", "unique"),
        ("licences", "licence_id", "", "required"),
        ("rulings", "expect", "F999", "foreign-key"),
        ("sources", "rewrite_of", "S999", "foreign-key"),
    ],
)
def test_keys_are_followed(edit, table, column, value, rule):
    with pytest.raises(DataError) as error:
        load_table(table, edit(table, 0, column, value))
    assert rule in [p.rule for p in error.value.problems]


def test_each_call_gives_a_fresh_frame():
    first = load_table("events")
    first.loc[:, "event"] = "changed"
    assert load_table("events")["event"].iloc[0] != "changed"


def test_dtypes_are_as_documented():
    import pandas as pd

    sources, licences, claims = load_table("sources"), load_table("licences"), load_table("claims")
    assert pd.api.types.is_string_dtype(sources["title"])
    assert str(sources["official"].dtype) == "boolean"
    assert str(sources["read_on"].dtype) == "datetime64[s]"
    assert str(licences["n_low"].dtype) == "Int64"
    assert str(claims["value"].dtype) == "float64"
    assert licences["effective_on"].isna().all()


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'licences'"):
        load_table("licenses")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p: p.pop("resources"), "no list of resources"),
        (lambda p: p["resources"][3]["schema"]["fields"][2].update(type="strng"), "type 'strng'"),
        (lambda p: p["resources"][9]["schema"]["fields"][-1].update(constraints={"pattern": "("}), "regular expression"),
        (lambda p: p["resources"][0]["schema"]["fields"][0]["constraints"].update(uniqe=True), "fix: unique"),
        (lambda p: p["resources"][5]["schema"].pop("primaryKey"), "no primaryKey"),
        (lambda p: p["resources"][1].update(path="../secret.csv"), "inside the data folder"),
        (lambda p: p["resources"][1].update(path="https://example.org/x.csv"), "inside the data folder"),
        (
            lambda p: next(f for r in p["resources"] for f in r["schema"]["fields"] if f["name"] == "vpn_gbps").pop("unit"),
            "unit-missing",
        ),
        (lambda p: p.pop("vpnpolicy:asOf"), "vpnpolicy:asOf"),
    ],
)
def test_a_broken_schema_is_found_wherever_it_is_broken(data, change, word):
    path = data / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change(package)
    path.write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataError, match=word):
        read_package(data)


def test_json_that_is_no_json_is_placed(data):
    (data / "datapackage.json").write_text('{"a": 1,\n]', encoding="utf-8")
    with pytest.raises(DataError, match=r"datapackage\.json:2:1: json"):
        read_package(data)


def test_a_table_is_read_again_when_its_bytes_change(edit, data):
    assert len(Folder(data).checked("events")) == 64
    edit("events", 0, "event", "something else")
    assert Folder(data).checked("events").columns["event"][0] == "something else"
