"""Plans: what reports to make, as checked jobs. Every error of every row is found before a start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .._files import data_folder
from .._rows import read_rows
from ..errors import DataError, ParameterError, Problem, UsageError, clipped, did_you_mean, nearest
from ..formatting import short_name, slug
from ..notebooks.files import find_notebook, is_ours, list_notebooks, read_parameters
from ..notebooks.parameters import check_parameters, parse_assignments
from .folder import FAILED
from .manifest import Job

FORMATS = ("html", "pdf", "png", "xlsx")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", re.ASCII)


class PlanError(DataError):
    """A plan with errors; all of them are reported at once."""

    exit_code = 2
    tail = "Nothing was started."


def check_formats(formats: str | Sequence[str]) -> tuple[str, ...]:
    """Return the output formats, ``html`` always among them. Raises `UsageError` for an unknown one."""
    asked = formats.split(",") if isinstance(formats, str) else list(formats)
    for name in asked:
        if name not in FORMATS:
            raise UsageError(f"there is no format '{clipped(name)}'. {did_you_mean(name, FORMATS)}")
    return tuple(f for f in FORMATS if f in ("html", *asked))


def _job(path: Path, given: Mapping, name: str, formats: Sequence[str], data) -> Job:
    if name == FAILED:
        raise ParameterError(f"name: '{FAILED}' is the folder of failed reports; expected another.")
    defaults = {p.name: p.default for p in read_parameters(path)}
    given = {n: v for n, v in given.items() if v != defaults[n]}
    text, folder = path.read_text(encoding="utf-8"), "" if is_ours(path) else str(path.parent)
    place = str(data_folder(data).resolve())
    return Job(name, path.name, text, folder, given, tuple(formats), place)


def plan_report(
    notebook: str,
    parameters: Mapping[str, object] | None = None,
    *,
    as_of: str | None = None,
    formats: str | Sequence[str] = ("html",),
    trust: bool = False,
    data: str | os.PathLike | None = None,
) -> Job:
    """Return one checked report. Raises `UsageError` or `ParameterError`."""
    path, given = find_notebook(notebook, trust=trust), dict(parameters or {})
    if as_of is not None:
        given.setdefault("as_of", as_of)
    given = check_parameters(path, given, data)
    return _job(path, given, path.stem, check_formats(formats), data)


def plan_reports(
    notebooks: Sequence[str], pairs: Iterable[str] = (), *, as_of: str | None = None, **options
) -> list[Job]:
    """Return the checked reports of some notebooks; a parameter goes to those that take it.

    Raises `UsageError` where no notebook is named or one is named twice, and `ParameterError` for
    a parameter that none of them takes.
    """
    if not notebooks:
        known = ", ".join(list_notebooks())
        raise UsageError(f"name a notebook, or add --all. Notebooks: {known}.")
    given = parse_assignments(pairs) | ({"as_of": as_of} if as_of is not None else {})
    paths = [find_notebook(n, trust=options.get("trust", False)) for n in notebooks]
    taken = {path: {p.name for p in read_parameters(path)} for path in paths}
    for name in given if len(paths) > 1 else ():
        if not any(name in names for names in taken.values()):
            near = nearest(name, sorted(set().union(*taken.values())))
            hint = f" Did you mean '{near}'?" if near else ""
            raise ParameterError(f"none of the notebooks has a parameter '{name}'.{hint}")
    stems = [p.stem.casefold() for p in paths]
    for stem in stems:
        if stems.count(stem) > 1:
            raise UsageError(f"duplicate-output: '{stem}' is named twice.")
    return [
        plan_report(
            n, {k: v for k, v in given.items() if k in taken[p] or len(paths) == 1}, **options
        )
        for n, p in zip(notebooks, paths, strict=True)
    ]


def read_plan(
    plan: str | os.PathLike | Sequence[Mapping],
    *,
    notebook: str | None = None,
    formats: str | Sequence[str] = ("html",),
    trust: bool = False,
    data: str | os.PathLike | None = None,
) -> list[Job]:
    """Return the checked jobs of a plan, in its order; the arguments are those of `run_batch`.

    Raises `PlanError` with every error of every row.
    """
    formats = check_formats(formats)
    try:
        name, rows = read_rows(plan)
    except DataError as error:
        raise PlanError(error.problems) from None
    jobs, problems, lines, seen = list[Job](), list[Problem](), dict[str, int](), set[tuple]()
    for line, values in rows:
        try:
            job = _row_job(values, notebook, formats, trust, data, seen)
        except UsageError as error:
            problems.append(Problem(name, line, 0, "row", str(error)))
            continue
        other = lines.setdefault(job.name.casefold(), line)
        if other != line:
            found = f"'{job.name}', which line {other} makes too"
            problems.append(Problem(name, line, 0, "duplicate-output", found, "each name once"))
        jobs.append(job)
    if problems:
        raise PlanError(problems)
    return jobs


def _row_job(values: dict, notebook: str | None, formats, trust: bool, data, seen: set) -> Job:
    values = {str(k): v for k, v in values.items()}
    notebook = values.pop("notebook", notebook)
    if not isinstance(notebook, str | os.PathLike):
        raise UsageError("notebook: found none; expected a column 'notebook' or --notebook.")
    path, name = find_notebook(str(notebook), trust=trust), values.pop("name", None)
    given = check_parameters(path, values, data, seen)
    if name is None:
        name = short_name(slug("-".join([path.stem, *map(str, values.values())]), 1000))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == FAILED:
        fix = short_name(slug(str(name), 1000))
        raise ParameterError(
            f"name: found {clipped(repr(name))}; expected letters, digits, - and _; fix: {fix}"
        )
    return _job(path, given, name, formats, data)
