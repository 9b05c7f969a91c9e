"""Sources that are due for another look."""

from __future__ import annotations

import os
from datetime import timedelta

from ..dates import PartialDate
from .schema import Folder


def stale(as_of: str | PartialDate | None = None, *, data: str | os.PathLike | None = None):
    """Sources whose next look falls on or before a day.

    Parameters: ``as_of`` the day, by default the day the record was compiled to: nothing here reads the clock. Returns a
    DataFrame, longest overdue first: ``source_id``, ``title``, ``checked_on``, ``due_on``, ``days_over`` [day], ``note``.

    >>> stale("2027-03-01").source_id.tolist()
    ['S039', 'S040']
    """
    import pandas as pd

    folder = Folder(data)
    day = (folder.package.as_of if as_of is None else PartialDate.parse(as_of)).latest
    rows = [_due(r) for r in folder.checked("sources").rows() if r["check_every_days"]]
    late = [{**r, "days_over": (day - r["due_on"]).days} for r in rows if r["due_on"] <= day]
    late.sort(key=lambda r: (-r["days_over"], r["source_id"]))
    frame = pd.DataFrame(late, columns=["source_id", "title", "checked_on", "due_on", "days_over", "note"])
    return frame.astype({"checked_on": "datetime64[s]", "due_on": "datetime64[s]"})


def _due(row: dict) -> dict:
    due = (row["checked_on"] or row["read_on"]) + timedelta(days=row["check_every_days"])
    return {k: row[k] for k in ("source_id", "title", "checked_on", "note")} | {"due_on": due}
