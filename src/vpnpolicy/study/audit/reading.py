"""Tables of printed numbers as figures: the long form of ``published.csv``, or a wide table with units in its column names."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from ..._files import local_path
from ...dates import PartialDate
from ...errors import DataError, DateError, UnitError, UsageError, did_you_mean
from ...formatting import split_ids
from ...record.csvfile import read_bytes, read_sheet
from .cells import Printed, cell_text, hedge, printed
from .columns import Meaning, read_header, read_unit_words
from .figures import BOUNDS, RELATIONS, Figure
from .relations import is_day_span

_TEXTS = ("publisher", "item", "place", "period", "printed_on", "scope", "rounded_to", "relation")
_SAME = {
    "country": "place", "cable": "place", "operator": "place", "year": "period", "about_on": "period", "snapshot": "period",
    "month": "period", "date": "period", "case": "item", "event": "item", "edition": "item", "indicator": "quantity",
    "component": "scope", "type": "scope", "kind": "scope", "category": "scope", "series": "publisher", "vintage": "printed_on",
}  # fmt: skip
_ALSO = {
    "from": "start",
    "to": "end",
    "start_date": "start",
    "end_date": "end",
    "amount": "value",
    "lower": "low",
    "upper": "high",
}
_WHAT = ("indicator", "metric", "measure", "item", "what")
_KNOWN = {*_TEXTS, *_SAME, "start", "end", "quantity", "value", "unit", "low", "high", "bound", "refers_to"}
"""Other words for columns, words for what a number measures, and the columns that are known by name."""
_SKIP = re.compile(r"^(source.*|more_source_ids|url|note|remark|check|recomputable|iso3|locator|quote|why.*|.*_quality|.*_id)$")


def read_figures(table: str | os.PathLike | pd.DataFrame) -> list[Figure]:
    """Every printed number of a table, blank cells included where a total would need them.

    Raises `UsageError` for what is no table, for one without a number and for a cell that cannot be understood,
    `DataError` for a file that is no CSV.
    """
    if not isinstance(table, (str, os.PathLike, pd.DataFrame)):
        raise UsageError(f"a table is a CSV file or a DataFrame; found {type(table).__name__}.")
    frame = table if isinstance(table, pd.DataFrame) else _read_csv(table)
    texts = frame.set_axis(_heads(frame.columns), axis=1).reset_index(drop=True).map(cell_text)
    found = list(_long(texts) if {"quantity", "value", "unit"} <= set(texts.columns) else _wide(texts))
    if not any(f.is_known for f in found):
        unread = next((f"{f.lack}. " for f in found if f.unread), "")
        wanted = "Give quantity, value and unit, or a unit at the end of a column's name."
        raise UsageError(f"the table holds no number with a unit. {unread}{wanted}")
    return found


def _heads(columns: Iterable[object]) -> list[str]:
    """Names of columns as printed; those known here in their own spelling, however they are capitalised."""
    found = [str(c).strip() for c in columns]
    plain = [re.sub(r"[\s-]+", "_", c.lower()) for c in found]
    plain = [_ALSO.get(p, p) for p in plain]
    if {"value", "unit"} <= set(plain) and "quantity" not in plain:  # the long form, with another word for what is measured
        what = next((w for w in _WHAT if w in plain), "")
        plain = ["quantity" if p == what else p for p in plain]
    return [p if (p in _KNOWN or _SKIP.match(p)) and plain.count(p) == 1 else c for c, p in zip(found, plain, strict=True)]


def _read_csv(path: str | os.PathLike) -> pd.DataFrame:
    path = local_path(path)
    sheet = read_sheet(read_bytes(path, 2**28), path.name)
    errors = [p for p in sheet.problems if p.level == "error"]
    if errors:
        raise DataError(errors)
    return pd.DataFrame(sheet.rows, columns=sheet.header)


def _long(frame: pd.DataFrame) -> Iterator[Figure]:
    names = {c: _SAME.get(c, c) for c in frame.columns}
    rows = frame.to_dict("records")
    ids = _ids(rows)
    for n, row in enumerate(rows):
        cells = {names[c]: v for c, v in row.items() if v} | {"id": ids[n], "n": n + 1}
        yield _long_figure(cells, row)


def _ids(rows: list[dict]) -> list[str]:
    """The id of each row, or its number where ids repeat. Raises `UsageError` where such an id is referred to."""
    own = [next((r[c] for c in r if c.endswith("_id") and c != "source_id" and r[c]), f"row {n}") for n, r in enumerate(rows, 1)]
    twice = {i for i, n in Counter(own).items() if n > 1}
    named = split_ids(r.get("refers_to", "") for r in rows)
    for i in named:
        if i in twice:
            raise UsageError(f"refers_to: '{i}' stands at more than one row. Give each row an id of its own.")
    return [f"row {n}" for n in range(1, len(rows) + 1)] if twice else own


def _checked(cells: dict) -> dict:
    """Cells of a row whose words this package knows. Raises `UsageError` with the row and the nearest word."""
    bound = hedge(cells.get("bound", ""))
    for name, word, known in (("relation", cells.get("relation", ""), RELATIONS), ("bound", bound, BOUNDS)):
        if word and word not in known:
            raise UsageError(f"row {cells['n']}: there is no {name} '{word}'. {did_you_mean(word, known)}")
    rounded = printed(cells.get("rounded_to", "1")).number
    if not rounded or float(rounded) < 0:
        raise UsageError(f"row {cells['n']}: rounded_to is '{cells['rounded_to']}'; expected a number from 0.")
    return {**cells, "bound": bound, "rounded_to": rounded if "rounded_to" in cells else ""}


def _long_figure(cells: dict, row: dict) -> Figure:
    cells = _checked(cells)
    unit, scale, quantity = _unit(row["unit"], cells.get("quantity", ""))
    found = [printed(row.get(k, ""), unit, scale) for k in ("value", "low", "high")]
    texts = {k: cells.get(k, "") for k in _TEXTS}
    bound = cells["bound"] or found[0].bound
    step = texts["rounded_to"] or (found[0].rounded_to if bound == "exact" else "")
    texts |= {"period": period_text(texts["period"]), "rounded_to": step}
    return Figure(
        cells["id"], _plain_quantity(quantity), unit, **_numbers(*found), bound=bound, **texts,
        refers_to=tuple(split_ids([row.get("refers_to", "")])), source_ids=tuple(split_ids([row.get("source_id", ""), row.get("more_source_ids", "")])), scale=scale,
    )  # fmt: skip


def _numbers(value: Printed, low: Printed, high: Printed) -> dict[str, str]:
    """The numbers of a row, or the first cell that cannot be read, which leaves none of them."""
    unread = next((c.unread for c in (value, low, high) if c.unread), "")
    return {"unread": unread} if unread else {"value": value.number, "low": low.number, "high": high.number}


def _unit(text: str, quantity: str) -> tuple[str, float, str]:
    """Unit, scale and quantity; a unit outside the table stays with the quantity, so that it meets only its like."""
    try:
        unit, scale = read_unit_words(text)
    except UnitError:
        return "1", 1.0, f"{quantity} [{text}]" if text else quantity
    per = re.search(r"\bper (day|hour|minute|month|year)\b", quantity)
    return (f"{unit}/{per[1].replace('minute', 'min')}" if per and "/" not in unit else unit), scale, quantity


def _plain_quantity(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("_", " ")).strip()


def period_text(text: str) -> str:
    """A period as a partial date, or as it is written where it is none."""
    years = re.findall(r"\b(?:19|20)\d\d\b", text)
    try:
        return str(PartialDate.parse(text))
    except DateError:
        return years[0] if len(years) == 1 and re.fullmatch(r"\d{4}.*", text) else text


def _wide(frame: pd.DataFrame) -> Iterator[Figure]:
    meanings = _meanings(frame)
    keys = {c: _SAME.get(c, c) for c in frame.columns if c not in meanings and not _SKIP.match(c) and _is_about(c, frame[c])}
    for n, row in enumerate(frame.to_dict("records")):
        about = _about(row, keys)
        spans = bool(row.get("start") and row.get("end")) and is_day_span(about["period"])
        for column, m in meanings.items():
            figure = _wide_figure(n + 1, column, row[column], m, about)
            yield figure.following("span", ()) if spans and m.quantity == "duration" and not m.scope else figure
        for column in keys:
            if re.search("change|growth", column):
                yield from _changes(f"row {n + 1} {column}", row[column], about)


def _meanings(frame: pd.DataFrame) -> dict[str, Meaning]:
    """What each column of numbers holds; a bare share or change is one of the only other quantity."""
    columns = [c for c in frame.columns if not _SKIP.match(c) and c not in _SAME]
    found = {c: m for c in columns if (m := read_header(c)) and _is_numeric(frame[c], unread=True)}
    others = {m.quantity for m in found.values() if m.unit != "%"}
    if len(others) == 1:
        words = {"share": "share of", "change": "change of", "growth": "change of"}
        bare = {c: m for c, m in found.items() if m.unit == "%" and m.quantity in words}
        found |= {c: replace(m, quantity=f"{words[m.quantity]} {next(iter(others))}") for c, m in bare.items()}
    newest = max((m.period for m in found.values()), default="")  # what is a share or change of years side by side is of the last
    return {c: replace(m, period=newest) if m.unit == "%" and not m.period else m for c, m in found.items()}


def _is_numeric(column: pd.Series, unread: bool = False) -> bool:
    """Whether most filled cells are printed numbers, or with ``unread`` were meant to be."""
    filled = [printed(v) for v in column if v]
    return bool(filled) and sum(bool(c.number or (unread and c.unread)) for c in filled) * 2 >= len(filled)


def _is_about(name: str, column: pd.Series) -> bool:
    """Whether a column says what a row is about; numbers without a unit, such as a rank, do not, years do."""
    return (
        name in _SAME or name in _TEXTS or not _is_numeric(column) or all(re.fullmatch(r"(?:19|20)\d\d", v) for v in column if v)
    )


def _about(row: dict, keys: dict[str, str]) -> dict[str, str]:
    found = dict.fromkeys(("publisher", "item", "place", "period", "printed_on", "scope"), "")
    for column, key in keys.items():
        if key not in ("start", "end") and not re.search("change|growth", column):
            key = key if key in found else "item"
            found[key] = " ".join(filter(None, (found[key], row[column])))
    if row.get("start") and row.get("end"):
        found["period"] = f"{row['start']}/{row['end']}"
    period = period_text(found["period"])
    edition = found["period"].removeprefix(period).strip()
    return {**found, "period": period, "printed_on": " ".join(filter(None, (found["printed_on"], edition)))}


def _wide_figure(n: int, column: str, text: str, m: Meaning, about: dict) -> Figure:
    cell = printed(text, m.unit, m.scale)
    about = {**about, "period": about["period"] or m.period}
    scope = " ".join(filter(None, (about["scope"], m.scope)))
    id = f"row {n} {column}"
    return Figure(
        id, m.quantity, m.unit, cell.number, bound=cell.bound, rounded_to=cell.rounded_to, scale=m.scale, column=column, unread=cell.unread,
        **{**about, "scope": scope},
    )  # fmt: skip


def _changes(id: str, text: str, about: dict) -> Iterator[Figure]:
    """Changes printed in words, such as ``cost +40%; hours +42% vs 2019``."""
    from .columns import QUANTITIES

    for n, part in enumerate(text.split(";")):
        match = re.search(
            r"([a-z ]+?)\s*(?:approximately |about )?([-+\u2212]?\d+(?:\.\d+)?)\s*(?:%|percent)", part.strip(), re.I
        )
        words = match[1].strip().split() if match else []
        name = QUANTITIES.get(words[-1].lower(), words[-1].lower()) if words else ""
        if name:
            bound = "about" if re.search("approximately|about", part) else "exact"
            yield Figure(
                f"{id} {n + 1}", f"change of {name}", "%", match[2].replace("\u2212", "-").lstrip("+"), bound=bound, **about
            )
