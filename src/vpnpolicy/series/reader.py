"""A traffic series from CSV, Parquet or pandas: columns found, values read, duplicates, gaps and resets named by line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pandas as pd

from ..errors import DataError, Problem, UsageError, did_you_mean
from .blocks import Block, Layout, read_blocks
from .five_minutes import FiveMinutes, OutOfOrderError, Samples, usual_step
from .times import find_zone

KINDS = ("rate", "total", "counter")
MAX_SORTED_ROWS = 20_000_000


@dataclass
class Series:
    """A traffic series: times, values and lines in order of time, what the values are, and what was wrong."""

    name: str
    kind: str
    frame: pd.DataFrame
    step: pd.Timedelta
    problems: list[Problem] = field(default_factory=list)


def check_kind(kind: str | None) -> str:
    """What the values of a series are. Raises `UsageError` where it is not said: a total read as a rate is wrong by the step."""
    if kind not in KINDS:
        raise UsageError(
            f"series-kind: found {kind!r}; expected rate, total or counter. {did_you_mean(str(kind), KINDS)}"
        )
    return kind


def read_series(
    series: str | os.PathLike | pd.DataFrame | pd.Series, kind: str, *, time: str = "timestamp", value: str | None = None,
    zone: str | None = None,
) -> Series:  # fmt: skip
    """A traffic series, whole, sorted by time.

    Parameters: ``series`` a CSV or Parquet file, a DataFrame, or a Series on times; ``kind`` ``rate`` (bit/s and the
    like), ``total`` (data in each step) or ``counter`` (data since the start); ``time`` and ``value`` the columns,
    ``value`` by default the only other one; ``zone`` a place such as ``Asia/Karachi`` for times without an offset.
    Returns a `Series` with its warnings. Raises `DataError` with every fault by line, `UsageError` for a missing column,
    zone or kind.
    """
    check_kind(kind)
    name, _, blocks = read_blocks(series, Layout(time, value, find_zone(zone)))
    block, notes = _sorted(name, _joined(blocks))
    samples = FiveMinutes(name, kind, usual_step(block, name))
    samples.add(block)
    problems = [*notes, *samples.finish().problems]
    times = pd.Series(pd.to_datetime(block.times, utc=True)).astype("datetime64[ns, UTC]")
    frame = pd.DataFrame({"time": times, "value": block.values, "line": block.lines})
    return Series(name, kind, frame, pd.Timedelta(samples.step, "ns"), problems)


def read_samples(
    series: str | os.PathLike | pd.DataFrame | pd.Series, kind: str, *, time: str = "timestamp", value: str | None = None,
    zone: str | None = None,
) -> tuple[str, Samples]:  # fmt: skip
    """Five-minute samples of a series, read in blocks: a hundred million rows need no more memory than a few.

    Parameters and errors: as in `read_series`. Returns the name of the value column and the samples. A series out of
    order is sorted in memory up to 20 million rows, and refused above.
    """
    check_kind(kind)
    layout = Layout(time, value, find_zone(zone))
    name, column, blocks = read_blocks(series, layout)
    try:
        return column, _gathered(name, kind, blocks)
    except OutOfOrderError:
        name, column, blocks = read_blocks(series, layout)
        block, notes = _sorted(name, _joined(blocks, MAX_SORTED_ROWS))
        samples = _gathered(name, kind, iter([block]))
        samples.problems[:0] = notes
        return column, samples


def _gathered(name: str, kind: str, blocks: Iterator[Block]) -> Samples:
    first = next(blocks, None)
    if first is None:
        raise DataError([Problem(name, 0, 0, "series-short", "0 points", "at least 2")])
    samples = FiveMinutes(name, kind, usual_step(first, name))
    for block in chain([first], blocks):
        samples.add(block)
    return samples.finish()


def _joined(blocks: Iterable[Block], most: int | None = None) -> Block:
    parts, rows = [], 0
    for block in blocks:
        parts.append(block)
        rows += len(block.times)
        if most is not None and rows > most:
            raise UsageError(
                f"series-order: rows are not in order of time; above {most:,} rows sort the file first."
            )
    times, values, lines = (
        np.concatenate([getattr(p, k) for p in parts]) for k in ("times", "values", "lines")
    )
    return Block(times, values, lines, [q for p in parts for q in p.problems])


def _sorted(name: str, block: Block) -> tuple[Block, list[Problem]]:
    """A block in order of time, with a note of the first row that was not, and every repeated time."""
    back = (np.diff(block.times) < 0).nonzero()[0]
    if not len(back):
        return block, []
    order = np.argsort(block.times, kind="stable")
    line = int(block.lines[back[0] + 1])
    note = Problem(
        name,
        line,
        1,
        "series-order",
        "rows not in order of time",
        "oldest first",
        "sorted for use",
        level="warning",
    )
    return Block(block.times[order], block.values[order], block.lines[order], block.problems), [
        note
    ]
