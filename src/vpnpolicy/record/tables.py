"""Tables of the record as plain DataFrames: a fresh one each call, columns and dtypes as the schema says.

Text is pandas' default string dtype, numbers ``float64``, whole numbers ``Int64``, true/false ``boolean``, days
``datetime64[s]``. Dates of mixed precision stay text (``2025-11``); `date_bounds` turns them into first and last day.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import lru_cache

import pandas as pd

from ..dates import PartialDate
from .accessor import register_accessor
from .clocks import WORDS, Clocks
from .package import Field
from .schema import Folder, Table

_TEXT = "str" if int(pd.__version__.split(".")[0]) >= 3 else object


def load_table(
    name: str,
    data: str | os.PathLike | None = None,
    *,
    as_of: str | PartialDate | None = None,
    known_on: str | PartialDate | None = None,
) -> pd.DataFrame:
    """One table of the record by name, checked against its schema.

    Parameters: ``as_of`` keeps rows that held by that day, month or year, ``known_on`` rows that one could know by then;
    each adds a column, ``held`` or ``known``, with ``yes`` or ``cannot tell``. Returns a DataFrame, one row a line of
    the file. Raises `DataError` with every fault found, `UsageError` for an unknown table or folder, `DateError`.

    >>> len(load_table("events")), len(load_table("events", as_of="2010"))
    (64, 3)
    """
    folder = Folder(data)
    table, clocks = folder.checked(name), Clocks.at(folder, as_of, known_on)
    frame = to_frame(table)
    if clocks.as_of is None and clocks.known_on is None:
        return frame
    kept = clocks.keep(table)
    frame = frame.iloc[[n for n, _, _ in kept]].reset_index(drop=True)
    for column, asked, states in (
        ("held", clocks.as_of, [h for _, h, _ in kept]),
        ("known", clocks.known_on, [k for _, _, k in kept]),
    ):
        if asked is not None:
            frame[column] = [WORDS[s] for s in states]
    return frame


def to_frame(table: Table, keep: Collection[str] | None = None) -> pd.DataFrame:
    """A checked table as a DataFrame of the caller's own; ``keep`` are primary keys to keep."""
    register_accessor()
    frame = _frame(table).copy()
    if keep is not None:
        frame = frame[frame[table.resource.primary_key[0]].isin(keep)].reset_index(drop=True)
    return frame


@lru_cache(maxsize=64)
def _frame(table: Table) -> pd.DataFrame:
    """The frame of a table, made once and never handed out itself."""
    return pd.DataFrame({f.name: _series(table.columns[f.name], f) for f in table.resource.fields})


def _series(values: list, field: Field) -> pd.Series:
    if field.type == "number":
        return pd.Series(values, dtype="float64")
    if field.type == "integer":
        return pd.Series(values, dtype="Int64")
    if field.type == "boolean":
        return pd.Series(values, dtype="boolean")
    if field.type == "date":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)), dtype="datetime64[s]")
    return pd.Series([v if v is None else str(v) for v in values], dtype=object).astype(_TEXT)


def date_bounds(dates: pd.Series) -> pd.DataFrame:
    """First and last day of dates of mixed precision.

    Parameters: ``dates`` Series of text such as ``2025-11``. Returns a DataFrame with ``earliest`` and ``latest``
    [datetime64[s]] on the same index; an empty date gives ``NaT``. Raises `DateError` for an unreadable date.

    >>> date_bounds(pd.Series(["2025-02"])).latest.dt.day.item()
    28
    """
    parsed = [PartialDate.parse(d) if isinstance(d, str) else None for d in dates]
    columns = {n: [getattr(p, n) if p else None for p in parsed] for n in ("earliest", "latest")}
    return pd.DataFrame(
        {n: pd.Series(pd.to_datetime(pd.Series(v, dtype=object)), dtype="datetime64[s]").to_numpy() for n, v in columns.items()},
        index=dates.index,
    )


def _loader(name: str, what: str, public: str = ""):
    def load(data=None, *, as_of=None, known_on=None) -> pd.DataFrame:
        return load_table(name, data, as_of=as_of, known_on=known_on)

    load.__name__ = load.__qualname__ = public or f"load_{name}"
    load.__doc__ = f"""{what}

    Parameters: ``data`` another data folder; ``as_of`` keeps what held by a day, month or year; ``known_on`` what one
    could know by then. Returns a fresh DataFrame with the columns of ``{name}`` in ``datapackage.json``.
    Raises `DataError` with every fault of the file, `DateError` for an unreadable date.

    >>> len({load.__name__}()) > 0
    True
    """
    return load


load_sources = _loader("sources", "Every page a row of the record rests on, with tier, date basis and read extent.")
load_origins = _loader("origins", "Statements that many pages copy; claims of one origin count as one observation.")
load_licences = _loader("licences", "Licensing spells, one row each, unnamed licensees included.")
load_counts = _loader(
    "licence_counts", "Numbers of licensees and applications as printed, each with what was counted [licensee].", "load_counts"
)
load_terms = _loader("terms", "Terms of each regime as reported, with unit and whether in force or a draft.")
load_events = _loader("events", "What happened when, dates no more precise than their source.")
load_positions = _loader("positions", "What each stakeholder held when.")
load_regimes = _loader("regimes", "Ways in which VPNs are regulated, in force or in draft.")
load_statements = _loader(
    "statements", "What licensing is said to mean: benefits, risks, duties, advice and forecasts, each with a locator."
)
load_properties = _loader("properties", "What a claim can be about, and within how many days two claims are compared [day].")
load_claims = _loader("claims", "Reported figures and statements: one row says one thing in one source.")
load_readings = _loader("readings", "Ways to understand a printed unit, each with its plausibility and why.")
load_rulings = _loader("rulings", "What is held where claims differ, with the claims seen when ruling.")
load_assumptions = _loader(
    "assumptions", "Inputs that arithmetic needs: low, central, high, unit, and plain words for a weak source."
)
load_prices = _loader("prices", "Dated market prices of transit and wholesale bandwidth.")
load_traffic = _loader("traffic", "VPN traffic of Pakistan by month as printed [Gbps].")
load_indicators = _loader("indicators", "GDP, population, exchange rates, internet use and capacity.")
load_methods = _loader("methods", "Ways to put a price on a disruption: form, how much of it was seen, what is missing.")
load_parameters = _loader("parameters", "Parameters of the methods, each with bounds, shape, basis and reason.")
load_published = _loader("published", "Results that others printed, with the rows they follow from; old values stay.")
