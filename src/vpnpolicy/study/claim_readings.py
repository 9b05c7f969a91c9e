"""Every way to understand a quoted price, held against market prices, the regulator's own traffic and GDP."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from numbers import Real

import pandas as pd

from ..dates import PartialDate
from ..errors import UsageError, nearest
from ..formatting import format_money, format_number, split_ids
from ..record.places import GDP, find_country, year_value
from ..record.schema import Folder
from ..units import convert
from .exchange import rate_on
from .flows import HOME
from .quoted import Quoted, parse_quoted

TARGETS = {"usd_per_min_per_tbps": "USD/min/Tbps", "usd_per_gb": "USD/GB", "usd_per_mbps_month": "USD/Mbps/month"}
MARKET_WITHIN_DAYS = 3 * 366
STRAINED_TIMES = 10
COLUMNS = (
    "reading", "words", "unit", *TARGETS, "times_market_high", "times_market_low", "yearly_bill_usd", "share_of_gdp", "verdict", "why", "source_ids",
)  # fmt: skip
_LARGER = {"k": "M", "M": "G", "G": "T", "T": "P", "P": "E"}
_NAMES = {"k": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa"}
_BINARY = {"K": "kibi", "M": "mebi", "G": "gibi", "T": "tebi"}


def read_claim(
    claim: str | Mapping, *, as_of: str | None = None, country: str = "Pakistan", data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """Every plausible reading of a quoted price, in three units, with a verdict and its reason.

    A reading is *impossible* where a year of the VPN traffic that the country's regulator published costs more than its
    GDP at that price; *strained* where it lies more than ten times above the highest, or below the lowest, market price
    dated within three years; else *plausible*. A price per time alone is held against GDP: *impossible* above it,
    *strained* above a tenth of it. VPN traffic is held for Pakistan alone: for another country no price per data or flow
    is held against GDP, which ``why`` says.

    Parameters: ``claim`` a quoted price in words, a claim id such as ``F007``, or a row with ``value``, ``unit`` and
    ``about_on``; ``as_of`` the day it is about; ``country`` whose traffic and GDP it is held against. Returns a DataFrame, one row a
    reading: ``usd_per_min_per_tbps`` [USD/min/Tbps], ``usd_per_gb`` [USD/GB], ``usd_per_mbps_month`` [USD/Mbps/month],
    ``yearly_bill_usd`` [USD/year], ``share_of_gdp`` [1], ``verdict``, ``why``, ``source_ids``. Raises `UnitError` for a
    price without amount, currency or unit, `UsageError` for an unknown claim or country.

    >>> read_claim("$1 per MB").set_index("reading").verdict["Mbps-month"]
    'plausible'
    """
    folder = Folder(data)
    quoted, about_on = _quoted(claim, folder)
    day = PartialDate.parse(as_of) if as_of is not None else (about_on or folder.package.as_of)
    context = Context(folder, day, country)
    rows = [context.judge(*reading) for reading in readings_of(quoted)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _quoted(claim: str | Mapping, folder: Folder) -> tuple[Quoted, PartialDate | None]:
    if isinstance(claim, str):
        rows = {r["claim_id"]: r for r in folder.checked("claims").rows()}
        if claim not in rows:
            return _in_words(claim, rows), None
        claim = rows[claim]
    if not hasattr(claim, "get"):
        raise UsageError(f"a claim is a price in words, a claim id or a row; found {claim!r}.")
    value, unit, about = (claim.get(k) for k in ("value", "unit", "about_on"))
    if isinstance(value, bool) or not isinstance(value, Real) or value != value or not isinstance(unit, str):
        raise UsageError("the claim holds no number with a unit, so there is no price to read.")
    currency, *per = unit.split("/")
    quoted = parse_quoted(f"{currency} {value:.15g}" + "".join(f" per {p}" for p in per))
    return quoted, PartialDate.parse(about) if isinstance(about, (str, date, PartialDate)) and about else None


def _in_words(text: str, rows: Mapping) -> Quoted:
    """A price in words. Raises `UsageError` for what looks like the id of a claim that is not there."""
    if len(text) == 4 and text[:1].isalpha() and text[1:].isdigit():
        near = nearest(text, rows)
        raise UsageError(f"there is no claim '{text}'." + (f" Did you mean '{near}'?" if near else ""))
    return parse_quoted(text)


def readings_of(q: Quoted) -> list[tuple[str, str, Fraction, str]]:
    """Ways to understand a quoted price: short name, words, amount, unit of the closed table.

    >>> [name for name, *_ in readings_of(parse_quoted("$1 per MB"))]
    ['megabyte', 'megabit', 'gigabyte', 'Mbps-month']
    """
    if q.flow:
        return _flow_readings(q)
    if q.data:
        return _data_readings(q)
    return [("rate", f"{_shown(q)} {_a(q.time)}", q.amount, f"{q.currency}/{q.time}")]


def _a(time: str) -> str:
    word = "minute" if time == "min" else time
    return f"an {word}" if word == "hour" else f"a {word}"


def _shown(q: Quoted) -> str:
    return format_money(q.amount, q.currency)


def _flow_readings(q: Quoted) -> list[tuple[str, str, Fraction, str]]:
    """Per flow: bits as printed or bytes; without a time, a month by trade usage or a year."""
    prefix, bytes_printed = q.flow[0], q.flow.endswith("Bps")
    stems = (("Bps", "byte"), ("bps", "bit")) if bytes_printed else (("bps", "bit"), ("Bps", "byte"))
    times = [q.time] if q.time else ["month", "year"]
    found = []
    for time in times:
        for stem, word in stems:
            name = f"{_NAMES[prefix]}{word} a second" + ("" if q.time else f", a {time}")
            found.append(
                (
                    name,
                    f"{_shown(q)} {_a(time)} per {_NAMES[prefix]}{word} a second",
                    q.amount,
                    f"{q.currency}/{time}/{prefix}{stem}",
                )
            )
    return found


def _data_readings(q: Quoted) -> list[tuple[str, str, Fraction, str]]:
    """Per amount of data: bytes, bits, the next larger byte, and the local shorthand for a flow paid by the month."""
    prefix = "k" if q.data[0] == "K" else q.data[0]
    larger = _LARGER[prefix]
    time = f"/{q.time}" if q.time and q.time != "month" else ""
    units = [
        (f"{_NAMES[prefix]}byte", f"per {_NAMES[prefix]}byte", f"{prefix}B"), (f"{_NAMES[prefix]}bit", f"per {_NAMES[prefix]}bit", f"{prefix}bit"),
        (f"{_NAMES[larger]}byte", f"per {_NAMES[larger]}byte", f"{larger}B"),
    ]  # fmt: skip
    if q.data.endswith(("bit", "b")):
        units[0], units[1] = units[1], units[0]
    if "iB" in q.data:
        word = f"{_BINARY.get(q.data[0], 'peti')}byte"
        units[0] = (word, f"per {word}", q.data)
    month = (f"{prefix}bps-month", f"{_shown(q)} per {prefix}bps per month", q.amount, f"{q.currency}/{prefix}bps/month")
    if q.time == "month":
        return [month]
    if time:
        raise UsageError(
            f"'{q.text}' is per data and per {q.time}: that is no price of traffic. Write per flow (Mbps) and time, or per data."
        )
    return [*((name, f"{_shown(q)} {words}", q.amount, f"{q.currency}/{unit}") for name, words, unit in units), month]


class Context:
    """What a reading is held against: exchange rate, market prices about that day, VPN traffic, GDP."""

    def __init__(self, folder: Folder, day: PartialDate, country: str):
        self.day, self.rate = day, rate_on(day, folder)
        self.market = market_about(folder, day)
        self.country = find_country(country, folder)
        traffic = list(folder.checked("traffic").rows()) if self.country.iso3 == HOME else []
        self.mean_mbps = sum(t["vpn_gbps"] for t in traffic) / len(traffic) * 1000 if traffic else None
        self.traffic_sources = split_ids(t["source_id"] for t in traffic)
        self.gdp = year_value(self.country, GDP, max(day.earliest.year, self._first_year()), "GDP")

    def _first_year(self) -> int:
        return self.country.series(GDP)[0]["about_on"].earliest.year if self.country.series(GDP) else 0

    def judge(self, reading: str, words: str, amount: Fraction, unit: str) -> dict:
        """One reading with its conversions, verdict and reason."""
        usd, unit, sources = amount, unit, list(self.traffic_sources)
        if unit.startswith("PKR"):
            usd, unit, sources = amount / Fraction(repr(self.rate.pkr_per_usd)), "USD" + unit[3:], [*sources, self.rate.source_id]
            words += f", at {self.rate.pkr_per_usd:g} PKR/USD ({self.rate.about_on})"
        if reading == "rate":
            return self._judge_rate(reading, words, usd, unit)
        prices = {k: float(convert(usd, unit, target)) for k, target in TARGETS.items()}
        month = prices["usd_per_mbps_month"]
        bill = month * self.mean_mbps * 12 if self.mean_mbps is not None else None
        verdict, why = self._verdict(month, bill)
        gdp = self.gdp if bill is not None else None
        ids = dict.fromkeys([*sources, *(m["source_id"] for m in self.market), *(gdp.source_ids if gdp else ())])
        low, high = self._market_ends()
        return {
            "reading": reading, "words": words, "unit": unit, **prices, "times_market_high": month / high, "times_market_low": month / low,
            "yearly_bill_usd": bill, "share_of_gdp": bill / gdp.value if gdp else None, "verdict": verdict, "why": why, "source_ids": ";".join(ids),
        }  # fmt: skip

    def _market_ends(self) -> tuple[float, float]:
        prices = [v for m in self.market for v in (m["low"], m["value"], m["high"]) if v is not None]
        return min(prices), max(prices)

    def _verdict(self, month: float, bill: float | None) -> tuple[str, str]:
        """What the rules say, asked in their order, and why."""
        if self.gdp and bill is not None and bill > self.gdp.value:
            return "impossible", (
                f"a year of the published VPN traffic would cost {format_money(bill, digits=3)}, "
                f"{format_number(bill / self.gdp.value, 3)} times the GDP of {self.country.name} in {self.gdp.about_on}"
            )
        verdict, why = self._by_market(month)
        return verdict, why + (
            "" if bill is not None else f"; no VPN traffic of {self.country.name} is held to set against its GDP"
        )

    def _by_market(self, month: float) -> tuple[str, str]:
        low, high = self._market_ends()
        span = f"{format_number(low, 3)} to {format_number(high, 3)} USD/Mbps/month"
        dates = sorted({str(m["about_on"])[:4] for m in self.market})
        market = f"market prices of {dates[0] if len(dates) == 1 else f'{dates[0]} to {dates[-1]}'} ({span})"
        if month > STRAINED_TIMES * high:
            return "strained", f"{format_number(month / high, 3)} times the highest of the {market}"
        if month < low / STRAINED_TIMES:
            return "strained", f"{format_number(low / month, 3)} times below the lowest of the {market}"
        return "plausible", f"{format_number(month, 3)} USD/Mbps/month, within {STRAINED_TIMES} times of the {market}"

    def _judge_rate(self, reading: str, words: str, usd: Fraction, unit: str) -> dict:
        """A loss per time: no price of traffic, so only GDP can be held against it."""
        yearly = float(convert(usd, unit, "USD/year"))
        share = yearly / self.gdp.value if self.gdp else None
        verdict = "plausible" if share is None or share <= 0.1 else ("strained" if share <= 1 else "impossible")
        gdp = (
            f"{format_number(share * 100, 3)} percent of the GDP of {self.country.name} in {self.gdp.about_on}"
            if self.gdp
            else "no GDP is held"
        )
        blank = dict.fromkeys((*TARGETS, "times_market_high", "times_market_low"))
        ids = self.gdp.source_ids if self.gdp else ()
        return {
            "reading": reading, "words": words, "unit": unit, **blank, "yearly_bill_usd": yearly, "share_of_gdp": share, "verdict": verdict,
            "why": f"per time alone, so no price of traffic; a year of it is {gdp}", "source_ids": ";".join(ids),
        }  # fmt: skip


def market_about(folder: Folder, day: PartialDate) -> list[dict]:
    """Market prices per Mbps and month dated within three years of a day; failing any, those nearest to it."""
    prices = [p for p in folder.checked("prices").rows() if p["measure"] == "price per Mbps per month"]
    near = [p for p in prices if p["about_on"].may_coincide(day, MARKET_WITHIN_DAYS)]
    if near:
        return near
    gaps = {p["price_id"]: abs((p["about_on"].earliest - day.earliest).days) for p in prices}
    return [p for p in prices if gaps[p["price_id"]] == min(gaps.values())]
