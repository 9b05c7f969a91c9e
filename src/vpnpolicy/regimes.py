"""Regimes side by side, the terms that bind whom, and the positions of stakeholders over time."""

from __future__ import annotations

import pandas as pd

from .data.asof import View
from .data.frames import add_columns, date_bounds, load
from .data.package import Day, PathLike
from .data.tables import Folder
from .dates import PartialDate
from .errors import UsageError, did_you_mean
from .events import contains
from .formatting import split_ids
from .guidance import HOME, check_who, compared_regimes

ASPECTS = {
    "who may provide": ["who may provide"],
    "who may use": ["who may use"],
    "fee": ["initial fee", "annual fee"],
    "term": ["term"],
    "logging": ["logging"],
    "interception": ["interception", "regulator access"],
    "KYC": ["KYC", "user registration"],
    "routing": ["routing"],
    "data location": ["data location"],
}
NOT_STATED = "not stated"
FEE = ("low", "value", "high", "unit")
OPPOSITES = [{"for", "against"}, {"yes", "no"}]


def compare_regimes(
    *,
    country: str = HOME,
    as_of: Day | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Compare the regimes of a country, those marked ``compared``, by nine aspects.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    as_of, known_on, data
        See `load`.

    Returns
    -------
    pandas.DataFrame
        One row per aspect and regime: ``aspect``, ``regime``, ``label``, ``text`` (terms that
        differ are shown side by side; ``not stated`` without a term), ``state`` (``stated``,
        ``differs``, ``not stated``), ``source_id`` and ``term_ids``.

    Raises
    ------
    UsageError
        For a country without a regime; `DateError` for an unreadable date.

    Examples
    --------
    >>> cells = compare_regimes().query("regime == 'data-class-licence'")
    >>> cells.set_index("aspect").text["routing"]
    'not stated'
    """
    folder = Folder(data)
    regimes = compared_regimes(folder, country)
    terms = View.at(folder, as_of, known_on).rows("terms")
    terms.sort(key=lambda t: str(t["about_on"] or "~"))
    cells = [(aspect, regime) for aspect in ASPECTS for regime in regimes]
    return pd.DataFrame([_cell(terms, *cell, regimes[cell[1]]) for cell in cells])


def _cell(terms: list[dict], aspect: str, regime: str, label: str) -> dict:
    found = [t for t in terms if t["regime"] == regime and t["aspect"] in ASPECTS[aspect]]
    fees = {tuple(t[k] for k in FEE) for t in found if t["aspect"] == "initial fee"}
    state = "differs" if len(fees - {(None,) * len(FEE)}) > 1 else "stated"
    sources = split_ids([*(t["source_id"] for t in found), *(t["more_source_ids"] for t in found)])
    return {
        "aspect": aspect,
        "regime": regime,
        "label": label,
        "text": "; ".join(f"{t['text']} [{t['source_id']}]" for t in found) or NOT_STATED,
        "state": state if found else NOT_STATED,
        "source_id": ";".join(sources),
        "term_ids": ";".join(t["term_id"] for t in found),
    }


def obligations(
    who: str,
    *,
    country: str = HOME,
    as_of: Day | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Return the terms that bind a user, a freelancer, a business or a provider.

    Parameters
    ----------
    who : str
        ``user``, ``freelancer``, ``business`` or ``provider``.
    country : str
        ISO 3166-1 alpha-3 code.
    as_of, known_on, data
        See `load`.

    Returns
    -------
    pandas.DataFrame
        Rows of ``terms`` with the ``label`` of their regime; ``in_force`` marks drafts.

    Raises
    ------
    UsageError
        For an unknown ``who`` or country; `DateError` for an unreadable date.

    Examples
    --------
    >>> sorted(set(obligations("freelancer").in_force))
    ['draft', 'reported']
    """
    readers, regimes = check_who(who), compared_regimes(Folder(data), country)
    terms = load("terms", data=data, as_of=as_of, known_on=known_on)
    terms = terms[terms["applies_to"].isin(readers) & terms["regime"].isin(list(regimes))].copy()
    add_columns(terms, label=terms["regime"].map(regimes))
    terms["regime"] = pd.Categorical(terms["regime"], list(regimes))
    terms = terms.sort_values(["regime", "aspect", "about_on"]).reset_index(drop=True)
    return terms.astype({"regime": terms["aspect"].dtype})


def positions(
    stakeholder: str | None = None,
    issue: str | None = None,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Return the positions of stakeholders, oldest first, with reversals marked.

    Parameters
    ----------
    stakeholder : str, optional
        Keep rows whose stakeholder or institution contains this text.
    issue : str, optional
        Keep rows on this issue.
    as_of, known_on, data
        See `load`.

    Returns
    -------
    pandas.DataFrame
        Rows of ``positions`` with ``earliest``, ``latest`` [datetime64] and ``reverses``: the
        earlier position of the same institution on the same issue that the row reverses.

    Raises
    ------
    UsageError
        For an unknown issue; `DateError` for an unreadable date.

    Examples
    --------
    >>> positions("PTA", "vpn slows internet").reverses.dropna().tolist()
    ['P09']
    """
    frame = load("positions", data=data, as_of=as_of, known_on=known_on)
    issues = sorted(set(load("positions", data=data)["issue"]))
    if issue is not None and issue not in issues:
        raise UsageError(f"there is no issue '{issue}'. {did_you_mean(issue, issues)}")
    bounds = date_bounds(frame["on"])
    add_columns(frame, earliest=bounds["earliest"], latest=bounds["latest"])
    frame = frame.sort_values(["earliest", "latest"]).reset_index(drop=True)
    add_columns(frame, reverses=_reversals(frame))
    if issue is not None:
        frame = frame[frame["issue"] == issue]
    if stakeholder is not None:
        frame = frame[contains(frame["stakeholder"] + " " + frame["body"], stakeholder)]
    return frame.reset_index(drop=True)


def _reversals(frame: pd.DataFrame) -> list[str | None]:
    last: dict[tuple, dict] = {}
    found: list[str | None] = []
    for row in frame.to_dict("records"):
        before = last.get((row["body"], row["issue"]), row)
        opposed = {before["side"], row["side"]} in OPPOSITES
        later = PartialDate.parse(before["on"]).before(PartialDate.parse(row["on"]))
        found.append(before["position_id"] if opposed and later else None)
        last[row["body"], row["issue"]] = row
    return found
