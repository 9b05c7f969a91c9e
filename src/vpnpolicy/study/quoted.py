"""A quoted price in words, taken apart: amount, currency, and what it is per."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ..basis.errors import UnitError

_AMOUNT = re.compile(
    r"(?P<hedge>[A-Za-z ,~@]*?)\s*(?P<first>US\$|USD|PKR|Rs\.?|\$|₨)?\s*(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*"
    r"(?P<scale>million|billion|trillion|thousand|lakh|crore|mn|bn|m|k)?\b\s*(?P<last>US\$|USD|dollars?|PKR|rupees|Rs\.?)?(?P<rest>.*)",
    re.I | re.S,
)
_MORE = re.compile(r"\s*(?:[.,\-\u2013\u2014]|(?:to|or|and)\b)?\s*(?:US\$|USD|PKR|Rs\.?|\$|₨)?\s*\d", re.I)
_SCALES = {
    "": 1, "k": 10**3, "thousand": 10**3, "lakh": 10**5, "m": 10**6, "mn": 10**6, "million": 10**6, "crore": 10**7, "bn": 10**9,
    "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_CURRENCY = {
    "us$": "USD",
    "usd": "USD",
    "$": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "pkr": "PKR",
    "rs": "PKR",
    "rs.": "PKR",
    "₨": "PKR",
    "rupees": "PKR",
}
_PREFIX = {"kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P"}
_UNIT = (
    r"(?P<spelt>(?:kilo|mega|giga|tera|peta)(?:bytes?|bits?))(?:\s*(?:per|a|/)\s*(?P<spelt_s>s|sec|second))?"
    r"|(?P<rate>[kKMGTP](?:bps|BPS|Bps|bit/s|B/s|b/s|bits/s)|[mgt]bps)"
    r"|(?P<data>[kKMGTP](?:i?B|bit|b)|[mgt]b)(?P<data_s>\s*(?:per|/)\s*s(?:ec(?:ond)?)?)?\b"
    r"|(?P<time>minutes?|mins?|hours?|hrs?|days?|months?|years?|seconds?)\b"
)
_DENOMINATOR = re.compile(
    r"(?:(?:for\s+)?(?:every|each|per|an?)\b|/|@|\b(?:increase|rise) (?:of|in)\b)\s*(?:(?:additional|extra|increase of|rise of)\s+)?"
    rf"(?P<count>\d+(?:\.\d+)?|one\b)?\s*(?:{_UNIT})"
)
_TIME = {
    "minute": "min",
    "min": "min",
    "hour": "hour",
    "hr": "hour",
    "day": "day",
    "month": "month",
    "year": "year",
    "second": "s",
}


@dataclass(frozen=True)
class Quoted:
    """A price as quoted: how much, in which currency, per which amount of data, flow or time."""

    text: str
    amount: Fraction
    currency: str
    data: str = ""
    flow: str = ""
    time: str = ""

    @property
    def unit(self) -> str:
        """The unit as printed, as far as it goes."""
        return "/".join(filter(None, (self.currency, self.time, self.flow, self.data)))


def parse_quoted(text: str) -> Quoted:
    """A quoted price, such as ``$10,000 per minute for every 1 Tbps`` or ``Rs 300 per GB``.

    Raises `UnitError` where there is no amount, no currency, two currencies, or nothing that it is per.

    >>> parse_quoted("$10,000 per minute for every 1 Tbps").unit
    'USD/min/Tbps'
    >>> parse_quoted("US$1.5 million an hour").amount
    Fraction(1500000, 1)
    """
    match = _AMOUNT.fullmatch(" ".join(text.split()))
    if not match:
        raise UnitError(f"'{text}' is not a price. Write an amount and what it is per, for example '$1 per MB'.")
    if not 0 < float(match["number"].replace(",", "")) < 1e15:
        raise UnitError(f"range: '{text}' is not a price between 0 and 10^15.")
    if _MORE.match(match["rest"]):
        raise UnitError(f"'{text}' holds more than one amount, or one that cannot be read. Write one, for example '$1 per MB'.")
    currencies = {_CURRENCY[c.lower()] for c in (match["first"], match["last"]) if c}
    if len(currencies) != 1 or re.search(r"[$₨€£]|\b(?:PKR|USD|EUR|Rs)\b", match["rest"]):
        found = "no currency" if not currencies else "more than one currency"
        raise UnitError(f"'{text}' names {found}. Write one, for example 'USD 1 per MB'.")
    amount = Fraction(Decimal(match["number"].replace(",", ""))) * _SCALES[(match["scale"] or "").lower()]
    return _per(text, amount, currencies.pop(), match["rest"])


def _per(text: str, amount: Fraction, currency: str, rest: str) -> Quoted:
    parts: dict[str, str] = {}
    for found in _DENOMINATOR.finditer(rest):
        kind, unit = _kind(found)
        if kind in parts:
            raise UnitError(f"'{text}' is per two of a kind, {parts[kind]} and {unit}. Write one.")
        parts[kind] = unit
        count = Fraction(Decimal((found["count"] or "1").replace("one", "1")))
        if not count:
            raise UnitError(f"'{text}' is per nothing. Write an amount above 0 after 'per'.")
        amount /= count
    if not parts:
        raise UnitError(f"'{text}' does not say what it is per. Write for example 'per MB', 'per Mbps per month' or 'per hour'.")
    return Quoted(text, amount, currency, **parts)


def _kind(found: re.Match) -> tuple[str, str]:
    if found["time"]:
        return "time", _TIME[found["time"].rstrip("s")]
    if found["spelt"]:
        prefix = next(p for word, p in _PREFIX.items() if found["spelt"].startswith(word))
        stem = "B" if "byte" in found["spelt"] else "bit"
        return ("flow", prefix + {"B": "Bps", "bit": "bps"}[stem]) if found["spelt_s"] else ("data", prefix + stem)
    if found["rate"]:
        prefix, stem = found["rate"][0], found["rate"][1:]
        return "flow", ("k" if prefix in "kK" else prefix.upper()) + ("Bps" if stem.startswith("B/") or stem == "Bps" else "bps")
    if found["data_s"]:
        return "flow", found["data"][0] + ("Bps" if found["data"].endswith("B") else "bps")
    data = found["data"]
    if "i" in data[1:2]:
        return "data", data[0].upper() + data[1:]
    return "data", data[0].upper() + "b" if data in ("mb", "gb", "tb") else data.replace("K", "k")
