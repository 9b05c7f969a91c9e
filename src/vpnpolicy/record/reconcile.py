"""Printed counts set beside the rows: which definition closes the gap, and which gap no reading closes."""

from __future__ import annotations

import os

import pandas as pd

from ..dates import PartialDate
from .register import Register
from .tables import load_table

WAYS = {"named": "class licensees alone", "with_one": "with one of PTCL and NTC", "with_both": "with PTCL and NTC"}
ALLOWED = {"no": ["named"], "one of them": ["with_one"], "yes": ["with_both"]}
"""Ways of counting that agree with what the page says of PTCL and NTC; where it says nothing all are tried."""


def reconcile_counts(
    *, as_of: str | None = None, known_on: str | None = None, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Each printed number of licensees beside the licensees that sources name by then.

    gap = printed - named, under each way of counting PTCL and NTC

    Parameters: ``as_of`` and ``known_on`` as in the loaders. Returns a DataFrame, one row a printed count:
    ``printed`` [licensee], ``definition``, ``named`` class licensees, ``with_one`` and ``with_both`` of PTCL and NTC,
    the three gaps [licensee], ``gap``, the one under the way of counting the page allows, and ``reading``, that way in words. A count of an
    undated page is set beside the rows of the last day it can be of. Source: the tables themselves.

    >>> reconcile_counts().set_index("count_id").loc["C11", ["gap_named", "gap_with_both"]].tolist()
    [4, 2]
    """
    counts = load_table("licence_counts", data, as_of=as_of, known_on=known_on)
    counts = counts[(counts["definition"] != "applications") & counts["n_licensed"].notna()]
    register = Register(data, known_on)
    rows = [_row(count, register) for count in counts.to_dict("records")]
    columns = [
        "count_id",
        "as_of",
        "printed",
        "definition",
        "includes_ptcl_ntc",
        "named",
        "with_one",
        "with_both",
        "gap_named",
        "gap_with_one",
        "gap_with_both",
        "gap",
        "reading",
        "who",
        "source_id",
        "note",
    ]
    return pd.DataFrame(rows, columns=columns)


def _row(count: dict, register: Register) -> dict:
    day = PartialDate.parse(PartialDate.parse(count["as_of"]).latest)
    named = _named_by(register, day)
    totals = dict(zip(WAYS, (named, named + 1, named + 2), strict=True))
    gaps = {k: int(count["n_licensed"]) - n for k, n in totals.items()}
    best = min(ALLOWED.get(count["includes_ptcl_ntc"], list(WAYS)), key=lambda k: abs(gaps[k]))
    return {
        **{k: count[k] for k in ("count_id", "as_of", "definition", "includes_ptcl_ntc", "who", "source_id", "note")},
        "printed": int(count["n_licensed"]), **totals, **{f"gap_{k}": g for k, g in gaps.items()},
        "gap": gaps[best], "reading": _reading(WAYS[best], gaps[best]),
    }  # fmt: skip


def _named_by(register: Register, day: PartialDate) -> int:
    """Class licensees that a source names by a day."""
    return len({s["provider_id"] for s, state in register.listed_on(day) if state and s["company"] and s["status"] == "licensed"})


def _reading(way: str, gap: int) -> str:
    if gap == 0:
        return f"agrees with the names, {way}"
    return f"{abs(gap)} {'more' if gap > 0 else 'fewer'} than the names, {way}; no reading of the page closes it"
