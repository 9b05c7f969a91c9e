"""The sentences a report opens with: each derived from rows, each with its sources."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from .auditing import CONTRADICTION, MATCH, audit, find_revisions
from .bandwidth import compare_interpretations, surge_cost
from .blocking import balance
from .conflicts import find_conflicts
from .data.frames import load
from .dates import PartialDate
from .disruption import disruption_cost, disruption_spread
from .errors import UsageError, did_you_mean
from .events import timeline
from .formatting import (
    ASSESSMENTS,
    FINDINGS,
    format_money,
    format_number,
    format_rounded,
    plural,
    round_significant,
    split_ids,
)
from .prices import implied_prices
from .regimes import compare_regimes, positions
from .register import Register, adds_to_total


@dataclass(frozen=True)
class Finding:
    """One sentence with its sources and its figures; the unit ends each figure's name."""

    text: str
    source_ids: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


class Findings(list[Finding]):
    """Findings in order; shows as a box, and carries the key figures for batch summaries."""

    def __init__(self, items: Iterable[Finding], title: str = "What the record shows") -> None:
        super().__init__(items)
        self.title = title

    @property
    def source_ids(self) -> list[str]:
        """Every source named, each once."""
        return list(dict.fromkeys(i for f in self for i in f.source_ids))

    @property
    def figures(self) -> dict[str, Any]:
        """Key figures by name."""
        return {k: v for f in self for k, v in f.figures.items()}

    def __str__(self) -> str:
        lines = [self.title]
        for n, f in enumerate(self, 1):
            ids = f" [{', '.join(f.source_ids)}]" if f.source_ids else ""
            lines.append(f"{n}. {f.text}{ids}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[Any, Any]:
        items = (f"<li>{html.escape(f.text)} {references(f.source_ids)}</li>" for f in self)
        title = html.escape(self.title, quote=True)
        box = (
            f'<section class="vp-findings" aria-label="{title}"><h2>{title}</h2>'
            f"<ol>{''.join(items)}</ol></section>"
        )
        plain = {"texts": [f.text for f in self], "figures": self.figures}
        bundle = {"text/html": box, "text/plain": str(self), FINDINGS: plain}
        return bundle, {"text/html": {"sources": self.source_ids}}


def references(source_ids: Iterable[str], most: int = 5) -> str:
    """Return links to the source list of a report; a long row of them is cut."""
    ids = [html.escape(i, quote=True) for i in source_ids]
    links = " ".join(f'<a href="#{i}">{i}</a>' for i in ids[:most])
    more = f" +{len(ids) - most}" if len(ids) > most else ""
    return f'<span class="vp-refs">{links}{more}</span>' if ids else ""


def findings(topic: str, *, data: str | os.PathLike[str] | None = None, **inputs: Any) -> Findings:
    """Return what the record shows on one topic, as sentences with sources and key figures.

    Parameters
    ----------
    topic : str
        One of ``brief``, ``register``, ``timeline``, ``claims``, ``bandwidth``, ``regimes``,
        ``disruption``, ``audit``.
    data : path, optional
        A data folder in place of the packaged one.
    **inputs
        What the topic takes: ``as_of``, ``start``, ``end``, ``extra_tbps`` [Tbps], ``minutes``
        [min], ``interpretation``, ``country``, ``scope``.

    Returns
    -------
    Findings

    Raises
    ------
    UsageError
        For an unknown topic.

    Examples
    --------
    >>> findings("register", as_of="2025-03-01").figures["named_licensees_count"]
    2
    """
    if topic not in _TOPICS:
        raise UsageError(f"there are no findings on '{topic}'. {did_you_mean(topic, _TOPICS)}")
    return Findings(_TOPICS[topic](data=data, **inputs))


def _ids(*columns: Iterable[Any], most: int | None = None) -> tuple[str, ...]:
    return tuple(split_ids(i for column in columns for i in column)[:most])


def _about(value: float) -> str:
    return format_money(round_significant(value))


def _span(start: Any, end: Any = None) -> str:
    return f"{start} to {end}" if end else str(start)


def _register(as_of: Any, data: Any = None) -> list[Finding]:
    register, day = Register(data), PartialDate.parse(as_of)
    listed = register.listed_on(day)
    first = {
        s["provider_id"]: s["announced_on"].earliest
        for s in reversed(register.licences)
        if s["provider_id"]
    }
    named = [s for s, state in listed if state and s["company"]]
    named.sort(key=lambda s: first[s["provider_id"]])
    return [_named(named, as_of), *_unnamed(listed), *_counts(day, data)]


def _named(named: list[dict[str, Any]], as_of: Any) -> Finding:
    licensed = [s for s in named if s["status"] == "licensed"]
    permitted = [s["company"] for s in named if s["status"] == "permitted"]
    names = ": " + ", ".join(s["brand"] or s["company"] for s in licensed) if licensed else ""
    verb = "licensee has" if len(licensed) == 1 else "licensees have"
    text = f"{len(licensed) or 'No'} {verb} been named by {as_of}{names}."
    if permitted:
        text += (
            f" {len(permitted)} more may offer VPN under an existing licence "
            f"({', '.join(permitted)})."
        )
    figures = {"named_licensees_count": len(licensed), "permitted_count": len(permitted)}
    return Finding(text, _ids(s["source_id"] for s in named), figures)


def _unnamed(listed: list[tuple[dict[str, Any], bool | None]]) -> list[Finding]:
    adds = adds_to_total(listed)
    unnamed = [s for s, _ in listed if not s["company"] and s["status"] == "licensed"]
    if not unnamed:
        return []
    low, high = (sum(adds[s["licence_id"]][n] for s in unnamed) for n in (0, 1))
    text = (
        f"{_span(low, high if high != low else None)} more are counted by PTA and named by no "
        "source in the record, so that not listed here is not the same as not licensed."
    )
    figures = {"unnamed_licensees_low_count": low, "unnamed_licensees_high_count": high}
    return [Finding(text, _ids(s["source_id"] for s in unnamed), figures)]


def _counts(day: PartialDate, data: Any) -> list[Finding]:
    counts = load("licence_counts", data=data)
    dates = counts["as_of"].map(PartialDate.parse)
    known = dates.map(lambda d: d.latest <= day.latest) & (counts["definition"] != "applications")
    counts, dates = counts[known], dates[known]
    if counts.empty:
        return []
    newest = counts.iloc[dates.map(lambda d: d.earliest).argmax()]
    low, high = counts["n_licensed"].min(), counts["n_licensed"].max()
    text = (
        f"Published totals up to then run from {low} to {high} under "
        f"{plural(counts['definition'].nunique(), 'definition')}; the newest, of "
        f"{newest['as_of']}, is {newest['n_licensed']} ({newest['definition']})."
    )
    figures = {"newest_printed_total_count": int(newest["n_licensed"])}
    return [Finding(text, _ids(counts["source_id"]), figures)]


def _timeline(start: Any, end: Any = None, data: Any = None) -> list[Finding]:
    events = timeline(start, end, data=data)
    kinds = events["category"].value_counts().sort_index()
    top = kinds.sort_values(ascending=False, kind="stable").head(3)
    most = f"; most are of kind {', '.join(f'{n} {k}' for k, n in top.items())}" if len(top) else ""
    text = f"{plural(len(events), 'event')} in the record from {start} to {end or 'now'}{most}."
    found = [Finding(text, (), {"events_count": len(events)})]
    months = events[events["on"].str.len() >= 7]["on"].str[:7].value_counts().sort_index()
    if months.empty:
        return found
    busiest, n = months.idxmax(), int(months.max())
    ids = _ids(events[events["on"].str.startswith(busiest)]["source_id"])
    text = f"The busiest month is {busiest} with {plural(n, 'event')}."
    found.append(Finding(text, ids, {"busiest_month_count": n}))
    unsure = int((events["inside"] == "cannot tell").sum())
    if unsure:
        text = f"{unsure} of them may lie outside the period: their dates are not precise enough."
        found.append(Finding(text))
    return found


def _claims(as_of: Any = None, data: Any = None) -> list[Finding]:
    conflicts, rulings = find_conflicts(as_of=as_of, data=data), load("rulings", data=data)
    claims = load("claims", data=data, as_of=as_of)
    still_open = int((rulings["status"] == "open").sum())
    numeric = int(conflicts["ratio"].notna().sum())
    return [
        *_main_conflict(conflicts),
        Finding(
            f"{plural(len(claims), 'statement')} from "
            f"{plural(claims['source_id'].nunique(), 'page')} "
            f"contain {plural(len(conflicts), 'conflict')}: {numeric} in numbers, "
            f"{len(conflicts) - numeric} in words or dates.",
            (),
            {"claims_count": len(claims), "conflicts_count": len(conflicts)},
        ),
        Finding(
            f"Of {plural(len(rulings), 'disputed question')}, {len(rulings) - still_open} have an "
            f"answer and {still_open} stay open.",
            (),
            {"open_rulings_count": still_open},
        ),
    ]


def _main_conflict(conflicts: pd.DataFrame) -> list[Finding]:
    """Return the conflict most statements take part in."""
    numeric = conflicts[conflicts["ratio"].notna()]
    if numeric.empty:
        return []
    top = numeric.sort_values("n_claims", ascending=False, kind="stable").iloc[0]
    working = f"{top['working'][0].upper()}{top['working'][1:]}"
    counts = (
        f"{plural(top['n_claims'], 'statement')}, "
        f"{plural(top['n_observations'], 'independent source')}"
    )
    text = f"{top['question']} {top['conclusion']} {working}; {counts}.".strip()
    return [Finding(text, _ids([top["source_ids"]]), {"main_conflict_ratio": float(top["ratio"])})]


def _bandwidth(
    extra_tbps: float, minutes: float, interpretation: str = "as-stated", data: Any = None
) -> list[Finding]:
    chosen = surge_cost(extra_tbps, minutes, interpretation, data=data)
    cost = chosen.to_dict()["cost_usd"]
    text = (
        f"{_surge_words(extra_tbps, minutes)} costs {format_money(cost)} under the "
        f"interpretation '{interpretation}'."
    )
    return [
        Finding(text, chosen.source_ids, {"cost_usd": cost}),
        _range_finding(extra_tbps, minutes, data),
        *_wholesale_finding(implied_prices(data=data)),
        *_traffic_finding(data),
    ]


def _surge_words(tbps: float, minutes: float) -> str:
    return f"{format_number(tbps)} Tbps for {format_number(minutes)} minutes"


def _range_finding(extra_tbps: float, minutes: float, data: Any) -> Finding:
    costs = compare_interpretations(extra_tbps, minutes, data=data)
    ends = [costs.loc[costs["cost_usd"].idxmin()], costs.loc[costs["cost_usd"].idxmax()]]
    low, high = (
        f"{format_money(e['cost_usd'])} ({e['label']}; {ASSESSMENTS[e['plausibility']]})"
        for e in ends
    )
    text = (
        f"By interpretation of the quoted prices, {_surge_words(extra_tbps, minutes)} costs from "
        f"{low} to {high}. The interpretations are shown side by side, never averaged."
    )
    figures = {
        "lowest_cost_usd": float(ends[0]["cost_usd"]),
        "highest_cost_usd": float(ends[1]["cost_usd"]),
    }
    return Finding(text, _ids(costs["source_id"]), figures)


def _wholesale_finding(prices: pd.DataFrame) -> list[Finding]:
    """Return the first interpretation and the plausible ones beside the wholesale price."""
    rows = prices[(prices["kind"] == "interpretation") & prices["times_wholesale"].notna()]
    if rows.empty:
        return []
    stated = rows.iloc[0]
    fits = rows[rows["plausibility"] == "plausible"].drop(index=stated.name, errors="ignore")
    price = format_number(stated["usd_per_mbps_month"], 3)
    others = "".join(f"; {r.label}: {_times(r.times_wholesale)}" for r in fits.itertuples())
    text = (
        f"{stated['label']}: {price} USD per Mbps per month, "
        f"{format_number(stated['times_wholesale'], 3)} times the Pakistani wholesale price of "
        f"{stated['wholesale_on']}{others}."
    )
    figures = {"stated_times_wholesale_ratio": float(stated["times_wholesale"])}
    return [Finding(text, _ids([stated["source_id"]], fits["source_id"]), figures)]


def _times(ratio: float) -> str:
    return "equal to it" if round_significant(ratio) == 1 else f"{format_number(ratio, 3)} times it"


def _traffic_finding(data: Any, as_of: Any = None) -> list[Finding]:
    traffic = load("traffic", data=data, as_of=as_of)
    if traffic.empty:
        return []
    low, high = traffic["vpn_gbps"].min(), traffic["vpn_gbps"].max()
    months = _span(traffic["month"].min(), traffic["month"].max())
    terabit = "" if high >= 1000 else "; a rise of 1 Tbps is not in the series"
    text = (
        f"Published VPN traffic lay between {format_number(low)} and {format_number(high)} Gbps "
        f"from {months}{terabit}. Whether the figures are peaks or averages is not stated."
    )
    ids = _ids(traffic["source_id"], traffic["more_source_ids"])
    return [Finding(text, ids, {"vpn_traffic_high_gbps": float(high)})]


def _regimes(as_of: Any, data: Any = None) -> list[Finding]:
    cells, taken = compare_regimes(as_of=as_of, data=data), positions(as_of=as_of, data=data)
    silent, reversed_ = cells[cells["state"] == "not stated"], taken[taken["reverses"].notna()]
    fees = cells[(cells["aspect"] == "fee") & (cells["state"] == "differs")]
    text = f"{len(silent)} of {len(cells)} cells of the comparison are not stated on any page read."
    figures = {"cells_not_stated_count": len(silent)}
    found = [Finding(text, _ids(cells["source_id"], most=6), figures)]
    if len(fees):
        text = f"Sources differ on the fee of the class licence: {fees['text'].iloc[0]}."
        found.append(Finding(text, _ids(fees["source_id"])))
    if len(reversed_):
        bodies = ", ".join(dict.fromkeys(reversed_["body"]))
        count = plural(len(reversed_), "position")
        text = f"{count} reversed an earlier one of the same institution: {bodies}."
        figures = {"reversals_count": len(reversed_)}
        found.append(Finding(text, _ids(reversed_["source_id"]), figures))
    return found


def _brief(
    as_of: Any, extra_tbps: float = 1.0, minutes: float = 60.0, data: Any = None
) -> list[Finding]:
    """Put the main conflict first, what blocking saves and costs second, then the register."""
    register, claims = _register(as_of, data), _claims(as_of, data)
    traffic = _traffic_finding(data, as_of)
    weighed = _balance(str(PartialDate.parse(as_of).latest), data=data) if traffic else []
    costs = _range_finding(extra_tbps, minutes, data)
    return [*claims[:-2], *weighed, *register[:2], costs, *traffic, claims[-1]]


def _balance(start: str, end: str | None = None, data: Any = None) -> list[Finding]:
    """Return what blocking saves against what it costs, and the price at which they are equal."""
    frame = balance(start, end, data=data)
    fits = frame[frame["plausibility"] == "plausible"]
    costs = frame.drop_duplicates(["method", "scope"])
    if fits.empty or costs.empty:
        return []
    low, high = costs.loc[costs["cost_usd"].idxmin()], costs.loc[costs["cost_usd"].idxmax()]
    signs = frame[frame["plausibility"] == "unlikely"].groupby("interpretation")["sign"].nunique()
    equal = costs["equal_usd_per_mbps_month"]
    all_cost = (fits["sign"] == "costs").all()
    sign = "more than it saves under every method" if all_cost else "more or less, by method"
    meanings = "; ".join(dict.fromkeys(fits["label"]))
    length = start if end or len(start) != 10 else "a day"
    text = (
        f"Blocking VPN traffic for {_span(length, end)} saves "
        f"{_about(fits['saving_low'].min())} to "
        f"{_about(fits['saving_high'].max())} of bandwidth where the price fits market prices "
        f"({meanings}) and costs {_about(low['cost_low'])} ({low['method']}) to "
        f"{_about(high['cost_high'])} ({high['method']}): {sign}. "
        f"Under {plural(int((signs > 1).sum()), 'interpretation')} far from market prices the sign "
        f"depends on the method; both are equal at {format_rounded(equal.min())} to "
        f"{format_rounded(equal.max())} USD per Mbps per month."
    )
    figures = {
        "saving_plausible_usd": float(fits["saving_usd"].min()),
        "least_cost_of_blocking_usd": float(low["cost_usd"]),
    }
    return [Finding(text, _ids(frame["source_ids"], most=10), figures)]


def _disruption(
    country: str, start: str, end: str | None = None, scope: str = "national", data: Any = None
) -> list[Finding]:
    """Return how far apart the methods are on one event, why, and which are closed."""
    asked = (country, start, end or None, scope)
    frame = disruption_cost(*asked, data=data)
    money = frame[(frame["unit"] == "USD") & frame["central"].notna()]
    closed = frame[frame["status"] == "closed"]
    found = [_range_of_methods(money, country, _span(start, end))]
    found += _spread_finding(disruption_spread(*asked, data=data))
    if len(closed):
        text = (
            f"{plural(len(closed), 'method')} cannot be recomputed: {', '.join(closed['label'])}. "
            "Their parameters are not published."
        )
        figures = {"closed_methods_count": len(closed)}
        found.append(Finding(text, _ids(closed["source_ids"], most=6), figures))
    return found


def _range_of_methods(money: pd.DataFrame, country: str, period: str) -> Finding:
    if money.empty:
        return Finding(f"No method gives a number for {country} and this scope.")
    low, high = money.loc[money["central"].idxmin()], money.loc[money["central"].idxmax()]
    text = (
        f"{country}, {period}: from {_about(low['central'])} ({low['label']}) to "
        f"{_about(high['central'])} ({high['label']}), "
        f"{format_rounded(high['central'] / low['central'])} times apart; "
        f"{plural(len(money), 'figure')}, none averaged with another."
    )
    figures = {
        "lowest_cost_usd": float(low["central"]),
        "highest_cost_usd": float(high["central"]),
    }
    return Finding(text, _ids(money["source_ids"], most=8), figures)


def _spread_finding(frame: pd.DataFrame) -> list[Finding]:
    if frame.empty:
        return []
    parts = frame[frame["factor"] != "together"].sort_values("share", ascending=False)
    shares = [f"{r.factor} {format_rounded(r.share * 100, 2)} percent" for r in parts.itertuples()]
    text = (
        f"Of the spread in orders of magnitude: {', '.join(shares)}; "
        "the rest comes from combinations."
    )
    top = frame.set_index("factor").loc["method", "share"]
    return [Finding(text, (), {"method_share_of_spread_ratio": float(top)})]


def _audit(data: Any = None) -> list[Finding]:
    """Return how many published numbers follow from others, and which contradict them."""
    frame, revised = audit(data=data), find_revisions(data=data)
    checked = frame[frame["rule"] != "none"]
    wrong, right = frame[frame["verdict"] == CONTRADICTION], (frame["verdict"] == MATCH).sum()
    text = (
        f"Of {frame['id'].nunique()} published numbers {checked['id'].nunique()} can be checked "
        f"against others they follow from: {right} agree, {len(wrong)} "
        f"contradict{'s' if len(wrong) == 1 else ''} them, "
        "for the others an input was not published."
    )
    figures = {"match_count": int(right), "contradiction_count": len(wrong)}
    found = [Finding(text, (), figures)]
    for r in wrong.itertuples():
        text = f"{r.publisher}, {r.place} {r.period}, {r.quantity}: {r.working}."
        found.append(Finding(text, _ids([r.source_ids])))
    if len(revised):
        top = revised.sort_values("ratio", ascending=False, kind="stable").iloc[0]
        verb = "number was" if len(revised) == 1 else "numbers were"
        text = (
            f"{len(revised):,} {verb} published again with another value; the largest revision is "
            f"{top['quantity']} of {top['place']} in {top['period']}, "
            f"{format_rounded(top['ratio'])} times the first."
        )
        figures = {"revised_count": len(revised)}
        found.append(Finding(text, _ids([top["source_ids"]]), figures))
    return found


_TOPICS: dict[str, Callable[..., list[Finding]]] = {
    "brief": _brief,
    "register": _register,
    "timeline": _timeline,
    "claims": _claims,
    "bandwidth": _bandwidth,
    "regimes": _regimes,
    "disruption": _disruption,
    "audit": _audit,
}
