"""Sentences on costs: one disruption under every method, the balance of blocking, and the audit of printed numbers."""

from __future__ import annotations

from ..formatting import format_money, format_rounded, plural, round_significant, split_ids
from .audit.judging import CONTRADICTION, MATCH, audit
from .audit.vintages import find_vintages
from .balance import balance
from .disruption import disruption_cost
from .finding import Finding
from .spread import disruption_spread


def about(value: float) -> str:
    """Money to three digits.

    >>> about(20_931_256)
    'USD 20.9 million'
    """
    return format_money(round_significant(value))


def disruption_findings(country: str, start: str, end: str | None = None, scope: str = "national", data=None) -> list[Finding]:
    """How far apart the methods are on one event, where that comes from, and which are closed."""
    frame = disruption_cost(country, start, end, scope, data=data)
    money = frame[(frame["unit"] == "USD") & frame["central"].notna()]
    closed = frame[frame["status"] == "closed"]
    found = [*_range_of_methods(money, country, start, end), *_spread_finding(country, start, end, scope, data)]
    text = f"{plural(len(closed), 'method')} cannot be worked out by anyone outside: {', '.join(closed['label'])}. Their parameters are not published."
    return [*found, Finding(text, tuple(split_ids(closed["source_ids"]))[:6], {"closed_methods_count": len(closed)})]


def _range_of_methods(money, country: str, start: str, end: str | None) -> list[Finding]:
    if money.empty:
        return [Finding(f"No method gives a number for {country} and this scope.")]
    low, high = money.loc[money["central"].idxmin()], money.loc[money["central"].idxmax()]
    period = f"{start} to {end}" if end else start
    text = (
        f"{country}, {period}: from {about(low['central'])} ({low['label']}) to {about(high['central'])} ({high['label']}), "
        f"{format_rounded(high['central'] / low['central'])} times apart; {plural(len(money), 'figure')}, none averaged with another."
    )
    figures = {"lowest_cost_usd": float(low["central"]), "highest_cost_usd": float(high["central"])}
    return [Finding(text, tuple(split_ids(money["source_ids"]))[:8], figures)]


def _spread_finding(country: str, start: str, end: str | None, scope: str, data) -> list[Finding]:
    frame = disruption_spread(country, start, end, scope, data=data)
    if frame.empty:
        return []
    parts = frame[frame["factor"] != "together"].sort_values("share", ascending=False)
    shares = ", ".join(f"{r.factor} {format_rounded(r.share * 100, 2)} percent" for r in parts.itertuples())
    text = f"Of the spread in orders of size: {shares}; the rest comes from combinations."
    top = frame.set_index("factor").loc["method", "share"]
    return [Finding(text, (), {"method_share_of_spread_ratio": float(top)})]


def balance_finding(start: str, end: str | None = None, data=None) -> list[Finding]:
    """What blocking saves against what it costs, and the price at which they are equal."""
    frame = balance(start, end, data=data)
    plain, strained = (frame[frame["plausibility"] == p] for p in ("plausible", "strained"))
    costs = frame.drop_duplicates(["method", "scope"])
    if plain.empty or costs.empty:
        return []
    low, high = costs.loc[costs["cost_usd"].idxmin()], costs.loc[costs["cost_usd"].idxmax()]
    mixed = int((strained.groupby("reading")["sign"].nunique() > 1).sum())
    equal = [format_rounded(v) for v in (costs["equal_usd_per_mbps_month"].min(), costs["equal_usd_per_mbps_month"].max())]
    never = (
        "more than it saves under every method" if (plain["sign"] == "costs").all() else "more or less than it saves, by method"
    )
    text = (
        f"Blocking VPN traffic for {_length(start, end)} saves {about(plain['saving_low'].min())} to {about(plain['saving_high'].max())} of "
        f"bandwidth at the plausible reading ({plain['reading'].iloc[0]}) and costs {about(low['cost_low'])} ({low['method']}) to "
        f"{about(high['cost_high'])} ({high['method']}): {never}. At {plural(mixed, 'strained reading')} the sign depends on the method; "
        f"the two are equal at {equal[0]} to {equal[1]} USD per Mbps per month."
    )
    figures = {"saving_plausible_usd": float(plain["saving_usd"].min()), "least_cost_of_blocking_usd": float(low["cost_usd"])}
    return [Finding(text, tuple(split_ids(frame["source_ids"]))[:10], figures)]


def _length(start: str, end: str | None) -> str:
    return f"{start} to {end}" if end else ("a day" if len(start) == 10 else start)


def audit_findings(data=None) -> list[Finding]:
    """How many printed numbers follow from others, and which contradict them."""
    frame, vintages = audit(data=data), find_vintages(data=data)
    checked = frame[frame["rule"] != "none"]
    wrong = frame[frame["verdict"] == CONTRADICTION]
    right = int((frame["verdict"] == MATCH).sum())
    found = [
        Finding(
            f"Of {frame['id'].nunique()} printed numbers {checked['id'].nunique()} can be held against others they follow from: {right} agree, "
            f"{len(wrong)} contradict{'s' if len(wrong) == 1 else ''} them, for the others an input is not printed.",
            (), {"match_count": right, "contradiction_count": len(wrong)},
        )
    ]  # fmt: skip
    found += [
        Finding(f"{r.publisher}, {r.place} {r.period}, {r.quantity}: {r.working}.", tuple(split_ids([r.source_ids])))
        for r in wrong.itertuples()
    ]
    if len(vintages):
        top = vintages.sort_values("ratio", ascending=False, kind="stable").iloc[0]
        text = (
            f"{plural(len(vintages), 'number')} were printed again with another value; the widest is {top['quantity']} of {top['place']} in "
            f"{top['period']}, {format_rounded(top['ratio'])} times the first."
        )
        found.append(Finding(text, tuple(split_ids([top["source_ids"]])), {"revised_count": len(vintages)}))
    return found
