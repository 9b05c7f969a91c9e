"""Parse a quoted price in words: amount, currency, and what it is per."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .errors import UnitError, clipped

MAX_TEXT = 500
# by thousands, or by thousands, lakh and crore
_GROUPS = r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+"
_NUMBER = (
    rf"(?P<number>(?:{_GROUPS})(?:\.\d+)?)\s*"
    r"(?P<scale>million|billion|trillion|thousand|lakh|crore|mn|bn|m|k)?\b"
)
_BEFORE, _BEHIND = (
    r"(?<![A-Za-z])(?P<first>US\$|USD|PKR|Rs\.?|\$|₨)",
    r"(?P<last>US\$|USD\b|dollars?|PKR|rupees?|Rs\.?)",
)
_MONEY = [
    re.compile(p, re.I)
    for p in (rf"{_BEFORE}\s*{_NUMBER}(?:\s*{_BEHIND})?", rf"(?<![\d.,]){_NUMBER}\s*{_BEHIND}")
]
_BARE = re.compile(rf"[A-Za-z ,~@]*?\s*{_NUMBER}.*", re.I | re.S)
_FOREIGN = re.compile(
    r"[€£¥₹]|\b(?:EUR|GBP|INR|AED|SAR|CNY|JPY|euros?|pounds?|dirhams?|riyals?|yuan|yen)\b",
    re.I,
)
_PLAIN = re.compile(r"[A-Za-z ,:~@]*")
_MORE = re.compile(
    r"\s*(?:[.,\-\u2013\u2014]|(?:to|or|and)\b)?\s*(?:US\$|USD|PKR|Rs\.?|\$|₨)?\s*\d", re.I
)
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12,
}  # fmt: skip
_NUMBER_WORD = re.compile(
    rf"(?:\b(?P<led>[a-z]+)[ -])?\b(?P<word>{'|'.join(_NUMBERS)})"
    r"(?= (?:(?:million|billion|trillion|thousand|lakh|crore) )?(?:dollars?|rupees?)\b)",
    re.I,
)
_CENTS = re.compile(r"\b(?:cents?|paisas?)\b", re.I)
_COMPOSED = re.compile(r"half|quarter|hundred|thousand|\w+ty|\w+teen|point|and|minus|zero|no", re.I)
_SCALES = {
    "": 1, "k": 10**3, "thousand": 10**3, "lakh": 10**5, "m": 10**6, "mn": 10**6, "million": 10**6,
    "crore": 10**7, "bn": 10**9,
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
    "rupee": "PKR",
    "rupees": "PKR",
}
_PREFIX = {"kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P"}
_UNIT = (
    r"(?P<spelt>(?:kilo|mega|giga|tera|peta)(?:bytes?|bits?))"
    r"(?:\s*(?:per|a|/)\s*(?P<spelt_s>s|sec|second))?"
    r"|(?P<rate>[kKMGTP](?:bps|BPS|Bps|bit/s|B/s|b/s|bits/s)|[mgt]bps)"
    r"|(?P<data>[kKMGTP](?:i?B|bit|b)|[mgt]b)(?P<data_s>\s*(?:per|/)\s*s(?:ec(?:ond)?)?)?\b"
    r"|(?P<time>minutes?|mins?|hours?|hrs?|days?|months?|years?|seconds?)\b"
)
_DENOMINATOR = re.compile(
    r"(?:(?i:(?:for\s+)?(?P<lead>every|each|per|an?))\b|/|@|\b(?:increase|rise) (?:of|in)\b)"
    r"\s*(?:(?:additional|extra|increase of|rise of)\s+)?"
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
        """The unit as quoted, as far as it goes."""
        return "/".join(filter(None, (self.currency, self.time, self.flow, self.data)))


def parse_quoted(text: str) -> Quoted:
    """Parse a price such as ``$10,000 per minute for every 1 Tbps`` or ``Rs 300 per GB``.

    What it is per may come before the amount; amounts up to twelve may be in words. Raises
    `UnitError` without an amount, a currency or anything it is per, and for two currencies.

    >>> parse_quoted("$10,000 per minute for every 1 Tbps").unit
    'USD/min/Tbps'
    >>> parse_quoted("each megabyte of VPN traffic costs about one dollar").unit
    'USD/MB'
    >>> parse_quoted("US$1.5 million an hour").amount
    Fraction(1500000, 1)
    """
    if len(text) > MAX_TEXT:
        raise UnitError(
            f"'{clipped(text)}' is too long for a quoted price; "
            f"expected at most {MAX_TEXT} characters."
        )
    plain = _NUMBER_WORD.sub(_in_digits, " ".join(text.split()))
    match = next(filter(None, (p.search(plain) for p in _MONEY)), None)
    if not match:
        raise UnitError(_no_money(text, plain))
    before, rest, found = plain[: match.start()], plain[match.end() :], match.groupdict()
    left = _DENOMINATOR.sub("", before)
    if _MORE.match(rest) or re.search(r"\d", left) or _CENTS.search(rest):
        raise UnitError(
            f"'{text}' holds more than one amount, or one that cannot be read. "
            "Write one, for example '$1 per MB'."
        )
    if not _PLAIN.fullmatch(left):
        raise UnitError(_no_money(text, ""))
    number = Fraction(Decimal(found["number"].replace(",", "")))
    if not 0 < number < 10**15:
        raise UnitError(f"range: '{text}' is not a price between 0 and 10^15.")
    currencies = {_CURRENCY[c.lower()] for c in (found.get("first"), found["last"]) if c}
    if len(currencies) != 1 or re.search(r"[$₨€£]|\b(?:PKR|USD|EUR|Rs)\b", left + rest):
        raise UnitError(
            f"'{text}' names more than one currency. Write one, for example 'USD 1 per MB'."
        )
    return _per(
        text, number * _SCALES[(found["scale"] or "").lower()], currencies.pop(), before, rest
    )


def _in_digits(found: re.Match[str]) -> str:
    """Turn a small number in words into digits, unless another number word comes before it."""
    if found["led"] and _COMPOSED.fullmatch(found["led"]):
        return found[0]
    return found[0][: -len(found["word"])] + str(_NUMBERS[found["word"].lower()])


def _no_money(text: str, plain: str) -> str:
    if foreign := _FOREIGN.search(text):
        currency = f"'{text}' is in a currency without a rate in the record, '{foreign[0]}'."
        return f"{currency} Write the amount in USD or PKR."
    if _BARE.fullmatch(plain):
        return f"'{text}' names no currency. Write one, for example 'USD 1 per MB'."
    hint = "Write an amount in digits and what it is per, for example '$1 per MB'."
    return f"'{text}' is not a price. {hint}"


def _per(text: str, amount: Fraction, currency: str, before: str, rest: str) -> Quoted:
    """Find what a price is per; *a day* before the amount may be about something else."""
    leading = [
        d
        for d in _DENOMINATOR.finditer(before)
        if not (d["time"] and (d["lead"] or "").lower() in ("a", "an"))
    ]
    parts: dict[str, str] = {}
    for found in [*leading, *_DENOMINATOR.finditer(rest)]:
        kind, unit = _kind(found)
        if kind in parts:
            raise UnitError(f"'{text}' is per two of a kind, {parts[kind]} and {unit}. Write one.")
        parts[kind] = unit
        count = Fraction(Decimal((found["count"] or "1").replace("one", "1")))
        if not count:
            raise UnitError(f"'{text}' is per nothing. Write an amount above 0 after 'per'.")
        amount /= count
    if not parts:
        raise UnitError(
            f"'{text}' does not say what it is per. "
            "Write for example 'per MB', 'per Mbps per month' or 'per hour'."
        )
    return Quoted(text, amount, currency, **parts)


def _kind(found: re.Match[str]) -> tuple[str, str]:
    if found["time"]:
        return "time", _TIME[found["time"].rstrip("s")]
    if found["spelt"]:
        prefix = next(p for word, p in _PREFIX.items() if found["spelt"].startswith(word))
        stem = "B" if "byte" in found["spelt"] else "bit"
        return (
            ("flow", prefix + {"B": "Bps", "bit": "bps"}[stem])
            if found["spelt_s"]
            else ("data", prefix + stem)
        )
    if found["rate"]:
        prefix, stem = found["rate"][0], found["rate"][1:]
        return "flow", ("k" if prefix in "kK" else prefix.upper()) + (
            "Bps" if stem.startswith("B/") or stem == "Bps" else "bps"
        )
    if found["data_s"]:
        return "flow", found["data"][0] + ("Bps" if found["data"].endswith("B") else "bps")
    data = found["data"]
    if "i" in data[1:2]:
        return "data", data[0].upper() + data[1:]
    return "data", data[0].upper() + "b" if data in ("mb", "gb", "tb") else data.replace("K", "k")
