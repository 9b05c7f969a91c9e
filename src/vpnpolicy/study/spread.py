"""How much of the difference between estimates is the method, the vintage of GDP, the exchange rate or the parameter."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..dates import PartialDate
from ..errors import UsageError
from ..record.places import gdp_vintages
from ..record.schema import Folder
from .disruption import FORMS, by_gdp, by_rate, chosen_methods, make_event
from .exchange import rates_near

FACTORS = ("method", "parameter", "GDP vintage", "exchange rate")
RATE_WITHIN_DAYS = 550
DIGITS = 12
"""Decimals of a share of variance; what lies beyond is noise of the logarithms."""


def disruption_spread(
    country: str, start: str, end: str | None = None, scope: str = "national", methods: str | Iterable[str] = "all", *,
    hours: float | None = None, affected_share: float = 1.0, data: str | os.PathLike | None = None,
) -> pd.DataFrame:  # fmt: skip
    """How much of the spread between estimates in money comes from each choice.

    Every method is worked out at the low, central and high end of its parameter, with every GDP held for the period and
    every exchange rate held about it; variance of log10(cost) is split into main effects over that full grid, and
    ``together`` is what only their combination explains.

    Parameters: as in `disruption_cost`. Returns a DataFrame, one row a choice: ``factor``, ``choices`` (how many),
    ``low_usd`` and ``high_usd`` with the others averaged in logarithms [USD], ``ratio`` [1] and ``share`` of variance [1].
    Empty where fewer than two methods give a number. Raises `UsageError` as `disruption_cost` does, and where a cost is
    zero: a spread is taken in logarithms.

    >>> disruption_spread("PAK", "2023-05-09", "2023-05-12").factor.iloc[0]
    'method'
    """
    folder = Folder(data)
    event = make_event(folder, country, start, end, scope, hours, affected_share, None)
    grid = cost_grid(folder, event, chosen_methods(folder, methods))
    if not (grid > 0).all():
        raise UsageError("range: a spread is taken in logarithms; hours and affected_share must lie above 0.")
    return effects(np.log10(grid)) if len(grid) > 1 else effects(np.ones((1, 1, 1, 1)))[:0]


def cost_grid(folder: Folder, event, methods: Iterable[dict]) -> np.ndarray:
    """Costs by method, parameter end, GDP vintage and exchange rate [USD]; shape (methods, 3, vintages, rates)."""
    vintages = gdp_vintages(event.country, (event.start.earliest, event.start.latest)) or [None]
    rates = [r.pkr_per_usd for r in rates_near(PartialDate.parse(event.start.earliest), folder, RATE_WITHIN_DAYS)] or [None]
    layers = []
    for method in methods:
        for p in folder.checked("parameters").rows():
            if method["method_id"] != p["method_id"] or p["scope"] != event.scope or p["iso3"] not in (None, event.country.iso3):
                continue
            layers.append([[_ends(method, event, p, v, r) for r in rates] for v in vintages])
    grid = np.array(layers, dtype=float).reshape(len(layers), len(vintages), len(rates), 3)
    return np.moveaxis(grid, 3, 1)


def _ends(method: dict, event, p: dict, gdp, pkr_per_usd) -> list[float]:
    form = FORMS[method["method_id"]]
    row = form(method, event, p, *([gdp] if form is by_gdp else [pkr_per_usd] if form is by_rate else []))
    return [row[k] for k in ("low", "central", "high")]


def effects(grid: np.ndarray) -> pd.DataFrame:
    """Main effects of each axis of a full grid of log10 values, and what is left to their combination."""
    total, rows = grid.var(), []
    for axis, name in enumerate(FACTORS):
        means = grid.mean(axis=tuple(a for a in range(grid.ndim) if a != axis))
        low, high = 10 ** means.min(), 10 ** means.max()
        rows.append((name, len(means), low, high, high / low, round(means.var() / total, DIGITS) if total else 0.0))
    rest = round(max(0.0, 1 - sum(r[-1] for r in rows)), DIGITS) if total else 0.0
    rows.append(("together", grid.size, 10 ** grid.min(), 10 ** grid.max(), 10 ** (grid.max() - grid.min()), rest))
    return pd.DataFrame(rows, columns=["factor", "choices", "low_usd", "high_usd", "ratio", "share"])
