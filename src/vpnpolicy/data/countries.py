"""Countries of the indicators: found by name or code, with GDP, population and internet users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from ..dates import PartialDate
from ..errors import UsageError
from ..formatting import plural
from .names import normal_name
from .tables import Folder, Table

GDP, PEOPLE, USERS = "gdp_current_usd", "population", "internet_users"
SCOPES = ("national", "mobile", "app", "vpn")
"""What of a country's internet may be blocked."""
MAX_NAMES = 3


@dataclass(frozen=True)
class Country:
    """A country and its indicator rows, oldest first."""

    name: str
    iso3: str
    rows: tuple[dict, ...]

    def series(self, indicator: str) -> list[dict]:
        """Return the rows of one indicator, oldest first."""
        return [r for r in self.rows if r["indicator"] == indicator]


@dataclass(frozen=True)
class Figure:
    """One indicator as used: its value, its year or day, the edition of the series, sources."""

    value: float
    about_on: str
    vintage: str
    source_ids: tuple[str, ...]

    def words(self, what: str) -> str:
        """Return the figure with its date and edition.

        >>> Figure(2.0, "2023", "2026-03-20", ()).words("GDP")
        'GDP of 2023 (vintage 2026-03-20)'
        """
        return f"{what} of {self.about_on}" + (f" (vintage {self.vintage})" if self.vintage else "")


def find_country(name: str, folder: Folder) -> Country:
    """Return a country by its name or ISO 3166-1 alpha-3 code.

    Raises `UsageError` with the nearest name.

    >>> find_country("egypt", Folder()).iso3
    'EGY'
    """
    countries, codes = _countries_of(folder)
    code = codes.get(normal_name(str(name)))
    if code is None:
        hint = _suggestion(str(name), countries)
        raise UsageError(f"the record has no GDP and no population for '{name}'. {hint}")
    return countries[code]


def list_countries(folder: Folder) -> list[str]:
    """Return the names of the countries with GDP or population, sorted."""
    return sorted(c.name for c in _countries_of(folder)[0].values())


def _countries_of(folder: Folder) -> tuple[dict[str, Country], dict[str, str]]:
    return _countries(folder.checked("indicators"), folder.checked("published"))


@lru_cache(maxsize=8)
def _countries(indicators: Table, published: Table) -> tuple[dict[str, Country], dict[str, str]]:
    """Return countries by code, and codes by every spelling; computed once for the same tables."""
    rows: dict[str, list[dict]] = {}
    for row in indicators.rows():
        rows.setdefault(row["iso3"], []).append(row)
    both = (GDP, PEOPLE)
    places = {r["iso3"]: r["place"] for rs in rows.values() for r in rs if r["indicator"] in both}
    countries, codes = {}, {}
    for row in published.rows():
        if row["iso3"] in places:
            codes[normal_name(row["place"])] = row["iso3"]
    for code, place in places.items():
        dated = sorted(rows[code], key=lambda r: (r["about_on"].earliest, r["indicator_id"]))
        countries[code] = Country(place, code, tuple(dated))
        codes |= {normal_name(name): code for name in (code, place, _short(place))}
    return countries, codes


def _suggestion(name: str, countries: dict[str, Country]) -> str:
    """Return the nearest names: by their beginning, else by a word, else by spelling."""
    asked = normal_name(name)
    known = {_short(c.name) for c in countries.values()}
    known |= set(countries) if len(asked) < 4 else set()
    keys = {normal_name(n): n for n in sorted(known)}
    begin = [n for k, n in keys.items() if asked and k.startswith(asked)]
    within = [n for k, n in keys.items() if asked and any(w.startswith(asked) for w in k.split())]
    near = [keys[k] for k in get_close_matches(asked, keys, n=1, cutoff=0.6)]
    meant = " or ".join(repr(n) for n in (begin or within or near)[:MAX_NAMES])
    count = plural(len(countries), "country", "countries")
    hint = f"{count} can be named, by name or ISO 3166-1 alpha-3 code: see indicators.csv."
    return f"Did you mean {meant}? {hint}" if meant else hint


def _short(place: str) -> str:
    """Return ``Egypt`` for ``Egypt, Arab Rep.``, but the whole name of Koreas and Congos."""
    first = place.split(",")[0]
    return place if first in ("Congo", "Korea") else first


def year_value(country: Country, indicator: str, year: int, what: str) -> Figure | None:
    """Return a yearly indicator: that year's row, or the newest for a year after the series.

    Returns ``None`` where the country has no such series. Raises `UsageError` for a year before.
    """
    series = country.series(indicator)
    if not series:
        return None
    first, last = series[0]["about_on"], series[-1]["about_on"]
    if year < first.earliest.year:
        known = f"the record has {what} of {country.name} for {first} to {last}"
        raise UsageError(f"period: {known}; found {year}.")
    past = [r for r in series if r["about_on"].earliest.year <= year]
    return as_figure(max(past, key=lambda r: r["about_on"].earliest))


def users_on(country: Country, day: date) -> Figure | None:
    """Return internet users: the count nearest to a day, or share times population of a year."""
    shares = {r["about_on"].earliest.year: r for r in country.series("internet_users_share")}
    people = {r["about_on"].earliest.year: r for r in country.series(PEOPLE)}
    found = [as_figure(r) for r in country.series(USERS)]
    found += [_share_of(shares[y], people[y]) for y in shares if y in people]

    def distance(figure: Figure) -> tuple[int, str]:
        earliest = PartialDate.parse(figure.about_on).earliest
        return abs((earliest - day).days), figure.about_on

    return min(found, key=distance, default=None)


def _share_of(share: dict, people: dict) -> Figure:
    """Return users = population x share / 100 [person]."""
    users = people["value"] * share["value"] / 100
    sources = (share["source_id"], people["source_id"])
    return Figure(users, str(share["about_on"]), share["vintage"] or "", sources)


def gdp_vintages(country: Country, days: tuple[date, date]) -> list[Figure]:
    """Return every GDP in dollars published for the year, or fiscal year, in which days begin."""
    chosen = year_value(country, GDP, days[0].year, "GDP")
    found = [chosen] if chosen else []
    rows = [r for r in country.rows if r["indicator"] in (GDP, "gdp") and r["unit"] == "USD"]
    within = [r for r in rows if r["about_on"].earliest <= days[0] <= r["about_on"].latest]
    found += [as_figure(r) for r in within]
    return list(dict.fromkeys(found))


def as_figure(row: dict) -> Figure:
    """Return an indicator row as a figure."""
    return Figure(row["value"], str(row["about_on"]), row["vintage"] or "", (row["source_id"],))
