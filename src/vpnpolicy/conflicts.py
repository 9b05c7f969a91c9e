"""Where sources disagree: two values for one property, and claims that cannot both be true.

*direct*: one property, two values. *derived*: a price that another price excludes after conversion
of units, a part larger than its whole, or two currencies compared at the dated exchange rate.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import combinations
from typing import Any

import pandas as pd

from ._exchange import Rate, rate_on
from .claims import (
    Statement,
    bounds,
    clusters,
    disagree,
    group_statements,
    same_time,
    source_roots,
)
from .data.asof import View
from .data.tables import Folder
from .dates import PartialDate
from .formatting import format_number, plural
from .units import describe, parse_unit

WHOLE_WITHIN_DAYS = 366
"""How far apart in time a part and its whole may be [day]."""
COLUMNS = [
    "conflict_id", "kind", "label", "question", "values", "measures", "n_claims",
    "n_observations", "ratio", "ratio_low", "ratio_high", "working", "conclusion", "status",
    "ruling_ids", "claim_ids", "source_ids",
]  # fmt: skip

Claim = dict[str, Any]
Topic = tuple[str, str]


@dataclass
class Conflict:
    """Statements that cannot all be true, how far apart they are, and why."""

    kind: str
    statements: list[Statement]
    working: str
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    topics: list[Topic] = field(default_factory=list)

    @property
    def claim_ids(self) -> list[str]:
        """Claims on all sides, sorted."""
        return sorted({c for s in self.statements for c in s.claim_ids})

    @property
    def source_ids(self) -> list[str]:
        """Sources on all sides, sorted."""
        return sorted({c for s in self.statements for c in s.source_ids})


@dataclass(frozen=True)
class _Claims:
    """The claims of a data folder by topic, with what is needed to compare them."""

    folder: Folder
    properties: dict[Topic, Claim]
    by_topic: dict[Topic, list[Claim]]
    group: Callable[[list[Claim]], list[Statement]]


def find_conflicts(
    *,
    as_of: str | date | PartialDate | None = None,
    known_on: str | date | PartialDate | None = None,
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Find every conflict in the claims, with the conclusion on it where there is one.

    Parameters
    ----------
    as_of, known_on : str, date or PartialDate, optional
        As in the loaders: among claims about, or known by, a day.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    DataFrame
        Derived conflicts first, those with most claims first: ``conflict_id``, ``kind``,
        ``label``, ``question``, ``values``, ``n_claims``, ``n_observations`` (copies of one source
        count once), ``ratio`` [1] with ``ratio_low`` and ``ratio_high``, ``working``,
        ``conclusion``, ``status``, ``ruling_ids``, ``claim_ids``, ``source_ids``.

    Examples
    --------
    >>> round(find_conflicts().iloc[0].ratio)
    750
    """
    folder = Folder(data)
    labels = {
        (p["subject"], p["property"]): p["label"] for p in folder.checked("properties").rows()
    }
    rulings = list(folder.checked("rulings").rows())
    found = all_conflicts(folder, View.at(folder, as_of, known_on))
    rows = [_row(c, labels, rulings) for c in found]
    rows.sort(
        key=lambda r: (r["kind"] != "derived", -r["n_claims"], -(r["ratio"] or 0), r["conflict_id"])
    )
    return pd.DataFrame(rows, columns=COLUMNS)


def all_conflicts(folder: Folder, view: View | None = None) -> list[Conflict]:
    """Return direct and derived conflicts as objects, among the claims that ``view`` selects."""
    properties = {(p["subject"], p["property"]): p for p in folder.checked("properties").rows()}
    kinds = {k: p["kind"] for k, p in properties.items()}
    roots = source_roots(folder.checked("sources").rows())
    by_topic: dict[Topic, list[Claim]] = {}
    for claim in (view or View(folder)).rows("claims"):
        by_topic.setdefault((claim["subject"], claim["property"]), []).append(claim)

    def group(claims: list[Claim]) -> list[Statement]:
        return group_statements(claims, kinds, roots)

    claims = _Claims(folder, properties, by_topic, group)
    finders = (_same_quantity, _part_and_whole, _two_currencies, _direct)
    return [conflict for find in finders for conflict in find(claims)]


def _direct(c: _Claims) -> Iterator[Conflict]:
    for topic, claims in c.by_topic.items():
        p = c.properties[topic]
        for cluster in clusters(claims, p["kind"], p["compare_within_days"]):
            statements = c.group(cluster)
            ratio = _spread(statements) if p["kind"] == "number" else None
            words = [
                f"{s.words()} ({plural(len(s.claims), 'page')}, "
                f"{plural(s.n_observations, 'observation')})"
                for s in statements
            ]
            yield Conflict("direct", statements, "; ".join(words), ratio, ratio, ratio, [topic])


def _spread(statements: list[Statement]) -> float | None:
    sizes = [_size(s) for s in statements]
    return max(sizes) / min(sizes) if min(sizes) > 0 else None


def _same_quantity(c: _Claims) -> Iterator[Conflict]:
    """Compare properties of one quantity after conversion of units."""
    quantities: dict[str, list[Topic]] = {}
    for topic, p in c.properties.items():
        if p["quantity"] and topic in c.by_topic:
            quantities.setdefault(p["quantity"], []).append(topic)
    for members in quantities.values():
        for a, b in combinations(members, 2):
            days = min(c.properties[t]["compare_within_days"] or 0 for t in (a, b))
            pairs = _pairs(c, a, b, partial(disagree, kind="number", within_days=days))
            if pairs:
                yield _converted(a, b, *_sides(c, pairs, a, b))


def _pairs(
    c: _Claims, a: Topic, b: Topic, clash: Callable[[Claim, Claim], bool]
) -> list[tuple[Claim, Claim]]:
    return [(x, y) for x in c.by_topic[a] for y in c.by_topic[b] if clash(x, y)]


def _sides(
    c: _Claims, pairs: Sequence[tuple[Claim, Claim]], a: Topic, b: Topic
) -> tuple[list[Statement], list[Statement]]:
    """Return the statements on both sides of some pairs of claims, in the order of the table."""
    ids = [{pair[n]["claim_id"] for pair in pairs} for n in (0, 1)]
    left, right = (
        [x for x in c.by_topic[topic] if x["claim_id"] in ids[n]] for n, topic in enumerate((a, b))
    )
    return c.group(left), c.group(right)


def _converted(a: Topic, b: Topic, left: list[Statement], right: list[Statement]) -> Conflict:
    ratios = sorted(_ratio(s, t) for s in left for t in right)
    one, other = _best(left), _best(right)
    small, large = sorted((one, other), key=_size)
    in_small = format_number(_size(large) / float(parse_unit(small.unit).factor), 6)
    times = format_number(_ratio(one, other), 3)
    working = f"{large.words()} is {in_small} {small.unit}, {times} times {small.words()}"
    ends = _ratio(one, other), ratios[0], ratios[-1]
    return Conflict("derived", [*left, *right], working, *ends, [a, b])


def _size(s: Statement) -> float:
    return float(s.central * float(parse_unit(s.unit).factor))


def _ratio(a: Statement, b: Statement) -> float:
    small, large = sorted((_size(a), _size(b)))
    return large / small


def _best(statements: list[Statement]) -> Statement:
    """Return the statement on most pages; of a tie the middle one."""
    top = max(len(s.claims) for s in statements)
    tied = sorted((s for s in statements if len(s.claims) == top), key=_size)
    return tied[len(tied) // 2]


def _part_and_whole(c: _Claims) -> Iterator[Conflict]:
    """Find parts that are larger than their whole."""
    for topic, p in c.properties.items():
        whole = (p["part_of_subject"], p["part_of_property"])
        if topic not in c.by_topic or whole not in c.by_topic:
            continue
        pairs = _pairs(
            c, topic, whole, lambda x, y: same_time(x, y, WHOLE_WITHIN_DAYS) and _exceeds(x, y)
        )
        if pairs:
            parts, wholes = _sides(c, pairs, topic, whole)
            part, total = max(parts, key=_size), min(wholes, key=_size)
            ratios = sorted(_size(s) / _size(t) for s in parts for t in wholes)
            times = _size(part) / _size(total)
            working = (
                f"part {part.words()} exceeds whole {total.words()} "
                f"by {format_number(times, 3)} times"
            )
            ends = times, ratios[0], ratios[-1]
            yield Conflict("derived", [*parts, *wholes], working, *ends, [topic, whole])


def _exceeds(part: Claim, whole: Claim) -> bool:
    first, second = parse_unit(part["unit"]), parse_unit(whole["unit"])
    if first.dimensions != second.dimensions:
        return False
    least = part["value"] if part["hedge"] == "up to" else bounds(part)[0]
    most = bounds(whole)[1] * float(second.factor)
    return bool(least * float(first.factor) > most * (1 + 1e-12))


def _two_currencies(c: _Claims) -> Iterator[Conflict]:
    """Compare one property in rupees and in dollars at the dated rate."""
    for topic, claims in c.by_topic.items():
        if c.properties[topic]["kind"] != "number":
            continue
        rupees = [x for x in claims if x["unit"].startswith("PKR") and x["unit"] != "PKR/USD"]
        dollars = [x for x in claims if x["unit"].startswith("USD")]
        days = c.properties[topic]["compare_within_days"]
        pairs = []
        for r in rupees:
            rate = rate_on(r["about_on"], c.folder)
            in_dollars = _in_dollars(r, rate)
            pairs += [
                (r, d, rate) for d in dollars if disagree(in_dollars, d, "number", days)
            ]  # fmt: skip
        if pairs:
            yield _currency_conflict(topic, pairs, c)


def _in_dollars(claim: Claim, rate: Rate) -> Claim:
    numbers = ("value", "low", "high")
    scaled = {k: None if claim[k] is None else claim[k] / rate.pkr_per_usd for k in numbers}
    return {**claim, **scaled, "unit": claim["unit"].replace("PKR", "USD", 1)}


def _currency_conflict(
    topic: Topic, pairs: list[tuple[Claim, Claim, Rate]], c: _Claims
) -> Conflict:
    left, right = _sides(c, [(r, d) for r, d, _ in pairs], topic, topic)
    ratios = sorted(_claim_ratio(_in_dollars(r, rate), d) for r, d, rate in pairs)
    r, d, rate = pairs[0]
    [a], [b], [rupees] = (c.group([x]) for x in (_in_dollars(r, rate), d, r))
    working = (
        f"{rupees.words()} is {format_number(a.central, 3)} {a.unit} at {rate.pkr_per_usd:g} "
        f"PKR/USD ({rate.about_on}, {rate.source_id}), against {b.words()}: "
        f"{format_number(_ratio(a, b), 3)} times apart"
    )
    ends = _ratio(a, b), ratios[0], ratios[-1]
    return Conflict("derived", [*left, *right], working, *ends, [topic])


def _claim_ratio(a: Claim, b: Claim) -> float:
    sizes = sorted(sum(bounds(x)) / 2 * float(parse_unit(x["unit"]).factor) for x in (a, b))
    return sizes[1] / sizes[0]


def _row(conflict: Conflict, labels: dict[Topic, str], rulings: list[Claim]) -> dict[str, Any]:
    matching = [r for r in rulings if _bears_on(r, conflict)]
    best = matching[0] if matching else None
    first = conflict.statements[0]
    origins = frozenset().union(*(s.origins for s in conflict.statements))
    return {
        "conflict_id": " x ".join(f"{s}.{p}" for s, p in conflict.topics),
        "kind": conflict.kind,
        "label": _label([labels[t] for t in conflict.topics]),
        "question": best["question"] if best else "",
        "values": "; ".join(dict.fromkeys(s.words() for s in conflict.statements)),
        "measures": describe(parse_unit(first.unit)) if first.kind == "number" else first.kind,
        "n_claims": len(conflict.claim_ids),
        "n_observations": len(origins),
        "ratio": conflict.ratio,
        "ratio_low": conflict.ratio_low,
        "ratio_high": conflict.ratio_high,
        "working": conflict.working,
        "conclusion": best["conclusion"] if best else "no conclusion yet",
        "status": best["status"] if best else "open",
        "ruling_ids": ";".join(r["ruling_id"] for r in matching),
        "claim_ids": ";".join(conflict.claim_ids),
        "source_ids": ";".join(conflict.source_ids),
    }


def _label(names: list[str]) -> str:
    rest = [n if n[:2].isupper() else n[0].lower() + n[1:] for n in names[1:]]
    return " against ".join([names[0], *rest])


def _bears_on(ruling: Claim, conflict: Conflict) -> bool:
    """Return whether a ruling is about all properties of a conflict and saw one of its claims."""
    seen = set((ruling["expect"] or "").split(";"))
    return set(conflict.topics) <= {
        tuple(t.split(".", 1)) for t in ruling["about"].split(";")
    } and bool(seen & set(conflict.claim_ids))
