"""Dates that are no more precise than their source, compared in three values.

A partial date is a year, a month, a day, or a span ``A/B`` (some time from A to B, or all of it
where a row says so). Comparisons answer ``True``, ``False`` or ``None``, *cannot tell*.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from .errors import DateError

FIRST_YEAR, LAST_YEAR = 1990, 2100
_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_OTHER_ORDER = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})[/.](\d{1,2})[/.](\d{1,2})|(\d{4})(\d{2})(\d{2})",
    re.ASCII,
)


@dataclass(frozen=True)
class PartialDate:
    """A date with the precision of its source: ``text``, its ``earliest`` and its ``latest`` day.

    Create one with `PartialDate.parse`.

    Examples
    --------
    >>> PartialDate.parse("2024-02").latest
    datetime.date(2024, 2, 29)
    """

    text: str
    earliest: date
    latest: date

    @classmethod
    def parse(cls, text: str | date | PartialDate) -> PartialDate:
        """Parse ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or ``A/B``; a `datetime.date` is a day.

        Raises
        ------
        DateError
            For anything else, with the date that was probably meant where there is only one.
        """
        if isinstance(text, PartialDate):
            return text
        if isinstance(text, date) and text == text:  # pandas.NaT is a date that equals nothing
            return _parse(date(text.year, text.month, text.day).isoformat())
        return _parse(text if isinstance(text, str) else repr(text))

    @property
    def is_day(self) -> bool:
        """Whether the date is known to the day."""
        return self.earliest == self.latest

    @property
    def precision(self) -> str:
        """``day``, ``month``, ``year`` or ``span``."""
        if "/" in self.text:
            return "span"
        return {4: "year", 7: "month", 10: "day"}[len(self.text)]

    def before(self, other: PartialDate) -> bool | None:
        """Return whether this date lies before the other: yes, no, or ``None`` for cannot tell.

        >>> PartialDate.parse("2024-12").before(PartialDate.parse("2024-12-15")) is None
        True
        """
        if self.latest < other.earliest:
            return True
        return False if self.earliest >= other.latest else None

    def by(self, other: PartialDate) -> bool | None:
        """Return whether this date is on or before the last day of the other.

        >>> PartialDate.parse("2025-11-13").by(PartialDate.parse("2025-11-13"))
        True
        """
        if self.latest <= other.earliest:
            return True
        return False if self.earliest > other.latest else None

    def may_coincide(self, other: PartialDate, within_days: int = 0) -> bool:
        """Return whether the two can be at most ``within_days`` apart."""
        gap = max((other.earliest - self.latest).days, (self.earliest - other.latest).days)
        return gap <= within_days

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=4096)
def _parse(text: str) -> PartialDate:
    first, slash, last = text.partition("/")
    if not slash:
        return PartialDate(text, *_bounds(text, text))
    low, high = _bounds(first, text)[0], _bounds(last, text)[1]
    if low > high:
        raise DateError(f"'{text}' ends before it starts. Write the earlier date first.")
    return PartialDate(text, low, high)


def _bounds(part: str, whole: str) -> tuple[date, date]:
    match = _SHAPE.fullmatch(part)
    if not match:
        raise DateError(_not_a_date(whole))
    year, month = int(match[1]), int(match[2] or 0)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateError(
            f"'{whole}' is outside {FIRST_YEAR} to {LAST_YEAR}. "
            "Leave a date empty where it is not known."
        )
    if not match[2]:
        return date(year, 1, 1), date(year, 12, 31)
    if not 1 <= month <= 12:
        raise DateError(f"'{whole}' has no month {month:02d}. Months run from 01 to 12.")
    days = monthrange(year, month)[1]
    if not match[3]:
        return date(year, month, 1), date(year, month, days)
    day = int(match[3])
    if not 1 <= day <= days:
        raise DateError(
            f"'{whole}': {year}-{month:02d} has no day {day:02d}. It ends on day {days}."
        )
    return date(year, month, day), date(year, month, day)


def likely_date(text: str) -> str:
    """Return the one ISO date that a text in another order can mean, or an empty string.

    >>> likely_date("13/11/2025"), likely_date("11/12/2025"), likely_date("20250224")
    ('2025-11-13', '', '2025-02-24')
    """
    match = _OTHER_ORDER.fullmatch(text.strip())
    if not match:
        return ""
    a, b, y, *rest = match.groups()
    ways = {(y, b, a), (y, a, b)} if y else {tuple(rest[:3]) if rest[0] else tuple(rest[3:])}
    found = {f"{int(y):04d}-{int(m):02d}-{int(d):02d}" for y, m, d in ways if _exists(y, m, d)}
    return found.pop() if len(found) == 1 else ""


def _exists(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _not_a_date(text: str) -> str:
    meant = likely_date(text)
    hint = f" Did you mean {meant}?" if meant else ""
    how = "Write YYYY, YYYY-MM or YYYY-MM-DD, for example 2025-11-13."
    return f"'{text}' is not a date this package reads. {how}{hint}"
