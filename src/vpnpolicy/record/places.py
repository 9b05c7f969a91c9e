"""Countries of the indicator tables: found by name or code, with the GDP, people and users of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from ..dates import PartialDate
from ..errors import UsageError
from ..formatting import plural
from .names import normal_name
from .schema import Folder, Table

GDP, PEOPLE, USERS = "gdp_current_usd", "population", "internet_users"
SCOPES = ("national", "mobile", "app", "vpn")
"""What of a country's internet may be cut."""
MAX_NAMES = 3


@dataclass(frozen=True)
class Country:
    """A country and its indicator rows, oldest first."""

    name: str
    iso3: str
    rows: tuple[dict, ...]

    def series(self, indicator: str) -> list[dict]:
        """Rows of one indicator, oldest first."""
        return [r for r in self.rows if r["indicator"] == indicator]


@dataclass(frozen=True)
class Figure:
    """One indicator as used: its value, the year or day it is about, the vintage of the series, the source."""

    value: float
    about_on: str
    vintage: str
    source_ids: tuple[str, ...]

    def words(self, what: str) -> str:
        """The figure with its date and vintage.

        >>> Figure(2.0, "2023", "2026-03-20", ()).words("GDP")
        'GDP of 2023 (vintage 2026-03-20)'
        """
        return f"{what} of {self.about_on}" + (f" (vintage {self.vintage})" if self.vintage else "")


def find_country(name: str, folder: Folder) -> Country:
    """A country by its name or ISO 3166-1 alpha-3 code. Raises `UsageError` with the nearest name.

    >>> find_country("egypt", Folder()).iso3
    'EGY'
    """
    countries, keys = _gazetteer(folder.checked("indicators"), folder.checked("published"))
    code = keys.get(normal_name(str(name)))
    if code is None:
        raise UsageError(f"no GDP and no population is held for '{name}'. {_suggestion(str(name), countries)}")
    return countries[code]


@lru_cache(maxsize=8)
def _gazetteer(indicators: Table, published: Table) -> tuple[dict[str, Country], dict[str, str]]:
    """Countries by code, and codes by every spelling, put together once for the same tables."""
    held: dict[str, list[dict]] = {}
    for row in indicators.rows():
        held.setdefault(row["iso3"], []).append(row)
    codes = {r["iso3"]: r["place"] for rows in held.values() for r in rows if r["indicator"] in (GDP, PEOPLE)}
    spelt = [(r["place"], r["iso3"]) for r in published.rows() if r["iso3"] in codes]
    names = [*spelt, *((n, code) for code, place in codes.items() for n in (code, place, _short(place)))]
    dated = {code: sorted(held[code], key=lambda r: (r["about_on"].earliest, r["indicator_id"])) for code in codes}
    countries = {code: Country(place, code, tuple(dated[code])) for code, place in codes.items()}
    return countries, {normal_name(n): code for n, code in names}


def list_countries(folder: Folder) -> list[str]:
    """Names of the countries with GDP or population, sorted."""
    countries, _ = _gazetteer(folder.checked("indicators"), folder.checked("published"))
    return sorted(c.name for c in countries.values())


def _suggestion(name: str, countries: dict[str, Country]) -> str:
    """Countries that may be meant: those that begin so, else those with a word that does, else the nearest in spelling."""
    asked = normal_name(name)
    known = sorted({_short(c.name) for c in countries.values()} | (set(countries) if len(asked) < 4 else set()))
    keys = {normal_name(n): n for n in known}
    begin = [n for k, n in keys.items() if asked and k.startswith(asked)]
    within = [n for k, n in keys.items() if asked and any(w.startswith(asked) for w in k.split())]
    near = [keys[k] for k in get_close_matches(asked, keys, n=1, cutoff=0.6)]
    meant = " or ".join(repr(n) for n in (begin or within or near)[:MAX_NAMES])
    held = (
        f"{plural(len(countries), 'country', 'countries')} can be named, by name or ISO 3166-1 alpha-3 code: see indicators.csv."
    )
    return f"Did you mean {meant}? {held}" if meant else held


def _short(place: str) -> str:
    """``Egypt, Arab Rep.`` is Egypt, but the two states of Korea and Congo keep their whole name."""
    first = place.split(",")[0]
    return place if first in ("Congo", "Korea") else first


def year_value(country: Country, indicator: str, year: int, what: str) -> Figure | None:
    """A yearly indicator for a year: that year's row, or the newest one for a year after the series.

    Returns ``None`` where the country has no such series. Raises `UsageError` for a year before it begins.
    """
    series = country.series(indicator)
    if not series:
        return None
    first, last = series[0], series[-1]
    if year < first["about_on"].earliest.year:
        span = f"{first['about_on']} to {last['about_on']}"
        raise UsageError(f"period: {what} of {country.name} is held for {span}; found {year}.")
    best = max((r for r in series if r["about_on"].earliest.year <= year), key=lambda r: r["about_on"].earliest)
    return as_figure(best)


def users_on(country: Country, day: date) -> Figure | None:
    """Internet users: the count nearest to a day, or the share of that year's people; ``None`` without either."""
    shares = {r["about_on"].earliest.year: r for r in country.series("internet_users_share")}
    people = {r["about_on"].earliest.year: r for r in country.series(PEOPLE)}
    found = [as_figure(r) for r in country.series(USERS)] + [_share_of(shares[y], people[y]) for y in shares if y in people]
    return min(found, key=lambda f: (abs((PartialDate.parse(f.about_on).earliest - day).days), f.about_on), default=None)


def _share_of(share: dict, people: dict) -> Figure:
    sources = (share["source_id"], people["source_id"])
    return Figure(people["value"] * share["value"] / 100, str(share["about_on"]), share["vintage"] or "", sources)


def gdp_vintages(country: Country, days: tuple[date, date]) -> list[Figure]:
    """Every GDP in dollars held for the year, or the fiscal year, that a period begins in, as printed at different times."""
    spans = [r for r in country.rows if r["indicator"] in (GDP, "gdp") and r["unit"] == "USD"]
    hits = [r for r in spans if r["about_on"].earliest <= days[0] <= r["about_on"].latest]
    chosen = year_value(country, GDP, days[0].year, "GDP")
    return list(dict.fromkeys(([chosen] if chosen else []) + [as_figure(r) for r in hits]))


def as_figure(row: dict) -> Figure:
    """An indicator row as a figure."""
    return Figure(row["value"], str(row["about_on"]), row["vintage"] or "", (row["source_id"],))
