"""Claims as statements: value, unit, bounds, and from how many independent sources.

Copies of one origin are one observation: fifteen reprints of a report count as one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .dates import PartialDate
from .formatting import format_number
from .units import parse_unit, unit_words

TOLERANCE = 1e-12
_HEDGES = {
    "": (0, 0),
    "about": (-0.5, 0.5),
    "nearly": (-1, 0),
    "over": (0, 1),
    "at least": (0, 1),
    "up to": (-1, 0),
}
"""For each hedge, how far a number may be off, in units of its last digit."""


@dataclass(frozen=True)
class Statement:
    """One value of one property, with every claim that gives it."""

    kind: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    text: str
    claims: tuple[dict, ...]
    origins: frozenset[str]

    @property
    def n_observations(self) -> int:
        """Number of independent sources; copies of one origin count once."""
        return len(self.origins)

    @property
    def claim_ids(self) -> list[str]:
        """Ids of the claims, in order."""
        return [c["claim_id"] for c in self.claims]

    @property
    def source_ids(self) -> list[str]:
        """Ids of the sources, each once."""
        return list(dict.fromkeys(c["source_id"] for c in self.claims))

    @property
    def numbers(self) -> list[float]:
        """The value, or the ends of a published range [``unit``]."""
        published = [self.value] if self.value is not None else [self.low, self.high]
        return [number for number in published if number is not None]

    @property
    def central(self) -> float:
        """The value, or the middle of a published range [``unit``]."""
        return sum(self.numbers) / len(self.numbers)

    def words(self) -> str:
        """Return the value with its unit in words."""
        if self.kind != "number":
            return self.text
        shown = " to ".join(format_number(n, 6) for n in self.numbers)
        return shown + unit_words(self.unit, self.numbers[-1])


def bounds(claim: dict) -> tuple[float, float]:
    """Return the least and most a claim can mean by its hedge and digits [unit of the claim].

    >>> bounds({"value": 70.0, "low": None, "high": None, "hedge": "about"})
    (65.0, 75.0)
    """
    value, low, high = claim["value"], claim["low"], claim["high"]
    if low is not None or high is not None:
        ends = [v for v in (low, value, high) if v is not None]
        return min(ends), max(ends)
    down, up = _HEDGES[claim["hedge"] or ""]
    step = last_digit(value)
    return value + down * step, value + up * step


def last_digit(value: float) -> float:
    """Return the place of the last significant digit of a number.

    >>> last_digit(31000.0), last_digit(68.7)
    (1000.0, 0.1)
    """
    number = Decimal(repr(float(value))).normalize()
    return float(Decimal(1).scaleb(int(number.as_tuple().exponent)))


def group_statements(claims: Iterable[dict], kinds: dict, roots: dict[str, str]) -> list[Statement]:
    """Group claims that give the same value of the same property.

    ``kinds`` is the kind of each (subject, property), ``roots`` the source each page rewrites.
    """
    groups: dict[tuple, list[dict]] = {}
    for c in claims:
        topic, numbers = (c["subject"], c["property"]), (c["value"], c["low"], c["high"])
        groups.setdefault((topic, numbers, c["unit"] or "", c["text"] or ""), []).append(c)
    found = []
    for (topic, (value, low, high), unit, text), same in groups.items():
        origins = frozenset(_origin(c, roots) for c in same)
        kind = kinds[topic]
        found.append(Statement(kind, value, low, high, unit, text, tuple(same), origins))
    return found


def _origin(claim: dict, roots: dict[str, str]) -> str:
    return claim["origin_id"] or roots.get(claim["source_id"], claim["source_id"])


def source_roots(sources: Iterable[dict]) -> dict[str, str]:
    """Return for each source the page that it goes back to."""
    parent = {s["source_id"]: s["rewrite_of"] for s in sources}
    return {i: _root(i, parent) for i in parent}


def _root(source_id: str, parent: dict[str, str | None]) -> str:
    seen = {source_id}
    while (up := parent.get(source_id)) and up not in seen:
        seen.add(up)
        source_id = up
    return source_id


def disagree(a: dict, b: dict, kind: str, within_days: int | None) -> bool:
    """Return whether two claims on one property cannot both be true, with dates and hedges."""
    if within_days is not None and not same_time(a, b, within_days):
        return False
    if kind == "number":
        return numbers_disagree(a, b)
    if kind == "date":
        first, second = PartialDate.parse(a["text"]), PartialDate.parse(b["text"])
        return bool(first.before(second) or second.before(first))
    return a["text"] != b["text"]


def same_time(a: dict, b: dict, within_days: int) -> bool:
    """Return whether two claims may be about days at most so far apart; without a day: yes."""
    first, second = a["about_on"], b["about_on"]
    return not (first and second) or first.may_coincide(second, within_days)


def numbers_disagree(a: dict, b: dict) -> bool:
    """Return whether the bounds of two claims in units of one kind do not touch."""
    first, second = parse_unit(a["unit"]), parse_unit(b["unit"])
    if first.dimensions != second.dimensions:
        return False
    (low_a, high_a), (low_b, high_b) = bounds(a), bounds(b)
    one, other = float(first.factor), float(second.factor)
    below = high_a * one < low_b * other * (1 - TOLERANCE)
    return below or high_b * other < low_a * one * (1 - TOLERANCE)


def clusters(claims: Sequence[dict], kind: str, within_days: int | None) -> list[list[dict]]:
    """Group claims on one property that are linked by disagreement; leave out all others."""
    links: dict[int, set[int]] = {n: set() for n in range(len(claims))}
    for n, a in enumerate(claims):
        for m in range(n + 1, len(claims)):
            if disagree(a, claims[m], kind, within_days):
                links[n].add(m)
                links[m].add(n)
    found, seen = [], set()
    for n in links:
        if links[n] and n not in seen:
            group = _reachable(n, links)
            seen |= group
            found.append([claims[i] for i in sorted(group)])
    return found


def _reachable(start: int, links: dict[int, set[int]]) -> set[int]:
    group, todo = {start}, [start]
    while todo:
        new = links[todo.pop()] - group
        group |= new
        todo.extend(new)
    return group
