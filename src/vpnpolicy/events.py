"""Events between two dates, in three values where the precision of a date runs out."""

from __future__ import annotations

import pandas as pd

from .data.frames import add_columns, date_bounds, load_timeline
from .data.package import Day, PathLike
from .dates import PartialDate


def timeline(
    start: Day | None = None,
    end: Day | None = None,
    *,
    actor: str | None = None,
    category: str | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Return the events from ``start`` to ``end``, oldest first.

    Parameters
    ----------
    start, end : str or date, optional
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; both are included.
    actor, category : str, optional
        Keep rows that contain this text, in any case.
    known_on : str or date, optional
        Leave out what was published after this day.
    data : path, optional
        Another data folder.

    Returns
    -------
    pandas.DataFrame
        The columns of ``events`` with ``earliest``, ``latest`` [datetime64] and ``inside``:
        ``yes``, or ``cannot tell`` where the event may lie outside.

    Raises
    ------
    DateError
        For an unreadable date.

    Examples
    --------
    >>> timeline("2025-11", "2025-11").event_id.tolist()
    ['E60']
    """
    events = load_timeline(data=data, known_on=known_on)
    first, last = (PartialDate.parse(d) if d is not None else None for d in (start, end))
    states = [_inside(PartialDate.parse(on), first, last) for on in events["on"]]
    bounds = date_bounds(events["on"])
    inside = ["yes" if state else "cannot tell" for state in states]
    add_columns(events, earliest=bounds["earliest"], latest=bounds["latest"], inside=inside)
    kept = events[[state is not False for state in states]]
    for column, text in (("actor", actor), ("category", category)):
        if text is not None:
            kept = kept[contains(kept[column], text)]
    return kept.sort_values(["earliest", "latest", "event_id"]).reset_index(drop=True)


def _inside(on: PartialDate, first: PartialDate | None, last: PartialDate | None) -> bool | None:
    if (first and on.latest < first.earliest) or (last and on.earliest > last.latest):
        return False
    begins = not first or on.earliest >= first.earliest
    return True if begins and (not last or on.latest <= last.latest) else None


def contains(column: pd.Series, text: str) -> pd.Series:
    """Return which cells contain a text, in any case."""
    return column.str.casefold().str.contains(text.casefold(), regex=False)
