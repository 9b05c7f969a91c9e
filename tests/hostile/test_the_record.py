"""Bad tables, cells, dates, provider lists and curated data, run for real: a clear line or the right answer, never silence.

Where the code here differs from the one in the table of bad inputs, the case says why.
"""

import csv
import json
import os

import pytest

import vpnpolicy as vp
from vpnpolicy.data.names import normal_name
from vpnpolicy.money import MoneyError, mean, to_money, total
from vpnpolicy.series.reader import read_series

from .table import RECORD, TESTS, Cases, rows_of

case = Cases()


class World:
    """A copy of the record to spoil, and the command line."""

    def __init__(self, data, run, edit, add_row, tmp_path, monkeypatch):
        self.data, self.run, self.edit, self.add_row, self.tmp, self.monkeypatch = data, run, edit, add_row, tmp_path, monkeypatch

    def validate(self):
        code, out, err = self.run("validate", str(self.data))
        return code, out + err

    def spoil(self, raw: bytes, table: str = "origins"):
        """Replace a table by these bytes and validate."""
        (self.data / f"{table}.csv").write_bytes(raw)
        return self.validate()

    def raw(self, table: str = "origins") -> bytes:
        return (self.data / f"{table}.csv").read_bytes()

    def cell(self, table, row, column, value):
        self.edit(table, row, column, value)
        return self.validate()

    def cells(self, table, row, column, first, last):
        """Two values of a cell, one after the other; the first must be refused too."""
        return self.cell(table, row, column, last) if self.cell(table, row, column, first)[0] == 65 else (0, "")

    def asked(self, name, *more):
        """Check a name at the command line."""
        code, out, err = self.run("check", name, *more)
        return code, out + err

    def number(self, value):
        """A cell of a number column in Gbps."""
        return self.cell("traffic", 0, "vpn_gbps", value)

    def series(self, text: str, kind: str = "rate", **options):
        path = self.tmp / "series.csv"
        path.write_text(text, encoding="utf-8")
        try:
            return 0, "\n".join(str(p) for p in read_series(path, kind, **options).problems)
        except vp.VpnPolicyError as error:
            return error.exit_code, str(error)


@pytest.fixture
def world(data, run, edit, add_row, tmp_path, monkeypatch):
    return World(data, run, edit, add_row, tmp_path, monkeypatch)


HEAD = b"origin_id,what,who,on,source_id,note\n"
ROW = b"O01,x,PTA,2025-01-08,S073,\n"
SPOIL = {
    "F01": (b"", 65, r"origins.csv:1: empty-file"),
    "F02": (HEAD, 65, r"origins.csv:1: no-rows: found 0 data rows; expected at least 1"),
    "F07": (HEAD + b"O01,x\n", 65, r"origins.csv:2: missing-cell: found 2 cells; expected 6 \(origin_id,what"),
    "F08": (
        HEAD + ROW.replace(b"\n", b",5\n") + b"O1,bad,,,S073,\n",
        65,
        r"(?s)origins.csv:2:7: extra-cell: found '5'.*origins.csv:3:1: pattern",
    ),
    "F10": (
        HEAD.replace(b"what", b"origin_id") + ROW,
        65,
        r"origins.csv:1:2: duplicate-column: found 'origin_id', which is also column 1",
    ),
    "F11": (HEAD.replace(b"note", b"nte") + ROW, 65, r"origins.csv:1:6: unknown-column: found 'nte'.*fix: note"),
    "F14": (HEAD.replace(b"what", b" what ") + ROW, 65, r"origins.csv:1:2: column-name-space: found ' what '; expected 'what'"),
    "F16": (
        (HEAD + ROW).decode().encode("utf-16"),
        65,
        r"encoding: found what looks like UTF-16; expected UTF-8; fix: save as CSV UTF-8",
    ),
    "F17": (HEAD + ROW.replace(b"PTA", b"caf\xe9"), 65, r"origins.csv:2: encoding: found byte 0xE9 at column 10"),
    "F20": (HEAD + ROW.replace(b"PTA", b"P\x00A"), 65, r"origins.csv:2: control-character: found U\+0000"),
    "F22": (HEAD + ROW + b'O02,"never closed,PTA,2025,S073,\n', 65, r"origins.csv:3:2: open-quote"),
    "F23": (
        (HEAD + ROW).replace(b",", b";"),
        65,
        r"origins.csv:1: separator: found one column with ';' in the header; expected ','",
    ),
    "F28": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
        65,
        r"not-csv: found a git-LFS pointer; .*fix: git lfs pull",
    ),
    "F29": (HEAD + b"<<<<<<< HEAD\n" + ROW + b"=======\n" + ROW + b">>>>>>> other\n", 65, r"origins.csv:2: merge-conflict"),
    "F34": (
        ",".join(f"c{n}" for n in range(10_000)).encode() + b"\n",
        65,
        r"too-many-columns: found 10,000; expected at most 200",
    ),
}  # fmt: skip
NUMBER = {
    "N04": ("1,00,000", 65, r"traffic.csv:2:2: number: found '1,00,000'"),
    "N05": ("1,5", 65, r"number: found '1,5'; expected a point as decimal mark; fix: 1.5"),
    "N07": ("$10,000", 65, r"number: found '\$10,000'; expected a number alone; its unit is Gbps"),
    "N08": ("5%", 65, r"number: found '5%'; expected a number alone"),
    "N10": ("1 MB", 65, r"number: found '1 MB'; expected a number alone; its unit is Gbps"),
    "N13": ("-5", 65, r"traffic.csv:2:2: minimum: found -5; expected >= 0"),
    "N14": ("\u22125", 65, r"number: found '−5'; expected '-' for minus, not U\+2212; fix: -5"),
    "N16": ("۱۲۳", 65, r"number: found '۱۲۳'; expected ASCII digits; fix: 123"),
    "N17": ("1_000", 65, r"number: found '1_000'"),
    "N19": ("9007199254740993", 65, r"number-too-big: found 9007199254740993; expected at most 10\^15"),
    "N20": ("99999999999999999999", 65, r"number-too-big"),
    "N34": ("1e3", 65, r"number: found '1e3'; expected digits without an exponent"),
}  # fmt: skip
CELL = {
    "N31": ("claims", 26, "value", "120", 65, r"claims.csv:28:4: range: found 120; expected 0 to 100"),
    "T01": ("events", 0, "on", "03/04/2025", 65, r"events.csv:2:3: date: found '03/04/2025'; expected YYYY"),
    "T02": ("events", 0, "on", "13/04/2025", 65, r"date: found '13/04/2025'; .*fix: 2025-04-13"),
    "T04": ("events", 0, "on", "2025-02-30", 65, r"date: found '2025-02-30': 2025-02 has no day 30"),
    "T07": ("sources", 0, "read_on", "2025-02", 65, r"date-precision: found '2025-02', a month; expected a day"),
    "T08": ("events", 0, "on", "20250224", 65, r"date: found '20250224'; .*fix: 2025-02-24"),
    "T13": (
        "licences", 0, "ended_on", "2025-01-01",
        65,
        r"licences.csv:2:\d+: order: found ended_on 2025-01-01 before announced_on 2025-02-24",
    ),
    "T14": (
        "sources", 1, "read_on", "2024-01-01",
        65,
        r"sources.csv:3:\d+: order: found read on 2024-01-01, before it was published",
    ),
    "P13": (
        "licences", 3, "brand", "Kestrel VPN",
        65,
        r"licences.csv:5:\d+: name-clash: found 'kestrel vpn' names uki-conic-solutions here and nexilium-tech at line 4",
    ),
    "D01": ("claims", 0, "source_id", "", 65, r"claims.csv:2:\d+: source-missing"),
    "D02": ("claims", 0, "source_id", "S999", 65, r"claims.csv:2:\d+: foreign-key: found 'S999'; expected a row of sources"),
    "D05": (
        "sources", 0, "read_on", "",
        65,
        r"sources.csv:2:\d+: required: found an empty cell; expected a value in 'read_on'",
    ),
    "D14": ("claims", 0, "claim_id", "", 65, r"claims.csv:2:1: (required|primary-key)"),
}  # fmt: skip
CELLS = {
    "T05": ("events", 0, "on", "2025-13-01", "2025-00-10", 65, r"has no month 00"),
    "T10": ("events", 0, "on", "today", "now", 65, r"date: found 'now'"),
}  # fmt: skip
ASKED = {
    "P04": ("Kestral VPN", 1, r"(?s)NOT LISTED.*Close names: Kestrel VPN"),
    "P05": ("Cr\u0435st VPN", 1, r"(?s)NOT LISTED.*U\+0435 CYRILLIC SMALL LETTER IE \(mixed script\)"),
    "P10": ("CREST vpn", 0, r"LISTED .*Crest VPN \(Zettabyte\)"),
    "P16": ("Crest VPN", "--as-of", "2024-06-01", 3, r"CANNOT TELL.*the first list in the record is of 2025-02-24"),
}  # fmt: skip
GROUPS = {"spoil": SPOIL, "number": NUMBER, "cell": CELL, "cells": CELLS, "asked": ASKED}
"""What of `World` puts the bad input in, with its arguments, the exit code and the message."""


def _register(ident, do, *args, code, message):
    case(ident)(lambda w: (getattr(w, do)(*args), code, message))


for do, rows in GROUPS.items():
    for ident, (*args, code, message) in rows.items():
        _register(ident, do, *args, code=code, message=message)


@case("F04")
def _(w):
    (w.data / "origins.csv").unlink()
    (w.data / "origins.csv").mkdir()
    return w.validate(), 2, "is a folder; give one CSV file"


@case("F05")
def _(w):
    (w.data / "origins.csv").unlink()
    os.mkfifo(w.data / "origins.csv")
    code, text = w.validate()
    assert w.run("check", "--file", "/dev/zero", "--out", "x.csv")[0] == 2
    return (code, text), 2, "is not a regular file"


@case("F13")
def _(w):
    rows = list(csv.DictReader(w.raw().decode().splitlines()))
    with (w.data / "origins.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(reversed(rows[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return w.validate(), 0, "0 problems"


case("F19")(lambda w: (w.spoil(w.raw().replace(b"PTA,", "PTA â€“ x,".encode(), 1)), 65, r"origins.csv:\d+: mojibake"))
case("F25")(lambda w: (w.spoil(w.raw().replace(b"\nO03", b"\n\nO03", 1)), 0, r"warning: origins.csv:3: blank-row"))
case("F26")(
    lambda w: (
        w.spoil(
            w.raw()
            .replace(b"PIDE estimate", b"PIDE\nestimate", 1)
            .replace(b"\nO03,PIDE", b'\nO03,"PIDE', 1)
            .replace(b"24-hour shutdown,", b'24-hour shutdown",', 1)
        ),
        0,
        "0 problems",
    )
)
case("F31")(lambda w: (w.spoil(w.raw()[:-40]), 65, r"origins.csv:9: missing-cell"))


@case("F32")
def _(w):
    path = w.data / "origins.csv"
    with path.open("r+b") as file:
        file.truncate(5 * 2**30)
    return w.validate(), 2, r"too-big: .*origins.csv is 5,120.0 MiB; limit 64 MiB"


@case("N01")
def _(w):
    w.edit("origins", 0, "note", "NA")
    w.edit("origins", 1, "note", "None")
    assert vp.load("origins", data=w.data)["note"].tolist()[:2] == ["NA", "None"]
    return w.validate(), 0, "0 problems"


@case("N02")
def _(w):
    w.edit("origins", 0, "note", "007")
    assert vp.load("origins", data=w.data)["note"].iloc[0] == "007"
    return w.validate(), 0, "0 problems"


case("N11")(
    lambda w: (
        w.number("1e400") if w.number("-Infinity")[0] == w.number("inf")[0] == 65 else (0, ""),
        65,
        "number: found '1e400'",
    )
)
# refused rather than read exactly: no quantity of the record is that large, and a float would round it


@case("N22")
def _(w):
    with pytest.raises(MoneyError, match="money-overflow"):
        total(["999999999999999999", "1"] * 3)
    return (1, "money-overflow"), 1, "money-overflow"


@case("N23")
def _(w):
    assert str(mean(["0.1", "0.1", "0.1"])) == "0.100000"
    return (0, ""), 0, ""


@case("N25")
def _(w):
    assert total(["0.1"] * 10_000) == 1000
    with pytest.raises(MoneyError, match="write it in quotes"):
        to_money(0.1)
    return (0, ""), 0, ""


@case("N26")
def _(w):
    assert w.cell("claims", 3, "unit", "USD/mb")[0] == 65
    return w.cell("claims", 3, "unit", "USD/Mb"), 65, r"claims.csv:5:7: unit: found .*read as bits by some.*; expected Mbit or MB"


@case("N28")
def _(w):
    assert vp.convert(1, "Tbps", "MB/s") * 60 == 7_500_000
    assert round(float(vp.convert(1, "Tbps", "MiB/s") * 60)) == 7_152_557
    return (0, ""), 0, ""


case("N29")(
    lambda w: (
        w.run("statements", "--conflicts", "--kind", "derived")[:2],
        0,
        r"(?s)10,000 USD/min/T[bB]ps.*1\s+USD/MB.*750|750.*1\s*USD/MB",
    )
)


@case("N32")
def _(w):
    lines = ["timestamp,gbps"] + [f"2025-01-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z,5" for n in range(30_000)]
    lines[25_000] = lines[25_000].replace(",5", ",x")
    return w.series("\n".join(lines) + "\n"), 65, r"series.csv:25001:2: number: found 'x'"


@case("T11")
def _(w):
    assert w.cell("events", 0, "on", "0001-01-01")[0] == w.cell("events", 0, "on", "9999-12-31")[0] == 65
    return (
        w.cell("events", 0, "on", "2050-01-01"),
        65,
        r"events.csv:2:3: date-range: found 2050-01-01; expected a day up to 2027-04-01",
    )


case("T16")(
    lambda w: (
        w.series("timestamp,gbps\n2025-01-01 10:00 PKT,5\n2025-01-01 10:05 PKT,5\n"),
        65,
        r"series.csv:2:1: time-zone: found 'PKT' at 2 of 2 times; expected \+05:00 or Asia/Karachi",
    )
)
case("T17")(
    lambda w: (
        w.series("timestamp,gbps\n2008-06-01 00:30,5\n2008-06-01 01:35,5\n", zone="Asia/Karachi"),
        65,
        r"series.csv:2:1: time-nonexistent: .*went forward",
    )
)
case("T19")(
    lambda w: (
        w.series("timestamp,gbps\n2016-12-31T23:59:60Z,5\n2017-01-01T24:00:00Z,5\n"),
        65,
        r"(?s):2:1: time: found .*leap seconds.*fix: 2016-12-31T23:59:59Z.*:3:1: time",
    )
)


@case("T20")
def _(w):
    answers = set()
    for zone in ("Asia/Karachi", "UTC", "America/Los_Angeles"):
        w.monkeypatch.setenv("TZ", zone)
        answers.add(w.run("check", "Kestrel VPN", "--json")[1])
    assert len(answers) == 1
    return (0, ""), 0, ""


case("T22")(
    lambda w: (
        w.series("timestamp,gbps\n2025-01-01T10:05Z,5\n2025-01-01T10:10Z,6\n2025-01-01T10:05Z,7\n"),
        65,
        r"series.csv:4:1: series-duplicate: found 2025-01-01T10:05:00Z, which is also at line 2",
    )
)


@case("T23")
def _(w):
    minutes = [m for m in range(0, 600, 5) if not 245 <= m < 425]
    text = "timestamp,gbps\n" + "".join(f"2025-01-01T{6 + m // 60:02d}:{m % 60:02d}Z,5\n" for m in minutes)
    return w.series(text), 0, r"series-gap: found 36 points missing, 2025-01-01 10:05 to 13:05 UTC"


case("T25")(
    lambda w: (
        w.series("timestamp,gbps\n2025-01-01T10:05Z,5\n", kind=None),
        2,
        r"series-kind: found None; expected rate, total or counter",
    )
)
case("T26")(
    lambda w: (
        w.series("timestamp,b\n2025-01-01T10:00Z,900\n2025-01-01T10:05Z,950\n2025-01-01T10:10Z,20\n", "counter"),
        0,
        r"series.csv:4:2: counter-reset: .*taken from 0",
    )
)
# a bad call, not bad data: the number came from the command line
case("T28")(
    lambda w: (
        (lambda r: (r[0], r[2]))(w.run("cost", "--minutes", "5259600", "--interpretation", "as-stated")),
        2,
        r"range: minutes is 5259600; expected 0 to 527,040",
    )
)
case("T29")(
    lambda w: (
        (lambda r: (r[0], r[2]))(w.run("cost", "--tbps", "1000000000", "--interpretation", "as-stated")),
        2,
        r"range: tbps is 1000000000; expected 0 to 10,000",
    )
)


case("P01")(lambda w: (w.asked("  ") if w.asked("")[0] == 2 else (0, ""), 2, "the name is empty"))
# part of a name is not listed, exit 1 as every such answer
case("P02")(lambda w: (w.asked("Crest") if w.asked("VPN")[0] == 2 else (0, ""), 1, r"(?s)NOT LISTED.*Close names: Crest VPN"))


@case("P07")
def _(w):
    code, text = w.asked("Crest VPN\u200b")
    assert code == 1
    assert "<U+200B>" in text
    return w.cell("licences", 1, "brand", "Crest VPN\u200b"), 65, r"licences.csv:3: control-character: found U\+200B"


@case("P08")
def _(w):
    assert w.asked("Crest\u00a0VPN")[0] == 0
    return (
        w.cell("licences", 1, "brand", "Crest\u00a0VPN"),
        65,
        r"licences.csv:3: control-character: found U\+00A0 \(no-break space\)",
    )


@case("P11")
def _(w):
    w.edit("licences", 2, "brand", "Café VPN")
    return w.asked("Cafe\u0301 VPN", "--data", str(w.data)), 0, "LISTED"


# nothing is joined on names; a name that two providers share is refused in the list itself


@case("P14")
def _(w):
    assert w.asked("Alpha 3 Cubic (Pvt.) Ltd.")[0] == 0
    return w.asked("Steer Lucid"), 0, r"LISTED .*Steer Lucid \(Alpha 3 Cubic\)"


@case("P17")
def _(w):
    assert w.asked("Crest VPN", "--as-of", "2026-11-21", "--allow-stale")[0] == 0
    return w.asked("Crest VPN", "--as-of", "2026-11-21"), 4, r"The newest list in the record is of 2026-01-22, 303 days before"


@case("P19")
def _(w):
    (w.tmp / "in.csv").write_text('name\n"=HYPERLINK(""x"")"\n', encoding="utf-8")
    code, out, err = w.run("check", "--file", "in.csv", "--out", "out.csv")
    assert (w.tmp / "out.csv").read_text(encoding="utf-8").splitlines()[1].startswith("2,\"'=HYPERLINK")
    return (code, out + err), 0, "1 not listed"


@case("P20")
def _(w):
    for shown in (vp.check("<img src=x onerror=alert(1)>"), vp.guide("user", provider="<img src=x onerror=alert(1)>")):
        bundle = shown._repr_mimebundle_()
        assert "<img" not in (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]
    return (0, ""), 0, ""


case("D04")(lambda w: (w.validate(), 0, r"warning: sources.csv:\d+:1: source-unused"))


@case("D07")
def _(w):
    path = w.data / "claims.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1].replace("F001", "F900")]), encoding="utf-8")
    return w.validate(), 65, r"claims.csv:288:1: duplicate-claim: found the same as line 2"


@case("D08")
def _(w):
    claims = vp.load("claims").query("subject == 'register' and property == 'licensed'").set_index("about_on")["value"]
    assert claims["2025-02-24"] == 2
    assert claims["2025-11-13"] == 5
    direct = vp.find_conflicts().query("conflict_id == 'register.licensed'")["claim_ids"].str.split(";")
    ids = {c for cell in direct for c in cell}
    first = (
        vp.load("claims")
        .query("subject == 'register' and property == 'licensed' and about_on == '2025-02-24'")["claim_id"]
        .item()
    )
    assert first not in ids
    return (0, ""), 0, ""


@case("D10")
def _(w):
    path = w.data / "claims.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("F002,")), encoding="utf-8")
    code, out, err = w.run("validate", str(w.data), "--since", str(TESTS.parent / "data"))
    return (code, out + err), 65, r"claims.csv: history: found row F002 is gone"


@case("D11")
def _(w):
    w.edit("sources", 3, "published_on", "2025-02-20")
    code, out, err = w.run("validate", str(w.data), "--since", str(TESTS.parent / "data"))
    return (code, out + err), 65, r"sources.csv: history: found row S004: published_on was '2025-02-24', is '2025-02-20'"


@case("D13")
def _(w):
    path = w.data / "traffic.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**r, "note": ""} for r in rows)
    return w.validate(), 65, r"traffic.csv:1:\d+: null-column: found 'note' has no value in any row"


@case("D16")
def _(w):
    path = w.data / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    next(f for r in package["resources"] for f in r["schema"]["fields"] if f["name"] == "vpn_gbps").pop("unit")
    path.write_text(json.dumps(package), encoding="utf-8")
    return w.validate(), 65, r"datapackage.json: unit-missing: found traffic.vpn_gbps"


@case("D17")
def _(w):
    path = w.data / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    package["resources"][-1]["schema"]["fields"][-1]["type"] = "strin"
    path.write_text(json.dumps(package), encoding="utf-8")
    # the schema is data too: invalid data, exit 65
    return w.validate(), 65, r"datapackage.json: schema: found published.note: type 'strin'"


@case("D19")
def _(w):
    path = w.data / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",value,", ",valu,", 1), encoding="utf-8")
    return w.validate(), 65, r"not-checked: found columns missing or unreadable"


@pytest.mark.parametrize("ident", rows_of(RECORD))
def test_a_bad_record(ident, world):
    case.judge(ident, world)


def test_every_listed_case_is_run():
    assert set(rows_of(RECORD)) <= set(case)
    assert len(rows_of(RECORD)) >= 80


@pytest.mark.slow
def test_no_brand_from_abroad_is_listed():
    brands = (TESTS / "lists" / "vpn_brands_abroad.txt").read_text(encoding="utf-8").splitlines()
    assert len(set(brands)) >= 500
    assert [b for b in brands if normal_name(b) and vp.check(b, as_of="2026-03-31").state == "listed"] == []
