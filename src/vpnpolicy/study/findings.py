"""Sentences a report opens with: each computed from the record, each with its sources."""

from __future__ import annotations

import os
from collections.abc import Callable

from ..dates import PartialDate
from ..errors import UsageError, did_you_mean
from ..formatting import format_money, format_number, plural, split_ids
from ..record.regimes import compare_regimes, positions
from ..record.register import Register, adds_to_total
from ..record.tables import load_claims, load_counts, load_rulings, load_traffic
from ..record.timeline import timeline
from .conflicts import find_conflicts
from .finding import Finding, Findings
from .readings import compare_readings, implied_prices, surge_cost
from .weighing import audit_findings, balance_finding, disruption_findings


def findings(topic: str, *, data: str | os.PathLike | None = None, **inputs) -> Findings:
    """What the record shows on one topic, as sentences with sources and key figures.

    Parameters: ``topic`` one of ``brief``, ``register``, ``timeline``, ``claims``, ``bandwidth``, ``regimes``, ``disruption``, ``audit``; ``inputs`` what the
    topic takes: ``as_of`` (text), ``start`` and ``end`` (text), ``extra_tbps`` [Tbps], ``minutes`` [min],
    ``reading``, ``country``, ``scope``.
    Returns `Findings`. Raises `UsageError` for an unknown topic.

    >>> findings("register", as_of="2025-03-01").figures["named_licensees_count"]
    2
    """
    if topic not in _TOPICS:
        raise UsageError(f"there are no findings on '{topic}'. {did_you_mean(topic, _TOPICS)}")
    return Findings(_TOPICS[topic](data=data, **inputs))


def _register(as_of: str, data=None) -> list[Finding]:
    register, day = Register(data), PartialDate.parse(as_of)
    listed = register.listed_on(day)
    first = {s["provider_id"]: s["announced_on"].earliest for s in reversed(register.spells) if s["provider_id"]}
    named = sorted((s for s, state in listed if state and s["company"]), key=lambda s: first[s["provider_id"]])
    return [_named_finding(named, as_of), *_unnamed_finding(listed), *_count_finding(day, data)]


def _named_finding(named: list[dict], as_of: str) -> Finding:
    licensed = [s for s in named if s["status"] == "licensed"]
    permitted = [s["company"] for s in named if s["status"] == "permitted"]
    names = ": " + ", ".join(s["brand"] or s["company"] for s in licensed) if licensed else ""
    text = f"{len(licensed) or 'No'} licensee{' has' if len(licensed) == 1 else 's have'} been named by {as_of}{names}."
    if permitted:
        text += f" {len(permitted)} more may offer VPN under an existing licence ({', '.join(permitted)})."
    figures = {"named_licensees_count": len(licensed), "permitted_count": len(permitted)}
    return Finding(text, tuple(split_ids(s["source_id"] for s in named)), figures)


def _unnamed_finding(listed: list[tuple[dict, bool | None]]) -> list[Finding]:
    adds, unnamed = adds_to_total(listed), [s for s, _ in listed if not s["company"] and s["status"] == "licensed"]
    low, high = (sum(adds[s["licence_id"]][n] for s in unnamed) for n in (0, 1))
    if not unnamed:
        return []
    span = f"{low}" if low == high else f"{low} to {high}"
    text = f"{span} more are counted by PTA and named by no source held, so that not listed here is not the same as not licensed."
    figures = {"unnamed_licensees_low_count": low, "unnamed_licensees_high_count": high}
    return [Finding(text, tuple(split_ids(s["source_id"] for s in unnamed)), figures)]


def _count_finding(day: PartialDate, data) -> list[Finding]:
    counts = load_counts(data)
    counts = counts[
        counts["as_of"].map(lambda a: PartialDate.parse(a).latest <= day.latest) & (counts["definition"] != "applications")
    ]
    if counts.empty:
        return []
    newest = counts.iloc[counts["as_of"].map(lambda a: PartialDate.parse(a).earliest).argmax()]
    text = (
        f"Printed totals up to then run from {counts['n_licensed'].min()} to {counts['n_licensed'].max()} under "
        f"{plural(counts['definition'].nunique(), 'definition')}; the newest, of {newest['as_of']}, is {newest['n_licensed']} ({newest['definition']})."
    )
    return [Finding(text, tuple(split_ids(counts["source_id"])), {"newest_printed_total_count": int(newest["n_licensed"])})]


def _timeline(start: str, end: str, data=None) -> list[Finding]:
    events = timeline(start, end, data=data)
    top = events["category"].value_counts().sort_index().sort_values(ascending=False, kind="stable").head(3)
    kinds = ", ".join(f"{n} {k}" for k, n in top.items())
    months = events[events["on"].str.len() >= 7]["on"].str[:7].value_counts().sort_index()
    unsure = int((events["inside"] == "cannot tell").sum())
    first = Finding(
        f"{len(events)} events are held from {start} to {end or 'now'}; most are of kind {kinds}.",
        (),
        {"events_count": len(events)},
    )
    if months.empty:
        return [first]
    busiest = months[months == months.max()].index[0]
    ids = split_ids(events[events["on"].str.startswith(busiest)]["source_id"])
    second = Finding(
        f"The busiest month is {busiest} with {months.max()} events.", tuple(ids), {"busiest_month_count": int(months.max())}
    )
    third = [Finding(f"{unsure} of them may lie outside the period: their dates are not known closely enough.")] if unsure else []
    return [first, second, *third]


def _claims(as_of: str | None = None, data=None) -> list[Finding]:
    conflicts, rulings, claims = find_conflicts(as_of=as_of, data=data), load_rulings(data), load_claims(data, as_of=as_of)
    open_rulings = int((rulings["status"] == "open").sum())
    numeric = int(conflicts["ratio"].notna().sum())
    return [
        *_main_conflict(conflicts),
        Finding(
            f"{len(claims)} claims from {claims['source_id'].nunique()} pages contain {len(conflicts)} conflicts: {numeric} in numbers, "
            f"{len(conflicts) - numeric} in words or dates.", (), {"claims_count": len(claims), "conflicts_count": len(conflicts)},
        ),
        Finding(
            f"Of {len(rulings)} questions ruled on, {len(rulings) - open_rulings} are settled and {open_rulings} stay open.",
            (), {"open_rulings_count": open_rulings},
        ),
    ]  # fmt: skip


def _main_conflict(conflicts) -> list[Finding]:
    """The conflict most claims take part in."""
    numeric = conflicts[conflicts["ratio"].notna()].sort_values("n_claims", ascending=False, kind="stable")
    if numeric.empty:
        return []
    top = numeric.iloc[0]
    origins = "one origin" if top["n_observations"] == 1 else f"{top['n_observations']} origins"
    text = (
        f"{top['question']} {top['held']} {top['working'][0].upper()}{top['working'][1:]}; {top['n_claims']} claims, {origins}."
    )
    return [Finding(text, tuple(split_ids(top["source_ids"])), {"main_conflict_ratio": float(top["ratio"])})]


def _bandwidth(extra_tbps: float, minutes: float, reading: str = "as-stated", data=None) -> list[Finding]:
    prices, chosen = implied_prices(data=data), surge_cost(extra_tbps, minutes, reading, data=data)
    by_id = prices.set_index("id")
    stated, month = by_id.loc["as-stated"], by_id.loc["mbps-month"]
    cost = chosen.to_dict()["cost_usd"]
    return [
        Finding(
            f"{format_number(extra_tbps)} Tbps for {format_number(minutes)} minutes costs {format_money(cost)} under the reading '{reading}'.",
            chosen.source_ids, {"cost_usd": cost},
        ),
        _range_finding(extra_tbps, minutes, data),
        Finding(
            f"$10,000 a minute per Tbps is {format_number(stated['usd_per_mbps_month'], 3)} USD per Mbps per month, "
            f"{format_number(stated['times_wholesale'], 3)} times the Pakistani wholesale price of 2024; $1 per Mbps per month equals it.",
            (stated["source_id"], month["source_id"]), {"stated_times_wholesale_ratio": float(stated["times_wholesale"])},
        ),
        *_traffic_finding(data),
    ]  # fmt: skip


def _range_finding(extra_tbps: float, minutes: float, data) -> Finding:
    costs = compare_readings(extra_tbps, minutes, data=data)
    low, high = costs.loc[costs["cost_usd"].idxmin()], costs.loc[costs["cost_usd"].idxmax()]
    text = (
        f"By reading, {format_number(extra_tbps)} Tbps for {format_number(minutes)} minutes cost from {format_money(low['cost_usd'])} ({low['label']}, {low['plausibility']}) to "
        f"{format_money(high['cost_usd'])} ({high['label']}, {high['plausibility']}). The readings are shown side by side, never averaged."
    )
    return Finding(
        text,
        tuple(split_ids(costs["source_id"])),
        {"lowest_cost_usd": float(low["cost_usd"]), "highest_cost_usd": float(high["cost_usd"])},
    )


def _traffic_finding(data, as_of: str | None = None) -> list[Finding]:
    traffic = load_traffic(data, as_of=as_of)
    if traffic.empty:
        return []
    low, high = traffic["vpn_gbps"].min(), traffic["vpn_gbps"].max()
    text = (
        f"Published VPN traffic lay between {format_number(low)} and {format_number(high)} Gbps from {traffic['month'].min()} to "
        f"{traffic['month'].max()}; a rise of 1 Tbps is not in the series. Whether the figures are peaks or averages is not stated."
    )
    sources = tuple(split_ids([*traffic["source_id"], *traffic["more_source_ids"]]))
    return [Finding(text, sources, {"vpn_traffic_high_gbps": float(high)})]


def _regimes(as_of: str, data=None) -> list[Finding]:
    cells, held = compare_regimes(as_of=as_of, data=data), positions(as_of=as_of, data=data)
    silent, turned = cells[cells["state"] == "not stated"], held[held["reverses"].notna()]
    fees = cells[(cells["aspect"] == "fee") & (cells["state"] == "differs")]
    found = [
        Finding(
            f"{len(silent)} of {len(cells)} cells of the comparison are not stated in any page held.",
            tuple(split_ids(cells["source_id"]))[:6], {"cells_not_stated_count": len(silent)},
        )
    ]  # fmt: skip
    if len(fees):
        found.append(
            Finding(
                f"Sources differ on the fee of the class licence: {fees['text'].iloc[0]}.", tuple(split_ids(fees["source_id"]))
            )
        )
    if len(turned):
        bodies = ", ".join(dict.fromkeys(turned["body"]))
        text = f"{plural(len(turned), 'position')} turned an earlier one of the same institution round: {bodies}."
        found.append(Finding(text, tuple(split_ids(turned["source_id"])), {"reversals_count": len(turned)}))
    return found


def _brief(as_of: str, extra_tbps: float = 1.0, minutes: float = 60.0, data=None) -> list[Finding]:
    """The prices that contradict each other first, what blocking saves and costs second, then who is licensed."""
    register, claims, traffic = _register(as_of, data), _claims(as_of, data), _traffic_finding(data, as_of)
    weighed = balance_finding(str(PartialDate.parse(as_of).latest), data=data) if traffic else []
    return [*claims[:-2], *weighed, register[0], *register[1:2], _range_finding(extra_tbps, minutes, data), *traffic, claims[-1]]


def _disruption(country: str, start: str, end: str | None = None, scope: str = "national", data=None) -> list[Finding]:
    return disruption_findings(country, start, end or None, scope, data)


def _audit(data=None) -> list[Finding]:
    return audit_findings(data)


_TOPICS: dict[str, Callable] = {
    "brief": _brief, "register": _register, "timeline": _timeline, "claims": _claims, "bandwidth": _bandwidth, "regimes": _regimes,
    "disruption": _disruption, "audit": _audit,
}  # fmt: skip
