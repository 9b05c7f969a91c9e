"""Numbers that were printed more than once with different values: old values are kept, none is overwritten."""

from __future__ import annotations

import os

import pandas as pd

from ...dates import LAST_YEAR
from ...record.schema import Folder
from .figures import Figure
from .reading import read_figures
from .record import record_figures
from .relations import overlap

COLUMNS = (
    "publisher", "place", "period", "quantity", "scope", "first_printed_on", "first_value", "printed_on", "value", "unit", "ratio",
    "ids", "source_ids",
)  # fmt: skip


def find_vintages(
    table: str | os.PathLike | pd.DataFrame | None = None, *, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Every number that its publisher, or those who relay it, printed again with another value.

    Another value is one that does not meet the first as far as either was rounded or hedged: 82.9 million after 83 million
    is the same number.

    Parameters: ``table`` as in `audit`; by default the record's own ``published``. Returns a DataFrame, one row a later
    value: the first value with its date beside it, and ``ratio``, how many times the first it is [1]. Values whose date of
    printing is not known come last.

    >>> find_vintages().query("place == 'Pakistan' and quantity == 'cost'").ratio.round(1).item()
    4.6
    """
    figures = record_figures(Folder(data))[0] if table is None else read_figures(table)
    groups: dict[tuple, list[Figure]] = {}
    for f in figures:
        if f.value:
            groups.setdefault(f.key, []).append(f)
    rows = [row for group in groups.values() for row in _rows(sorted(group, key=_printed))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _printed(f: Figure) -> tuple[str, str]:
    return f.printed_on or str(LAST_YEAR + 1), f.id


def _rows(group: list[Figure]) -> list[dict]:
    first, *later = group
    return [_row(first, f) for f in later if not overlap(*(g.interval(open_ended=False) for g in (first, f)))]


def _size(f: Figure) -> float:
    return float(f.value) * f.scale


def _row(first: Figure, f: Figure) -> dict:
    old, new = _size(first), _size(f)
    about = {k: getattr(f, k) for k in ("publisher", "place", "period", "quantity", "scope", "unit", "printed_on")}
    sources = dict.fromkeys((*first.source_ids, *f.source_ids))
    return about | {
        "first_printed_on": first.printed_on, "first_value": old, "value": new, "ratio": new / old if old else None,
        "ids": f"{first.id};{f.id}", "source_ids": ";".join(sources),
    }  # fmt: skip
