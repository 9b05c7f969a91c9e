"""Tables of published figures: reading them, their named relations, figures that were revised."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from .._files import local_path
from ..data.cells import CellFault, read_cell
from ..data.csvfile import Sheet, read_bytes, read_sheet
from ..data.frames import load
from ..data.package import Field
from ..dates import LAST_YEAR
from ..errors import DataError, Problem, UnitError, UsageError
from ..formatting import plural, split_ids
from ..units import parse_unit
from .figures import BOUNDS, RELATIONS, Figure

PathLike = str | os.PathLike[str]
REVISION_COLUMNS = (
    "publisher", "place", "period", "quantity", "scope", "first_published_on", "first_value",
    "published_on", "value", "unit", "ratio", "ids", "source_ids",
)  # fmt: skip
_TEXTS = (
    "quantity", "unit", "value", "low", "high", "publisher", "place", "period", "published_on",
    "scope", "rounded_to", "relation",
)  # fmt: skip
_FIELDS = (
    *(Field(name, "string", "", required=True) for name in ("quantity", "unit")),
    *(Field(name, "number", "", unit_column="unit") for name in ("low", "value", "high")),
    *(Field(name, "string", "", kind="partial-date") for name in ("period", "published_on")),
    Field("rounded_to", "number", "", unit_column="unit", minimum=0),
    Field("bound", "string", "", enum=BOUNDS),
    Field("relation", "string", "", enum=tuple(RELATIONS)),
)


def read_figures(table: PathLike | pd.DataFrame) -> list[Figure]:
    """Return the figures of a CSV file or DataFrame, one per row."""
    if isinstance(table, pd.DataFrame):
        return _figures(_sheet_of(table))
    path = local_path(table)
    return _figures(read_sheet(read_bytes(path, 2**28), path.name))


def record_figures(data: PathLike | None) -> tuple[list[Figure], list[Figure]]:
    """Return the figures of ``published``, and the indicators and claims that they refer to."""
    published = load("published", data=data)
    named = set(split_ids(published["refers_to"]))
    columns = {"about_on": "period", "hedge": "bound", "indicator": "quantity"}
    columns |= {"property": "quantity", "subject": "place"}
    others = []
    for name in ("indicators", "claims"):
        frame = load(name, data=data)
        frame = frame[frame.iloc[:, 0].isin(named)]
        others += _figures(_sheet_of(frame.rename(columns=columns)))
    return _figures(_sheet_of(published), {f.id for f in others}), others


def _sheet_of(frame: pd.DataFrame) -> Sheet:
    rows = [[cell_text(v) for v in row] for row in frame.to_numpy(object)]
    return Sheet("table", [str(c) for c in frame.columns], rows, list(range(1, len(rows) + 1)))


def cell_text(value: object) -> str:
    """Return a cell as it would be published: whole floats without a point, nothing if missing.

    >>> cell_text(1866.3), cell_text(12.0), cell_text(float("nan"))
    ('1866.3', '12', '')
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if not isinstance(value, float):
        return str(value).strip().removesuffix(" 00:00:00")  # of a day as pandas has it
    if not math.isfinite(value):
        return ""
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:f}".rstrip("0").rstrip(".")


def _figures(sheet: Sheet, others: Collection[str] = ()) -> list[Figure]:
    """Return one figure per row; ``others`` are ids outside the table that it may refer to."""
    _refuse_errors(sheet)
    if missing := [c for c in ("quantity", "value", "unit") if c not in sheet.header]:
        expected = "columns quantity, value and unit, one figure per row"
        raise UsageError(
            f"{sheet.name}: found no column {', '.join(missing)}; expected {expected}."
        )
    rows = [dict(zip(sheet.header, row, strict=True)) for row in sheet.rows]
    names = [c for c in sheet.header if re.fullmatch("id|.+_id", c) and c != "source_id"]
    column = names[0] if names else ""
    ids = [row.get(column) or f"row {n}" for n, row in enumerate(rows, 1)]
    known, lines = {*ids, *others}, dict(zip(reversed(ids), reversed(sheet.lines), strict=True))
    for id, line, row in zip(ids, sheet.lines, rows, strict=True):
        faults = list(_faults(row, known))
        if lines[id] != line:
            faults.append((column, "unique", f"'{id}', as at line {lines[id]}", "each id once"))
        for name, *fault in faults:
            place = sheet.header.index(name) + 1 if name in sheet.header else 0
            sheet.fault(line, place, *fault)
    _refuse_errors(sheet)
    return [_figure(id, row) for id, row in zip(ids, rows, strict=True)]


def _refuse_errors(sheet: Sheet) -> None:
    if errors := [p for p in sheet.problems if p.level == "error"]:
        raise DataError(errors)


def _faults(row: dict[str, str], known: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Yield column, rule, found, expected and fix of what is wrong with a row."""
    for field in _FIELDS:
        try:
            read_cell(row.get(field.name, ""), field)
        except CellFault as fault:
            yield field.name, *fault.parts
    try:
        parse_unit(row["unit"])
    except UnitError as error:
        yield "unit", "unit", f"'{row['unit']}'", "a unit of the table", str(error)
    if broken := _fault(row.get("relation", ""), split_ids(row.get("refers_to", "")), known):
        yield "refers_to", *broken


def _figure(id: str, row: dict[str, str]) -> Figure:
    texts: dict[str, Any] = {k: row.get(k, "") for k in _TEXTS}
    sources = split_ids([row.get("source_id", ""), row.get("more_source_ids", "")])
    return Figure(
        id, **texts, bound=row.get("bound") or "exact", source_ids=tuple(sources),
        refers_to=tuple(split_ids(row.get("refers_to", ""))),
    )  # fmt: skip


def _fault(relation: str, ids: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """Return rule, found and expected of what is wrong with a relation, if anything."""
    for id in ids:
        if id not in known:
            return "foreign-key", f"'{id}'", "the id of a row"
    n = RELATIONS.get(relation)
    if relation and (len(ids) != n if n is not None else not ids):
        expected = f"{'at least 1' if n is None else n} for '{relation}'"
        return "relation", plural(len(ids), "id"), expected
    return ()


def add_relations(figures: list[Figure], relations: Sequence[str]) -> list[Figure]:
    """Add relations such as ``total = sum of a; b``; a figure is there once for each it has.

    Raises `UsageError` for a relation that cannot be used.
    """
    if isinstance(relations, str) or not isinstance(relations, Iterable):
        found = f"found {type(relations).__name__}; expected a list of texts"
        raise UsageError(f"relations: {found}, such as ['total = sum of a; b'].")
    known = {f.id for f in figures}
    named: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for text in relations:
        target, _, rest = (part.strip() for part in str(text).partition("="))
        relation = next((r for r in RELATIONS if f"{rest} ".startswith(f"{r} ")), "")
        ids = [i.strip() for i in rest.removeprefix(relation).split(";") if i.strip()]
        fault = _fault("", [target], known) or _fault(relation, ids, known)
        if not relation:
            fault = ("relation", f"'{rest}'", f"one of {', '.join(RELATIONS)}, then ids")
        if fault:
            raise UsageError(str(Problem(f"relations, '{text}'", 0, 0, *fault)))
        named.setdefault(target, []).append((relation, tuple(ids)))
    all_figures: list[Figure] = []
    for f in figures:
        ways = [replace(f, relation=r, refers_to=ids) for r, ids in named.get(f.id, ())]
        all_figures += ways if ways and not f.relation else [f, *ways]
    return all_figures


def find_revisions(
    table: PathLike | pd.DataFrame | None = None, *, data: PathLike | None = None
) -> pd.DataFrame:
    """List figures that were published again with another value, each beside its first value.

    Values whose intervals meet are one: 82.9 million after 83 million is no revision.

    Parameters
    ----------
    table, data
        As in `audit`.

    Returns
    -------
    DataFrame
        One row per later value; ``ratio`` is how many times the first it is [1]. Values without a
        day of publication come last.

    Raises
    ------
    UsageError, DataError
        As in `audit`.

    Examples
    --------
    >>> find_revisions().query("place == 'Pakistan' and quantity == 'cost'").ratio.round(1).item()
    4.6
    """
    figures = record_figures(data)[0] if table is None else read_figures(table)
    groups: dict[tuple[str, ...], list[Figure]] = {}
    for f in (f for f in figures if f.value):
        key = (f.publisher, f.place, f.period, f.quantity, f.scope, f.unit)
        groups.setdefault(key, []).append(f)
    rows = []
    for group in groups.values():
        first, *later = sorted(group, key=lambda f: (f.published_on or str(LAST_YEAR + 1), f.id))
        rows += [_revision(first, f) for f in later if not first.meets(f)]
    return pd.DataFrame(rows, columns=list(REVISION_COLUMNS))


def _revision(first: Figure, f: Figure) -> tuple[object, ...]:
    old, new = float(first.value), float(f.value)
    sources = dict.fromkeys((*first.source_ids, *f.source_ids))
    return (
        f.publisher, f.place, f.period, f.quantity, f.scope, first.published_on, old,
        f.published_on, new, f.unit, new / old if old else None, f"{first.id};{f.id}",
        ";".join(sources),
    )  # fmt: skip
