"""Ranges drawn at random, with a seed: distributions, tornado, and which input the spread comes from.

Each input has a random stream of its own, made from the seed and its name: adding an input changes no other's draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from ..errors import UsageError
from ..formatting import TABLE_STYLE, format_rounded, table_html
from ..ranges import Range

CHUNK = 1 << 16
Z95 = 1.6448536269514722
"""The 95 % point of the standard normal distribution: nine of ten draws lie less than this many deviations from the middle."""
MAX_DRAWS = 10**9


@dataclass(frozen=True)
class Distribution:
    """Results of a simulation: quantiles and exceedance; a mean alone is never given."""

    values: np.ndarray = field(repr=False)
    unit: str = "1"
    seed: int = 1

    def quantile(self, q):
        """The value that a share ``q`` of the draws does not exceed [``unit``]; a number or an array of shares [1]."""
        found = np.quantile(self.values, q)
        return found.item() if np.ndim(found) == 0 else found

    def exceedance(self, threshold):
        """The share of draws above a threshold [1]; a number or an array of thresholds [``unit``]."""
        ordered = np.sort(self.values)
        found = 1 - np.searchsorted(ordered, threshold, side="right") / len(ordered)
        return found.item() if np.ndim(found) == 0 else found

    def to_dict(self) -> dict:
        """Quantiles, number of draws and seed as plain values."""
        shares = (0.05, 0.25, 0.5, 0.75, 0.95)
        quantiles = {f"q{round(q * 100):02d}": float(v) for q, v in zip(shares, self.quantile(shares), strict=True)}
        return {
            "schema": "vpnpolicy.distribution/1",
            "unit": self.unit,
            **quantiles,
            "draws": len(self.values),
            "seed": self.seed,
        }

    def to_frame(self):
        """The draws, one row each."""
        import pandas as pd

        return pd.DataFrame({"value": self.values})

    def __str__(self) -> str:
        low, middle, high = (format_rounded(float(v)) for v in self.quantile((0.05, 0.5, 0.95)))
        unit = "" if self.unit == "1" else f" {self.unit}"
        return (
            f"{middle}{unit} in the middle, {low} to {high} in nine of ten draws ({len(self.values):,} draws, seed {self.seed})"
        )

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        shares = (0.05, 0.25, 0.5, 0.75, 0.95)
        rows = [(f"{share * 100:.0f} % of the draws lie below", format_rounded(float(self.quantile(share)))) for share in shares]
        caption, unit = f"{len(self.values):,} draws, seed {self.seed}", "" if self.unit == "1" else f" [{self.unit}]"
        table = table_html(caption, ("Share", f"Value{unit}"), rows, (False, True))
        return {"text/html": TABLE_STYLE + table, "text/plain": str(self)}


def draw(ranges: Mapping[str, Range], n: int = 100_000, seed: int = 1) -> dict[str, np.ndarray]:
    """Random values of each range by its shape.

    ``uniform`` and ``triangular`` lie between low and high; ``pert`` is the beta form of a triangle, with weight 4 on the
    centre; ``lognormal`` has its median at the centre and the deviation that puts nine of ten draws between low and high
    where the centre is sqrt(low x high), fewer where it is not, and draws beyond both; ``fixed`` is the centre.

    Parameters: ``ranges`` by name; ``n`` how many draws; ``seed`` a whole number. Returns arrays of shape (n,) by name.
    Raises `UsageError` for a lognormal range that touches zero, and for a number of draws outside 1 to 10^9.

    >>> float(draw({"a": Range(1, 2, 3)}, 3)["a"].max()) < 3
    True
    """
    check_draws(n, seed)
    return {name: sampler(r)(stream(name, seed), n) for name, r in ranges.items()}


def simulate(model: Callable, ranges: Mapping[str, Range], n: int = 100_000, seed: int = 1, unit: str = "1") -> Distribution:
    """A model run on random draws of its inputs, in blocks that fit the processor's cache.

    Parameters: ``model`` a function of the names in ``ranges`` that works on arrays; ``n`` how many draws; ``seed``;
    ``unit`` of the result. Returns a `Distribution` of n values, the same for the same seed. Raises `UsageError` where
    the model gives a value that is not finite.

    >>> simulate(lambda a, b: a * b, {"a": Range(1, 2, 3), "b": Range.exact(10)}, 1000).quantile(0.5) > 10
    True
    """
    check_draws(n, seed)
    samplers = [(name, sampler(r), stream(name, seed)) for name, r in ranges.items()]
    values = np.empty(n)
    for start in range(0, n, CHUNK):
        size = min(CHUNK, n - start)
        values[start : start + size] = model(**{name: take(rng, size) for name, take, rng in samplers})
    if not np.isfinite(values).all():
        raise UsageError("the model gave a value that is not finite; check that no range touches zero where it divides.")
    return Distribution(values, unit, seed)


def check_draws(n: int, seed: int) -> None:
    """Refuse a number of draws or a seed that cannot be meant. Raises `UsageError`."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 1 <= n <= MAX_DRAWS:
        raise UsageError(f"range: {n!r} draws; expected a whole number from 1 to 10^9.")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise UsageError(f"a seed is a whole number from 0; found {seed!r}.")


def stream(name: str, seed: int) -> np.random.Generator:
    """The random stream of one input."""
    return np.random.default_rng([seed, crc32(name.encode())])


def sampler(r: Range) -> Callable[[np.random.Generator, int], np.ndarray]:
    """How to draw from a range. Raises `UsageError` for a lognormal range that touches zero."""
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
    """Mean and standard deviation of the logarithm: median at the centre, 5 % and 95 % points as far apart as the bounds.

    Those points are the bounds themselves only where the centre is sqrt(low x high); else they lie off them by one factor.

    Raises `UsageError` for a range that touches zero.

    >>> round(lognormal_parameters(Range(1, 10, 100, shape="lognormal"))[1], 4)
    1.3999
    """
    if r.low <= 0:
        raise UsageError(f"a lognormal range lies above zero: found low {r.low}.")
    return math.log(r.central), (math.log(r.high) - math.log(r.low)) / (2 * Z95)


def tornado(model: Callable, ranges: Mapping[str, Range]):
    """The result with each input at its low and its high end, the others at their centre; the widest swing first.

    Parameters: as in `simulate`. Returns a DataFrame: ``input``, ``at_low``, ``at_high``, ``central`` and ``swing``, in
    the unit of the model.

    >>> tornado(lambda a, b: a * b, {"a": Range(1, 2, 3), "b": Range(1, 2, 5)}).input.tolist()
    ['b', 'a']
    """
    import pandas as pd

    centre = {name: float(r.central) for name, r in ranges.items()}
    rows = [
        (name, *(float(model(**{**centre, name: float(v)})) for v in (r.low, r.high)), float(model(**centre)))
        for name, r in ranges.items()
    ]
    frame = pd.DataFrame(rows, columns=["input", "at_low", "at_high", "central"])
    frame["swing"] = (frame["at_high"] - frame["at_low"]).abs()
    return frame.sort_values(["swing", "input"], ascending=[False, True], kind="stable").reset_index(drop=True)


def sensitivity(model: Callable, ranges: Mapping[str, Range], n: int = 1 << 14, seed: int = 1):
    """Sobol indices: how much of the variance of the result each input explains alone, and with all it combines with.

    first = mean(f(B) (f(A with i from B) - f(A))) / var, total = mean((f(A) - f(A with i from B))^2) / (2 var)

    Parameters: as in `simulate`; ``n`` draws of each of two samples. Returns a DataFrame: ``input``, ``first`` and
    ``total`` [1], the largest total first; both are 0 where nothing varies. Source: Saltelli et al. 2010, Jansen 1999.

    >>> frame = sensitivity(lambda a, b: a + 0 * b, {"a": Range(0, 1, 2), "b": Range(0, 1, 2)}, 1024)
    >>> frame.input[0], round(float(frame.total[0]), 1)
    ('a', 1.0)
    """
    import pandas as pd

    a, b = draw(ranges, n, seed), draw({f"{k} again": r for k, r in ranges.items()}, n, seed)
    b = {k: b[f"{k} again"] for k in ranges}
    at_a, at_b = (np.broadcast_to(model(**x), n) for x in (a, b))
    middle, variance = np.concatenate([at_a, at_b]).mean(), np.concatenate([at_a, at_b]).var()
    rows = []
    for name in ranges:
        mixed = np.broadcast_to(model(**{**a, name: b[name]}), n)
        first, total = ((at_b - middle) * (mixed - at_a)).mean(), 0.5 * ((at_a - mixed) ** 2).mean()
        rows.append((name, *((first / variance, total / variance) if variance > 0 else (0.0, 0.0))))
    frame = pd.DataFrame(rows, columns=["input", "first", "total"])
    return frame.sort_values(["total", "input"], ascending=[False, True], kind="stable").reset_index(drop=True)
