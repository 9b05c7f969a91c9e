"""Rows from a CSV, YAML or JSON file or from memory, each value as it was written, with its line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import yaml

from ._files import local_path
from .data.csvfile import read_bytes, read_sheet
from .errors import DataError, Problem, UsageError

MAX_ROWS, MAX_BYTES = 100_000, 64 * 2**20


def read_rows(plan: str | os.PathLike | Sequence[Mapping]) -> tuple[str, list[tuple[int, dict]]]:
    """Return the name of a table of rows and the rows with their lines; empty cells are left out."""
    if isinstance(plan, str | os.PathLike):
        path = local_path(plan)
        name, rows = path.name, list(_file_rows(path))
    elif hasattr(plan, "to_dict"):
        name, rows = "plan", list(enumerate(plan.to_dict(orient="records"), 1))
    elif isinstance(plan, Sequence):
        name, rows = "plan", list(_listed(list(plan), "plan", []))
    else:
        raise UsageError(
            f"plan: found {type(plan).__name__}; expected a file, a list or a DataFrame."
        )
    rows = [
        (n, {k: v for k, v in row.items() if v not in (None, "") and v == v}) for n, row in rows
    ]
    if not 0 < len(rows) <= MAX_ROWS:
        found = f"more than {MAX_ROWS:,} rows" if rows else "no rows"
        raise UsageError(
            f"{name}: rows: found {found}; expected 1 to {MAX_ROWS:,}, one per report."
        )
    return name, rows


def _file_rows(path: Path) -> Iterator[tuple[int, dict]]:
    readers = {".csv": _csv, ".json": _json, ".yaml": _yaml, ".yml": _yaml}
    if path.suffix.lower() not in readers:
        raise UsageError(f"{path.name}: plan: found '{path.suffix}'; expected .csv, .yaml or .json")
    return readers[path.suffix.lower()](read_bytes(path, MAX_BYTES), path.name)


def _csv(raw: bytes, name: str) -> Iterator[tuple[int, dict]]:
    sheet = read_sheet(raw, name, most_rows=MAX_ROWS)
    if sheet.problems:
        raise DataError(sheet.problems)
    for cells, line in zip(sheet.rows, sheet.lines, strict=True):
        yield line, dict(zip(sheet.header, cells, strict=True))


def _fail(
    name: str, rule: str, found: str, expected: str, line: int = 0, column: int = 0
) -> NoReturn:
    raise DataError([Problem(name, line, column, rule, found, expected)]) from None


def _json(raw: bytes, name: str) -> Iterator[tuple[int, dict]]:
    def once(pairs: list[tuple[str, object]]) -> dict:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key that occurs twice in one map")
        return dict(pairs)

    def constant(text: str) -> None:
        raise ValueError(f"{text}, which JSON does not know")

    try:
        content = json.loads(raw, object_pairs_hook=once, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        place = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        _fail(name, "json", str(getattr(error, "msg", error)), "a list of maps", *place)
    yield from _listed(content, name, [])


class _Loader(yaml.BaseLoader):
    """YAML whose scalars stay text, as in CSV and on the command line; no key occurs twice."""

    def construct_mapping(self, node, deep=False):
        found = super().construct_mapping(node, deep=True)
        if len(found) != len(node.value):
            raise yaml.MarkedYAMLError(None, None, "a key that occurs twice", node.start_mark)
        return found


def _yaml(raw: bytes, name: str) -> Iterator[tuple[int, dict]]:
    try:
        text = raw.decode("utf-8-sig")
        for token in yaml.scan(text, Loader=_Loader):  # an alias could unfold without end
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                place = token.start_mark.line + 1, token.start_mark.column + 1
                _fail(name, "yaml", "an anchor, alias or tag", "values written out", *place)
        node, content = yaml.compose(text, Loader=_Loader), yaml.load(text, Loader=_Loader)  # noqa: S506
    except UnicodeDecodeError:
        _fail(name, "encoding", "bytes that are not UTF-8", "UTF-8", 1)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        found = getattr(error, "problem", None) or str(error).splitlines()[0]
        _fail(name, "yaml", found, "plain YAML", *place)
    if node is not None and node.id == "mapping":
        node = next((v for k, v in node.value if k.value == "reports"), None)
    items = node.value if node is not None and node.id == "sequence" else []
    yield from _listed(content, name, [item.start_mark.line + 1 for item in items])


def _listed(content: object, name: str, lines: list[int]) -> Iterator[tuple[int, dict]]:
    """Return the rows of a list, or of a map with ``reports`` whose other values hold for all."""
    common = {}
    if isinstance(content, dict) and isinstance(content.get("reports"), list):
        common = {k: v for k, v in content.items() if k != "reports"}
        content = content["reports"]
    if not isinstance(content, list):
        _fail(
            name, "type", type(content).__name__, "a list of reports, or a map with 'reports'", 1, 1
        )
    for number, values in enumerate(content):
        line = lines[number] if number < len(lines) else number + 1
        if not isinstance(values, Mapping):
            _fail(name, "type", type(values).__name__, "a map of parameters", line, 1)
        yield line, {**common, **values}
