"""Errors: one tree, one clear line each, one exit code each.

VpnPolicyError                  70  an internal error
├── UsageError        ValueError 2 a call, parameter, path or value that cannot be used
│   ├── DateError                2
│   ├── UnitError                2
│   ├── ProviderNameError        2
│   ├── ParameterError           2
│   └── ThreeStatesError TypeError 2 an answer in three states taken for true
├── DataError         ValueError 65 the data folder breaks its schema; lists all problems
├── ReportError                  1  a report could not be made; names the cell and why
├── StaleError                   4  the record is older than allowed
├── DiskError         OSError    74 nothing could be written
├── ClusterError                 69 the cluster that makes reports is gone or does not fit
├── SystemLimitError             71 the system gives too few open files
└── LockedError                  75 another run is writing there
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches


class VpnPolicyError(Exception):
    """Base class of all errors of this package; the text is one line that says what to do next."""

    exit_code = 70

    def one_line(self) -> str:
        """Return the text on one line."""
        return " ".join(str(self).split())

    def _render_traceback_(self) -> list[str]:
        """Show one line in place of a traceback in IPython and Jupyter."""
        return [f"{type(self).__name__}: {self.one_line()}"]


class UsageError(VpnPolicyError, ValueError):
    """A call, path or value that cannot be used."""

    exit_code = 2


class DateError(UsageError):
    """A text that is not a date this package reads."""


class UnitError(UsageError):
    """A unit that is unknown, ambiguous or of another kind."""


class ProviderNameError(UsageError):
    """A provider name that cannot be looked up."""


class ParameterError(UsageError):
    """A notebook parameter that does not exist or has the wrong type."""


class ThreeStatesError(UsageError, TypeError):
    """An answer in three states taken for true or false."""


class StaleError(VpnPolicyError):
    """The record is older than the limit asked for."""

    exit_code = 4


class ReportError(VpnPolicyError):
    """A report that could not be made."""

    exit_code = 1


class DiskError(VpnPolicyError, OSError):
    """Nothing could be written where the output should go."""

    exit_code = 74


class ClusterError(VpnPolicyError):
    """The cluster is gone, cannot be reached, or runs other versions."""

    exit_code = 69


class SystemLimitError(VpnPolicyError):
    """The system gives less than is needed."""

    exit_code = 71


class LockedError(VpnPolicyError):
    """Another run is writing to the output folder."""

    exit_code = 75


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a file: where, which rule, what was found and what was expected.

    Lines and columns count from 1; 0 means that the rule is about the whole file or row.
    """

    file: str
    line: int
    column: int
    rule: str
    found: str = ""
    expected: str = ""
    fix: str = ""
    level: str = "error"

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        parts = [f"found {clipped(self.found, 1000)}"] if self.found else []
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [f"fix: {clipped(self.fix, 1000)}"] if self.fix else []
        return f"{place}: {self.rule}: {'; '.join(parts)}"

    def moved(self, lines: int) -> Problem:
        """Return a copy with the line number shifted, unless it is about the whole file."""
        return replace(self, line=self.line + lines) if self.line else self


class DataError(VpnPolicyError, ValueError):
    """A data folder that breaks its schema; ``problems`` lists all that were found."""

    exit_code = 65
    tail = "Nothing was loaded."

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(self._text())

    def one_line(self) -> str:
        """Return the first problem, and how many there are."""
        n = len(self.problems)
        more = f" (1 of {n} problems; vpnpolicy validate lists them all)" if n > 1 else ""
        return f"{self.problems[0]}{more}. Nothing was loaded." if n else super().one_line()

    def _text(self) -> str:
        shown = "\n".join(str(p) for p in self.problems[:100])
        n = len(self.problems)
        tail = f"\n{n} problem{'s' if n != 1 else ''}. {self.tail}"
        return shown + (f"\n(+{n - 100} more)" if n > 100 else "") + tail


def clipped(value: object, most: int = 200) -> str:
    """Return a value as text for a message; a long one is cut, with its length.

    >>> clipped("a" * 5000, 3)
    'aaa… (5,000 characters)'
    """
    text = str(value)
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the known word closest in spelling to ``word``, or an empty string.

    >>> nearest("extra_tpbs", ["as_of", "extra_tbps"])
    'extra_tbps'
    """
    match = get_close_matches(str(word), [str(k) for k in known], n=1, cutoff=cutoff)
    return match[0] if match else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that offers the nearest known word and lists the rest.

    >>> did_you_mean("terrabyte", ["megabyte", "terabyte"])
    "Did you mean 'terabyte'? Known: megabyte, terabyte."
    """
    known = list(known)
    near = nearest(word, known)
    return (f"Did you mean '{near}'? " if near else "") + f"Known: {', '.join(map(str, known))}."
