"""Parameters of a report: names, types and meanings are checked before anything starts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from ..data.countries import SCOPES, find_country
from ..data.tables import Folder
from ..dates import PartialDate
from ..errors import ParameterError, UsageError, clipped, did_you_mean, nearest
from ..guidance import check_who
from .files import Parameter, is_ours, read_parameters

_INTEGER = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
MAX_TEXT, MAX_DEPTH = 100_000, 20
"""Length of a parameter [characters], and depth of nested lists and maps."""


def parse_assignments(pairs: Iterable[str]) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts as a dict; the notebook decides the types.

    >>> parse_assignments(["as_of=2025-02", "minutes=5"])
    {'as_of': '2025-02', 'minutes': '5'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"'{clipped(pair)}' is not NAME=VALUE. Example: -p as_of=2025-02")
        if name.strip() in found:
            raise ParameterError(f"parameter '{name.strip()}' is given twice.")
        found[name.strip()] = value
    return found


def check_parameters(
    path: Path,
    given: Mapping[str, object],
    data: str | os.PathLike | None = None,
    seen: set | None = None,
) -> dict[str, object]:
    """Return the parameters that were given, in the types that the notebook declares.

    ``seen`` collects values found valid, for plans of many rows. Raises `ParameterError` for an
    unknown name, with the nearest one, and for a value of the wrong type or range.
    """
    known, seen, values = (
        {p.name: p for p in read_parameters(path)},
        set() if seen is None else seen,
        {},
    )
    for name, value in given.items():
        if name not in known:
            near = nearest(name, known)
            hint = f" Did you mean '{near}'?" if near else ""
            takes = f"Known: {', '.join(map(str, known.values()))}." if known else "It takes none."
            raise ParameterError(f"{path.name} has no parameter '{clipped(name)}'.{hint} {takes}")
        values[name] = _typed(known[name], value)
        key = (path, name, repr(values[name]))
        if key not in seen and is_ours(path) and name in _MEANINGS:
            try:
                _MEANINGS[name](values[name], data)
            except UsageError as error:
                text = clipped(error, 1000)
                raise ParameterError(f"-p {name}={clipped(value)}: {text}") from None
        seen.add(key)
    return values


def _typed(parameter: Parameter, value: object) -> object:
    try:
        found = _READERS.get(parameter.type, _any)(_plain(value))
        text = json.dumps(found, allow_nan=False, ensure_ascii=False)
        text.encode()
        if len(text) > MAX_TEXT or _depth(found) > MAX_DEPTH or json.loads(text) != found:
            raise ValueError
        return found
    except (ValueError, TypeError, OverflowError, RecursionError):
        about = f" ({parameter.help})" if parameter.help else ""
        raise ParameterError(
            f"-p {parameter.name}={clipped(value)}: {parameter.name} must be {parameter.type or 'a plain value'}{about}."
        ) from None


def _plain(value: object) -> object:
    """Return a value as JSON knows it: scalars unwrapped, paths and dates as text, tuples as lists."""
    if hasattr(value, "item") and not getattr(value, "ndim", 0):
        value = value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, PartialDate):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")
    return list(value) if isinstance(value, tuple) else value


def _depth(value: object) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, parts), default=0)


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _any(value: object) -> object:
    """Return a value for a parameter without a known type: JSON where it is JSON, else text."""
    try:
        return _json(value)
    except ValueError:
        return value


def _of_kind(kind: type, read: Callable[[object], object] = lambda value: value) -> Callable:
    def reader(value: object) -> object:
        found = read(value)
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise TypeError
        return found

    return reader


def _number(pattern: re.Pattern, kind: type) -> Callable[[object], object]:
    def read(value: object) -> object:
        if isinstance(value, str):
            return kind(value) if pattern.fullmatch(value) else None
        whole = isinstance(value, int) and not isinstance(value, bool)
        return float(cast(int, value)) if kind is float and whole else value

    return read


_READERS: dict[str, Callable[[object], object]] = {
    "str": _of_kind(str), "int": _of_kind(int, _number(_INTEGER, int)),
    "float": _of_kind(float, _number(_NUMBER, float)),
    "bool": _of_kind(bool, lambda v: v == "true" if v in ("true", "false") else v),
    "list": _of_kind(list, _json), "tuple": _of_kind(list, _json), "dict": _of_kind(dict, _json),
}  # fmt: skip


def _between(low: float, high: float) -> Callable:
    def check(value, data) -> None:
        if not low <= value <= high:
            raise UsageError(f"range: expected {low:g} to {high:,.0f}.")

    return check


def _one_of(known: Callable[[Any], Iterable[str]]) -> Callable:
    def check(value, data) -> None:
        words = list(known(data))
        if value not in words:
            raise UsageError(did_you_mean(value, filter(None, words)))

    return check


_MEANINGS: dict[str, Callable] = {
    "who": lambda value, data: check_who(value),
    "country": lambda value, data: find_country(value, Folder(data)),
    "scope": _one_of(lambda data: SCOPES),
    "verdict": _one_of(lambda data: ("", "match", "contradiction", "cannot tell")),
    "interpretation": _one_of(lambda data: Folder(data).checked("readings").columns["reading_id"]),
    "as_of": lambda value, data: PartialDate.parse(value),
    "start": lambda value, data: PartialDate.parse(value),
    "end": lambda value, data: value and PartialDate.parse(value),
    "extra_tbps": _between(0, 10_000), "minutes": _between(0, 527_040),
}  # fmt: skip
