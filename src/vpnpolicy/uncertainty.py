"""Random draws of uncertain inputs: distributions, tornado, Sobol indices, and named scenarios.

Each input has a random stream of its own, made from the seed and its name, so that adding an input
changes no other's draws.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from ._exchange import rate_on
from .bandwidth import assumption
from .data.countries import GDP, find_country, year_value
from .data.tables import Folder
from .dates import PartialDate
from .disruption import FORMS
from .errors import UnitError, UsageError, did_you_mean
from .formatting import TABLE_STYLE, format_rounded, split_ids, table_html
from .ranges import Range, checked_number, row_range

CHUNK = 1 << 16
Z95 = 1.6448536269514722
"""The 95 % point of the standard normal distribution."""
MAX_DRAWS = 10**9
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Distribution:
    """Results of a simulation: quantiles and exceedance; a mean alone is never given.

    Parameters
    ----------
    values : array [``unit``]
        The draws.
    unit : str
        A unit of the table.
    seed : int
        The seed they were drawn with.
    """

    values: np.ndarray = field(repr=False)
    unit: str = "1"
    seed: int = 1

    def quantile(self, q: Any) -> Any:
        """Return the value that a share ``q`` of the draws does not exceed [``unit``].

        ``q`` is a number or an array of numbers from 0 to 1 [1].
        """
        shares = np.asarray(q)
        if shares.dtype.kind not in "fiu" or not ((shares >= 0) & (shares <= 1)).all():
            raise UsageError(f"range: a quantile is a share; found {q!r}; expected 0 to 1.")
        found = np.quantile(self.values, q)
        return found.item() if np.ndim(found) == 0 else found

    def exceedance(self, threshold: Any) -> Any:
        """Return the share of draws above a threshold [1]; a number or an array [``unit``]."""
        if np.asarray(threshold).dtype.kind not in "fiu":
            raise UsageError(f"a threshold must be a number; found {threshold!r}.")
        ordered = np.sort(self.values)
        found = 1 - np.searchsorted(ordered, threshold, side="right") / len(ordered)
        return found.item() if np.ndim(found) == 0 else found

    def to_dict(self) -> dict[str, Any]:
        """Return quantiles, number of draws and seed as plain values."""
        quantiles = {f"q{round(q * 100):02d}": float(self.quantile(q)) for q in QUANTILES}
        head = {"schema": "vpnpolicy.distribution/1", "unit": self.unit}
        return {**head, **quantiles, "draws": len(self.values), "seed": self.seed}

    def to_frame(self) -> pd.DataFrame:
        """Return the draws, one row each."""
        return pd.DataFrame({"value": self.values})

    def __str__(self) -> str:
        low, middle, high = (format_rounded(float(v)) for v in self.quantile((0.05, 0.5, 0.95)))
        unit = "" if self.unit == "1" else f" {self.unit}"
        draws = f"{len(self.values):,} draws, seed {self.seed}"
        return f"median {middle}{unit}, 90 % interval {low} to {high} ({draws})"

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        rows = [
            (f"{q * 100:.0f} % of the draws lie below", format_rounded(float(self.quantile(q))))
            for q in QUANTILES
        ]
        unit = "" if self.unit == "1" else f" [{self.unit}]"
        caption = f"{len(self.values):,} draws, seed {self.seed}"
        table = table_html(caption, ("Share", f"Value{unit}"), rows, (False, True))
        return {"text/html": TABLE_STYLE + table, "text/plain": str(self)}


def draw(ranges: Mapping[str, Range], n: int = 100_000, seed: int = 1) -> dict[str, np.ndarray]:
    """Draw random values of each range by its shape.

    ``uniform`` and ``triangular`` lie between low and high; ``pert`` is the beta form of a
    triangle, with weight 4 on the centre; ``lognormal`` has its median at the centre and the
    deviation that puts 90 % of the draws between low and high where the centre is
    sqrt(low x high), fewer where it is not, and draws beyond both; ``fixed`` is the centre.

    Parameters
    ----------
    ranges : mapping of str to Range
        The inputs by name.
    n : int
        How many draws, 1 to 10^9.
    seed : int
        A whole number from 0.

    Returns
    -------
    dict of str to array
        ``n`` values by name [unit of the range].

    Raises
    ------
    UsageError
        For a lognormal range that touches zero, and for numbers outside their bounds.

    Examples
    --------
    >>> float(draw({"a": Range(1, 2, 3)}, 3)["a"].max()) < 3
    True
    """
    check_draws(ranges, n, seed)
    return {name: _sampler(r)(_stream(name, seed), n) for name, r in ranges.items()}


def simulate(
    model: Callable[..., Any],
    ranges: Mapping[str, Range],
    n: int = 100_000,
    seed: int = 1,
    unit: str = "1",
) -> Distribution:
    """Run a model on random draws of its inputs, in blocks that fit the processor's cache.

    Parameters
    ----------
    model : callable
        A function of the names in ``ranges`` that works on arrays.
    ranges, n, seed
        As in `draw`.
    unit : str
        The unit of the result.

    Returns
    -------
    Distribution
        Of ``n`` values, the same for the same seed.

    Raises
    ------
    UsageError
        If the model gives a value that is not finite.

    Examples
    --------
    >>> ranges = {"a": Range(1, 2, 3), "b": Range.exact(10)}
    >>> simulate(lambda a, b: a * b, ranges, 1000).quantile(0.5) > 10
    True
    """
    check_draws(ranges, n, seed)
    samplers = [(name, _sampler(r), _stream(name, seed)) for name, r in ranges.items()]
    values = np.empty(n)
    for start in range(0, n, CHUNK):
        size = min(CHUNK, n - start)
        values[start : start + size] = model(**{k: take(rng, size) for k, take, rng in samplers})
    if not np.isfinite(values).all():
        raise UsageError(
            "the model gave a value that is not finite; "
            "check that no range touches zero where it divides."
        )
    return Distribution(values, unit, seed)


def check_draws(ranges: Any, n: Any, seed: Any) -> None:
    """Check the arguments of a simulation. Raises `UsageError`."""
    if not isinstance(ranges, Mapping) or not all(isinstance(r, Range) for r in ranges.values()):
        raise UsageError(f"ranges must be a mapping of names to Range; found {ranges!r}.")
    whole = (int, np.integer)
    if isinstance(n, bool) or not isinstance(n, whole) or not 1 <= n <= MAX_DRAWS:
        raise UsageError(f"range: {n!r} draws; expected a whole number from 1 to 10^9.")
    if isinstance(seed, bool) or not isinstance(seed, whole) or not 0 <= seed < 2**63:
        raise UsageError(f"a seed is a whole number from 0; found {seed!r}.")


def _stream(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(name.encode())])


def _sampler(r: Range) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return how to draw from a range. Raises `UsageError` for lognormal ranges that touch zero."""
    if r.is_exact or r.shape == "fixed":
        return lambda rng, n: np.full(n, float(r.central))
    if r.shape == "uniform":
        return lambda rng, n: rng.uniform(r.low, r.high, n)
    if r.shape == "pert":
        width = r.high - r.low
        a, b = 1 + 4 * (r.central - r.low) / width, 1 + 4 * (r.high - r.central) / width
        return lambda rng, n: r.low + width * rng.beta(a, b, n)
    if r.shape == "lognormal":
        mu, sigma = lognormal_parameters(r)
        return lambda rng, n: rng.lognormal(mu, sigma, n)
    return lambda rng, n: rng.triangular(r.low, r.central, r.high, n)


def lognormal_parameters(r: Range) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm of a lognormal range.

    The median is the centre; the 5 % and 95 % points are as far apart as the bounds, and are the
    bounds themselves only where the centre is sqrt(low x high).

    >>> round(lognormal_parameters(Range(1, 10, 100, shape="lognormal"))[1], 4)
    1.3999
    """
    if r.low <= 0:
        raise UsageError(f"a lognormal range lies above zero: found low {r.low}.")
    return math.log(r.central), (math.log(r.high) - math.log(r.low)) / (2 * Z95)


def tornado(model: Callable[..., Any], ranges: Mapping[str, Range]) -> pd.DataFrame:
    """Compute the result with each input at its low and its high end, the others at their centre.

    Parameters
    ----------
    model, ranges
        As in `simulate`.

    Returns
    -------
    DataFrame
        One row per input, the widest swing first: ``input``, ``at_low``, ``at_high``, ``central``
        and ``swing`` [unit of the model].

    Examples
    --------
    >>> tornado(lambda a, b: a * b, {"a": Range(1, 2, 3), "b": Range(1, 2, 5)}).input.tolist()
    ['b', 'a']
    """
    centre = {name: float(r.central) for name, r in ranges.items()}
    rows = [
        (name, *(float(model(**{**centre, name: float(v)})) for v in (r.low, r.high, r.central)))
        for name, r in ranges.items()
    ]
    frame = pd.DataFrame(rows, columns=["input", "at_low", "at_high", "central"])
    frame["swing"] = (frame["at_high"] - frame["at_low"]).abs()
    return _sorted_by(frame, "swing")


def sensitivity(
    model: Callable[..., Any], ranges: Mapping[str, Range], n: int = 1 << 14, seed: int = 1
) -> pd.DataFrame:
    """Compute Sobol indices: how much of the variance of the result each input explains.

    first = mean(f(B) (f(A with i from B) - f(A))) / var, what it explains alone; total =
    mean((f(A) - f(A with i from B))^2) / (2 var), with all it combines with.

    Parameters
    ----------
    model, ranges, seed
        As in `simulate`.
    n : int
        Draws of each of two samples.

    Returns
    -------
    DataFrame
        One row per input, the largest total first: ``input``, ``first`` and ``total`` [1]; both
        are 0 where nothing varies.

    References
    ----------
    Saltelli et al. 2010 (first), Jansen 1999 (total).

    Examples
    --------
    >>> ranges = {"a": Range(0, 1, 2), "b": Range(0, 1, 2)}
    >>> frame = sensitivity(lambda a, b: a + 0 * b, ranges, 1024)
    >>> frame.input[0], round(float(frame.total[0]), 1)
    ('a', 1.0)
    """
    a, b = draw(ranges, n, seed), draw({f"{k} again": r for k, r in ranges.items()}, n, seed)
    b = {k: b[f"{k} again"] for k in ranges}
    at_a, at_b = (np.broadcast_to(model(**x), n) for x in (a, b))
    both = np.concatenate([at_a, at_b])
    middle, variance = both.mean(), both.var()
    rows = []
    for name in ranges:
        mixed = np.broadcast_to(model(**{**a, name: b[name]}), n)
        first, total = ((at_b - middle) * (mixed - at_a)).mean(), 0.5 * ((at_a - mixed) ** 2).mean()
        rows.append((name, *((first / variance, total / variance) if variance > 0 else (0.0, 0.0))))
    return _sorted_by(pd.DataFrame(rows, columns=["input", "first", "total"]), "total")


def _sorted_by(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    ordered = frame.sort_values([column, "input"], ascending=[False, True], kind="stable")
    return ordered.reset_index(drop=True)


@dataclass(frozen=True)
class Scenario:
    """A quantity that follows from uncertain inputs: its equation, unit, inputs and sources."""

    name: str
    label: str
    equation: str
    unit: str
    form: Callable[..., Any]
    ranges: dict[str, Range]
    source_ids: tuple[str, ...] = ()
    pkr_per_usd: float | None = None

    def simulate(self, n: int = 100_000, seed: int = 1) -> Distribution:
        """Put random draws of the inputs through the form, as `simulate` does."""
        return simulate(self.form, self.ranges, n, seed, self.unit)

    def tornado(self) -> pd.DataFrame:
        """Return the result with one input at its ends at a time, as `tornado` does."""
        return tornado(self.form, self.ranges)

    def sensitivity(self, n: int = 1 << 14, seed: int = 1) -> pd.DataFrame:
        """Return the Sobol indices of the inputs, as `sensitivity` does."""
        return sensitivity(self.form, self.ranges, n, seed)

    def with_ranges(self, **ranges: Range | float) -> Scenario:
        """Return the scenario with other inputs.

        Parameters
        ----------
        **ranges : Range or float
            New inputs by name. A number is taken in the unit of the input; a `Range` is converted
            from its own, rupees at the newest exchange rate of the record.

        Raises
        ------
        UsageError
            For an input that the scenario does not have, or a range of another kind.

        Examples
        --------
        >>> half = scenario("bypass").with_ranges(cache_share=Range(0.3, 0.5, 0.7))
        >>> half.ranges["cache_share"].central
        50.0
        """
        for name in ranges:
            if name not in self.ranges:
                hint = did_you_mean(name, self.ranges)
                raise UsageError(f"the scenario '{self.name}' has no input '{name}'. {hint}")
        given = {name: self._in_own_unit(name, r) for name, r in ranges.items()}
        return replace(self, ranges={**self.ranges, **given})

    def _in_own_unit(self, name: str, value: Range | float) -> Range:
        unit = self.ranges[name].unit
        if not isinstance(value, Range):
            return Range.exact(checked_number(name, value, 1e18, -1e18), unit)
        try:
            return value.to(unit, self.pkr_per_usd)
        except UnitError as error:
            raise UnitError(f"{name}: {error}") from None

    def headline(self) -> str:
        """Return what it is, its equation and unit."""
        return f"{self.label}: {self.equation} [{self.unit}]"

    def __str__(self) -> str:
        inputs = [
            f"{n}: {r.words()} {r.unit.removeprefix('1')}".rstrip() + f" ({r.shape})"
            for n, r in self.ranges.items()
        ]
        return "\n  ".join([self.headline(), *inputs, f"Sources: {', '.join(self.source_ids)}"])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        rows = [(n, r.low, r.central, r.high, r.unit, r.shape) for n, r in self.ranges.items()]
        heads = ("Input", "Low", "Central", "High", "Unit", "Shape")
        numeric = (False, True, True, True, False, False)
        table = table_html(self.headline(), heads, rows, numeric)
        return {"text/html": TABLE_STYLE + table, "text/plain": str(self)}


def scenario(
    name: str = "bypass", *, data: str | os.PathLike[str] | None = None, **inputs: Any
) -> Scenario:
    """Return a scenario out of the record, ready for draws, a tornado and Sobol indices.

    Parameters
    ----------
    name : {"bypass", "disruption"}
        ``bypass``: what a month of VPN traffic that leaves caches costs at wholesale prices
        [USD/month]. ``disruption``: what a day without internet costs, between the lowest and the
        highest share of GDP of the methods that say so for any country [USD/day].
    data : path, optional
        A data folder in place of the packaged one.
    **inputs
        ``country`` and ``year`` of the disruption.

    Returns
    -------
    Scenario

    Raises
    ------
    UsageError
        For an unknown scenario or input.

    Examples
    --------
    >>> scenario("bypass").simulate(1000).quantile(0.5) > 100_000
    True
    """
    if name not in _SCENARIOS:
        raise UsageError(f"there is no scenario '{name}'. {did_you_mean(name, _SCENARIOS)}")
    make = _SCENARIOS[name]
    known = list(signature(make).parameters)[1:]
    for given in inputs:
        if given not in known:
            hint = did_you_mean(given, known or ["nothing"])
            raise UsageError(f"the scenario '{name}' takes no '{given}'. {hint}")
    folder = Folder(data)
    return replace(make(folder, **inputs), pkr_per_usd=rate_on(None, folder).pkr_per_usd)


def _bypass(folder: Folder) -> Scenario:
    names = ("vpn_traffic_gbps", "cache_share", "wholesale_price_usd_per_mbps_month")
    found = {n: assumption(n, folder) for n in names}

    def form(vpn_traffic_gbps: Any, cache_share: Any, **price: Any) -> Any:
        extra_mbps = vpn_traffic_gbps * 1000 * (cache_share / 100)
        return extra_mbps * price["wholesale_price_usd_per_mbps_month"]

    return Scenario(
        "bypass",
        "VPN traffic that leaves caches, at wholesale prices",
        "VPN traffic x cache share x price",
        "USD/month",
        form,
        {n: r for n, (r, _) in found.items()},
        tuple(split_ids(row["source_id"] for _, row in found.values())),
    )


def _disruption(folder: Folder, country: str = "Pakistan", year: int = 2023) -> Scenario:
    begun = PartialDate.parse(str(year)).earliest.year
    gdp = year_value(find_country(country, folder), GDP, begun, "GDP")
    if gdp is None:
        raise UsageError(f"the record has no GDP of {country}.")
    rows = [
        p
        for p in folder.checked("parameters").rows()
        if p["name"] == "share" and p["scope"] == "national" and p["method_id"] != "oecd"
    ]  # the share of the OECD is of telecom revenue alone
    shares = [row_range(p).to("%") for p in rows]
    middle = sorted(s.central for s in shares)[len(shares) // 2]
    share = Range(min(s.low for s in shares), middle, max(s.high for s in shares), "%")
    return Scenario(
        "disruption",
        f"A day without internet in {country}",
        "GDP / 365 x share",
        "USD/day",
        lambda share, days: FORMS["share"].cost(gdp.value, days, share / 100),
        {"share": share, "days": Range.exact(1, "day")},
        tuple(split_ids([*gdp.source_ids, *(p["source_id"] for p in rows)])),
    )


_SCENARIOS: dict[str, Callable[..., Scenario]] = {"bypass": _bypass, "disruption": _disruption}
