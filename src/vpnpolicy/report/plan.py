"""Which reports to make: everything is checked before the first one starts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ..basis.errors import ParameterError, UsageError, nearest
from .job import Job, plan_report
from .notebook import find_notebook, list_notebooks, read_parameters
from .parameters import parse_assignments


def plan_reports(
    notebooks: Sequence[str], pairs: Iterable[str] = (), *, every: bool = False, as_of: str | None = None,
    trust: bool = False, data: str | os.PathLike | None = None,
) -> list[Job]:  # fmt: skip
    """Check the reports asked for; with several notebooks a parameter goes to those that take it.

    Raises `UsageError` where no notebook is named, `ParameterError` for a parameter that none of them takes.
    """
    names = list(notebooks) or (list_notebooks() if every else [])
    if not names:
        raise UsageError(f"name a notebook, or add --all. Notebooks: {', '.join(list_notebooks())}.")
    given = parse_assignments(pairs)
    taken = {n: [p.name for p in read_parameters(find_notebook(n, trust=trust))] for n in names}
    if len(names) > 1:
        _refuse_unknown(given, {p for ps in taken.values() for p in ps})
    own = {n: {k: v for k, v in given.items() if k in taken[n] or len(names) == 1} for n in names}
    jobs = [plan_report(n, own[n], as_of=as_of, trust=trust, data=data) for n in names]
    _refuse_twins([j.name for j in jobs])
    return jobs


def _refuse_unknown(given: dict, known: set[str]) -> None:
    for name in given:
        if name not in known:
            near = nearest(name, sorted(known))
            raise ParameterError(
                f"none of the notebooks has a parameter '{name}'." + (f" Did you mean '{near}'?" if near else "")
            )


def _refuse_twins(names: list[str]) -> None:
    for n, name in enumerate(names):
        if name.casefold() in [other.casefold() for other in names[:n]]:
            raise UsageError(f"duplicate-output: '{name}' is asked for twice.")
