"""A traffic series from CSV: columns found, values read, duplicates, gaps and counter resets named by line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pandas as pd

from ...basis.errors import DataError, Problem, UsageError, did_you_mean
from ...basis.paths import local_path
from ..cells import CellFault, read_cell
from ..csvfile import read_bytes, read_sheet
from ..package import Field
from .times import find_zone, parse_times, span_words

KINDS = ("rate", "total", "counter")


@dataclass
class Series:
    """A traffic series: times, values and lines in order of time, what the values are, and what was wrong."""

    name: str
    kind: str
    frame: pd.DataFrame
    step: pd.Timedelta
    problems: list[Problem] = field(default_factory=list)

    @property
    def warnings(self) -> list[Problem]:
        """Gaps, resets and the like: the series can be used, with care."""
        return [p for p in self.problems if p.level == "warning"]


def check_kind(kind: str | None) -> str:
    """What the values of a series are. Raises `UsageError` where it is not said: a total read as a rate is wrong by the step."""
    if kind not in KINDS:
        raise UsageError(f"series-kind: found {kind!r}; wanted rate, total or counter. {did_you_mean(str(kind), KINDS)}")
    return kind


def read_series(
    path: str | os.PathLike, kind: str, *, time: str = "timestamp", value: str | None = None, zone: str | None = None
) -> Series:
    """A traffic series from a CSV file.

    Parameters: ``kind`` ``rate`` (bit/s and the like), ``total`` (data in each step) or ``counter`` (data since the
    start); ``time`` and ``value`` the columns, ``value`` by default the only other one; ``zone`` a place such as
    ``Asia/Karachi`` for times without an offset. Returns a `Series` with its warnings. Raises `DataError` with every
    fault by line, `UsageError` for a missing column, zone or kind.
    """
    check_kind(kind)
    place = find_zone(zone)
    path = local_path(path)
    sheet = read_sheet(read_bytes(path, 2**30), path.name)
    problems = list(sheet.problems)
    if not sheet.header or any(p.rule in ("separator", "encoding", "not-csv") for p in problems):
        raise DataError(problems or [Problem(path.name, 1, 0, "empty-file", "no header")])
    columns = find_columns(sheet.header, time, value)
    cells = [(row[columns[0]], row[columns[1]]) for row in sheet.rows]
    frame = _frame(cells, sheet.lines, place, path.name, problems, columns)
    problems += _duplicates(frame, path.name)
    if any(p.level == "error" for p in problems):
        raise DataError([p for p in problems if p.level == "error"])
    frame = frame.sort_values("time", kind="stable").reset_index(drop=True)
    step = usual_step(frame["time"], path.name)
    problems += [
        *_order(frame, path.name),
        *_gaps(frame, step, path.name),
        *(_resets(frame, path.name) if kind == "counter" else ()),
    ]
    return Series(path.name, kind, frame, step, problems)


def find_columns(header: list[str], time: str, value: str | None) -> tuple[int, int]:
    """Positions of the time and the value column. Raises `UsageError` with the nearest name."""
    if time not in header:
        raise UsageError(f"there is no column '{time}'. {did_you_mean(time, header)}")
    others = [h for h in header if h != time]
    if value is None and len(others) != 1:
        raise UsageError(f"name the value column: the file has {', '.join(others) or 'none beside the time'}.")
    chosen = value if value is not None else others[0]
    if chosen not in header:
        raise UsageError(f"there is no column '{chosen}'. {did_you_mean(chosen, header)}")
    return header.index(time), header.index(chosen)


def _frame(
    cells: list, lines: list[int], zone: ZoneInfo | None, name: str, problems: list[Problem], columns: tuple[int, int]
) -> pd.DataFrame:
    times, faults = parse_times(pd.Series([t for t, _ in cells], dtype=object).astype("str"), zone)
    problems += [Problem(name, lines[n], columns[0] + 1, *fault.parts) for n, fault in faults]
    values = [_value(text, line, name, columns[1] + 1, problems) for (_, text), line in zip(cells, lines, strict=True)]
    return pd.DataFrame({"time": times, "value": pd.Series(values, dtype="float64"), "line": lines})


_VALUE = Field(name="value", type="number", title="", required=True, minimum=0, unit="the unit given for the file")


def _value(text: str, line: int, name: str, column: int, problems: list[Problem]) -> float | None:
    try:
        return read_cell(text, _VALUE)
    except CellFault as fault:
        problems.append(Problem(name, line, column, *fault.parts))
        return None


def _duplicates(frame: pd.DataFrame, name: str) -> list[Problem]:
    known = frame.dropna(subset=["time"])
    first = known.groupby("time", sort=False)["line"].transform("first")
    twice = known[known["line"] != first]
    return [
        Problem(name, int(line), 1, "series-duplicate", f"{when:%Y-%m-%dT%H:%M:%SZ}, which is also at line {n}", "each time once")
        for when, line, n in zip(twice["time"], twice["line"], first[twice.index], strict=True)
    ]


def usual_step(times: pd.Series, name: str) -> pd.Timedelta:
    """The commonest distance between neighbouring times. Raises `DataError` for fewer than two points."""
    if len(times) < 2:
        raise DataError([Problem(name, 0, 0, "series-short", f"{len(times)} points", "at least 2")])
    return times.diff().dropna().mode().iloc[0]


def _order(frame: pd.DataFrame, name: str) -> list[Problem]:
    late = frame[frame["line"].diff() < 0]
    if late.empty:
        return []
    line = int(late["line"].iloc[0])
    return [
        Problem(name, line, 1, "series-order", "rows not in order of time", "oldest first", "sorted for use", level="warning")
    ]


def _gaps(frame: pd.DataFrame, step: pd.Timedelta, name: str) -> list[Problem]:
    distance = frame["time"].diff()
    found = []
    for n in (distance > step * 1.5).to_numpy().nonzero()[0]:
        missing = round(distance.iloc[n] / step) - 1
        start, end = frame["time"].iloc[n - 1] + step, frame["time"].iloc[n]
        text = f"{missing} point{'s' if missing != 1 else ''} missing, {span_words(start, end)}"
        found.append(
            Problem(
                name,
                int(frame["line"].iloc[n]),
                1,
                "series-gap",
                text,
                "a point each step",
                "left empty; totals are at least",
                level="warning",
            )
        )
    return found


def _resets(frame: pd.DataFrame, name: str) -> list[Problem]:
    back = frame[frame["value"].diff() < 0]
    return [
        Problem(
            name,
            int(line),
            2,
            "counter-reset",
            "a counter that goes back",
            "one that grows",
            "the step is taken from 0",
            level="warning",
        )
        for line in back["line"]
    ]
