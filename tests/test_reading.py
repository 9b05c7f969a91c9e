"""Files, cells and the schema: every fault is named by file, line and column; none is repaired."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vpnpolicy as vp
from vpnpolicy.data.cells import CellFault, read_cell
from vpnpolicy.data.csvfile import read_bytes, read_sheet
from vpnpolicy.data.package import Field, read_package
from vpnpolicy.data.tables import Folder
from vpnpolicy.errors import DataError, UsageError


def replace(folder, table, old, new):
    """Replace the first occurrence of a text in one table."""
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_columns_may_have_another_order_and_a_byte_order_mark():
    sheet = read_sheet(b"\xef\xbb\xbfc,a,b\n3,1,2\n", "x.csv", ["a", "b", "c"])
    assert (sheet.header, sheet.problems) == (["c", "a", "b"], [])


def test_line_numbers_are_those_of_the_file_and_good_rows_are_kept():
    sheet = read_sheet(b'a,b\n"one\ntwo",2\n3\n4,5,6\n7,8\n', "x.csv")
    assert [(p.line, p.column, p.rule) for p in sheet.problems] == [(4, 0, "missing-cell"), (5, 3, "extra-cell")]
    assert (sheet.rows, sheet.lines) == ([["one\ntwo", "2"], ["7", "8"]], [2, 6])


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_give_a_sheet(raw):
    sheet = read_sheet(raw, "x.csv", ["a", "b", "c"])
    assert len(sheet.rows) == len(sheet.lines)


def test_a_large_file_is_refused_before_reading(tmp_path):
    (tmp_path / "big.csv").write_bytes(b"x" * 2000)
    with pytest.raises(UsageError, match="too-big"):
        read_bytes(tmp_path / "big.csv", max_bytes=1000)


@pytest.mark.parametrize(
    ("text", "field", "rule", "fix"),
    [
        ("1,00,000", {"type": "number"}, "number", "100000"),
        ("nan", {"type": "number"}, "number", ""),
        (" 5", {"type": "number"}, "space", "5"),
        ("5.", {"type": "number"}, "number", ""),
        ("1.5", {"type": "integer"}, "integer", ""),
        ("120", {"type": "number", "maximum": 100}, "maximum", ""),
        ("TRUE", {"type": "boolean"}, "boolean", "true"),
        ("licenced", {"enum": ("licensed", "lapsed")}, "allowed-values", "licensed"),
        ("X1", {"pattern": r"^S\d{3,}$"}, "pattern", ""),
        ("", {"required": True}, "required", ""),
        ("", {"name": "source_id", "required": True}, "source-missing", ""),
    ],
)
def test_cells_that_break_their_schema(text, field, rule, fix):
    with pytest.raises(CellFault) as caught:
        read_cell(text, Field(**{"name": "x", "unit": "USD", **field}))
    assert (caught.value.parts[0], caught.value.parts[3]) == (rule, fix)


def test_text_stays_text_and_whole_numbers_are_exact():
    texts = ["NA", "None", "null", "nan", "007"]
    assert [read_cell(t, Field("x")) for t in texts] == texts
    assert read_cell("", Field("x")) is None
    assert read_cell("900719925474099", Field("x", "integer")) == 900719925474099


def test_all_problems_of_a_table_come_at_once_with_line_column_and_fix(record):
    replace(record, "licences", ",licensed,", ",licenced,")
    replace(record, "licences", "S002,,", "S999,,")
    with pytest.raises(DataError) as error:
        vp.load("licences", data=record)
    assert str(error.value).splitlines()[0] == (
        "licences.csv:2:9: allowed-values: found 'licenced'; expected one of licensed, permitted, applied; fix: licensed"
    )
    assert {p.rule for p in error.value.problems} == {"allowed-values", "foreign-key"}
    assert str(error.value).endswith("2 problems. Nothing was loaded.")


@pytest.mark.parametrize(
    ("table", "old", "new", "rule"),
    [
        ("claims", "F002", "F001", "unique"),
        ("claims", "F002", "", "required"),
        ("claims", ",applied,", ",nothing,", "foreign-key"),
        ("rulings", "F001;F002", "F001;F999", "foreign-key"),
        ("sources", "S002,", "S999,", "foreign-key"),
    ],
)
def test_keys_are_followed(record, table, old, new, rule):
    with pytest.raises(DataError) as error:
        vp.load(table, data=replace(record, table, old, new))
    assert rule in [p.rule for p in error.value.problems]


def test_ids_have_any_number_of_digits(record):
    assert "E100" in set(vp.load("events", data=record)["event_id"])
    replace(record, "events", "E100", "E100234")
    assert [p for p in vp.validate(record) if p.level == "error"] == []


def test_each_call_gives_a_new_frame_and_changed_bytes_are_read_again(record):
    first = vp.load("events", data=record)
    first.loc[:, "event"] = "changed"
    assert vp.load("events", data=record)["event"].iloc[0] == "First made-up licence"
    replace(record, "events", "First made-up", "Second made-up")
    assert Folder(record).checked("events").columns["event"][0] == "Second made-up licence"


def test_dtypes_are_as_documented(record):
    import pandas as pd

    sources, licences = vp.load("sources", data=record), vp.load_providers(data=record)
    assert pd.api.types.is_string_dtype(sources["title"])
    assert str(sources["official"].dtype) == "boolean"
    assert str(sources["read_on"].dtype) == "datetime64[s]"
    assert str(licences["n_low"].dtype) == "Int64"
    assert str(vp.load_bandwidth_costs(data=record)["value"].dtype) == "float64"


def test_an_added_column_never_replaces_one_of_the_table(record):
    path = record / "datapackage.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"conclusion"', '"valid_on"'), encoding="utf-8")
    replace(record, "rulings", "conclusion", "valid_on")
    assert vp.load("rulings", data=record)["valid_on"].item() == "Three, by the regulator."
    with pytest.raises(UsageError, match="found a column 'valid_on'"):
        vp.load("rulings", data=record, as_of="2024")


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'licences'"):
        vp.load("licenses")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p: p.pop("resources"), "no list of resources"),
        (lambda p: p["resources"][9]["schema"]["fields"][-1].update(constraints={"pattern": "("}), "regular expression"),
        (lambda p: p["resources"][0]["schema"]["fields"][0]["constraints"].update(uniqe=True), "fix: unique"),
        (lambda p: p["resources"][5]["schema"].pop("primaryKey"), "no primaryKey"),
        (lambda p: p["resources"][1].update(path="../secret.csv"), "inside the data folder"),
        (lambda p: p["resources"][1].update(path="https://example.org/x.csv"), "inside the data folder"),
        (lambda p: p["resources"][1].update({"vpnpolicy:validOn": "nothing"}), "key 'nothing'"),
        (lambda p: p["resources"][1].pop("name"), "a part that is missing"),
        (lambda p: p.pop("vpnpolicy:asOf"), "vpnpolicy:asOf"),
    ],
)
def test_a_broken_schema_is_found_wherever_it_is_broken(record, change, word):
    path = record / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change(package)
    path.write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataError, match=word):
        read_package(record)


def test_broken_json_is_placed(record):
    (record / "datapackage.json").write_text('{"a": 1,\n]', encoding="utf-8")
    with pytest.raises(DataError, match=r"datapackage\.json:2:1: json"):
        read_package(record)
