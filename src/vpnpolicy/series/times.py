"""Timestamps with a zone. Nothing is guessed: a time that never was, or was twice, is named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from ..data.cells import CellFault
from ..dates import likely_date
from ..errors import UsageError

_SHAPE = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?\s?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_NAMED = re.compile(r".*\d\s?([A-Z]{2,5})", re.ASCII)
CLOCK = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?\s?"
BARE = "without an offset"
ZONE_WANTED = "an offset such as +05:00 at each, or one zone for all: --zone Asia/Karachi (in Python zone='Asia/Karachi')"
ZONE_NAMED = "+05:00 or Asia/Karachi"
MAX_FAULTS = 1000
FIRST, LAST = pd.Timestamp("1990-01-01", tz="UTC"), pd.Timestamp("2100-12-31", tz="UTC")


def find_zone(name: str | None) -> ZoneInfo | None:
    """A zone by its place name. Raises `UsageError` for an abbreviation: PKT and IST mean several zones.

    >>> find_zone("Asia/Karachi").key
    'Asia/Karachi'
    """
    if name is None:
        return None
    try:
        zone = ZoneInfo(name) if "/" in name or name == "UTC" else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is None:
        raise UsageError(
            f"time-zone: found '{name}'; expected a place such as Asia/Karachi, or UTC."
        )
    return zone


def parse_times(
    texts: pd.Series, zone: ZoneInfo | None = None
) -> tuple[pd.Series, list[tuple[int, CellFault]]]:
    """Texts as UTC times, and a fault for each that cannot be read, by position.

    Parameters: ``texts`` Series of text; ``zone`` the zone of times without an offset. Returns a Series
    [datetime64[ns, UTC]], ``NaT`` where there is a fault, and the first thousand faults.
    """
    plain = (
        texts.str.fullmatch(
            r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})"
        )
        .fillna(False)
        .astype(bool)
    )
    times = pd.to_datetime(texts.where(plain), format="ISO8601", utc=True, errors="coerce")
    times = times.where(times.between(FIRST, LAST)).astype(
        "datetime64[ns, UTC]"
    )  # in nanoseconds a far year does not fit
    faults: list[tuple[int, CellFault]] = []
    for n in times.isna().to_numpy().nonzero()[0]:
        try:
            times.iloc[n] = read_time(texts.iloc[n], zone)
        except CellFault as fault:
            times.iloc[n] = pd.NaT
            faults.append((int(n), fault))
            if len(faults) == MAX_FAULTS:
                break
    return times, faults


def read_time(text: str, zone: ZoneInfo | None = None) -> pd.Timestamp:
    """One text as a UTC time. Raises `CellFault` with the rule: time, date, time-zone, time-nonexistent, time-ambiguous."""
    match = _SHAPE.fullmatch(text.strip())
    if not match:
        raise _unreadable(text)
    day, hour, minute, second, fraction, offset = match.groups()
    if int(second or 0) == 60:
        raise CellFault(
            "time", f"'{text}'", "leap seconds are not kept", text.replace(f":{second}", ":59")
        )
    if int(hour) > 23 or int(minute) > 59:
        raise CellFault("time", f"'{text}'", "an hour from 00 to 23 and a minute from 00 to 59")
    try:
        local = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second or '00'}{fraction or ''}")
    except ValueError:
        raise CellFault("date", f"'{text}'", "a day that exists") from None
    if not FIRST.year <= local.year <= LAST.year:
        raise CellFault("date-range", f"'{text}'", "1990 to 2100")
    when = pd.Timestamp(_with_zone(local, offset, zone, text)).tz_convert("UTC").as_unit("ns")
    if not FIRST <= when <= LAST:
        raise CellFault("date-range", f"'{text}'", "1990 to 2100")
    return when


def _unreadable(text: str) -> CellFault:
    named = _NAMED.fullmatch(text.strip())
    if named and named[1] not in ("Z", "T"):
        return CellFault("time-zone", f"'{named[1]}'", ZONE_NAMED)
    return CellFault(
        "time", f"'{text}'", "YYYY-MM-DDThh:mm:ss+05:00", likely_date(text.split(" ")[0])
    )


def _with_zone(local: datetime, offset: str | None, zone: ZoneInfo | None, text: str) -> datetime:
    if offset:
        try:
            return datetime.fromisoformat(
                f"{local.isoformat()}{'+00:00' if offset == 'Z' else offset}"
            )
        except ValueError:
            raise CellFault("time-zone", f"'{offset}'", "an offset such as +05:00") from None
    if zone is None:
        raise CellFault("time-zone", f"'{text}' {BARE}", ZONE_WANTED)
    early, late = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise CellFault(
            "time-nonexistent", f"'{text}'", f"an offset: clocks in {zone.key} went forward over it"
        )
    raise CellFault(
        "time-ambiguous",
        f"'{text}'",
        f"an offset: it was twice in {zone.key} when clocks went back",
    )


def span_words(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """A span of time in few words.

    >>> span_words(pd.Timestamp("2025-01-01 10:05", tz="UTC"), pd.Timestamp("2025-01-01 13:05", tz="UTC"))
    '2025-01-01 10:05 to 13:05 UTC'
    """
    same_day = (
        start.date() == (end - timedelta(microseconds=1)).date() or start.date() == end.date()
    )
    return (
        f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
        if same_day
        else f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    )
