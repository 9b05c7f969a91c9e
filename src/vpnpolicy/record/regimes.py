"""Regimes side by side, what binds whom, and who held what when."""

from __future__ import annotations

import os

import pandas as pd

from ..dates import PartialDate
from ..errors import UsageError, did_you_mean
from .audience import REGIMES, check_who
from .clocks import Clocks
from .schema import Folder
from .tables import date_bounds, load_table

ASPECTS = {
    "who may provide": ["who may provide"], "who may use": ["who may use"], "fee": ["initial fee", "annual fee"], "term": ["term"],
    "logging": ["logging"], "interception": ["interception", "regulator access"], "KYC": ["KYC", "user registration"],
    "routing": ["routing"], "data location": ["data location"],
}  # fmt: skip
NOT_STATED = "not stated"
OPPOSITES = [{"for", "against"}, {"yes", "no"}]


def compare_regimes(
    *, as_of: str | None = None, known_on: str | None = None, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Four regimes by nine aspects: unregistered use, the registration portal, the Data class licence, the draft IDCS licence.

    Parameters: ``as_of`` and ``known_on`` as in the loaders. Returns a DataFrame, one row a cell: ``aspect``, ``regime``,
    ``label``, ``text`` (terms that differ stand side by side; a cell without a term is ``not stated``), ``state``
    (``stated``, ``differs``, ``not stated``), ``source_id`` and ``term_ids``.

    >>> compare_regimes().query("aspect == 'routing' and regime == 'data-class-licence'").text.item()
    'not stated'
    """
    folder = Folder(data)
    terms = sorted(Clocks.at(folder, as_of, known_on).rows("terms"), key=lambda t: (str(t["about_on"] or "~"), t["term_id"]))
    labels = {r["regime_id"]: r["label"] for r in folder.checked("regimes").rows()}
    return pd.DataFrame([_cell(terms, aspect, regime, labels[regime]) for aspect in ASPECTS for regime in REGIMES])


def _cell(terms: list[dict], aspect: str, regime: str, label: str) -> dict:
    found = [t for t in terms if t["regime"] == regime and t["aspect"] in ASPECTS[aspect]]
    fees = {tuple(t[k] for k in ("low", "value", "high", "unit")) for t in found if t["aspect"] == "initial fee"}
    state = NOT_STATED if not found else ("differs" if len(fees - {(None,) * 4}) > 1 else "stated")
    sources = dict.fromkeys([*(t["source_id"] for t in found), *(t["more_source_ids"] for t in found if t["more_source_ids"])])
    return {
        "aspect": aspect, "regime": regime, "label": label, "text": "; ".join(f"{t['text']} [{t['source_id']}]" for t in found) or NOT_STATED,
        "state": state, "source_id": ";".join(sources), "term_ids": ";".join(t["term_id"] for t in found),
    }  # fmt: skip


def obligations(
    who: str, as_of: str | None = None, *, known_on: str | None = None, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Terms that bind a user, a freelancer, a business or a provider, those of drafts marked.

    Parameters: ``who`` one of ``user``, ``freelancer``, ``business``, ``provider``; ``as_of`` and ``known_on`` as in the
    loaders. Returns rows of ``terms`` with the label of their regime. Raises `UsageError` for an unknown ``who``.

    >>> sorted(set(obligations("freelancer").in_force))
    ['draft', 'reported']
    """
    terms = load_table("terms", data, as_of=as_of, known_on=known_on)
    terms = terms[terms["applies_to"].isin(check_who(who)) & terms["regime"].isin(REGIMES)]
    labels = load_table("regimes", data).set_index("regime_id")["label"]
    terms = terms.assign(label=terms["regime"].map(labels), _order=terms["regime"].map(REGIMES.index))
    return (
        terms.sort_values(["_order", "aspect", "about_on", "term_id"], kind="stable")
        .drop(columns="_order")
        .reset_index(drop=True)
    )


def positions(
    stakeholder: str | None = None, issue: str | None = None, *, as_of: str | None = None, known_on: str | None = None,
    data: str | os.PathLike | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Who held what when, oldest first, with reversals marked.

    Parameters: ``stakeholder`` keeps rows whose stakeholder or institution holds the text; ``issue`` one issue; ``as_of``
    and ``known_on`` as in the loaders. Returns rows of ``positions`` with ``earliest``, ``latest`` [datetime64] and
    ``reverses``: the earlier position of the same institution on the same issue that the row turns round.

    >>> positions("PTA", "vpn slows internet").reverses.dropna().tolist()
    ['P09']
    """
    frame, issues = load_table("positions", data, as_of=as_of, known_on=known_on), set(load_table("positions", data)["issue"])
    if issue is not None and issue not in issues:
        raise UsageError(f"there is no issue '{issue}'. {did_you_mean(issue, sorted(issues))}")
    frame = (
        frame.join(date_bounds(frame["on"]))
        .sort_values(["earliest", "latest", "position_id"], kind="stable")
        .reset_index(drop=True)
    )
    frame["reverses"] = _reversals(frame)
    keep = frame["issue"].eq(issue) if issue is not None else frame["issue"].notna()
    if stakeholder is not None:
        text = stakeholder.casefold()
        keep &= (frame["stakeholder"] + " " + frame["body"]).str.casefold().str.contains(text, regex=False)
    return frame[keep].reset_index(drop=True)


def _reversals(frame: pd.DataFrame) -> list[str | None]:
    last: dict[tuple, tuple[str, str, PartialDate]] = {}
    found: list[str | None] = []
    for row in frame.to_dict("records"):
        key, on = (row["body"], row["issue"]), PartialDate.parse(row["on"])
        before = last.get(key)
        turned = before and {before[1], row["side"]} in OPPOSITES and before[2].before(on)
        found.append(before[0] if turned else None)
        last[key] = (row["position_id"], row["side"], on)
    return found
