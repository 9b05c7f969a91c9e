"""Plans as rows: CSV, YAML, JSON or a table in memory, each value as it was written, with its place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...basis.errors import DataError, Problem, UsageError
from ...basis.paths import local_path
from ...record.csvfile import read_bytes, read_sheet

MAX_ROWS, MAX_DEPTH = 100_000, 20
MAX_BYTES, MAX_YAML_BYTES = 64 * 2**20, 4 * 2**20


@dataclass(frozen=True)
class Row:
    """One row of a plan: its values by name, and the line it stands at."""

    values: dict
    line: int


def read_rows(plan: str | os.PathLike | Sequence[Mapping]) -> tuple[str, list[Row]]:
    """The name of a plan and its rows; an empty cell is left out, so that the default stands.

    Parameters: ``plan`` a CSV, YAML or JSON file, a list of maps, or a DataFrame. Raises `DataError` with file, line and
    column for a file that cannot be read, `UsageError` for one without rows or with more than 100,000.
    """
    if isinstance(plan, str | os.PathLike):
        path = local_path(plan)
        name, rows = path.name, list(_of_file(path))
    else:
        table = plan.to_dict(orient="records") if hasattr(plan, "to_dict") else plan
        name, rows = "plan", [Row(dict(values), n) for n, values in enumerate(table, 1)]
    rows = [Row({k: v for k, v in row.values.items() if not _empty(v)}, row.line) for row in rows]
    if not rows:
        raise UsageError(f"{name}: no-rows: found none; wanted a row for each report.")
    if len(rows) > MAX_ROWS:
        raise UsageError(f"{name}: too-many: found {len(rows):,} rows; wanted at most {MAX_ROWS:,}.")
    return name, rows


def _empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)


def _of_file(path: Path) -> Iterator[Row]:
    readers = {
        ".csv": (_csv, MAX_BYTES),
        ".json": (_json, MAX_BYTES),
        ".yaml": (_yaml, MAX_YAML_BYTES),
        ".yml": (_yaml, MAX_YAML_BYTES),
    }
    if path.suffix.lower() not in readers:
        raise UsageError(f"{path.name}: plan: found '{path.suffix}'; wanted .csv, .yaml or .json")
    read, most = readers[path.suffix.lower()]
    return read(read_bytes(path, most), path.name)


def _csv(raw: bytes, name: str) -> Iterator[Row]:
    sheet = read_sheet(raw, name, most_rows=MAX_ROWS)
    if sheet.problems:
        raise DataError(sheet.problems)
    for cells, line in zip(sheet.rows, sheet.lines, strict=True):
        yield Row(dict(zip(sheet.header, cells, strict=True)), line)


def _json(raw: bytes, name: str) -> Iterator[Row]:
    try:
        content = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        place = (getattr(error, "lineno", 0), getattr(error, "colno", 0))
        raise DataError([Problem(name, *place, "json", str(getattr(error, "msg", error)), "a list of maps")]) from None
    yield from _listed(content, name, [])


def _once(pairs: list[tuple[str, object]]) -> dict:
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError("a key that stands twice in one map")
    return dict(pairs)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text}, which JSON does not know")


def _listed(content: object, name: str, lines: list[int]) -> Iterator[Row]:
    """Rows of a list, or of a map whose ``reports`` are a list and whose other values hold for every row."""
    common = {}
    if isinstance(content, dict) and isinstance(content.get("reports"), list):
        common = {k: v for k, v in content.items() if k != "reports"}
        content = content["reports"]
    if not isinstance(content, list):
        raise DataError([Problem(name, 1, 1, "type", f"{_kind(content)}", "a list of reports, or a map with 'reports'")])
    for n, values in enumerate(content):
        line = lines[n] if n < len(lines) else n + 1
        if not isinstance(values, dict):
            raise DataError([Problem(name, line, 1, "type", _kind(values), "a map of parameters")])
        yield Row({**common, **values}, line)


def _kind(value: object) -> str:
    return {dict: "a map", list: "a list", str: "text", type(None): "nothing"}.get(type(value), type(value).__name__)


def _yaml(raw: bytes, name: str) -> Iterator[Row]:
    import yaml

    from .strict_yaml import read_yaml

    try:
        content, lines = read_yaml(raw.decode("utf-8-sig"), name, MAX_DEPTH)
    except UnicodeDecodeError:
        raise DataError([Problem(name, 1, 0, "encoding", "bytes that are not UTF-8", "UTF-8")]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise DataError([Problem(name, *place, "yaml", str(error.problem), "plain YAML")]) from None
    except yaml.YAMLError as error:
        raise DataError([Problem(name, 0, 0, "yaml", str(error).splitlines()[0], "plain YAML")]) from None
    yield from _listed(content, name, lines)
