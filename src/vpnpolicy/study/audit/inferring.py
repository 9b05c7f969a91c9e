"""Relations that a table shows without naming them: totals, changes, shares, products of rates, spans, two currencies.

Each rule looks at what numbers are about and what they measure, never at a name of a publisher or a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from ...dates import PartialDate
from ...errors import DateError
from ...units import parse_unit
from .figures import Figure
from .relations import is_day_span

_TOTAL = re.compile(r"(\w+ )?(total|totals|sum|overall)\b|.*\b(total|totals)$|sub-?totals?\b", re.I)
_PARTIAL = re.compile(r"\bsub-?totals?\b", re.I)
_GRAND = re.compile(r"((grand|overall|world|published) )?(total|totals|sum|overall)", re.I)
_WHOLE = re.compile(r"(all|whole|world)\b", re.I)
_OF = re.compile(r"^(change|growth|rise|increase|share) (?:of|in) (.+)$")
_ABOUT = ("publisher", "period", "printed_on", "scope", "place", "item")
"""Fields that say what a number is about."""
_CURRENCIES = ("USD", "PKR", "INR", "NGN")


def is_total(text: str) -> bool:
    """Whether a label says that it is the sum of the others.

    >>> is_total("PUBLISHED TOTAL"), is_total("Kenya (one day, total)")
    (True, False)
    """
    return bool(_TOTAL.match(_bare(text)))


def is_whole(text: str) -> bool:
    """Whether a label stands for everything, though the others need not be all of it."""
    return is_total(text) or bool(_WHOLE.match(_bare(text)))


def _bare(text: str) -> str:
    return re.sub(r"\(.*?\)", "", text).strip()


class Table:
    """Figures by what they are about, for looking up what a number could follow from."""

    def __init__(self, figures: Iterable[Figure]):
        self.figures = list(figures)
        self.by_quantity: dict[str, list[Figure]] = {}
        self.by_place: dict[str, list[tuple[int, Figure]]] = {}
        for n, f in enumerate(self.figures):
            self.by_quantity.setdefault(f.quantity, []).append(f)
            self.by_place.setdefault(f.place, []).append((n, f))

    def like(self, f: Figure, *fields: str) -> Iterator[Figure]:
        """Other figures of the same quantity, and of the same in ``fields``."""
        for other in self.by_quantity.get(f.quantity, ()):
            if other.id != f.id and all(getattr(other, k) == getattr(f, k) for k in fields):
                yield other

    def same_case(self, f: Figure) -> list[Figure]:
        """Other figures of the same case, as far as they say what theirs is, in the order of the table."""
        near = [pair for place in dict.fromkeys((f.place, "")) for pair in self.by_place.get(place, ())]
        return [g for _, g in sorted(near, key=lambda pair: pair[0]) if g.id != f.id and _same_case(f, g)]


def infer(table: Table, f: Figure) -> list[Figure]:
    """The figure once for each way in which it follows from others of its table."""
    ways = (_total, _change, _share, _span, _product, _conversion)
    return [f.following(*found) for way in ways if (found := way(table, f))]


def _total(table: Table, f: Figure):
    """A total over kinds, places or cases: parts are the rows that differ from it in that one thing, or say more of an item."""
    for field in ("scope", "place", "item"):
        label = getattr(f, field)
        if not is_whole(label):
            continue
        others = [k for k in _ABOUT if k != field and (k != "item" or f.item)]
        alike = [p for p in table.like(f, *others) if dict(p.size.dimensions) == dict(f.size.dimensions)]
        below = [p for p in alike if p.column == f.column]
        parts = [p for p in below if not is_whole(getattr(p, field))]
        if field == "scope" and not parts:
            parts = [p for p in alike if not is_whole(p.scope)]
        totals = [getattr(p, field) for p in below if is_total(getattr(p, field))]
        if len(parts) > 1 and _covers(label, totals) and not _is_mean(f, parts):
            return ("sum of" if is_total(label) else "includes"), tuple(p.id for p in parts)
    return _named_total(table, f)


def _covers(label: str, other_totals: list[str]) -> bool:
    """Whether a total is over all rows: the only one of its table, or the one that names nothing but a total."""
    rest = [t for t in other_totals if not _PARTIAL.search(t)]
    return not _PARTIAL.search(label) and (not rest or (label not in rest and bool(_GRAND.fullmatch(_bare(label)))))


def _is_mean(f: Figure, parts: list[Figure]) -> bool:
    """Whether the last row of a rate or a percentage is no sum: it lies no higher than the greatest of its parts."""
    sizes = [float(p.value) * p.scale for p in parts if p.value]
    is_rate = "/" in f.unit or f.unit in ("%", "1") or bool(re.search(r"\bper\b", f"{f.quantity} {f.scope}"))
    return is_rate and bool(f.value and sizes) and float(f.value) * f.scale <= max(sizes)


def _named_total(table: Table, f: Figure):
    """``total hours`` among quantities in words: parts are those that name the same thing in the same unit."""
    if f.scope or not is_total(f.quantity):
        return None
    noun = _nouns(f.quantity) - {"total", "totals", "sum", "overall"}
    same = [p for p in table.figures if p.id != f.id and p.unit == f.unit and noun and noun <= _nouns(p.quantity)]
    parts = [p for p in same if _same_case(f, p) and not is_total(p.quantity)]
    return ("sum of", tuple(p.id for p in parts)) if len(parts) > 1 else None


def _nouns(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", _bare(text).lower())) - {"the", "and", "for", "all"}


def _change(table: Table, f: Figure):
    """A change in percent against the period before."""
    match = _OF.match(f.quantity)
    if not match or match[1] == "share" or f.unit != "%":
        return None
    same = [g for g in table.figures if _is(g, match[2]) and g.unit != "%" and (g.place, g.publisher) == (f.place, f.publisher)]
    last = _period_before(f.period, {g.period for g in same})
    found = [_one([g for g in same if g.period == p], f) for p in (f.period, last)]
    return ("change of", tuple(g.id for g in found)) if all(found) else None


def _is(g: Figure, quantity: str) -> bool:
    return g.quantity == quantity


def _period_before(period: str, periods: set[str]) -> str | None:
    """The period before one; none where the table leaves one out, as its steps show."""
    starts = sorted((PartialDate.parse(p).earliest, p) for p in periods | {period} if _is_date(p))
    steps = [(b[0] - a[0]).days for a, b in pairwise(starts)]
    at = next((n for n, (_, p) in enumerate(starts) if p == period), 0)
    return starts[at - 1][1] if at and steps[at - 1] < 1.5 * min(steps) else None


def _is_date(text: str) -> bool:
    try:
        return bool(PartialDate.parse(text))
    except DateError:
        return False


def _one(figures: list[Figure], f: Figure) -> Figure | None:
    """The one of the same case: of the same item and kind, else over all kinds; none where several could be meant."""
    figures = [g for g in figures if g.item == f.item] or figures
    kinds = [g for g in figures if g.scope == f.scope] or [g for g in figures if is_whole(g.scope or "all")]
    return kinds[0] if len(kinds) == 1 else None


def _share(table: Table, f: Figure):
    """A share in percent of the total of its quantity."""
    match = _OF.match(f.quantity)
    if not match or match[1] != "share" or f.unit != "%":
        return None
    same = [g for g in table.figures if _is(g, match[2]) and g.unit != "%" and g.period == f.period]
    parts = [g for g in same if (g.place, g.scope, g.item) == (f.place, f.scope, f.item)]
    wholes = [g for g in same if any(is_total(getattr(g, k)) for k in ("place", "scope", "item"))]
    return ("share of", (parts[0].id, wholes[0].id)) if len(parts) == 1 and len(wholes) == 1 else None


def _span(table: Table, f: Figure):
    """A duration of a period that runs from day to day: it cannot be longer."""
    return ("within", ()) if dict(f.size.dimensions) == {"s": 1} and is_day_span(f.period) else None


def _product(table: Table, f: Figure):
    """A rate times what it is a rate of, out of the same case; of several ways the one whose words are nearest."""
    near = [g for g in table.same_case(f) if f.id not in g.refers_to]
    ways = []
    for a, b in combinations(near, 2):
        rate, time = (a, b) if "/" in a.unit else (b, a)
        if (
            ("/" in rate.unit) != ("/" in time.unit)
            and time.size.dimensions
            and _multiplied(rate, time) == dict(f.size.dimensions)
        ):
            ways.append((-len(_words(rate) & _words(f)), rate.id, time.id))
        elif f.unit == "user-hour" and {tuple(a.size.dimensions), tuple(b.size.dimensions)} == {(("s", 1),), (("count", 1),)}:
            ways.append((0, a.id, b.id))
    if not ways or (len(ways) > 1 and sorted(ways)[0][0] == sorted(ways)[1][0]):
        return None
    return "product of", min(ways)[1:]


def _same_case(f: Figure, g: Figure) -> bool:
    return all(getattr(f, k) == getattr(g, k) or not getattr(g, k) for k in _ABOUT)


def _multiplied(rate: Figure, time: Figure) -> dict[str, int]:
    found = dict(rate.size.dimensions)
    for name, power in time.size.dimensions:
        found[name] = found.get(name, 0) + power
    return {n: p for n, p in found.items() if p}


def _words(f: Figure) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", f"{f.quantity} {f.scope}".lower())) - {"per", "day", "hour", "total", "the"}


def _conversion(table: Table, f: Figure):
    """The same quantity of the same case in another unit or currency."""
    if not f.is_known:
        return None
    for g in table.like(f, *_ABOUT):
        if g.unit != f.unit and g.is_known and (g.size.dimensions == f.size.dimensions or _currencies(f, g)):
            return "same as", (g.id,)
    return None


def _currencies(a: Figure, b: Figure) -> bool:
    """Whether two figures differ in their currency alone."""
    first, second = (g.unit.split("/") for g in (a, b))
    return (
        first[1:] == second[1:]
        and {first[0], second[0]} <= set(_CURRENCIES)
        and first[0] == "PKR"
        and parse_unit(a.unit) is not None
    )
