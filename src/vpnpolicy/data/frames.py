"""Tables of the record as DataFrames: a fresh one each call, columns and dtypes as in the schema.

Text is pandas' default string dtype, numbers ``float64``, whole numbers ``Int64``, true/false
``boolean``, days ``datetime64[s]``. Dates of mixed precision stay text (``2025-11``);
`date_bounds` gives their first and last day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import pandas as pd

from ..dates import PartialDate
from ..errors import UsageError
from .asof import WORDS, View
from .package import Day, Field, PathLike, Resource, read_package
from .tables import Folder, Table

_TEXT = "str" if int(pd.__version__.split(".")[0]) >= 3 else object
_DTYPES = {"number": "float64", "integer": "Int64", "boolean": "boolean"}


def load(
    table: str,
    *,
    data: PathLike | None = None,
    as_of: Day | None = None,
    known_on: Day | None = None,
) -> pd.DataFrame:
    """Load one table of the record, checked against its schema.

    Parameters
    ----------
    table : str
        Name of the table, such as ``licences``, ``events``, ``prices``, ``claims``, ``sources``.
    data : path, optional
        Another data folder.
    as_of : str or date, optional
        Keep rows that were valid by this day, month or year; adds the column ``valid_on``.
    known_on : str or date, optional
        Keep rows whose sources were published by this day; adds the column ``known_on``.

    Returns
    -------
    pandas.DataFrame
        One row per line of the file. The added columns have ``yes`` or ``cannot tell``.

    Raises
    ------
    DataError
        With every fault found in the table.
    UsageError
        For an unknown table or folder; `DateError` for an unreadable date.

    Examples
    --------
    >>> load("events", as_of="2010").event_id.tolist()
    ['E01', 'E02', 'E03']
    """
    folder = Folder(data)
    checked, view = folder.checked(table), View.at(folder, as_of, known_on)
    frame = to_frame(checked)
    if view.as_of is None and view.known_on is None:
        return frame
    kept = view.select(checked)
    frame = frame.iloc[[n for n, _, _ in kept]].reset_index(drop=True)
    if view.as_of is not None:
        add_columns(frame, valid_on=[WORDS[valid] for _, valid, _ in kept])
    if view.known_on is not None:
        add_columns(frame, known_on=[WORDS[known] for _, _, known in kept])
    return frame


def load_providers(
    *,
    data: PathLike | None = None,
    as_of: Day | None = None,
    known_on: Day | None = None,
) -> pd.DataFrame:
    """Load the licence periods of VPN providers, unnamed licensees included: table ``licences``.

    See `load` for parameters and errors, `register_on` for the register of one day.

    Examples
    --------
    >>> "Kestrel VPN" in set(load_providers().brand)
    True
    """
    return load("licences", data=data, as_of=as_of, known_on=known_on)


def load_timeline(
    *,
    data: PathLike | None = None,
    as_of: Day | None = None,
    known_on: Day | None = None,
) -> pd.DataFrame:
    """Load the events, with dates as precise as their sources: table ``events``.

    See `load` for parameters and errors, `timeline` for the events between two dates.

    Examples
    --------
    >>> load_timeline().on.iloc[0]
    '2008-11-13'
    """
    return load("events", data=data, as_of=as_of, known_on=known_on)


def load_bandwidth_costs(
    *,
    data: PathLike | None = None,
    as_of: Day | None = None,
    known_on: Day | None = None,
) -> pd.DataFrame:
    """Load dated market prices of transit and wholesale bandwidth: table ``prices``.

    See `load` for parameters and errors, `compare_readings` for the prices quoted by PTA.

    Examples
    --------
    >>> load_bandwidth_costs().query("price_id == 'M001'").value.item()
    10.0
    """
    return load("prices", data=data, as_of=as_of, known_on=known_on)


def add_columns(frame: pd.DataFrame, **columns: Sequence) -> pd.DataFrame:
    """Add columns at the end of a frame. Raises `UsageError` where one exists already."""
    for name, values in columns.items():
        if name in frame:
            hint = "fix: rename it in the schema and in the file"
            raise UsageError(f"found a column '{name}', which this function adds; {hint}.")
        frame[name] = values
    return frame


def to_frame(table: Table, keep: Collection[str] | None = None) -> pd.DataFrame:
    """Return a checked table as a new DataFrame; ``keep`` are primary keys to keep."""
    frame = _frame(table).copy()
    if keep is not None:
        rows = frame[table.resource.primary_key[0]].isin(keep)
        frame = frame[rows].reset_index(drop=True)
    return frame


@lru_cache(maxsize=64)
def _frame(table: Table) -> pd.DataFrame:
    """Return the frame of a table, made once; only copies of it leave this module."""
    return pd.DataFrame({f.name: _series(table.columns[f.name], f) for f in table.resource.fields})


def _series(values: list, field: Field) -> pd.Series:
    if field.type in _DTYPES:
        return pd.Series(values, dtype=_DTYPES[field.type])
    if field.type == "date":
        return _days(values)
    texts = [v if v is None else str(v) for v in values]
    return pd.Series(texts, dtype=object).astype(_TEXT)


def _days(values: list) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)), dtype="datetime64[s]")


def date_bounds(dates: pd.Series) -> pd.DataFrame:
    """Return the first and last day of dates of mixed precision.

    Parameters
    ----------
    dates : pandas.Series
        Text such as ``2025-11``.

    Returns
    -------
    pandas.DataFrame
        ``earliest`` and ``latest`` [datetime64[s]] on the same index; ``NaT`` for an empty date.

    Raises
    ------
    DateError
        For an unreadable date.

    Examples
    --------
    >>> date_bounds(pd.Series(["2025-02"])).latest.dt.day.item()
    28
    """
    parsed = [PartialDate.parse(d) if isinstance(d, str) else None for d in dates]
    first = _days([p and p.earliest for p in parsed])
    last = _days([p and p.latest for p in parsed])
    return pd.DataFrame({"earliest": first, "latest": last}).set_axis(dates.index)


PAGE_HEAD = """\
# Data dictionary

Every column of the record, generated from `data/datapackage.json` by `make dictionary`.
[The page of the record](record.md) says how to read the cells;
`vpnpolicy validate --dictionary` prints the same for any record.
"""
TABLE_HEAD = """\
| column | meaning | type | unit | required | allowed | refers to |
|---|---|---|---|---|---|---|"""
COLUMNS = ["table", "column", "title", "type", "unit", "required", "allowed", "refers_to"]


def search(word: str, *, data: PathLike | None = None) -> pd.DataFrame:
    """Find the rows of the record that have a word, whatever its case.

    Parameters
    ----------
    word : str
        One or more characters.
    data : path, optional
        Another data folder.

    Returns
    -------
    pandas.DataFrame
        One row per row found: ``table``, ``id``, ``text`` (the cells that have the word, by
        column) and ``source_id``, in the order of the tables.

    Raises
    ------
    UsageError
        For a word without a visible character.

    Examples
    --------
    >>> search("kestrel vpn").table.unique().tolist()[:1]
    ['licences']
    """
    sought = " ".join(str(word).split()).casefold()
    if not sought:
        raise UsageError("search: found no word; expected one or more characters.")
    rows = []
    for name, resource in Folder(data).package.resources.items():
        frame = load(name, data=data)
        sources = next((c for c in ("source_id", "source_ids") if c in frame.columns), None)
        for row in frame.astype(object).where(frame.notna(), "").to_dict("records"):
            cells = {str(c): str(v) for c, v in row.items()}
            found = [f"{c}: {v}" for c, v in cells.items() if sought in v.casefold()]
            if found:
                key = " ".join(cells[c] for c in resource.primary_key)
                rows.append((name, key, "; ".join(found), cells[sources] if sources else ""))
    return pd.DataFrame(rows, columns=["table", "id", "text", "source_id"])


def dictionary(table: str | None = None, *, data: PathLike | None = None) -> pd.DataFrame:
    """Describe every column of every table, or of one, from ``datapackage.json``.

    Parameters
    ----------
    table : str, optional
        Name of one table.
    data : path, optional
        Another data folder.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``column``, ``title``, ``type``, ``unit``, ``required``, ``allowed`` and
        ``refers_to``, the column that its keys refer to.

    Raises
    ------
    UsageError
        For an unknown table; `DataError` for a schema that cannot be read.

    Examples
    --------
    >>> dictionary("traffic").set_index("column").unit["vpn_gbps"]
    'Gbps'
    """
    package = read_package(data)
    chosen = package.resources.values() if table is None else [package.resource(table)]
    return pd.DataFrame([row for r in chosen for row in _rows(r)], columns=COLUMNS)


def dictionary_page(data: PathLike | None = None) -> str:
    """Return the whole dictionary in Markdown: a heading and a table for each file."""
    parts = [PAGE_HEAD]
    for resource in read_package(data).resources.values():
        keys = ", ".join(f"`{key}`" for key in resource.primary_key)
        parts += [f"## {resource.path}", "", f"{resource.title}. Key: {keys}.", "", TABLE_HEAD]
        for _, column, title, kind, unit, required, allowed, target in _rows(resource):
            cells = (f"`{column}`", title, kind, unit, "yes" * required, allowed, target)
            parts.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        parts.append("")
    return "\n".join(parts)


def _rows(resource: Resource) -> Iterator[tuple]:
    targets: dict[str, str] = {}
    for key in resource.foreign_keys:
        targets |= {f: f"{key.table}.{t}" for f, t in zip(key.fields, key.targets, strict=True)}
    for f in resource.fields:
        kind = "list of keys" if f.list_of else f.type
        kind = "date, month, year or span" if f.is_partial_date else kind
        unit = f"in {f.unit_column}" if f.unit_column else f.unit
        required = f.required or f.name in resource.primary_key
        target = f.list_of or targets.get(f.name, "")
        yield resource.name, f.name, f.title, kind, unit, required, _allowed(f), target


def _allowed(field: Field) -> str:
    pattern = "" if field.is_partial_date or not field.pattern else f"`{field.pattern}`"
    low = "" if field.minimum is None else f"at least {field.minimum:g}"
    high = "" if field.maximum is None else f"at most {field.maximum:g}"
    parts = [", ".join(field.enum), low, high, pattern, "unique" if field.unique else ""]
    return "; ".join(p for p in parts if p)
