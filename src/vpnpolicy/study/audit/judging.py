"""The audit: each printed number beside what it follows from, with match, contradiction or cannot tell, and the working."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import pandas as pd

from ..._exchange import rates_near
from ...dates import PartialDate
from ...errors import DateError
from ...formatting import format_number, format_size, plural
from ...record.schema import Folder
from ...units import unit_words
from . import relations
from .figures import RELATIONS, Figure, Interval
from .inferring import Table, infer
from .reading import read_figures
from .record import record_figures
from .relations import Amount, CannotTell, amount, in_unit, overlap

MATCH, CONTRADICTION, CANNOT_TELL = "match", "contradiction", "cannot tell"
COLUMNS = (
    "id", "publisher", "place", "period", "quantity", "scope", "printed", "rule", "inputs", "recomputed_low", "recomputed_high", "unit",
    "ratio", "verdict", "working", "source_ids",
)  # fmt: skip
RATES_WITHIN_DAYS = 92
RATE_MARGIN = 0.05
"""How far the rate that a table used may lie from those held about its day [1]; own estimate."""
_SIGNS = {
    "sum of": " + ",
    "includes": " + ",
    "product of": " x ",
    "quotient of": " / ",
    "difference of": " - ",
    "share of": " / ",
}


def audit(table: str | os.PathLike | pd.DataFrame | None = None, *, data: str | os.PathLike | None = None) -> pd.DataFrame:
    """Every printed number that follows from others, worked out again: sums, changes, spans, products, shares, conversions.

    A printed number is an interval: its last digit and its hedge say how far it may be from what was meant. Two intervals
    that meet are a match; two that do not are a contradiction; a missing input or rate is *cannot tell*.

    Parameters: ``table`` a DataFrame or CSV file in the form of ``published.csv`` (``quantity``, ``value``, ``unit``, and
    where there are any ``relation`` and ``refers_to``), or a wide one with the unit at the end of each column's name, such
    as ``cost_usd_m``; by default the record's own. Relations that are not named are inferred. Returns a DataFrame, one
    row a number and rule. Raises `UsageError` for a table without numbers, `DataError` for a file that is no CSV.

    >>> import pandas as pd
    >>> wide = pd.DataFrame({"country": ["A", "B", "Total"], "hours": [10, 20, 40]})
    >>> audit(wide).query("rule == 'sum of'").verdict.item()
    'contradiction'
    """
    folder = Folder(data)
    figures, others = record_figures(folder) if table is None else (read_figures(table), [])
    auditor = Auditor(figures, others, folder)
    rows = [row for f in figures for row in auditor.rows(f)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


class Auditor:
    """Figures that can be looked up by id and worked out from each other."""

    def __init__(self, figures: list[Figure], others: list[Figure], folder: Folder):
        self.table, self.folder = Table(figures), folder
        self.by_id = {f.id: f for f in (*others, *figures)}

    def rows(self, f: Figure) -> list[dict]:
        """The verdicts on one figure, or one row that says nothing can be told."""
        ways = [f] if f.relation else infer(self.table, f)
        judged = _disorder(f) + [self._judged(w) for w in ways]
        return judged or [_row(f, CANNOT_TELL, "no number it would follow from is printed")]

    def _judged(self, f: Figure) -> dict:
        try:
            found = in_unit(self.work_out(f, (f.id,)), f.unit)
        except CannotTell as why:
            return _row(f, CANNOT_TELL, str(why), self)
        shown = (f.measured() if f.relation == "same as" else f).interval()
        if shown is None:
            return _row(f, CANNOT_TELL, f"{f.lack}; {self.working(f)} gives {_words(found, f.unit)}", self, found)
        if f.relation in ("includes", "within"):
            return self._bounded(f, found, shown)
        verdict = MATCH if overlap(found, shown) else CONTRADICTION
        return _row(f, verdict, f"{self.working(f)} gives {_words(found)}, printed {f.words()}", self, found)

    def _bounded(self, f: Figure, found: Interval, shown: Interval) -> dict:
        """A total whose list may be incomplete, or a duration that need not fill its period: one side alone contradicts."""
        if overlap(found, shown):
            return _row(f, MATCH, f"{self.working(f)} gives {_words(found)}, printed {f.words()}", self, found)
        if f.relation == "within":
            longer = shown[0] > found[1]
            text = f"the period {f.period} has {_words(found, f.unit)}, printed {f.words()}"
            return _row(f, CONTRADICTION if longer else CANNOT_TELL, text, self, found)
        if found[0] > shown[1]:
            text = f"the parts listed, {_words(found)}, are more than the total printed, {f.words()}"
            return _row(f, CONTRADICTION, text, self, found)
        text = f"the parts listed come to {_words(found)}; the rest of {f.words()} is in no part listed"
        return _row(f, CANNOT_TELL, text, self, found)

    def value(self, id: str, path: tuple[str, ...]) -> Amount:
        """A figure as an amount, narrowed by what it follows from. Raises `CannotTell`."""
        if id not in self.by_id:
            raise CannotTell(f"'{id}' is not in the table")
        f = self.by_id[id]
        shown, found = f.interval(open_ended=False), None
        if f.relation and id not in path:
            try:
                found = in_unit(self.work_out(f, (*path, id)), f.unit)
            except CannotTell:
                found = None
        if shown and found and overlap(shown, found) and f.relation != "includes":
            shown = (max(shown[0], found[0]), min(shown[1], found[1])) if shown[1] > shown[0] else shown
        chosen = shown or found
        if chosen is None:
            raise CannotTell(f"{f.quantity} of {f.place or f.item or f.id} is {f.lack}")
        return amount(f, (min(chosen), max(chosen)))

    def work_out(self, f: Figure, path: tuple[str, ...]) -> Amount:
        """What a figure comes to from the figures it refers to. Raises `CannotTell`."""
        if f.relation in ("span", "within"):
            return relations.span(f.period)
        wanted = RELATIONS[f.relation] or max(1, len(f.refers_to))
        if len(f.refers_to) != wanted:
            raise CannotTell(f"'{f.relation}' follows from {plural(wanted, 'number')}; {len(f.refers_to) or 'none'} named")
        if f.relation == "count of":
            return Amount(len(f.refers_to), len(f.refers_to), f.size.dimensions)
        if f.relation in ("sum of", "includes"):
            return self._sum(f, path)
        inputs = [self.value(i, path) for i in f.refers_to]
        if f.relation == "same as":
            return self._converted(f, inputs[0], self.by_id[f.refers_to[0]])
        if f.relation == "share of":
            return relations.share(*inputs, whole_period=self.by_id[f.refers_to[1]].period)
        form = {"change of": relations.change, "product of": lambda *a: relations.product(a)}
        form |= {"quotient of": Amount.__truediv__, "difference of": Amount.__sub__}
        return form[f.relation](*inputs)

    def _sum(self, f: Figure, path: tuple[str, ...]) -> Amount:
        """The sum of what is printed; with a part missing it can be held against the total, but narrows nothing else."""
        known = [v for i in f.refers_to if (v := self._part(i, path, self._usual_places(f)))]
        if not known:
            raise CannotTell("no part is printed")
        found, shown = relations.total(known), f.interval()
        missing = len(f.refers_to) - len(known)
        if missing and f.relation == "sum of" and (len(path) > 1 or shown is None or in_unit(found, f.unit)[1] < shown[0]):
            unread = [g.lack for i in f.refers_to if (g := self.by_id.get(i)) and g.unread][:1]
            text = f"{missing} of {len(f.refers_to)} parts are {unread[0] if unread else 'not printed'}"
            raise CannotTell(f"{text}; those that are come to {_words(in_unit(found, f.unit), f.unit)}, of {f.words()}")
        return found

    def _part(self, id: str, path: tuple[str, ...], places: int) -> Amount | None:
        f = self.by_id.get(id)
        if f and f.value and f.bound == "exact" and not f.rounded_to and f.places < places:
            return amount(f, replace(f, rounded_to=str(10.0**-places)).interval())
        try:
            return self.value(id, path)
        except CannotTell:
            return None

    def _usual_places(self, f: Figure) -> int:
        """Decimals most parts are printed with: in a column of 1.92, 4.79 and 1, the last is 1.00."""
        parts = [self.by_id[i] for i in f.refers_to if i in self.by_id]
        counts = [p.places for p in parts if p.value and p.bound == "exact"]
        return max(sorted(set(counts), reverse=True), key=counts.count) if len(counts) > 2 else 0

    def _converted(self, f: Figure, other: Amount, from_: Figure) -> Amount:
        """The same in another unit, or in another currency by the rates held about that day."""
        if dict(other.dimensions) == dict(f.size.dimensions):
            shown = from_.measured().interval(open_ended=False)
            return other if shown is None or from_.measured() is from_ else amount(from_, shown)
        money, foreign = f.unit.split("/")[0], from_.unit.split("/")[0]
        shown = f.interval()
        implied = (
            ""
            if shown is None
            else f"; they imply {format_number(sum(shown) / 2 / (sum(in_unit(other, from_.unit)) / 2), 4)} {money}/{foreign}"
        )
        rates = self._rates(f) if {money, foreign} == {"PKR", "USD"} else []
        if not rates:
            raise CannotTell(f"no rate of {money}/{foreign} is held about {f.period or 'that day'}{implied}")
        low, high = in_unit(other, from_.unit)
        least, most = min(rates) * (1 - RATE_MARGIN), max(rates) * (1 + RATE_MARGIN)
        ends = (low * least, high * most) if money == "PKR" else (low / most, high / least)
        return amount(f, ends)

    def _rates(self, f: Figure) -> list[float]:
        """Rates about the day a number was printed; of a longer period, those inside it. None from the number's own page."""
        try:
            day = PartialDate.parse(f.printed_on or f.period)
        except DateError:
            return []
        within = RATES_WITHIN_DAYS if (day.latest - day.earliest).days < 32 else 0
        return [r.pkr_per_usd for r in rates_near(day, self.folder, within) if r.source_id not in f.source_ids]

    def working(self, f: Figure) -> str:
        """The arithmetic in figures."""
        inputs = [self.by_id[i].words() if i in self.by_id else i for i in f.refers_to]
        if f.relation in ("span", "within"):
            return f"the period {f.period}"
        if f.relation == "count of":
            return f"a count of {plural(len(f.refers_to), 'row')}"
        if f.relation == "change of":
            return f"{inputs[0]} over {inputs[1]}"
        if len(inputs) > 6:
            return f"the sum of {len(inputs)} rows"
        return _SIGNS.get(f.relation, "").join(inputs)


def _disorder(f: Figure) -> list[dict]:
    """A range whose ends are the wrong way round, or whose middle lies outside them, contradicts itself."""
    printed = {name: number for name in ("low", "value", "high") if (number := getattr(f, name))}
    if list(printed.values()) == sorted(printed.values(), key=float):
        return []
    text = ", ".join(f"{name} {number}" for name, number in printed.items())
    return [_row(replace(f, relation="in order"), CONTRADICTION, f"printed in this order: {text}")]


def _row(f: Figure, verdict: str, working: str, auditor: Auditor | None = None, found: Interval | None = None) -> dict:
    low, high = found or (None, None)
    shown = f.interval()
    ratio = None
    if found and shown and all(map(math.isfinite, (*found, *shown))) and sum(found):
        ratio = sum(shown) / sum(found)
    inputs = [auditor.by_id[i] for i in f.refers_to if i in auditor.by_id] if auditor else []
    sources = dict.fromkeys(s for g in (f, *inputs) for s in g.source_ids)
    return {
        "id": f.id, "publisher": f.publisher, "place": f.place, "period": f.period, "quantity": f.quantity, "scope": f.scope,
        "printed": f.words(), "rule": f.relation or "none", "inputs": ";".join(f.refers_to), "recomputed_low": low, "recomputed_high": high,
        "unit": f.unit, "ratio": ratio, "verdict": verdict, "working": working, "source_ids": ";".join(sources),
    }  # fmt: skip


def _words(interval: Interval, unit: str = "") -> str:
    low, high = (format_size(v) for v in interval)
    return (low if low == high else f"{low} to {high}") + unit_words(unit, interval[1])
