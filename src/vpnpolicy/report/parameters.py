"""Parameters of a report: checked by name, type and meaning before anything starts."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ..basis.dates import PartialDate
from ..basis.errors import ParameterError, UsageError, clipped, did_you_mean, nearest
from ..record.audience import check_who
from ..record.places import SCOPES, find_country
from ..record.schema import Folder
from .notebook import TYPES, Parameter, read_parameters

_WHOLE = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
MAX_TEXT, MAX_DEPTH = 100_000, 20
"""Length a parameter may have [characters], and how deep lists and maps may lie in each other."""


def parse_assignments(pairs: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a dict; the type is decided by the notebook.

    >>> parse_assignments(["as_of=2025-02", "minutes=5"])
    {'as_of': '2025-02', 'minutes': '5'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"'{clipped(pair)}' is not NAME=VALUE. For example: -p as_of=2025-02")
        if name.strip() in found:
            raise ParameterError(f"parameter '{name.strip()}' is given twice.")
        found[name.strip()] = value
    return found


def check_parameters(
    path: Path, given: Mapping[str, object], data: str | os.PathLike | None = None, seen: set | None = None
) -> dict[str, object]:
    """The full set of parameters a notebook will run with, defaults filled in, JSON types only.

    Parameters: ``seen`` remembers values found good, for plans of many rows. Raises `ParameterError` with the nearest name for an unknown parameter, and for a value of the wrong type or range.
    """
    known, seen = {p.name: p for p in read_parameters(path)}, set() if seen is None else seen
    for name in given:
        if name not in known:
            raise ParameterError(_unknown(path.name, str(name), list(known.values())))
    values = {n: _typed(p, given[n]) if n in given else p.default for n, p in known.items()}
    for name, value in values.items():
        key = (name, repr(value))
        if key not in seen:
            _check_meaning(known[name], value, data)
            seen.add(key)
    return values


def _unknown(notebook: str, name: str, known: list[Parameter]) -> str:
    near = nearest(name, [p.name for p in known])
    hint = f" Did you mean '{near}'?" if near else ""
    return f"{notebook} has no parameter '{clipped(name)}'.{hint} It takes: {', '.join(map(str, known)) or 'none'}."


def _typed(parameter: Parameter, value: object) -> object:
    reader = {"str": _text, "int": _whole, "float": _real, "bool": _truth, "list": _json, "dict": _json}.get(parameter.type)
    if reader is None:
        raise ParameterError(
            f"template-check: parameter '{parameter.name}' has type {parameter.type}; wanted one of {', '.join(TYPES)}."
        )
    try:
        return reader(_plain(value), parameter)
    except (ValueError, TypeError, OverflowError, RecursionError):
        about = f" ({parameter.help})" if parameter.help else ""
        raise ParameterError(f"-p {parameter.name}={clipped(value)}: {parameter.name} must be {parameter.type}{about}.") from None


def _plain(value: object) -> object:
    """A value as JSON knows it: numpy scalars unwrapped, paths and dates as text, anything else refused."""
    if hasattr(value, "item") and not isinstance(value, (str, bytes)) and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "isoformat"):
        return str(value)[:10]
    if isinstance(value, (str, int, float, bool, list, dict)):
        return value
    raise TypeError


def _text(value: object, parameter: Parameter) -> str:
    if not isinstance(value, str):
        raise TypeError
    _check_characters(value)
    return value


def _check_characters(text: str) -> None:
    """Refuse what no file can hold, and what is too long to be meant. Raises `ValueError`."""
    text.encode()
    if len(text) > MAX_TEXT:
        raise ValueError


def _whole(value: object, parameter: Parameter) -> int:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise ValueError
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _real(value: object, parameter: Parameter) -> float:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise ValueError
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _truth(value: object, parameter: Parameter) -> bool:
    if value in ("true", "false"):
        return value == "true"
    if not isinstance(value, bool):
        raise TypeError
    return value


def _json(value: object, parameter: Parameter) -> object:
    text = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    found = json.loads(text, parse_constant=_no_constant)
    if not isinstance(found, TYPES[parameter.type]):
        raise TypeError
    _check_depth(found, MAX_DEPTH)
    _check_characters(json.dumps(found, ensure_ascii=False, allow_nan=False))
    return found


def _check_depth(value: object, most: int) -> None:
    """Refuse lists in lists without end. Raises `ValueError`."""
    if not most:
        raise ValueError
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_depth(part, most - 1)


def _no_constant(text: str) -> None:
    """JSON has no NaN and no infinity."""
    raise ValueError


def _check_meaning(parameter: Parameter, value: object, data) -> None:
    check = _MEANINGS.get(parameter.name)
    if check is None:
        return
    try:
        check(value, data)
    except UsageError as error:
        raise ParameterError(f"-p {parameter.name}={clipped(value)}: {clipped(error, 1000)}") from None


def _is_date(value, data) -> None:
    PartialDate.parse(value)


def _between(low: float, high: float) -> Callable:
    def check(value, data) -> None:
        if not low <= value <= high:
            raise UsageError(f"range: wanted {low:g} to {high:,.0f}.")

    return check


def _is_reading(value, data) -> None:
    known = Folder(data).checked("readings").columns["reading_id"]
    if value not in known:
        raise UsageError(f"there is no reading '{value}'. {did_you_mean(value, known)}")


def _is_country(value, data) -> None:
    find_country(value, Folder(data))


def _is_end(value, data) -> None:
    """The last day of a period may be left open."""
    if value:
        PartialDate.parse(value)


def _one_of(*known: str) -> Callable:
    def check(value, data) -> None:
        if value not in known:
            raise UsageError(f"{did_you_mean(value, [k for k in known if k])}")

    return check


def _is_who(value, data) -> None:
    check_who(value)


_MEANINGS: dict[str, Callable] = {
    "who": _is_who, "country": _is_country, "scope": _one_of(*SCOPES), "verdict": _one_of("", "match", "contradiction", "cannot tell"),
    "as_of": _is_date, "start": _is_date, "end": _is_end, "reading": _is_reading,
    "extra_tbps": _between(0, 10_000), "minutes": _between(0, 527_040),
}  # fmt: skip
