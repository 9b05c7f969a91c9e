"""One cell: text in, a typed value or a problem out. Never guesses, never rounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from ..dates import PartialDate, likely_date
from ..errors import DateError, nearest
from .package import Field

MAX_NUMBER = 10**15
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_PLAIN = re.compile(r"-?\d[\d,_\s]*(\.\d+)?", re.ASCII)


class CellFault(Exception):  # noqa: N818 - it never leaves the reader
    """What is wrong with one cell: rule, found, wanted, fix."""

    def __init__(self, rule: str, found: str, wanted: str = "", fix: str = ""):
        self.parts = (rule, found, wanted, fix)


def read_cell(text: str, field: Field):
    """The value of a cell under its column's schema; ``None`` for an empty one.

    Raises `CellFault` with the rule that was broken.
    """
    if text == "":
        if field.required:
            raise CellFault(_empty_rule(field), "an empty cell", f"a value in '{field.name}'")
        return None
    if text != text.strip():
        raise CellFault("space", repr(text), "no space at either end", text.strip())
    value = READERS["partial-date" if field.is_partial_date else field.type](text, field)
    _check_limits(text, value, field)
    return value


def _empty_rule(field: Field) -> str:
    return {"source_id": "source-missing"}.get(field.name, "required")


def _text(text: str, field: Field) -> str:
    return text


def _number(text: str, field: Field) -> float:
    _finite(text)
    if not _NUMBER.fullmatch(text):
        raise _number_fault(text, field)
    whole = text.lstrip("-").partition(".")[0]
    if int(whole) > MAX_NUMBER:
        raise CellFault("number-too-big", text, "at most 10^15")
    return float(text)


def _integer(text: str, field: Field) -> int:
    _finite(text)
    if not _INTEGER.fullmatch(text):
        raise _number_fault(text, field)
    if abs(int(text)) > MAX_NUMBER:
        raise CellFault("number-too-big", text, "at most 10^15")
    return int(text)


def _finite(text: str) -> None:
    if re.fullmatch(r"[+-]?(inf|infinity|nan)", text, re.I):
        raise CellFault("number", f"'{text}'", "a finite number")


def _number_fault(text: str, field: Field) -> CellFault:
    wanted, fix = "a plain number such as 12 or 0.5", ""
    unit = field.unit or (f"the column '{field.unit_column}'" if field.unit_column else "")
    if "\u2212" in text:
        wanted, fix = "'-' for minus, not U+2212", text.replace("\u2212", "-")
    elif any(c.isdecimal() and not c.isascii() for c in text):
        wanted, fix = "ASCII digits", "".join(str(int(c)) if c.isdecimal() else c for c in text)
    elif re.fullmatch(r"-?\d+,\d{1,2}", text, re.ASCII):
        wanted, fix = "a point as decimal mark", text.replace(",", ".")
    elif _PLAIN.fullmatch(text):
        wanted, fix = "digits without separators", re.sub(r"[,_\s]", "", text)
    elif re.fullmatch(r"-?[\d.]+e[+-]?\d+", text, re.I | re.ASCII):
        wanted = "digits without an exponent"
    elif re.search(r"[$%A-Za-z₨]", text) and re.search(r"\d", text) and unit:
        wanted = f"a number alone; its unit is {unit}"
    return CellFault(field.type, f"'{text}'", wanted, fix)


def _boolean(text: str, field: Field) -> bool:
    if text not in ("true", "false"):
        raise CellFault("boolean", f"'{text}'", "true or false", text.lower() if text.lower() in ("true", "false") else "")
    return text == "true"


def _date(text: str, field: Field) -> date:
    when = _partial(text, field)
    if when.precision != "day":
        raise CellFault("date-precision", f"'{text}', a {when.precision}", "a day (YYYY-MM-DD)")
    return when.earliest


def _partial(text: str, field: Field) -> PartialDate:
    try:
        return PartialDate.parse(text)
    except DateError as error:
        found = str(error).split(". ")[0] if re.search("has no|outside|ends before", str(error)) else f"'{text}'"
        raise CellFault("date", found, "YYYY, YYYY-MM, YYYY-MM-DD or A/B", likely_date(text)) from None


READERS: dict[str, Callable] = {
    "string": _text, "number": _number, "integer": _integer, "boolean": _boolean, "date": _date, "partial-date": _partial,
}  # fmt: skip


def _check_limits(text: str, value, field: Field) -> None:
    if field.enum and text not in field.enum:
        near = nearest(text, field.enum)
        raise CellFault("allowed-values", f"'{text}'", f"one of {', '.join(field.enum)}", near)
    if field.pattern and not field.is_partial_date and not re.search(field.pattern, text):
        raise CellFault("pattern", f"'{text}'", f"what {field.pattern} describes")
    if field.minimum is not None and value < field.minimum:
        raise CellFault("minimum", text, f">= {field.minimum:g}")
    if field.maximum is not None and value > field.maximum:
        raise CellFault("maximum", text, f"<= {field.maximum:g}")
