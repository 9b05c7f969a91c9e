"""``df.vpn``: two questions to a frame of the record, asked of the rows it still holds."""

from __future__ import annotations

import os
from functools import cache

import pandas as pd

from ..dates import PartialDate
from ..errors import UsageError
from ..formatting import split_ids
from .clocks import WORDS
from .package import Resource, read_package
from .sources import cite


class RecordAccessor:
    """What a DataFrame of the record can be asked: ``as_of`` and ``cite``."""

    def __init__(self, frame: pd.DataFrame):
        self._frame = frame

    def as_of(self, day: str | PartialDate, *, data: str | os.PathLike | None = None) -> pd.DataFrame:
        """The rows that held by a day, month or year, as ``load_table(as_of=)`` keeps them.

        Parameters: ``day`` ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; ``data`` the folder whose schema the frame follows.
        Returns a new frame on the same index labels with ``held``: ``yes`` or ``cannot tell``. Raises `DateError`, and
        `UsageError` for a frame that lacks the key or the date of its rows.

        >>> import vpnpolicy as vp
        >>> len(vp.load_events().vpn.as_of("2010"))
        3
        """
        day, column = PartialDate.parse(day), _table_of(self._frame, data).held_on
        held = [_by(v, day) for v in self._frame[column]] if column else [True] * len(self._frame)
        kept = self._frame.iloc[[n for n, state in enumerate(held) if state is not False]]
        return kept.assign(held=[WORDS[state] for state in held if state is not False])

    def cite(self, *, data: str | os.PathLike | None = None) -> str:
        """A citation for each source that the rows name, in the order in which they name them.

        Returns text, a line a source; see `cite`. Raises `UsageError` for a frame without a column of sources.

        >>> import vpnpolicy as vp
        >>> vp.load_traffic().vpn.cite()[:6]
        '[S072]'
        """
        columns = [c for c in self._frame.columns if str(c).endswith(("source_id", "source_ids"))]
        if not columns:
            raise UsageError("this frame names no sources. Keep the column source_id or source_ids of the record.")
        ids = split_ids(v for row in self._frame[columns].itertuples(index=False) for v in row)
        return cite(ids, data=data) if ids else ""


def _table_of(frame: pd.DataFrame, data) -> Resource:
    """The table whose rows these are: by its key and date, where several fit by most columns. Raises `UsageError`."""
    columns = set(frame.columns)
    fits = [r for r in read_package(data).resources.values() if _needed(r) <= columns and len(columns & set(r.names)) > 1]
    if not fits:
        raise UsageError(
            "this frame is not one of the record: it needs the id and the date of its rows, such as claim_id and about_on. "
            "Load it with vp.load_claims() or another loader, and keep these columns."
        )
    return max(fits, key=lambda r: len(columns & set(r.names)))


def _needed(table: Resource) -> set[str]:
    """Columns by which rows are known: key and date; all of them where rows have no date."""
    return {*table.primary_key, table.held_on} if table.held_on else set(table.names)


def _by(value, day: PartialDate) -> bool | None:
    return PartialDate.parse(value).by(day) if isinstance(value, str) and value else None


@cache
def register_accessor() -> None:
    """Make ``df.vpn`` known to pandas, once; called when the first table becomes a frame."""
    pd.api.extensions.register_dataframe_accessor("vpn")(RecordAccessor)
