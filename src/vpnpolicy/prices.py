"""What quoted prices can mean, in three units, compared with market prices, traffic and GDP."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from numbers import Real
from typing import Any

import pandas as pd

from ._exchange import Rate, rate_on
from ._quoted import Quoted, parse_quoted
from .data.countries import GDP, Country, Figure, find_country, year_value
from .data.frames import load
from .data.tables import Folder
from .dates import PartialDate
from .errors import UsageError, did_you_mean, nearest
from .formatting import format_money, format_number, split_ids
from .units import convert, parse_unit

TARGETS = {
    "usd_per_min_per_tbps": "USD/min/Tbps",
    "usd_per_gb": "USD/GB",
    "usd_per_mbps_month": "USD/Mbps/month",
}
"""The three units every price is compared in, by column."""
HOME = "PAK"
"""The country whose VPN traffic was published."""
MARKET_WITHIN_DAYS = 3 * 366
STRAINED_TIMES = 10
_PRICE_COLUMNS = [
    "kind", "id", "label", "about_on", *TARGETS,
    "usd_per_mbps_month_low", "usd_per_mbps_month_high", "source_id",
]  # fmt: skip
_COLUMNS = [
    "interpretation", "words", "unit", *TARGETS, "times_market_high", "times_market_low",
    "yearly_bill_usd", "share_of_gdp", "plausibility", "why", "source_ids",
]  # fmt: skip
_LARGER = {"k": "M", "M": "G", "G": "T", "T": "P", "P": "E"}
_NAMES = {"k": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa"}
_BINARY = {"K": "kibi", "M": "mebi", "G": "gibi", "T": "tebi", "P": "pebi"}


def find_interpretation(interpretation: str, folder: Folder) -> dict[str, Any]:
    """Return one row of ``readings``. Raises `UsageError` with the nearest id."""
    rows = {r["reading_id"]: r for r in folder.checked("readings").rows()}
    if interpretation not in rows:
        hint = did_you_mean(interpretation, rows)
        raise UsageError(f"there is no interpretation '{interpretation}'. {hint}")
    return rows[interpretation]


def implied_prices(
    *,
    as_of: str | date | PartialDate | None = None,
    known_on: str | date | PartialDate | None = None,
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Put every interpretation of the quoted prices beside dated market prices, in the same units.

    Parameters
    ----------
    as_of, known_on : str, date or PartialDate, optional
        Choose the market prices, as in `load`.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    DataFrame
        Interpretations first, then market prices by date: ``kind``, ``id``, ``label``,
        ``usd_per_min_per_tbps`` [USD/min/Tbps], ``usd_per_gb`` [USD/GB], ``usd_per_mbps_month``
        [USD/Mbps/month] with ``_low`` and ``_high``, ``times_wholesale`` [1], how many times the
        central Pakistani wholesale price of the newest period it is, and that period,
        ``wholesale_on``.

    Examples
    --------
    >>> float(implied_prices().set_index("id").usd_per_mbps_month["as-stated"].round(1))
    438.3
    """
    market = load("prices", data=data, as_of=as_of, known_on=known_on)
    frame = pd.concat([_interpretations(data), _market_prices(market)], ignore_index=True)
    price, period = _wholesale(market)
    frame["times_wholesale"] = frame["usd_per_mbps_month"] / price
    frame["wholesale_on"] = period
    return frame


def _wholesale(prices: pd.DataFrame) -> tuple[float, str | None]:
    """Return the median of the newest Pakistani wholesale prices, and their period."""
    party = prices[(prices["market"] == "Pakistan") & (prices["statistic"] == "party claim")]
    newest = party[party["about_on"] == party["about_on"].max()]
    return float(newest["value"].median()), None if newest.empty else newest["about_on"].iloc[0]


def _interpretations(data: str | os.PathLike[str] | None) -> pd.DataFrame:
    frame = load("readings", data=data).rename(columns={"reading_id": "id"})
    frame["kind"], frame["about_on"] = "interpretation", None
    return _in_three_units(frame)[[*_PRICE_COLUMNS, "plausibility"]]


def _market_prices(prices: pd.DataFrame) -> pd.DataFrame:
    frame = prices.rename(columns={"price_id": "id"})
    frame = frame[frame["measure"] == "price per Mbps per month"].copy()
    frame["kind"] = "market, " + frame["market"]
    port = frame["port"].map(lambda p: f", {p}" if isinstance(p, str) else "")
    bound = frame["bound"].map({"below": " (below)", "above": " (above)"}).fillna("")
    frame["label"] = frame["place"] + port + bound
    frame["value"] = frame["value"].fillna((frame["low"] + frame["high"]) / 2)
    return _in_three_units(frame).sort_values(["about_on", "id"])[_PRICE_COLUMNS]


def _in_three_units(frame: pd.DataFrame) -> pd.DataFrame:
    for column, target in TARGETS.items():
        frame[column] = _converted(frame["value"], frame["unit"], target)
    for end in ("low", "high"):
        values = frame[end].fillna(frame["value"])
        frame[f"usd_per_mbps_month_{end}"] = _converted(values, frame["unit"], "USD/Mbps/month")
    return frame


def _converted(values: pd.Series, units: pd.Series, target: str) -> list[float]:
    return [float(convert(float(v), u, target)) for v, u in zip(values, units, strict=True)]


def interpret_price(
    price: str | Mapping[str, Any],
    *,
    as_of: str | date | PartialDate | None = None,
    country: str = "Pakistan",
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """List every meaning a quoted price can have, in three units, each with an assessment.

    A meaning is ``impossible`` where a year of the VPN traffic that the country's regulator
    published costs more than its GDP at that price; ``unlikely`` where it lies more than ten times
    above the highest, or below the lowest, market price dated within three years; else
    ``plausible``. A price per time alone is compared with GDP: ``impossible`` above it,
    ``unlikely`` above a tenth of it. VPN traffic was published for Pakistan alone: for another
    country no price per data or flow is compared with GDP, which ``why`` says.

    Parameters
    ----------
    price : str or mapping
        A price in words, the id of a claim such as ``F007``, or a row with ``value``, ``unit`` and
        ``about_on``.
    as_of : str, date or PartialDate, optional
        The day the price is about; by default that of the claim, else the newest of the record.
    country : str
        The country whose traffic and GDP the price is compared with.
    data : path, optional
        A data folder in place of the packaged one.

    Returns
    -------
    DataFrame
        One row per meaning: ``interpretation``, the id of ``readings.csv`` where that table has the
        meaning; ``words``, ``unit``, ``usd_per_min_per_tbps`` [USD/min/Tbps], ``usd_per_gb``
        [USD/GB], ``usd_per_mbps_month`` [USD/Mbps/month], ``times_market_high`` and
        ``times_market_low`` [1], ``yearly_bill_usd`` [USD/year], ``share_of_gdp`` [1],
        ``plausibility``, ``why`` and ``source_ids``.

    Raises
    ------
    UnitError
        If the price has no amount, no currency or nothing that it is per.
    UsageError
        If there is no such claim or country.

    Examples
    --------
    >>> interpret_price("$1 per MB").set_index("interpretation").plausibility["mbps-month"]
    'plausible'
    """
    folder = Folder(data)
    quoted, about_on = _quoted(price, folder)
    day = PartialDate.parse(as_of) if as_of is not None else (about_on or folder.package.as_of)
    context = _Context.of(folder, day, country)
    rows = [_judge(m, context) for m in meanings_of(quoted, _ids_by_unit(folder))]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _quoted(price: str | Mapping[str, Any], folder: Folder) -> tuple[Quoted, PartialDate | None]:
    """Return a price and the day it is about, out of words, a claim id or a row."""
    if isinstance(price, str):
        rows = {r["claim_id"]: r for r in folder.checked("claims").rows()}
        if price not in rows:
            return _in_words(price, rows), None
        price = rows[price]
    if not hasattr(price, "get"):
        raise UsageError(f"a price is given in words, as a claim id or as a row; found {price!r}.")
    value, unit, about = (price.get(k) for k in ("value", "unit", "about_on"))
    is_number = isinstance(value, Real) and not isinstance(value, bool) and value == value
    if not is_number or not isinstance(unit, str):
        raise UsageError(
            "the claim holds no number with a unit, so there is no price to interpret."
        )
    currency, *per = unit.split("/")
    quoted = parse_quoted(f"{currency} {value:.15g}" + "".join(f" per {p}" for p in per))
    if not about or not isinstance(about, (str, date, PartialDate)):
        return quoted, None
    return quoted, PartialDate.parse(about)


def _in_words(text: str, rows: Mapping[str, Any]) -> Quoted:
    """Parse a price in words. Raises `UsageError` for what looks like the id of a claim."""
    if re.fullmatch(r"[A-Za-z]\d{2,6}", text):
        near = nearest(text, rows)
        hint = f" Did you mean '{near}'?" if near else ""
        raise UsageError(f"there is no claim '{text}'.{hint}")
    return parse_quoted(text)


@dataclass(frozen=True)
class Meaning:
    """One meaning of a quoted price: its id, the price in words, the amount and its unit."""

    interpretation: str
    words: str
    amount: Fraction
    unit: str


def _ids_by_unit(folder: Folder) -> dict[tuple[Any, Fraction], str]:
    """Return the ids of ``readings`` by what their unit measures."""
    rows = folder.checked("readings").rows()
    return {
        (u.dimensions, u.factor): r["reading_id"] for r in rows for u in [parse_unit(r["unit"])]
    }


def meanings_of(q: Quoted, ids: Mapping[tuple[Any, Fraction], str]) -> list[Meaning]:
    """List the meanings of a quoted price, the one as quoted first.

    ``ids`` are the ids of the record by unit; a meaning outside them is named after its unit.

    >>> [m.interpretation for m in meanings_of(parse_quoted("$1 per MB"), {})]
    ['per-megabyte', 'per-megabit', 'per-gigabyte', 'mbps-month']
    """
    ways = _flow_meanings(q) if q.flow else _data_meanings(q) if q.data else [_rate_meaning(q)]
    found = []
    for name, words, per in ways:
        unit = parse_unit(f"USD/{per}")
        name = ids.get((unit.dimensions, unit.factor), name)
        amount = format_money(q.amount, q.currency)
        found.append(Meaning(name, f"{amount} {words}", q.amount, f"{q.currency}/{per}"))
    return found


def _rate_meaning(q: Quoted) -> tuple[str, str, str]:
    return "rate", _per_time(q.time), q.time


def _per_time(time: str) -> str:
    word = "minute" if time == "min" else time
    return f"an {word}" if word == "hour" else f"a {word}"


def _flow_meanings(q: Quoted) -> Iterator[tuple[str, str, str]]:
    """Yield prices per flow: bits or bytes as quoted first; without a time a month, then a year."""
    prefix = q.flow[0]
    stems = [("bps", "bit"), ("Bps", "byte")]
    for time in [q.time] if q.time else ["month", "year"]:
        for stem, word in stems[::-1] if q.flow.endswith("Bps") else stems:
            name = f"{prefix.lower()}{'byteps' if word == 'byte' else 'bps'}-{time}"
            words = f"{_per_time(time)} per {_NAMES[prefix]}{word} a second"
            yield name, words, f"{time}/{prefix}{stem}"


def _data_meanings(q: Quoted) -> list[tuple[str, str, str]]:
    """List prices per data: bytes, bits, the next larger byte, and local shorthand for a flow."""
    prefix = "k" if q.data[0] == "K" else q.data[0]
    if q.time and q.time != "month":
        raise UsageError(
            f"'{q.text}' is per data and per {q.time}: that is not a price of traffic. "
            "Write per flow (Mbps) and time, or per data."
        )
    month = (f"{prefix.lower()}bps-month", f"per {prefix}bps per month", f"{prefix}bps/month")
    if q.time:
        return [month]
    larger = _LARGER[prefix]
    found = [(f"{_NAMES[prefix]}byte", f"{prefix}B"), (f"{_NAMES[prefix]}bit", f"{prefix}bit")]
    if q.data.endswith(("bit", "b")):
        found.reverse()
    if "iB" in q.data:
        found[0] = (f"{_BINARY[q.data[0]]}byte", q.data)
    found.append((f"{_NAMES[larger]}byte", f"{larger}B"))
    return [*((f"per-{name}", f"per {name}", unit) for name, unit in found), month]


@dataclass(frozen=True)
class _Context:
    """What a meaning is compared with: exchange rate, market prices of the time, traffic, GDP."""

    rate: Rate
    market: list[dict[str, Any]]
    country: Country
    traffic: list[dict[str, Any]]
    gdp: Figure | None

    @classmethod
    def of(cls, folder: Folder, day: PartialDate, country: str) -> _Context:
        """Collect the context of a day and a country."""
        found = find_country(country, folder)
        series = found.series(GDP)
        first_year = series[0]["about_on"].earliest.year if series else 0
        gdp = year_value(found, GDP, max(day.earliest.year, first_year), "GDP")
        traffic = list(folder.checked("traffic").rows()) if found.iso3 == HOME else []
        return cls(rate_on(day, folder), market_about(folder, day), found, traffic, gdp)

    def yearly_bill(self, month_price: float) -> float | None:
        """Return a year of the published traffic at a price [USD/Mbps/month]; None without any."""
        if not self.traffic:
            return None
        mean_gbps = sum(t["vpn_gbps"] for t in self.traffic) / len(self.traffic)
        return float(month_price * (mean_gbps * 1000) * 12)

    def market_ends(self) -> tuple[float, float]:
        """Return the lowest and the highest market price [USD/Mbps/month]."""
        prices = [v for m in self.market for v in (m["low"], m["value"], m["high"])]
        known = [v for v in prices if v is not None]
        return min(known), max(known)


def market_about(folder: Folder, day: PartialDate) -> list[dict[str, Any]]:
    """Return the market prices dated within three years of a day; without any, the nearest."""
    rows = folder.checked("prices").rows()
    prices = [p for p in rows if p["measure"] == "price per Mbps per month"]
    near = [p for p in prices if p["about_on"].may_coincide(day, MARKET_WITHIN_DAYS)]
    if near:
        return near
    gaps = [abs((p["about_on"].earliest - day.earliest).days) for p in prices]
    return [p for p, gap in zip(prices, gaps, strict=True) if gap == min(gaps)]


def _judge(meaning: Meaning, context: _Context) -> dict[str, Any]:
    """Return one meaning with its conversions, its assessment and the reason."""
    usd, unit, words = meaning.amount, meaning.unit, meaning.words
    sources = split_ids(t["source_id"] for t in context.traffic)
    if unit.startswith("PKR"):
        rate = context.rate
        usd, unit = usd / Fraction(repr(rate.pkr_per_usd)), f"USD{unit[3:]}"
        words += f", at {rate.pkr_per_usd:g} PKR/USD ({rate.about_on})"
        sources.append(rate.source_id)
    row = {"interpretation": meaning.interpretation, "words": words, "unit": unit}
    if meaning.interpretation == "rate":
        return {**row, **_judge_rate(float(convert(usd, unit, "USD/year")), context)}
    prices = {k: float(convert(usd, unit, target)) for k, target in TARGETS.items()}
    month = prices["usd_per_mbps_month"]
    bill, gdp, (low, high) = context.yearly_bill(month), context.gdp, context.market_ends()
    share = bill / gdp.value if gdp and bill is not None else None
    used = gdp.source_ids if gdp and bill is not None else ()
    plausibility, why = _assess(month, bill, context)
    return {
        **row,
        **prices,
        "times_market_high": month / high,
        "times_market_low": month / low,
        "yearly_bill_usd": bill,
        "share_of_gdp": share,
        "plausibility": plausibility,
        "why": why,
        "source_ids": ";".join(
            dict.fromkeys([*sources, *(m["source_id"] for m in context.market), *used])
        ),
    }


def _assess(month: float, bill: float | None, context: _Context) -> tuple[str, str]:
    """Apply the rules in their order; return the assessment and the reason."""
    gdp, name = context.gdp, context.country.name
    if gdp and bill is not None and bill > gdp.value:
        times = format_number(bill / gdp.value, 3)
        return "impossible", (
            f"a year of the published VPN traffic would cost {format_money(bill, digits=3)}, "
            f"{times} times the GDP of {name} in {gdp.about_on}"
        )
    plausibility, why = _assess_by_market(month, context)
    if bill is None:
        why += f"; the record has no VPN traffic of {name} to compare with its GDP"
    return plausibility, why


def _assess_by_market(month: float, context: _Context) -> tuple[str, str]:
    low, high = context.market_ends()
    years = sorted({str(m["about_on"])[:4] for m in context.market})
    dated = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
    span = f"{format_number(low, 3)} to {format_number(high, 3)} USD/Mbps/month"
    market = f"market prices of {dated} ({span})"
    if month > STRAINED_TIMES * high:
        return "unlikely", f"{format_number(month / high, 3)} times the highest of the {market}"
    if month < low / STRAINED_TIMES:
        return "unlikely", f"{format_number(low / month, 3)} times below the lowest of the {market}"
    price = f"{format_number(month, 3)} USD/Mbps/month"
    return "plausible", f"{price}, within {STRAINED_TIMES} times of the {market}"


def _judge_rate(yearly: float, context: _Context) -> dict[str, Any]:
    """Compare a loss per time [USD/year] with GDP, the only thing it can be compared with."""
    gdp, share, words = context.gdp, 0.0, "unknown: the record has no GDP"
    if gdp:
        share = yearly / gdp.value
        percent = format_number(share * 100, 3)
        words = f"{percent} percent of the GDP of {context.country.name} in {gdp.about_on}"
    return {
        "yearly_bill_usd": yearly,
        "share_of_gdp": share if gdp else None,
        "plausibility": "plausible" if share <= 0.1 else "unlikely" if share <= 1 else "impossible",
        "why": f"per time alone, so not a price of traffic; a year of it is {words}",
        "source_ids": ";".join(gdp.source_ids if gdp else ()),
    }
