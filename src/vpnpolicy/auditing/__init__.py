"""Recompute published figures from the figures they follow from; list figures that were revised."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from graphlib import CycleError, TopologicalSorter

import pandas as pd

from .._exchange import rates_near
from ..data.tables import Folder
from ..dates import PartialDate
from ..errors import DateError, UsageError
from ..formatting import format_number, format_size, plural
from ..units import unit_words
from .figures import Amount, CannotTell, Figure, Interval, change, overlap, share, span
from .tables import PathLike, add_relations, find_revisions, read_figures, record_figures

__all__ = ["audit", "find_revisions"]
MATCH, CONTRADICTION, CANNOT_TELL = "match", "contradiction", "cannot tell"
COLUMNS = (
    "id", "publisher", "place", "period", "quantity", "scope", "published", "rule", "inputs",
    "recomputed_low", "recomputed_high", "unit", "ratio", "verdict", "working", "source_ids",
)  # fmt: skip
RATES_WITHIN_DAYS = 92
RATE_MARGIN = 0.05
"""How far a publisher's rate may lie from those of our record about its day [1]; own estimate."""
Row = tuple[object, ...]
_FORMULAS: dict[str, Callable[[Amount, Amount], Amount]] = {
    "sum of": Amount.__add__, "includes": Amount.__add__, "product of": Amount.__mul__,
    "quotient of": Amount.__truediv__, "difference of": Amount.__sub__, "change of": change,
}  # fmt: skip
_SIGNS = {
    "sum of": " + ", "includes": " + ", "product of": " x ", "quotient of": " / ",
    "difference of": " - ", "share of": " / ", "change of": " over ",
}  # fmt: skip


def audit(
    table: PathLike | pd.DataFrame | None = None,
    *,
    relations: Sequence[str] = (),
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Recompute published figures that follow from others, and flag those that contradict them.

    A figure is an interval: its last digit and its hedge say how far it may be from what was meant.
    Two intervals that meet are a match, two that do not are a contradiction; without an input or an
    exchange rate the verdict is *cannot tell*.

    Parameters
    ----------
    table : path of a CSV file, or DataFrame, optional
        One figure per row, in columns ``quantity``, ``value`` and ``unit``; by default the record's
        ``published``. Further columns: an id, ``relation``, ``refers_to``, ``low``, ``high``,
        ``bound``, ``rounded_to``, ``publisher``, ``place``, ``period``, ``scope``, ``published_on``.
    relations : sequence of str
        Further relations between ids, such as ``"total = sum of a; b"``.
    data : path, optional
        Folder of the record.

    Returns
    -------
    DataFrame
        One row per figure and relation, in the order of the table.

    Raises
    ------
    UsageError
        If the table or a relation cannot be used.
    DataError
        If a cell cannot be used; names file, line and column.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"id": ["a", "b", "all"], "quantity": "outage", "value": [10, 20, 40]})
    >>> audit(table.assign(unit="hour"), relations=["all = sum of a; b"]).verdict.iloc[-1]
    'contradiction'
    """
    figures, others = record_figures(data) if table is None else (read_figures(table), [])
    figures = add_relations(figures, relations)
    auditor = _Auditor([*figures, *others], Folder(data))
    return pd.DataFrame([row for f in figures for row in auditor.rows(f)], columns=list(COLUMNS))


class _Auditor:
    """Figures by id, each narrowed once by what it follows from."""

    def __init__(self, figures: list[Figure], folder: Folder) -> None:
        self.folder = folder
        self.by_id = {f.id: f for f in reversed(figures)}  # of several relations the first one
        self.values: dict[str, Amount | None] = {}
        for id in _inputs_first(self.by_id):
            self.values[id] = self._narrowed(self.by_id[id])

    def rows(self, f: Figure) -> list[Row]:
        """Return the verdicts on one figure, or one row that says that none can be given."""
        rows = [self._row(g, CONTRADICTION, text) for g, text in _disorder(f)]
        rows += [self._judged(f)] if f.relation else []
        return rows or [self._row(f, CANNOT_TELL, "no relation is named")]

    def _judged(self, f: Figure) -> Row:
        try:
            found = self._recomputed(f).in_unit(f.unit)
        except CannotTell as why:
            return self._row(f, CANNOT_TELL, str(why))
        shown = f.interval(measured=f.relation == "same as")
        working, verdict = self._working(f), CANNOT_TELL
        if shown is None:
            text = f"{f.words()}; {working} gives {_words(found, f.unit)}"
        elif overlap(found, shown) or f.relation not in ("includes", "within"):
            verdict = MATCH if overlap(found, shown) else CONTRADICTION
            text = f"{working} gives {_words(found)}, published {f.words()}"
        elif f.relation == "within":
            verdict = CONTRADICTION if shown[0] > found[1] else CANNOT_TELL
            text = f"{working} has {_words(found, f.unit)}, published {f.words()}"
        elif found[0] > shown[1]:
            verdict = CONTRADICTION
            text = f"the parts listed, {_words(found)}, are more than the total, {f.words()}"
        else:
            rest = f"the rest of {f.words()} is in no part listed"
            text = f"the parts listed come to {_words(found)}; {rest}"
        return self._row(f, verdict, text, found)

    def _narrowed(self, f: Figure) -> Amount | None:
        """Return a figure as an input of others: as published, narrowed by what it follows from."""
        shown, found = f.interval(open_ended=False), None
        with suppress(CannotTell):
            found = self._recomputed(f, complete=True).in_unit(f.unit) if f.relation else None
        interval = shown or found
        if shown and found and f.relation != "includes" and overlap(shown, found):
            ends = sorted((max(shown[0], found[0]), min(shown[1], found[1])))
            interval = (ends[0], ends[1]) if shown[1] > shown[0] else shown
        return f.amount(interval) if interval else None

    def _recomputed(self, f: Figure, complete: bool = False) -> Amount:
        """Return what a figure comes to, if ``complete`` with every part. Raises `CannotTell`."""
        if f.relation in ("span", "within"):
            return span(f.period)
        if f.relation == "count of":
            return Amount(len(f.refers_to), len(f.refers_to), f.size.dimensions)
        if f.relation in ("sum of", "includes"):
            return self._sum(f, complete)
        inputs = [v for i in f.refers_to if (v := self.values[i])]
        for g in (self.by_id[i] for i in f.refers_to if not self.values[i]):
            raise CannotTell(f"{g.quantity} of {g.place or g.id} is not published")
        if f.relation == "same as":
            return self._converted(f, inputs[0], self.by_id[f.refers_to[0]])
        if f.relation == "share of":
            return share(inputs[0], inputs[1], self.by_id[f.refers_to[1]].period)
        return reduce(_FORMULAS[f.relation], inputs)

    def _sum(self, f: Figure, complete: bool) -> Amount:
        """Return the sum of the published parts, where it can be compared with the total."""
        parts = [self.by_id[i] for i in f.refers_to]
        places = _usual_places(parts)
        known = [v for p in parts if (v := self._part(p, places))]
        if not known:
            raise CannotTell("no part is published")
        found, shown = reduce(_FORMULAS[f.relation], known), f.interval()
        missing = len(parts) - len(known)
        if not missing or f.relation == "includes":
            return found
        come_to = found.in_unit(f.unit)
        if complete or shown is None or come_to[1] < shown[0]:
            text = f"{missing} of {len(parts)} parts are not published; those that are come to"
            raise CannotTell(f"{text} {_words(come_to, f.unit)}, of {f.words()}")
        return found

    def _part(self, f: Figure, places: int) -> Amount | None:
        if f.value and f.bound == "exact" and not f.rounded_to and f.places < places:
            interval = replace(f, rounded_to=str(10.0**-places)).interval()
            return f.amount(interval) if interval else None
        return self.values[f.id]

    def _converted(self, f: Figure, other: Amount, source: Figure) -> Amount:
        """Return an amount in another unit, or in another currency by the rates about that day."""
        if other.dimensions == f.size.dimensions:
            days = source.interval(open_ended=False, measured=True)
            return source.amount(days) if source.unit == "day" and days else other
        money, foreign = f.unit.split("/")[0], source.unit.split("/")[0]
        low, high = other.in_unit(source.unit)
        rates = self._rates(f) if {money, foreign} == {"PKR", "USD"} else []
        if rates:
            least, most = min(rates) * (1 - RATE_MARGIN), max(rates) * (1 + RATE_MARGIN)
            ends = (low * least, high * most) if money == "PKR" else (low / most, high / least)
            return f.amount(ends)
        text = f"no rate of {money}/{foreign} is in the record for {f.period or 'that day'}"
        if (shown := f.interval()) and low + high:
            text += f"; they imply {format_number(sum(shown) / (low + high), 4)} {money}/{foreign}"
        raise CannotTell(text)

    def _rates(self, f: Figure) -> list[float]:
        """Return rates about the day, or in the period, of publication; none from its page."""
        try:
            day = PartialDate.parse(f.published_on or f.period)
        except DateError:
            return []
        within = RATES_WITHIN_DAYS if (day.latest - day.earliest).days < 32 else 0
        rates = rates_near(day, self.folder, within)
        return [r.pkr_per_usd for r in rates if r.source_id not in f.source_ids]

    def _working(self, f: Figure) -> str:
        """Return the arithmetic in figures."""
        if f.relation in ("span", "within"):
            return f"the period {f.period}"
        if f.relation == "count of":
            return f"a count of {plural(len(f.refers_to), 'row')}"
        if len(f.refers_to) > 6:
            return f"the {f.relation.split()[0]} of {len(f.refers_to)} rows"
        return _SIGNS.get(f.relation, "").join(self.by_id[i].words() for i in f.refers_to)

    def _row(self, f: Figure, verdict: str, working: str, found: Interval | None = None) -> Row:
        shown, ratio = f.interval(), None
        if found and shown and all(map(math.isfinite, shown)) and sum(found):
            ratio = sum(shown) / sum(found)
        sources = dict.fromkeys(s for i in (f.id, *f.refers_to) for s in self.by_id[i].source_ids)
        return (
            f.id, f.publisher, f.place, f.period, f.quantity, f.scope, f.words(),
            f.relation or "none", ";".join(f.refers_to), *(found or (None, None)), f.unit, ratio,
            verdict, working, ";".join(sources),
        )  # fmt: skip


def _inputs_first(by_id: dict[str, Figure]) -> list[str]:
    """Return ids, each after those it follows from. Raises `UsageError` for a circle."""
    try:
        return [*TopologicalSorter({id: f.refers_to for id, f in by_id.items()}).static_order()]
    except CycleError as error:
        circle = ", ".join(error.args[1][:6])
        text = f"relations: found figures that follow from themselves ({circle})"
        raise UsageError(f"{text}; expected none; fix: remove one relation.") from None


def _usual_places(parts: Sequence[Figure]) -> int:
    """Return the decimals of most parts: in a column of 1.92, 4.79 and 1, the last is 1.00."""
    places = [p.places for p in parts if p.value and p.bound == "exact"]
    return max(sorted(set(places), reverse=True), key=places.count) if len(places) > 2 else 0


def _disorder(f: Figure) -> list[tuple[Figure, str]]:
    """Return a range whose ends, or whose middle, are in the wrong order."""
    numbers = [(name, text) for name in ("low", "value", "high") if (text := getattr(f, name))]
    if numbers == sorted(numbers, key=lambda pair: float(pair[1])):
        return []
    words = ", ".join(f"{name} {text}" for name, text in numbers)
    return [(replace(f, relation="in order", refers_to=()), f"published in this order: {words}")]


def _words(interval: Interval, unit: str = "") -> str:
    low, high = (format_size(v) for v in interval)
    return (low if low == high else f"{low} to {high}") + unit_words(unit, interval[1])
