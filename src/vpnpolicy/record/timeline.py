"""Events between two dates, in three values where precision runs out."""

from __future__ import annotations

import os

import pandas as pd

from ..dates import PartialDate
from .tables import date_bounds, load_table


def timeline(
    start: str | None = None, end: str | None = None, *, actor: str | None = None, category: str | None = None,
    known_on: str | None = None, data: str | os.PathLike | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Events from ``start`` to ``end``, oldest first.

    Parameters: ``start``, ``end`` ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, both inside; ``actor``, ``category`` keep
    rows that hold the text, in any case; ``known_on`` leaves out what was published later. Returns the columns of ``events`` with ``earliest``, ``latest`` [datetime64]
    and ``inside``: ``yes``, or ``cannot tell`` where the event may lie outside. Raises `DateError`.

    >>> timeline("2025-11", "2025-11").event_id.tolist()
    ['E60']
    """
    events = load_table("events", data, known_on=known_on)
    events = events.join(date_bounds(events["on"]))
    first, last = (PartialDate.parse(d) if d is not None else None for d in (start, end))
    states = [_inside(PartialDate.parse(on), first, last) for on in events["on"]]
    events["inside"] = ["yes" if s else "cannot tell" for s in states]
    keep = (
        pd.Series([s is not False for s in states], dtype=bool)
        & _holds(events["actor"], actor)
        & _holds(events["category"], category)
    )
    return events[keep].sort_values(["earliest", "latest", "event_id"], kind="stable").reset_index(drop=True)


def _inside(on: PartialDate, first: PartialDate | None, last: PartialDate | None) -> bool | None:
    too_early = bool(first) and on.latest < first.earliest
    too_late = bool(last) and on.earliest > last.latest
    if too_early or too_late:
        return False
    sure = (not first or on.earliest >= first.earliest) and (not last or on.latest <= last.latest)
    return True if sure else None


def _holds(column: pd.Series, text: str | None) -> pd.Series:
    if text is None:
        return pd.Series(True, index=column.index)
    return column.str.casefold().str.contains(text.casefold(), regex=False)
