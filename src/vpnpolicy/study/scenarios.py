"""Named scenarios: a form, its inputs as ranges, their sources; ready for draws, a tornado and Sobol indices."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import signature

from ..dates import PartialDate
from ..errors import UsageError, did_you_mean
from ..formatting import TABLE_STYLE, split_ids, table_html
from ..model import bandwidth, sampling
from ..model import disruption as forms
from ..ranges import Range, checked_number, row_range
from ..record.places import GDP, find_country, year_value
from ..record.schema import Folder
from .inputs import assumption


@dataclass(frozen=True)
class Scenario:
    """A quantity that follows from uncertain inputs: its equation, unit, inputs and sources."""

    name: str
    label: str
    equation: str
    unit: str
    form: Callable
    ranges: dict[str, Range]
    source_ids: tuple[str, ...] = ()

    def simulate(self, n: int = 100_000, seed: int = 1) -> sampling.Distribution:
        """Random draws of the inputs put through the form; see `vp.simulate`."""
        return sampling.simulate(self.form, self.ranges, n, seed, self.unit)

    def tornado(self):
        """The result with one input at its ends at a time; see `vp.tornado`."""
        return sampling.tornado(self.form, self.ranges)

    def sensitivity(self, n: int = 1 << 14, seed: int = 1):
        """Sobol indices of the inputs; see `vp.sensitivity`."""
        return sampling.sensitivity(self.form, self.ranges, n, seed)

    def with_ranges(self, **ranges: Range | float) -> Scenario:
        """The same with other ranges, or numbers as exact ones. Raises `UsageError` for an input it does not have."""
        for name in ranges:
            if name not in self.ranges:
                raise UsageError(f"the scenario '{self.name}' has no input '{name}'. {did_you_mean(name, self.ranges)}")
        given = {n: r if isinstance(r, Range) else Range.exact(checked_number(n, r, 1e18, -1e18)) for n, r in ranges.items()}
        return replace(self, ranges={**self.ranges, **given})

    def headline(self) -> str:
        """What it is, its equation and unit."""
        return f"{self.label}: {self.equation} [{self.unit}]"

    def __str__(self) -> str:
        inputs = [f"{n}: {r.words()} {r.unit.removeprefix('1')}".rstrip() + f" ({r.shape})" for n, r in self.ranges.items()]
        return "\n  ".join([self.headline(), *inputs, f"Sources: {', '.join(self.source_ids)}"])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        rows = [(n, r.low, r.central, r.high, r.unit, r.shape) for n, r in self.ranges.items()]
        heads, numeric = ("Input", "Low", "Central", "High", "Unit", "Shape"), (False, True, True, True, False, False)
        return {"text/html": TABLE_STYLE + table_html(self.headline(), heads, rows, numeric), "text/plain": str(self)}


def scenario(name: str = "bypass", *, data: str | os.PathLike | None = None, **inputs) -> Scenario:
    """A scenario out of the record, by name.

    ``bypass``: what a month of VPN traffic that leaves caches costs at wholesale prices [USD/month].
    ``disruption``: what a day without internet costs in percent of GDP, with Brookings' and Deloitte's shares as bounds
    [USD/day]; takes ``country``, ``year``.

    Returns a `Scenario`. Raises `UsageError` for an unknown scenario or input.

    >>> str(scenario("bypass").simulate(1000).quantile(0.5) > 100_000)
    'True'
    """
    if name not in _SCENARIOS:
        raise UsageError(f"there is no scenario '{name}'. {did_you_mean(name, _SCENARIOS)}")
    form = _SCENARIOS[name]
    known = list(signature(form).parameters)[1:]
    for given in inputs:
        if given not in known:
            raise UsageError(f"the scenario '{name}' takes no '{given}'. {did_you_mean(given, known or ['nothing'])}")
    return form(Folder(data), **inputs)


def _bypass(folder: Folder) -> Scenario:
    names = ("vpn_traffic_gbps", "cache_share", "wholesale_price_usd_per_mbps_month")
    found = {n: assumption(n, folder) for n in names}

    def form(vpn_traffic_gbps, cache_share, wholesale_price_usd_per_mbps_month):
        return bandwidth.cache_bypass(vpn_traffic_gbps * 1000, cache_share / 100) * wholesale_price_usd_per_mbps_month

    return Scenario(
        "bypass", "VPN traffic that leaves caches, at wholesale prices", "VPN traffic x cache share x price", "USD/month", form,
        {n: r for n, (r, _) in found.items()}, tuple(split_ids(row["source_id"] for _, row in found.values())),
    )  # fmt: skip


def _disruption(folder: Folder, country: str = "Pakistan", year: int = 2023) -> Scenario:
    gdp = year_value(find_country(country, folder), GDP, PartialDate.parse(str(year)).earliest.year, "GDP")
    if gdp is None:
        raise UsageError(f"no GDP is held for {country}.")
    rows = [
        p
        for p in folder.checked("parameters").rows()
        if p["name"] == "share" and p["scope"] == "national" and p["method_id"] != "oecd"
    ]
    shares = [row_range(p) for p in rows]
    share = Range(
        min(s.low for s in shares), sorted(s.central for s in shares)[len(shares) // 2], max(s.high for s in shares), "%"
    )
    ranges = {"share": share, "days": Range.exact(1, "day")}
    sources = tuple(split_ids([*gdp.source_ids, *(p["source_id"] for p in rows)]))
    return Scenario(
        "disruption", f"A day without internet in {country}", "GDP / 365 x share", "USD/day",
        lambda share, days: forms.share_cost(gdp.value, days, share / 100), ranges, sources,
    )  # fmt: skip


_SCENARIOS: dict[str, Callable[..., Scenario]] = {"bypass": _bypass, "disruption": _disruption}
