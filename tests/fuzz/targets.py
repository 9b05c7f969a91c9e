"""Targets of fuzzing: each takes any bytes, and ends quietly or with an error of this package. Anything else is a fault.

Each also checks a property: what was written is read back the same, a message is never endless, no name is made twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from vpnpolicy._quoted import parse_quoted
from vpnpolicy.auditing.tables import read_figures
from vpnpolicy.bandwidth import split_quantity
from vpnpolicy.data.csvfile import read_sheet
from vpnpolicy.data.names import check_query, normal_name
from vpnpolicy.data.package import _parse as parse_package
from vpnpolicy.data.tables import Folder, _parse
from vpnpolicy.dates import PartialDate, likely_date
from vpnpolicy.errors import VpnPolicyError
from vpnpolicy.formatting import to_csv
from vpnpolicy.notebooks.files import find_notebook, read_parameters
from vpnpolicy.notebooks.html_clean import TAGS
from vpnpolicy.notebooks.parameters import check_parameters, parse_assignments
from vpnpolicy.notebooks.sanitize import sanitize_html, svg_problems
from vpnpolicy.report.manifest import read_manifest
from vpnpolicy.report.plan import read_plan
from vpnpolicy.series.reader import KINDS, read_samples, read_series
from vpnpolicy.units import describe, factor, parse_unit

COST = find_notebook("04_bandwidth_cost")
ORIGINS = Folder().package.resource("origins")
MAX_MESSAGE = 400_000
_FOLDER = Path(tempfile.mkdtemp(prefix="vpnpolicy-fuzz-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
TARGETS: dict[str, Callable[[bytes], None]] = {}


def target(function: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Register a target; an error of this package is an end like any other."""

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
    """Return bytes as text; every text can come out."""
    return raw.decode("utf-8", "replace")


def file_of(raw: bytes, name: str) -> Path:
    """Write bytes to a file of that name."""
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
    assert all(re.fullmatch(r"[A-Za-z0-9][\w-]{0,79}", j.name, re.ASCII) for j in jobs)
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
def manifest(raw: bytes) -> None:
    """A manifest in the folder of a report."""
    file_of(raw, "manifest.json")
    assert read_manifest(_FOLDER) is None or all(".." not in name for name in read_manifest(_FOLDER)["files_sha256"])


class _Tags(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list) -> None:
        assert tag in TAGS
        assert not [name for name, _ in attrs if name.startswith("on")]


@target
def markup(raw: bytes) -> None:
    """HTML and SVG of an output; what is left of it can neither run nor load anything, and is left as it is."""
    text = text_of(raw)
    svg_problems(text)
    cleaned, _ = sanitize_html(text)
    _Tags().feed(cleaned)
    assert sanitize_html(cleaned)[0] == cleaned
