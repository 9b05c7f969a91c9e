"""Where sources disagree: two values for one property, and claims that cannot both hold once put through the model.

*direct*: one property, two values. *derived*: a price that another price excludes after conversion of units, a part
larger than its whole, or two currencies set beside each other at the dated rate.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import pandas as pd

from ..formatting import format_number, plural
from ..record.clocks import Clocks
from ..record.rulings import topics
from ..record.schema import Folder
from ..record.statements import Statement, bounds, clusters, group_statements, source_roots
from ..units import describe, parse_unit
from .exchange import rate_on

WHOLE_WITHIN_DAYS = 366
COLUMNS = [
    "conflict_id", "kind", "label", "question", "values", "measures", "n_claims", "n_observations", "ratio", "ratio_low", "ratio_high",
    "working", "held", "status", "ruling_ids", "claim_ids", "source_ids",
]  # fmt: skip


@dataclass
class Conflict:
    """Statements that cannot all hold, how far apart they are, and why."""

    kind: str
    statements: list[Statement]
    working: str
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    topics: list[tuple[str, str]] = field(default_factory=list)

    @property
    def claim_ids(self) -> list[str]:
        """Claims on all sides, sorted."""
        return sorted({c for s in self.statements for c in s.claim_ids})

    @property
    def source_ids(self) -> list[str]:
        """Sources on all sides, sorted."""
        return sorted({c for s in self.statements for c in s.source_ids})


def find_conflicts(
    *, as_of: str | None = None, known_on: str | None = None, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Every conflict in the claims, with the ruling that settles it where there is one.

    Parameters: ``as_of`` and ``known_on`` as in the loaders: among claims about, or known by, a day.
    Returns a DataFrame, derived conflicts first, those with most claims first: ``conflict_id``, ``kind``, ``label``, ``question``, ``values``,
    ``n_claims``, ``n_observations`` (copies of one origin count once), ``ratio`` [1] with ``ratio_low`` and
    ``ratio_high``, ``working``, ``held``, ``status``, ``ruling_ids``, ``claim_ids``, ``source_ids``.

    >>> round(find_conflicts().iloc[0].ratio)
    750
    """
    folder = Folder(data)
    labels = {(p["subject"], p["property"]): p["label"] for p in folder.checked("properties").rows()}
    rulings = list(folder.checked("rulings").rows())
    clocks = Clocks.at(folder, as_of, known_on)
    rows = [_row(c, labels, rulings) for c in all_conflicts(folder, clocks)]
    rows.sort(key=lambda r: (r["kind"] != "derived", -r["n_claims"], -(r["ratio"] or 0), r["conflict_id"]))
    return pd.DataFrame(rows, columns=COLUMNS)


def all_conflicts(folder: Folder, clocks: Clocks | None = None) -> list[Conflict]:
    """Direct and derived conflicts of a data folder as objects, among the claims that ``clocks`` let through."""
    properties = {(p["subject"], p["property"]): p for p in folder.checked("properties").rows()}
    kinds = {k: p["kind"] for k, p in properties.items()}
    roots = source_roots(folder.checked("sources").rows())
    by_topic: dict[tuple, list[dict]] = {}
    for claim in (clocks or Clocks(folder)).rows("claims"):
        by_topic.setdefault((claim["subject"], claim["property"]), []).append(claim)
    group = lambda claims: group_statements(claims, kinds, roots)  # noqa: E731
    return [
        *_same_quantity(properties, by_topic, group),
        *_part_and_whole(properties, by_topic, group),
        *_two_currencies(properties, by_topic, group, folder),
        *_direct(properties, by_topic, group),
    ]


def _direct(properties: dict, by_topic: dict, group) -> Iterator[Conflict]:
    for topic, claims in by_topic.items():
        p = properties[topic]
        for cluster in clusters(claims, p["kind"], p["compare_within_days"]):
            statements = group(cluster)
            ratio = _spread(statements) if p["kind"] == "number" else None
            yield Conflict("direct", statements, _side_by_side(statements), ratio, ratio, ratio, [topic])


def _side_by_side(statements: list[Statement]) -> str:
    return "; ".join(
        f"{s.words()} ({plural(len(s.claims), 'page')}, {plural(s.n_observations, 'observation')})" for s in statements
    )


def _spread(statements: list[Statement]) -> float | None:
    sizes = [s.central * float(parse_unit(s.unit).factor) for s in statements]
    return max(sizes) / min(sizes) if min(sizes) > 0 else None


def _same_quantity(properties: dict, by_topic: dict, group) -> Iterator[Conflict]:
    """Properties of one quantity, compared after conversion of units."""
    quantities: dict[str, list[tuple]] = {}
    for topic, p in properties.items():
        if p["quantity"] and topic in by_topic:
            quantities.setdefault(p["quantity"], []).append(topic)
    for members in quantities.values():
        for a, b in combinations(members, 2):
            days = min(properties[t]["compare_within_days"] or 0 for t in (a, b))
            yield from _converted(a, b, by_topic, group, days)


def _converted(a: tuple, b: tuple, by_topic: dict, group, days: int) -> Iterator[Conflict]:
    pairs = [(x, y) for x in by_topic[a] for y in by_topic[b] if _near(x, y, days) and _apart(x, y)]
    if not pairs:
        return
    left = group([c for c in by_topic[a] if any(c is x for x, _ in pairs)])
    right = group([c for c in by_topic[b] if any(c is y for _, y in pairs)])
    ratios = sorted(_ratio(s, t) for s in left for t in right)
    one, other = _best(left), _best(right)
    small, large = sorted((one, other), key=_size)
    working = (
        f"{large.words()} is {format_number(_size(large) / float(parse_unit(small.unit).factor), 6)} {small.unit}, "
        f"{format_number(_ratio(one, other), 3)} times {small.words()}"
    )
    yield Conflict("derived", [*left, *right], working, _ratio(one, other), ratios[0], ratios[-1], [a, b])


def _near(a: dict, b: dict, days: int) -> bool:
    return not (a["about_on"] and b["about_on"]) or a["about_on"].may_coincide(b["about_on"], days)


def _apart(a: dict, b: dict) -> bool:
    first, second = parse_unit(a["unit"]), parse_unit(b["unit"])
    if first.dimensions != second.dimensions:
        return False
    (low_a, high_a), (low_b, high_b) = bounds(a), bounds(b)
    return high_a * float(first.factor) < low_b * float(second.factor) or high_b * float(second.factor) < low_a * float(
        first.factor
    )


def _size(s: Statement) -> float:
    return s.central * float(parse_unit(s.unit).factor)


def _ratio(a: Statement, b: Statement) -> float:
    small, large = sorted((_size(a), _size(b)))
    return large / small


def _best(statements: list[Statement]) -> Statement:
    """The statement most pages carry; of a tie the middle one."""
    top = max(len(s.claims) for s in statements)
    tied = sorted((s for s in statements if len(s.claims) == top), key=_size)
    return tied[len(tied) // 2]


def _part_and_whole(properties: dict, by_topic: dict, group) -> Iterator[Conflict]:
    """A part that is larger than its whole."""
    for topic, p in properties.items():
        whole = (p["part_of_subject"], p["part_of_property"])
        if topic not in by_topic or whole not in by_topic:
            continue
        pairs = [(x, y) for x in by_topic[topic] for y in by_topic[whole] if _near(x, y, WHOLE_WITHIN_DAYS) and _exceeds(x, y)]
        if pairs:
            parts = group([c for c in by_topic[topic] if any(c is x for x, _ in pairs)])
            wholes = group([c for c in by_topic[whole] if any(c is y for _, y in pairs)])
            part, total = max(parts, key=_size), min(wholes, key=_size)
            ratios = sorted(_size(s) / _size(t) for s in parts for t in wholes)
            working = f"part {part.words()} exceeds whole {total.words()} by {format_number(_size(part) / _size(total), 3)} times"
            yield Conflict(
                "derived", [*parts, *wholes], working, _size(part) / _size(total), ratios[0], ratios[-1], [topic, whole]
            )


def _exceeds(part: dict, whole: dict) -> bool:
    first, second = parse_unit(part["unit"]), parse_unit(whole["unit"])
    if first.dimensions != second.dimensions:
        return False
    least = part["value"] if part["hedge"] == "up to" else bounds(part)[0]
    return least * float(first.factor) > bounds(whole)[1] * float(second.factor) * (1 + 1e-12)


def _two_currencies(properties: dict, by_topic: dict, group, folder: Folder) -> Iterator[Conflict]:
    """One property printed in rupees and in dollars, compared at the dated rate."""
    for topic, claims in by_topic.items():
        if properties[topic]["kind"] != "number":
            continue
        rupees = [c for c in claims if c["unit"].startswith("PKR") and c["unit"] != "PKR/USD"]
        dollars = [c for c in claims if c["unit"].startswith("USD")]
        days = properties[topic]["compare_within_days"]
        pairs = [(r, d) for r in rupees for d in dollars if days is None or _near(r, d, days)]
        pairs = [(r, d, rate_on(r["about_on"], folder)) for r, d in pairs]
        pairs = [(r, d, rate) for r, d, rate in pairs if _apart(_in_dollars(r, rate.pkr_per_usd), d)]
        if pairs:
            yield _currency_conflict(topic, pairs, group)


def _in_dollars(claim: dict, pkr_per_usd: float) -> dict:
    scaled = {k: None if claim[k] is None else claim[k] / pkr_per_usd for k in ("value", "low", "high")}
    return {**claim, **scaled, "unit": claim["unit"].replace("PKR", "USD", 1)}


def _currency_conflict(topic: tuple, pairs: list, group) -> Conflict:
    unique = lambda n: list({p[n]["claim_id"]: p[n] for p in pairs}.values())  # noqa: E731
    statements = [*group(unique(0)), *group(unique(1))]
    ratios = sorted(_claim_ratio(_in_dollars(r, rate.pkr_per_usd), d) for r, d, rate in pairs)
    r, d, rate = pairs[0]
    [a], [b] = group([_in_dollars(r, rate.pkr_per_usd)]), group([d])
    working = (
        f"{group([r])[0].words()} is {format_number(a.central, 3)} {a.unit} at {rate.pkr_per_usd:g} PKR/USD ({rate.about_on}, "
        f"{rate.source_id}), against {b.words()}: {format_number(_ratio(a, b), 3)} times apart"
    )
    return Conflict("derived", statements, working, _ratio(a, b), ratios[0], ratios[-1], [topic])


def _claim_ratio(a: dict, b: dict) -> float:
    sizes = sorted(sum(bounds(c)) / 2 * float(parse_unit(c["unit"]).factor) for c in (a, b))
    return sizes[1] / sizes[0]


def _row(conflict: Conflict, labels: dict, rulings: list[dict]) -> dict:
    matching = [r for r in rulings if _bears_on(r, conflict)]
    best = matching[0] if matching else None
    first = conflict.statements[0]
    return {
        "conflict_id": " x ".join(f"{s}.{p}" for s, p in conflict.topics), "kind": conflict.kind,
        "label": _label([labels[t] for t in conflict.topics]),
        "question": best["question"] if best else "",
        "values": "; ".join(dict.fromkeys(s.words() for s in conflict.statements)),
        "measures": describe(parse_unit(first.unit)) if first.kind == "number" else first.kind,
        "n_claims": len(conflict.claim_ids), "n_observations": len(frozenset().union(*(s.origins for s in conflict.statements))),
        "ratio": conflict.ratio, "ratio_low": conflict.ratio_low, "ratio_high": conflict.ratio_high, "working": conflict.working,
        "held": best["held"] if best else "no ruling yet", "status": best["status"] if best else "open",
        "ruling_ids": ";".join(r["ruling_id"] for r in matching), "claim_ids": ";".join(conflict.claim_ids),
        "source_ids": ";".join(conflict.source_ids),
    }  # fmt: skip


def _label(names: list[str]) -> str:
    return " against ".join([names[0], *(n if n[:2].isupper() else n[0].lower() + n[1:] for n in names[1:])])


def _bears_on(ruling: dict, conflict: Conflict) -> bool:
    """A ruling bears on a conflict when it is about all its properties and saw one of its claims."""
    seen = set((ruling["expect"] or "").split(";"))
    return set(conflict.topics) <= set(topics(ruling)) and bool(seen & set(conflict.claim_ids))
