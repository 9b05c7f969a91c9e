"""From rows to checked jobs: every fault of every row is found before anything starts."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterable, Mapping, Sequence

from ...basis.errors import DataError, ParameterError, Problem, UsageError, clipped
from ..export import slug
from ..job import Job, check_installed
from ..notebook import find_notebook, read_parameters
from ..parameters import check_parameters
from .rows import MAX_ROWS, Row, read_rows

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", re.ASCII)
MOST = 80


class PlanError(DataError):
    """A plan with faults; every one of them is told at once."""

    exit_code = 2
    tail = "Nothing was started."


def read_plan(
    plan: str | os.PathLike | Sequence[Mapping], *, notebook: str | None = None, trust: bool = False, data: str | os.PathLike | None = None
) -> list[Job]:  # fmt: skip
    """Checked jobs of a plan, in its order.

    Parameters: ``plan`` a CSV, YAML or JSON file, a list of maps or a DataFrame; columns ``notebook`` and ``name`` beside
    parameters; ``notebook`` for rows that name none. Raises `PlanError` with every fault of every row.
    """
    check_installed()
    try:
        name, rows = read_rows(plan)
    except DataError as error:
        raise PlanError(error.problems) from None
    return _Checker(name, notebook, trust, data).jobs(rows)


def read_grid(notebook: str, grids: Iterable[str], **options) -> list[Job]:
    """Checked jobs of every combination of values.

    Parameters: ``grids`` texts such as ``as_of=2025-02,2025-11 reading=as-stated,mbps-month``. Raises `PlanError`.
    """
    axes: dict[str, list[str]] = {}
    for part in " ".join(grids).split():
        name, equals, values = part.partition("=")
        if not equals or not name or not all(values.split(",")):
            raise UsageError(f"--grid: found '{part}'; wanted NAME=VALUE,VALUE")
        if name in axes:
            raise UsageError(f"--grid: '{name}' is given twice.")
        axes[name] = values.split(",")
    size = 1
    for values in axes.values():
        size *= len(values)
    if size > MAX_ROWS:
        raise UsageError(f"--grid: too-many: found {size:,} reports; wanted at most {MAX_ROWS:,}.")
    rows = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return read_plan(rows, notebook=notebook, **options)


class _Checker:
    """Checks rows one by one, remembering what it has seen so that a long plan is quick."""

    def __init__(self, name: str, notebook: str | None, trust: bool, data):
        self.name, self.notebook, self.trust, self.data = name, notebook, trust, data
        self.problems: list[Problem] = []
        self.paths: dict = {}
        self.seen: set = set()

    def jobs(self, rows: list[Row]) -> list[Job]:
        jobs, lines = [], {}
        for row in rows:
            try:
                job = self._job(row)
            except UsageError as error:
                self.problems.append(Problem(self.name, row.line, 0, "row", str(error)))
                continue
            name = job.name.casefold()
            if name in lines:
                found = f"'{job.name}', which line {lines[name]} makes too"
                self.problems.append(Problem(self.name, row.line, 0, "duplicate-output", found, "each name once"))
            lines.setdefault(name, row.line)
            jobs.append(job)
        if self.problems:
            raise PlanError(self.problems)
        return jobs

    def _job(self, row: Row) -> Job:
        values = {str(k): v for k, v in row.values.items()}
        notebook = values.pop("notebook", self.notebook)
        if notebook is None:
            raise UsageError("names no notebook; add a column 'notebook' or --notebook.")
        if not isinstance(notebook, str | os.PathLike):
            raise UsageError(f"notebook: found {clipped(repr(notebook))}; wanted a name.")
        if notebook not in self.paths:
            path = find_notebook(str(notebook), trust=self.trust)
            self.paths[notebook] = path, {p.name: p.default for p in read_parameters(path)}
        path, defaults = self.paths[notebook]
        name = values.pop("name", None)
        parameters = check_parameters(path, values, self.data, self.seen)
        changed = tuple(n for n, v in parameters.items() if v != defaults[n])
        return Job(_name(name, path.stem, values), path, parameters, changed)


def _name(given: object, stem: str, values: Mapping) -> str:
    """The name given, or one made of the notebook and the values; never a path."""
    if given is None:
        return short_name(slug("-".join([stem, *map(str, values.values())]), 1000))
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise ParameterError(
            f"name: found {clipped(repr(given))}; wanted letters, digits, - and _; fix: {short_name(slug(str(given), 1000))}"
        )
    return given


def short_name(name: str) -> str:
    """A name of at most 80 characters; a longer one is cut and told apart by its hash.

    >>> len(short_name("a" * 300))
    80
    """
    if len(name) <= MOST:
        return name
    return f"{name[: MOST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
