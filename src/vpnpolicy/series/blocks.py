"""A traffic series in blocks that fit the memory: CSV, Parquet or a DataFrame, every fault with its line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from .._files import local_path
from ..data.cells import CellFault, read_cell
from ..data.csvfile import check_file_kind, read_sheet
from ..data.package import Field
from ..errors import DataError, Problem, UsageError, did_you_mean
from ..formatting import plural
from .times import BARE, CLOCK, ZONE_NAMED, ZONE_WANTED, parse_times, read_time

CSV_BLOCK = 8 * 2**20
MAX_CELL = 2**20
MAX_FAULTS = 1000
_VALUE = Field(
    name="value",
    type="number",
    title="",
    required=True,
    minimum=0,
    unit="the unit given for the file",
)
_ROW_LABELS = re.compile(r"__index_level_\d+__")  # what pandas adds to a Parquet of a cut table
_PLAIN = r"\d{1,15}(\.\d{1,15})?"


@dataclass
class Block:
    """Times [ns since 1970, UTC], values, the line of each, and what was wrong."""

    times: np.ndarray
    values: np.ndarray
    lines: np.ndarray
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """Which columns hold times and values, and the zone of times without an offset."""

    time: str = "timestamp"
    value: str | None = None
    zone: ZoneInfo | None = None

    def columns(self, header: list[str]) -> tuple[str, str]:
        """Names of the time and the value column. Raises `UsageError` with the nearest name."""
        if self.time not in header:
            raise UsageError(
                f"there is no column '{self.time}'. {did_you_mean(self.time, header)} Name it with time (--time)."
            )
        others = [h for h in header if h != self.time and not _ROW_LABELS.fullmatch(h)]
        if self.value is None and len(others) != 1:
            raise UsageError(
                f"name the value column with value (--value): the file has {', '.join(others) or 'none beside the time'}."
            )
        chosen = self.value if self.value is not None else others[0]
        if chosen not in header or chosen == self.time:
            raise UsageError(
                f"there is no column '{chosen}'. {did_you_mean(chosen, others)} Name it with value (--value)."
            )
        return self.time, chosen


def read_blocks(
    series: str | os.PathLike | pd.DataFrame | pd.Series, layout: Layout
) -> tuple[str, str, Iterator[Block]]:
    """Name of a series, name of its value column, and its blocks in the order of the file.

    Parameters: ``series`` a CSV or Parquet file, a DataFrame with a time column, or a Series on times; ``layout`` its
    columns. Raises `UsageError` for what is none of these and for a missing file or column, `DataError` for a file that
    cannot be cut into rows.
    """
    if not isinstance(series, (str, os.PathLike, pd.DataFrame, pd.Series)):
        raise UsageError(
            f"a series is a CSV or Parquet file, a DataFrame or a Series on times; found {type(series).__name__}."
        )
    if isinstance(series, pd.Series):
        series = series.rename(series.name or "value").rename_axis(layout.time).reset_index()
    if isinstance(series, pd.DataFrame):
        time, value = layout.columns([str(c) for c in series.columns])
        return (
            "series",
            value,
            iter([frame_block("series", series[time], series[value], 1, layout.zone)]),
        )
    path = local_path(series)
    check_file_kind(path, "CSV or Parquet")
    if path.suffix.lower() not in (".parquet", ".pq"):
        return _csv(path, layout)
    from .parquet import read_parquet

    return read_parquet(path, layout)


def _csv(path: Path, layout: Layout) -> tuple[str, str, Iterator[Block]]:
    chunks = _chunks(path)
    first = next(chunks, (b"", 0))
    head = read_sheet(first[0], path.name)
    if not head.header or any(
        p.rule in ("separator", "encoding", "not-csv") for p in head.problems
    ):
        raise DataError(head.problems or [Problem(path.name, 1, 0, "empty-file", "no header")])
    names = layout.columns(head.header)
    at = head.header.index(names[0]), head.header.index(names[1])
    header = first[0].splitlines(keepends=True)[0]

    def blocks() -> Iterator[Block]:
        yield _sheet_block(head, at, 0, layout.zone)
        for raw, lines_before in chunks:
            yield _sheet_block(
                read_sheet(header.rstrip(b"\r\n") + b"\n" + raw, path.name),
                at,
                lines_before - 1,
                layout.zone,
            )

    return path.name, names[1], blocks()


def _chunks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Pieces of a file that end at the end of a row, with the number of lines before each."""
    lines, rest = 0, b""
    with path.open("rb") as file:
        while piece := file.read(CSV_BLOCK):
            raw = rest + piece
            cut = raw.rfind(b"\n") + 1
            while cut and raw.count(b'"', 0, cut) % 2:
                cut = raw.rfind(b"\n", 0, cut - 1) + 1
            rest = raw[cut:]
            if len(rest) > CSV_BLOCK + MAX_CELL:
                raise DataError(
                    [
                        Problem(
                            path.name,
                            lines + 1,
                            0,
                            "open-quote",
                            "a quote that is never closed",
                            "a closing quote",
                        )
                    ]
                )
            if cut:
                yield raw[:cut], lines
                lines += raw.count(b"\n", 0, cut)
    if rest:
        yield rest, lines


def _sheet_block(sheet, at: tuple[int, int], offset: int, zone: ZoneInfo | None) -> Block:
    problems = [p.moved(offset) for p in sheet.problems]
    lines = np.asarray(sheet.lines, dtype="int64") + offset
    texts = [pd.Series([row[n] for row in sheet.rows], dtype="str") for n in at]
    times = _read_times(texts[0], zone, sheet.name, lines, at[0] + 1, problems)
    values = _numbers(texts[1], sheet.name, lines, at[1] + 1, problems)
    stamps = times.astype("int64").to_numpy()
    return _kept(stamps, values, lines, times.notna().to_numpy(), problems)


def _read_times(
    texts: pd.Series, zone, name: str, lines: np.ndarray, column: int, problems: list[Problem]
) -> pd.Series:
    """Texts as UTC times. Those that lack a zone are counted in one problem: one answer mends them all."""
    times, faults = parse_times(texts, zone)
    lacking: dict[str, int] = {}
    for n, (rule, found, *rest) in ((n, fault.parts) for n, fault in faults):
        if rule == "time-zone":
            lacking.setdefault("" if found.endswith(BARE) else found.strip("'"), n)
        else:
            problems.append(Problem(name, int(lines[n]), column, rule, found, *rest))
    for letters, n in lacking.items():
        count = f"{int(texts.str.strip().str.fullmatch(CLOCK + letters).sum()):,} of {plural(len(texts), 'time')}"
        found = (
            f"'{letters}' at {count}" if letters else f"{count} {BARE}, such as '{texts.iloc[n]}'"
        )
        problems.append(
            Problem(
                name,
                int(lines[n]),
                column,
                "time-zone",
                found,
                ZONE_NAMED if letters else ZONE_WANTED,
            )
        )
    return times


def _kept(times, values, lines, known, problems: list[Problem]) -> Block:
    """The rows that can be used. Raises `DataError` at once where times lack a zone, however long the file goes on."""
    if any(p.rule == "time-zone" for p in problems):
        raise DataError(problems)
    good = known & ~np.isnan(values)
    return (
        Block(times, values, lines, problems)
        if good.all()
        else Block(times[good], values[good], lines[good], problems)
    )


def _numbers(
    texts: pd.Series, name: str, lines: np.ndarray, column: int, problems: list[Problem]
) -> np.ndarray:
    plain = texts.str.fullmatch(_PLAIN).to_numpy(dtype=bool)
    values = np.full(len(texts), np.nan)
    values[plain] = texts[plain].to_numpy(dtype="float64")
    for n in (~plain).nonzero()[0]:
        try:
            values[n] = read_cell(texts.iloc[n], _VALUE)
        except CellFault as fault:
            problems.append(Problem(name, int(lines[n]), column, *fault.parts))
            if len(problems) >= MAX_FAULTS:
                break
    return values


def frame_block(
    name: str, times: pd.Series, values: pd.Series, first_line: int, zone: ZoneInfo | None
) -> Block:
    """A block out of two columns, each fault with its row."""
    lines = np.arange(first_line, first_line + len(times))
    problems: list[Problem] = []
    if not pd.api.types.is_datetime64_any_dtype(times):
        parsed = _read_times(
            times.astype("str").reset_index(drop=True), zone, name, lines, 1, problems
        )
    else:
        parsed = _in_utc(times.reset_index(drop=True), zone, name, lines, problems)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(numbers) | (numbers < 0)
    for n in bad.nonzero()[0][:1000]:
        rule = (
            ("minimum", f"{values.iloc[n]}", ">= 0")
            if numbers[n] < 0 and np.isfinite(numbers[n])
            else ("number", f"{values.iloc[n]}", "a finite number")
        )
        problems.append(Problem(name, int(lines[n]), 2, *rule))
    stamps = parsed.astype("datetime64[ns, UTC]").astype("int64").to_numpy()
    return _kept(stamps, np.where(bad, np.nan, numbers), lines, parsed.notna().to_numpy(), problems)


def _in_utc(
    times: pd.Series, zone: ZoneInfo | None, name: str, lines: np.ndarray, problems: list[Problem]
) -> pd.Series:
    """Times with a zone as UTC; those without one by ``zone``, the ones that never were or were twice named."""
    if times.dt.tz is not None:
        parsed = times.dt.tz_convert("UTC")
    elif zone is None:
        raise DataError(
            [Problem(name, 0, 1, "time-zone", f"{plural(len(times), 'time')} {BARE}", ZONE_WANTED)]
        )
    else:
        parsed = times.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    for n in (parsed.isna()).to_numpy().nonzero()[0][:1000]:
        try:
            read_time("" if pd.isna(times.iloc[n]) else times.iloc[n].isoformat(), zone)
        except CellFault as fault:
            problems.append(Problem(name, int(lines[n]), 1, *fault.parts))
    return parsed
