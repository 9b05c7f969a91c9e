"""A report to make, checked before anything starts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

from ..basis.errors import UsageError, did_you_mean
from ..basis.markup import note_html
from ..basis.numerals import plural
from .engine import ENGINES
from .notebook import find_notebook, read_parameters
from .parameters import check_parameters

FORMATS = ("html", "pdf", "png", "xlsx")


@dataclass(frozen=True)
class Job:
    """A report that has been checked and can start."""

    name: str
    notebook: Path
    parameters: dict
    changed: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        """Plain values, as they travel to another process."""
        return {**asdict(self), "notebook": str(self.notebook), "changed": list(self.changed)}

    @classmethod
    def from_dict(cls, plain: Mapping) -> Job:
        """The job back from plain values."""
        return cls(plain["name"], Path(plain["notebook"]), plain["parameters"], tuple(plain["changed"]))


@dataclass
class Report:
    """A finished report: where it lies, what it is called and what it found."""

    name: str
    folder: Path
    title: str = ""
    files: dict[str, str] = field(default_factory=dict)
    findings: dict = field(default_factory=dict)
    parameters: dict = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """What was found, where it lies, and remarks."""
        return [*self.findings.get("texts", [])[:3], f"{plural(len(self.files), 'file')} in {self.folder}", *self.remarks]

    def __str__(self) -> str:
        return "\n  ".join([self.title or self.name, *self.lines()])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/html": note_html("vp-report", self.title or self.name, self.lines()), "text/plain": str(self)}


def check_formats(formats: str | Sequence[str]) -> tuple[str, ...]:
    """Output formats, ``html`` always among them. Raises `UsageError` for an unknown one."""
    asked = formats.split(",") if isinstance(formats, str) else list(formats)
    for name in asked:
        if name not in FORMATS:
            raise UsageError(f"there is no format '{name}'. {did_you_mean(name, FORMATS)}")
    return tuple(dict.fromkeys(["html", *asked]))


def check_engine(engine: str) -> str:
    """The engine that will run: ``warm`` needs Linux, elsewhere it is ``kernel``. Raises `UsageError` for an unknown one."""
    if engine not in ENGINES:
        raise UsageError(f"there is no engine '{engine}'. {did_you_mean(engine, ENGINES)}")
    return engine


def check_installed() -> None:
    """Raise `UsageError` where a library that reports need is missing, with the command that brings it."""
    missing = [n for n in ("ipykernel", "nbconvert", "papermill") if find_spec(n) is None]
    if missing:
        raise UsageError(f'reports need {", ".join(missing)}. Install with: pip install "vpnpolicy[reports]"')


def plan_report(
    notebook: str, parameters: Mapping[str, object] | None = None, *, as_of: str | None = None, name: str | None = None,
    trust: bool = False, data: str | os.PathLike | None = None,
) -> Job:  # fmt: skip
    """Check one report before anything starts. Raises `UsageError` or `ParameterError`."""
    check_installed()
    path = find_notebook(notebook, trust=trust)
    given = dict(parameters or {})
    if as_of is not None and "as_of" not in given and any(p.name == "as_of" for p in read_parameters(path)):
        given["as_of"] = as_of
    values = check_parameters(path, given, data)
    changed = tuple(p.name for p in read_parameters(path) if values[p.name] != p.default)
    return Job(name or path.stem, path, values, changed)
