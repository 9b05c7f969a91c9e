"""What a column's name says: quantity, unit, scale and kind, as in ``cost_usd_m`` or ``hours_blackout``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...errors import UnitError
from ...units import parse_unit

SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "millions": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9, "tn": 1e12,
    "trillion": 1e12, "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
MONEY = {
    "usd": "USD",
    "us$": "USD",
    "$": "USD",
    "dollars": "USD",
    "pkr": "PKR",
    "rs": "PKR",
    "rupees": "PKR",
    "inr": "INR",
    "ngn": "NGN",
}
UNITS = {
    **MONEY, "hours": "hour", "hour": "hour", "hrs": "hour", "h": "hour", "days": "day", "day": "day", "minutes": "min", "min": "min",
    "pct": "%", "percent": "%", "%": "%", "tbps": "Tbps", "gbps": "Gbps", "mbps": "Mbps", "gb": "GB", "tb": "TB", "pb": "PB", "mb": "MB",
}  # fmt: skip
COUNTS = {
    "users": "people affected", "people": "people affected", "persons": "people affected", "population": "population", "shutdowns": "shutdowns",
    "events": "events", "countries": "countries", "licensees": "licensees", "count": "count",
    **{w: w for w in ("subscribers", "subscriptions", "customers", "connections", "providers", "licences", "outages", "incidents")}, "users_affected": "people affected",
}  # fmt: skip
QUANTITIES = {
    "hours": "duration",
    "hour": "duration",
    "days": "duration",
    "day": "duration",
    "people": "people affected",
    "users": "people affected",
}
_PER = {
    **dict.fromkeys(("person", "user", "subscriber", "capita", "head"), "person"),
    **MONEY,
    "day": "day",
    "hour": "hour",
    "minute": "min",
    "min": "min",
    "month": "month",
    "year": "year",
    "gb": "GB",
    "mb": "MB",
}
_TIMES = ("hour", "day", "min")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Meaning:
    """What a column holds."""

    quantity: str
    unit: str
    scale: float = 1.0
    scope: str = ""
    period: str = ""


def read_header(name: str) -> Meaning | None:
    """A column's name as quantity, unit, scale, kind and year; ``None`` where it names no unit and no count.

    >>> read_header("cost_usd_m")
    Meaning(quantity='cost', unit='USD', scale=1000000.0, scope='', period='')
    >>> read_header("hours_blackout")
    Meaning(quantity='duration', unit='hour', scale=1.0, scope='blackout', period='')
    >>> read_header("country") is None
    True
    """
    words = [w for w in re.split(r"[_\s()/\[\]]+", name.lower()) if w]
    years = [w for w in words if _YEAR.fullmatch(w)]
    found = _meaning([w for w in words if w not in years])
    return replace(found, period=max(years)) if found and years else found


def _meaning(words: list[str]) -> Meaning | None:
    per = [_PER[w] for n, w in enumerate(words) if n and words[n - 1] == "per" and w in _PER]
    words = [w for n, w in enumerate(words) if not _is_rate_word(words, n)]
    unit = next((w for w in reversed(words) if w in UNITS), None)
    if unit is not None:
        return _with_unit(words, unit, per)
    stem = next((w for w in words if w in COUNTS), None)
    if stem is None:
        return None
    scale = next((SCALES[w] for w in words if w in SCALES), 1.0)
    kind = " ".join(w for w in words if w != stem and w not in SCALES and w not in ("n", "affected", "number", "of"))
    return Meaning(COUNTS[stem], "person" if COUNTS[stem] in ("people affected", "population") else "count", scale, kind)


def _is_rate_word(words: list[str], n: int) -> bool:
    """``per`` and the unit after it; ``per site`` stays, as it is no unit of the table."""
    return (words[n] == "per" and words[n + 1 : n + 2] != [] and words[n + 1] in _PER) or (
        n > 0 and words[n - 1] == "per" and words[n] in _PER
    )


def _with_unit(words: list[str], unit: str, per: list[str]) -> Meaning:
    at = words.index(unit)
    before, after = words[:at], words[at + 1 :]
    scale = next((SCALES[w] for w in after if w in SCALES), 1.0)
    kind = " ".join(w for w in after if w not in SCALES)
    name = UNITS[unit] + "".join(f"/{p}" for p in per)
    stem = " ".join(w for w in before if w not in ("total",) or not kind)
    if UNITS[unit] in _TIMES and not per:
        return Meaning("duration", name, scale, " ".join(filter(None, (stem if stem != "duration" else "", kind))))
    if UNITS[unit] == "%":
        stem = re.sub(r"^(.*) (change|growth)$", r"change of \1", stem)
        stem = re.sub(r"^(.*) share$", r"share of \1", stem)
    return Meaning(stem or ("cost" if UNITS[unit] in MONEY.values() else "value"), name, scale, kind)


def read_unit_words(text: str) -> tuple[str, float]:
    """A unit in words, such as ``USD million`` or ``hours``, as a unit of the table and a scale. Raises `UnitError`.

    >>> read_unit_words("USD million"), read_unit_words("hours")
    (('USD', 1000000.0), ('hour', 1.0))
    """
    try:
        return parse_unit(text).name, 1.0
    except UnitError:
        words = text.lower().replace("per ", "/").split()
    scale = next((SCALES[w] for w in words if w in SCALES), 1.0)
    names = [
        UNITS.get(w, COUNTS and {"events": "count", "rows": "count", "people": "person"}.get(w, w))
        for w in words
        if w not in SCALES
    ]
    return parse_unit("".join(names)).name, scale
