"""Claims as statements: what value, in which unit, within which bounds, how often observed.

Copies of one origin are one observation: fifteen reprints of a report do not outvote one other page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..dates import PartialDate
from ..formatting import format_number
from ..units import parse_unit, unit_words

_HEDGED = {"": (0, 0), "about": (-0.5, 0.5), "nearly": (-1, 0), "over": (0, 1), "at least": (0, 1), "up to": (-1, 0)}


@dataclass(frozen=True)
class Statement:
    """One value of one property, with every claim that gives it."""

    subject: str
    property: str
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
        """How many origins stand behind the claims; copies of one origin count once."""
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
    def central(self) -> float:
        """The value, or the middle of the range where only a range is printed [``unit``]."""
        return self.value if self.value is not None else (self.low + self.high) / 2

    def words(self) -> str:
        """The value with its unit as a reader would say it."""
        if self.kind != "number":
            return self.text
        parts = [self.value] if self.value is not None else [self.low, self.high]
        return " to ".join(format_number(p, 6) for p in parts) + unit_words(self.unit, parts[-1])


def bounds(claim: dict) -> tuple[float, float]:
    """Least and most a numeric claim can mean, its hedge and printed digits taken into account [unit of the claim].

    >>> bounds({"value": 70.0, "low": None, "high": None, "hedge": "about"})
    (65.0, 75.0)
    """
    value, low, high = claim["value"], claim["low"], claim["high"]
    if low is not None or high is not None:
        ends = [v for v in (low, value, high) if v is not None]
        return min(ends), max(ends)
    down, up = _HEDGED[claim["hedge"] or ""]
    step = last_digit(value)
    return value + down * step, value + up * step


def last_digit(value: float) -> float:
    """The place of the last significant digit of a printed number.

    >>> last_digit(31000.0), last_digit(68.7)
    (1000.0, 0.1)
    """
    number = Decimal(repr(float(value))).normalize()
    return float(Decimal(1).scaleb(number.as_tuple().exponent))


def group_statements(claims: Iterable[dict], kinds: dict, roots: dict[str, str]) -> list[Statement]:
    """Claims that give the same value of the same property, put together.

    Parameters: ``kinds`` kind of each (subject, property); ``roots`` the source each page rewrites.
    """
    groups: dict[tuple, list[dict]] = {}
    for c in claims:
        key = (c["subject"], c["property"], c["value"], c["low"], c["high"], c["unit"] or "", c["text"] or "")
        groups.setdefault(key, []).append(c)
    return [
        Statement(s, p, kinds[s, p], v, lo, hi, u, t, tuple(cs), frozenset(_origin(c, roots) for c in cs))
        for (s, p, v, lo, hi, u, t), cs in groups.items()
    ]


def _origin(claim: dict, roots: dict[str, str]) -> str:
    return claim["origin_id"] or roots.get(claim["source_id"], claim["source_id"])


def source_roots(sources: Iterable[dict]) -> dict[str, str]:
    """For each source the page it finally goes back to."""
    parent = {s["source_id"]: s["rewrite_of"] for s in sources}
    return {i: _root(i, parent) for i in parent}


def _root(source_id: str, parent: dict[str, str | None]) -> str:
    seen = {source_id}
    while (up := parent.get(source_id)) and up not in seen:
        seen.add(up)
        source_id = up
    return source_id


def disagree(a: dict, b: dict, kind: str, within_days: int | None) -> bool:
    """Whether two claims on one property cannot both hold, dates and hedges taken into account."""
    if within_days is not None and not same_time(a, b, within_days):
        return False
    if kind == "number":
        return _numbers_disagree(a, b)
    if kind == "date":
        first, second = PartialDate.parse(a["text"]), PartialDate.parse(b["text"])
        return bool(first.before(second) or second.before(first))
    return a["text"] != b["text"]


def same_time(a: dict, b: dict, within_days: int) -> bool:
    """Return whether two claims can be about times at most ``within_days`` apart."""
    if not (a["about_on"] and b["about_on"]):
        return True
    return a["about_on"].may_coincide(b["about_on"], within_days)


def _numbers_disagree(a: dict, b: dict) -> bool:
    first, second = parse_unit(a["unit"]), parse_unit(b["unit"])
    if first.dimensions != second.dimensions:
        return False
    (low_a, high_a), (low_b, high_b) = bounds(a), bounds(b)
    one, other = float(first.factor), float(second.factor)
    return high_a * one < low_b * other * (1 - 1e-12) or high_b * other < low_a * one * (1 - 1e-12)


def clusters(claims: Sequence[dict], kind: str, within_days: int | None) -> list[list[dict]]:
    """Claims on one property cut into groups linked by disagreement; those that agree with all others are left out."""
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
