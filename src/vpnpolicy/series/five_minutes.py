"""Five-minute samples out of blocks of any step, in one pass: sums, gaps, duplicates, resets and order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from .blocks import Block
from .times import span_words

SAMPLE_NS = 300 * 10**9
MAX_PROBLEMS = 1000
_GAPS = ("left empty; totals are at least", "what the counter grew by is spread evenly over it")


class OutOfOrderError(Exception):
    """Rows are not in order of time: the series has to be sorted first."""


@dataclass
class Samples:
    """Each five minutes that held data, oldest first: what came, in how many seconds of it; and what was noticed on the way.

    ``amounts`` are rates times seconds, or data, in the unit of the values; ``seconds`` are those that rows cover [s].
    """

    starts: np.ndarray
    amounts: np.ndarray
    seconds: np.ndarray
    step_s: float
    n_rows: int
    problems: list[Problem] = field(default_factory=list)

    @property
    def rates(self) -> np.ndarray:
        """Mean rate over the seconds that held data, in the unit of the values, of data per second."""
        return self.amounts / self.seconds


class FiveMinutes:
    """Gathers blocks in order of time into the amount of each five minutes and the seconds it came in.

    A rate or total at a time covers the step from that time on, or less where the next row comes sooner; a counter's
    difference covers the time since the reading before it, also across a gap. What is longer than a sample is cut at its
    edges.
    """

    def __init__(self, name: str, kind: str, step_ns: int):
        self.name, self.kind, self.step = name, kind, step_ns
        self.first, self.n_rows = 0, 0
        self.amounts, self.seconds = np.zeros(0), np.zeros(0)
        self.last: Block | None = None
        self.problems: list[Problem] = []

    def add(self, block: Block) -> None:
        """Take one block. Raises `OutOfOrderError` where a time lies before the one above it."""
        self.problems += block.problems
        if not len(block.times):
            return
        self.n_rows += len(block.times)
        regular = self._is_regular(block.times)
        if not regular:
            self._look_at_times(_after(self.last, block))
        if self.kind == "counter":
            self._add_counter(_after(self.last, block))
        else:
            self._close(block.times[0])
            self._add_steps(block, regular)
        self.last = Block(block.times[-1:], block.values[-1:], block.lines[-1:])

    def _add_steps(self, block: Block, regular: bool) -> None:
        """Rates or totals, all but the last row."""
        times, values = block.times[:-1], block.values[:-1]
        if regular and SAMPLE_NS % self.step == 0 and block.times[0] % self.step == 0:
            self._gather(times, values)
        else:
            self._lay(times, values, np.minimum(np.diff(block.times), self.step))

    def _add_counter(self, block: Block) -> None:
        self._look_at_counter(block)
        self._spread(block.times[:-1], _grown(block.values), np.diff(block.times))

    def _close(self, until: int | None = None) -> None:
        """Lay down the last row of a rate or total, whose length shows only in the row after it."""
        if self.last is not None and self.kind != "counter":
            length = self.step if until is None else min(self.step, until - self.last.times[0])
            self._lay(self.last.times, self.last.values, np.array([length]))

    def _lay(self, starts: np.ndarray, values: np.ndarray, lengths: np.ndarray) -> None:
        self._spread(starts, values * (lengths / 1e9) if self.kind == "rate" else values, lengths)

    def _is_regular(self, times: np.ndarray) -> bool:
        """Whether each time lies one step after the one before."""
        if self.last is not None and times[0] - self.last.times[0] != self.step:
            return False
        distance = np.diff(times)
        return not len(distance) or bool(distance.min() == distance.max() == self.step)

    def _look_at_times(self, block: Block) -> None:
        """Note repeated times and gaps among neighbours; refuse what is out of order."""
        times, lines = block.times, block.lines
        distance = np.diff(times)
        if distance.min(initial=0) < 0:
            raise OutOfOrderError
        for n in (distance == 0).nonzero()[0][:MAX_PROBLEMS]:
            when = f"{pd.Timestamp(times[n], tz='UTC'):%Y-%m-%dT%H:%M:%SZ}"
            self._note(
                lines[n + 1],
                1,
                "series-duplicate",
                f"{when}, which is also at line {lines[n]}",
                "each time once",
            )
        for n in (distance > self.step * 1.5).nonzero()[0]:
            missing = round(distance[n] / self.step) - 1
            start, end = (pd.Timestamp(t, tz="UTC") for t in (times[n] + self.step, times[n + 1]))
            text = f"{missing} point{'s' if missing != 1 else ''} missing, {span_words(start, end)}"
            self._note(
                lines[n + 1],
                1,
                "series-gap",
                text,
                "a point each step",
                _GAPS[self.kind == "counter"],
                level="warning",
            )

    def _look_at_counter(self, block: Block) -> None:
        for n in (np.diff(block.values) < 0).nonzero()[0]:
            what = (
                "counter-reset",
                "a counter that goes back",
                "one that grows",
                "the step is taken from 0",
            )
            self._note(block.lines[n + 1], 2, *what, level="warning")

    def _note(self, line, column: int, *parts: str, level: str = "error") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            problem = Problem(self.name, int(line), column, *parts, level=level)  # type: ignore[misc]
            self.problems.append(problem)

    def _gather(self, starts: np.ndarray, values: np.ndarray) -> None:
        """The common case, steps in order that divide five minutes, in one pass over the values."""
        if not len(starts):
            return
        index = np.arange(starts[0] // SAMPLE_NS, starts[-1] // SAMPLE_NS + 1)
        edges = np.searchsorted(starts, index * SAMPLE_NS)
        seconds = np.diff(np.append(edges, len(starts))) * (self.step / 1e9)
        amounts = np.add.reduceat(values, edges)
        self._pour(index, amounts * (self.step / 1e9) if self.kind == "rate" else amounts, seconds)

    def _spread(self, starts: np.ndarray, amounts: np.ndarray, lengths: np.ndarray) -> None:
        """Amounts over any lengths, cut at the edges of the samples they reach into."""
        ends = starts + lengths
        first, last = starts // SAMPLE_NS, (ends - 1) // SAMPLE_NS
        pieces = np.maximum(last - first + 1, 0)
        nth = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        index = np.repeat(first, pieces) + nth
        low = np.maximum(np.repeat(starts, pieces), index * SAMPLE_NS)
        high = np.minimum(np.repeat(ends, pieces), (index + 1) * SAMPLE_NS)
        share = (high - low) / np.maximum(np.repeat(lengths, pieces), 1)
        self._pour(index, np.repeat(amounts, pieces) * share, (high - low) / 1e9)

    def _pour(self, index: np.ndarray, amounts: np.ndarray, seconds: np.ndarray) -> None:
        if not len(index):
            return
        self._make_room(int(index.min()), int(index.max()))
        np.add.at(self.amounts, index - self.first, amounts)
        np.add.at(self.seconds, index - self.first, seconds)

    def _make_room(self, low: int, high: int) -> None:
        if not len(self.amounts):
            self.first = low
        before, after = max(0, self.first - low), max(0, high - self.first - len(self.amounts) + 1)
        if before or after:
            room = (before, max(after, len(self.amounts) // 2) if after else 0)
            self.amounts, self.seconds = np.pad(self.amounts, room), np.pad(self.seconds, room)
            self.first -= before

    def finish(self) -> Samples:
        """The samples. Raises `DataError` where an error was noted, or fewer than two points were read."""
        errors = [p for p in self.problems if p.level == "error"]
        if self.n_rows < 2 and not errors:
            errors = [
                Problem(self.name, 0, 0, "series-short", f"{self.n_rows} points", "at least 2")
            ]
        if errors:
            raise DataError(errors)
        self._close()
        held = self.seconds > 0
        starts = (np.arange(len(self.seconds))[held] + self.first) * SAMPLE_NS
        return Samples(
            starts,
            self.amounts[held],
            self.seconds[held],
            self.step / 1e9,
            self.n_rows,
            self.problems,
        )


def _after(last: Block | None, block: Block) -> Block:
    """A block led by the row before it, so that neighbours can be compared."""
    if last is None:
        return block
    times, values, lines = (
        np.concatenate([getattr(last, k), getattr(block, k)]) for k in ("times", "values", "lines")
    )
    return Block(times, values, lines)


def _grown(values: np.ndarray) -> np.ndarray:
    """What a counter grew by between neighbouring readings; after a reset it is taken from 0."""
    grown = np.diff(values)
    return np.where(grown < 0, values[1:], grown)


def usual_step(block: Block, name: str) -> int:
    """The commonest distance between neighbouring times of a block [ns]. Raises `DataError` for fewer than two points."""
    if len(block.times) < 2:
        errors = [p for p in block.problems if p.level == "error"]
        raise DataError(
            errors
            or [Problem(name, 0, 0, "series-short", f"{len(block.times)} points", "at least 2")]
        )
    distance = np.abs(np.diff(block.times))
    steps, counts = np.unique(distance[distance > 0], return_counts=True)
    if not len(steps):
        raise DataError(
            [
                Problem(
                    name,
                    int(block.lines[1]),
                    1,
                    "series-duplicate",
                    "one time again and again",
                    "each time once",
                )
            ]
        )
    return int(steps[counts.argmax()])
