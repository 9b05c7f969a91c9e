"""What is fuzzed: each target takes any bytes, and ends quietly or with an error of ours. Anything else is a fault.

Beside that each holds a property: what was read is read again the same, a message is never endless, nothing is made twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from vpnpolicy.basis.dates import PartialDate, likely_date
from vpnpolicy.basis.errors import VpnPolicyError
from vpnpolicy.basis.spreadsheets import to_csv
from vpnpolicy.basis.units import describe, factor, parse_unit
from vpnpolicy.record.csvfile import read_sheet
from vpnpolicy.record.names import check_query, normal_name
from vpnpolicy.record.package import _parse as parse_package
from vpnpolicy.record.schema import Folder, _parse
from vpnpolicy.record.series.reader import KINDS, read_samples, read_series
from vpnpolicy.report.allowed import html_faults, svg_faults
from vpnpolicy.report.batch.journal import Journal
from vpnpolicy.report.batch.plans import NAME, read_plan
from vpnpolicy.report.batch.summary import read_batch
from vpnpolicy.report.notebook import find_notebook, read_parameters
from vpnpolicy.report.parameters import check_parameters, parse_assignments
from vpnpolicy.study.audit.reading import read_figures
from vpnpolicy.study.quoted import parse_quoted
from vpnpolicy.study.readings import split_quantity

COST = find_notebook("04_bandwidth_cost")
ORIGINS = Folder().package.resource("origins")
MAX_MESSAGE = 400_000
_FOLDER = Path(tempfile.mkdtemp(prefix="vpnpolicy-fuzz-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
TARGETS: dict[str, Callable[[bytes], None]] = {}


def target(function: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Keep a target, errors of ours taken for an end like any other."""

    def run(raw: bytes) -> None:
        try:
            function(raw)
        except VpnPolicyError as error:
            assert 0 < error.exit_code < 100
            assert error.exit_code != 70
            assert len(str(error)) < MAX_MESSAGE
            assert error.one_line()

    TARGETS[function.__name__] = run
    return run


def text_of(raw: bytes) -> str:
    """Bytes as text, every text reachable."""
    return raw.decode("utf-8", "replace")


def file_of(raw: bytes, name: str) -> Path:
    """Bytes in a file of that name."""
    path = _FOLDER / name
    path.write_bytes(raw)
    return path


@target
def csv(raw: bytes) -> None:
    """A table: any header, then the header of a real one."""
    sheet = read_sheet(raw, "f.csv")
    assert all(str(p) for p in sheet.problems)
    assert len(sheet.rows) == len(sheet.lines)
    if not sheet.problems:
        again = read_sheet(to_csv(sheet.header, sheet.rows).encode(), "f.csv")
        assert [len(r) for r in again.rows] == [len(r) for r in sheet.rows if r != [""]]
    table = _parse(raw, ORIGINS)
    assert all(len(c) == len(table) for c in table.columns.values())


@target
def date(raw: bytes) -> None:
    """A date of a source."""
    text = text_of(raw)
    likely = likely_date(text)
    assert not likely or PartialDate.parse(likely).is_day or int(likely[:4]) < 1990 or int(likely[:4]) > 2100
    day = PartialDate.parse(text)
    assert day.earliest <= day.latest
    assert PartialDate.parse(str(day)) == day
    assert day.precision in ("day", "month", "year", "span")


@target
def unit(raw: bytes) -> None:
    """A unit, and a quantity with one."""
    text = text_of(raw)
    with contextlib.suppress(VpnPolicyError):
        split_quantity(text)
    found = parse_unit(text)
    assert factor(text, text) == 1
    assert describe(found)


@target
def price(raw: bytes) -> None:
    """A price in words."""
    parse_quoted(text_of(raw))


@target
def name(raw: bytes) -> None:
    """A provider's name."""
    text = text_of(raw)
    assert normal_name(normal_name(text)) == normal_name(text)
    check_query(text)


@target
def parameters(raw: bytes) -> None:
    """``NAME=VALUE`` pairs, a line each."""
    values = check_parameters(COST, parse_assignments(text_of(raw).split("\n")))
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert check_parameters(COST, values) == values


def _plan(raw: bytes, ending: str) -> None:
    jobs = read_plan(file_of(raw, f"plan.{ending}"), notebook="04_bandwidth_cost")
    assert all(NAME.fullmatch(j.name) for j in jobs)
    assert len({j.name.casefold() for j in jobs}) == len(jobs)


@target
def plan_yaml(raw: bytes) -> None:
    """A plan as YAML."""
    _plan(raw, "yaml")


@target
def plan_json(raw: bytes) -> None:
    """A plan as JSON."""
    _plan(raw, "json")


@target
def plan_csv(raw: bytes) -> None:
    """A plan as CSV."""
    _plan(raw, "csv")


@target
def traffic(raw: bytes) -> None:
    """A traffic series as CSV; the first byte chooses kind and zone."""
    if not raw:
        return
    kind, zone = KINDS[raw[0] % 3], (None, "Asia/Karachi", "Europe/London")[raw[0] // 3 % 3]
    path = file_of(raw[1:], "series.csv")
    series = read_series(path, kind, zone=zone)
    assert series.frame["time"].is_monotonic_increasing
    assert (series.frame["value"] >= 0).all()
    _, samples = read_samples(path, kind, zone=zone)
    assert (samples.seconds > 0).all()
    assert samples.n_rows == len(series.frame)


@target
def parquet(raw: bytes) -> None:
    """A traffic series as Parquet."""
    _, samples = read_samples(file_of(raw, "series.parquet"), "rate", zone="UTC")
    assert (samples.seconds > 0).all()


@target
def figures(raw: bytes) -> None:
    """A table to audit."""
    read_figures(file_of(raw, "table.csv"))


@target
def notebook(raw: bytes) -> None:
    """A notebook's parameters."""
    for parameter in read_parameters(file_of(raw, "n.ipynb")):
        assert str(parameter)


@target
def package(raw: bytes) -> None:
    """The schema of a record."""
    parse_package(raw, "datapackage.json")


@target
def journal(raw: bytes) -> None:
    """The memory of a batch, and its plan; the first byte chooses which."""
    (_FOLDER / "out").mkdir(exist_ok=True)
    if raw[:1] == b"p":
        file_of(raw[1:], "out/batch.json")
        rows, options = read_batch(_FOLDER / "out")
        assert isinstance(rows, list)
        assert isinstance(options, dict)
        return
    file_of(raw, "out/journal.jsonl")
    for entry in Journal(_FOLDER / "out").entries.values():
        assert entry["status"] in ("done", "failed")


@target
def markup(raw: bytes) -> None:
    """What an output shows; what is found whole holds no way to run or fetch."""
    text = text_of(raw)
    list(svg_faults(text))
    if not list(html_faults(text)):
        low = text.lower()
        for word in ("<script", "<iframe", "<meta", "<object", "<embed", "<base", "<form", "<link", "<svg"):
            assert word not in low
