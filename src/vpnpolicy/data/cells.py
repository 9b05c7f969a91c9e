"""One cell: text in, a typed value or a fault out. Nothing is guessed or rounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from ..dates import PartialDate, likely_date
from ..errors import DateError, nearest
from .package import Field

MAX_NUMBER = 10**15
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_GROUPED = re.compile(r"-?\d[\d,_\s]*(\.\d+)?", re.ASCII)


class CellFault(Exception):  # noqa: N818 - it never leaves the reader
    """What is wrong with one cell: rule, found, expected, fix."""

    def __init__(self, rule: str, found: str, expected: str = "", fix: str = "") -> None:
        self.parts = (rule, found, expected, fix)


def read_cell(text: str, field: Field) -> Any:
    """Return the value of a cell under the schema of its column; ``None`` for an empty one.

    Raises `CellFault` with the rule that was broken.
    """
    if text == "":
        if field.required:
            rule = "source-missing" if field.name == "source_id" else "required"
            raise CellFault(rule, "an empty cell", f"a value in '{field.name}'")
        return None
    if text != text.strip():
        raise CellFault("space", repr(text), "no space at either end", text.strip())
    value = _READERS["partial-date" if field.is_partial_date else field.type](text, field)
    _check_limits(text, value, field)
    return value


def _number(text: str, field: Field) -> float | int:
    if re.fullmatch(r"[+-]?(inf|infinity|nan)", text, re.I):
        raise CellFault("number", f"'{text}'", "a finite number")
    if not (_INTEGER if field.type == "integer" else _NUMBER).fullmatch(text):
        raise CellFault(field.type, f"'{text}'", *_number_hint(text, field))
    if int(text.lstrip("-").partition(".")[0]) > MAX_NUMBER:
        raise CellFault("number-too-big", text, "at most 10^15")
    return int(text) if field.type == "integer" else float(text)


def _number_hint(text: str, field: Field) -> tuple[str, str]:
    """Return what was expected in place of this text, and a fix where there is only one."""
    unit = field.unit or (f"the column '{field.unit_column}'" if field.unit_column else "")
    if field.type == "integer" and _NUMBER.fullmatch(text):
        return "a whole number", ""
    if "\u2212" in text:
        return "'-' for minus, not U+2212", text.replace("\u2212", "-")
    if any(c.isdecimal() and not c.isascii() for c in text):
        return "ASCII digits", "".join(str(int(c)) if c.isdecimal() else c for c in text)
    if re.fullmatch(r"-?\d+,\d{1,2}", text, re.ASCII):
        return "a point as decimal mark", text.replace(",", ".")
    if _GROUPED.fullmatch(text):
        return "digits without separators", re.sub(r"[,_\s]", "", text)
    if re.fullmatch(r"-?[\d.]+e[+-]?\d+", text, re.I | re.ASCII):
        return "digits without an exponent", ""
    if re.search(r"[$%A-Za-z₨]", text) and re.search(r"\d", text) and unit:
        return f"a number alone; its unit is {unit}", ""
    return "a plain number such as 12 or 0.5", ""


def _boolean(text: str, field: Field) -> bool:
    if text not in ("true", "false"):
        fix = text.lower() if text.lower() in ("true", "false") else ""
        raise CellFault("boolean", f"'{text}'", "true or false", fix)
    return text == "true"


def _date(text: str, field: Field) -> date:
    when = _partial(text, field)
    if when.precision != "day":
        found = f"'{text}', a {when.precision}"
        raise CellFault("date-precision", found, "a day (YYYY-MM-DD)")
    return when.earliest


def _partial(text: str, field: Field) -> PartialDate:
    try:
        return PartialDate.parse(text)
    except DateError as error:
        said = re.search("has no|outside|ends before", str(error))
        found = str(error).split(". ")[0] if said else f"'{text}'"
        expected = "YYYY, YYYY-MM, YYYY-MM-DD or A/B"
        raise CellFault("date", found, expected, likely_date(text)) from None


_READERS: dict[str, Callable[[str, Field], Any]] = {
    "string": lambda text, field: text,
    "number": _number,
    "integer": _number,
    "boolean": _boolean,
    "date": _date,
    "partial-date": _partial,
}


def _check_limits(text: str, value: Any, field: Field) -> None:
    if field.enum and text not in field.enum:
        expected = f"one of {', '.join(field.enum)}"
        raise CellFault("allowed-values", f"'{text}'", expected, nearest(text, field.enum))
    if field.pattern and not field.is_partial_date and not re.search(field.pattern, text):
        raise CellFault("pattern", f"'{text}'", f"what {field.pattern} describes")
    if field.minimum is not None and value < field.minimum:
        raise CellFault("minimum", text, f">= {field.minimum:g}")
    if field.maximum is not None and value > field.maximum:
        raise CellFault("maximum", text, f"<= {field.maximum:g}")
