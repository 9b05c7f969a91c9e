"""A cell of a table as a printed number: hedge, currency or unit, digits, and a word of size such as *million*."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from .columns import MONEY, SCALES, UNITS
from .figures import digit_step

_SYMBOLS = {**MONEY, "dollar": "USD", "rs.": "PKR", "₨": "PKR", "₹": "INR", "₦": "NGN"}
_LETTERS = ("k", "m", "b")
_OF_LETTERS = (*MONEY.values(), "person", "count", "1")


def _any(words) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_PRINTED = re.compile(
    rf"(?P<hedge>[a-z ~<>≥≤]*?)\s*(?P<first>{_any(_SYMBOLS)})?\s*(?P<number>[-+]?\d[\d,]*(?:\.\d+)?)\s*"
    rf"(?:(?P<scale>{_any(SCALES)})\b)?\s*(?P<last>{_any({**_SYMBOLS, **UNITS})}|%)?\s*(?P<rest>plus|\+|\(.*\))?",
    re.I,
)
_HEDGES = {
    "": "exact", "about": "about", "approximately": "about", "around": "about", "~": "about", "over": "above", ">": "above",
    "above": "above", "more than": "above", "at least": "at least", "≥": "at least", "nearly": "nearly", "almost": "nearly", "up to": "up to",
    "<": "below", "below": "below", "under": "below", "less than": "below", "fewer than": "below", "≤": "up to",
}  # fmt: skip


class Printed(NamedTuple):
    """What a cell says: the number in full digits, its hedge, its step where a word of size hides it, or what cannot be read."""

    number: str = ""
    bound: str = "not seen"
    rounded_to: str = ""
    unread: str = ""


def hedge(word: str) -> str:
    """A hedge by the name the audit has for it; another word stays.

    >>> hedge("approximately"), hedge("vague")
    ('about', 'vague')
    """
    return _HEDGES.get(word.lower(), word.lower()) if word else ""


def printed(text: str, unit: str = "", scale: float = 1.0) -> Printed:
    """A printed number; ``unread`` where there are digits that cannot be understood, or that are of another unit.

    Parameters: ``text`` the cell; ``unit`` and ``scale`` of its row or column, where they are known. A word of size in a cell
    stands for its zeros, and may not stand beside a scale that the column names.

    >>> printed("about 11,400")[:2], printed("not seen")[:2], printed(">120000")[:2]
    (('11400', 'about'), ('', 'not seen'), ('120000', 'above'))
    >>> printed("$601.4 million", "USD")
    Printed(number='601400000', bound='exact', rounded_to='100000', unread='')
    """
    text = text.strip().replace("\u2212", "-")
    match = _PRINTED.fullmatch(text)
    bound = _HEDGES.get(match["hedge"].strip().lower()) if match else None
    if not match or not bound or not _fits(match, unit, scale):
        return Printed(unread=text if re.search(r"\d", text) else "")
    bound = "at least" if match["rest"] in ("plus", "+") else bound
    number, word = match["number"].replace(",", "").lstrip("+"), (match["scale"] or "").lower()
    if not word:
        return Printed(number, bound)
    times = Decimal(SCALES[word])
    step = "" if bound != "exact" else _digits(Decimal(repr(digit_step(number))) * times)
    return Printed(_digits(Decimal(number) * times), bound, step)


def _digits(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _fits(match: re.Match, unit: str, scale: float) -> bool:
    """Whether a cell's own currency, unit and word of size go with those of its row or column."""
    own = {({**UNITS, **_SYMBOLS, "%": "%"})[s.lower()] for s in (match["first"], match["last"]) if s}
    head, word = unit.split("/")[0], (match["scale"] or "").lower()
    if len(own) > 1 or (own and head not in ("", "1", *own)) or (word and scale != 1):
        return False
    return word not in _LETTERS or head in ("", *_OF_LETTERS)


def cell_text(value) -> str:
    """A cell as it would be printed: whole floats without a point, nothing for what is missing.

    >>> cell_text(1866.3), cell_text(12.0), cell_text(float("nan"))
    ('1866.3', '12', '')
    """
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        text = f"{value:.15g}"
        return str(int(value)) if value == int(value) and abs(value) < 1e16 else (text if "e" not in text else f"{value:f}")
    return str(value).strip()
