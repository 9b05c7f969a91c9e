"""What blocking VPNs would save in bandwidth beside what it would cost. No winner is declared."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pandas as pd

from .bandwidth import break_even_price, bypass_traffic
from .data.tables import Folder
from .disruption import Event, disruption_cost, make_event
from .errors import UsageError
from .formatting import split_ids
from .prices import HOME
from .ranges import Estimate, Range, row_range

COST_SCOPES = ("vpn", "national")
"""Costs of a ban on VPNs, and of losing all internet use, which for such a ban are an upper end."""
SIGNS = ("saves", "costs", "either")
COLUMNS = (
    "interpretation", "label", "plausibility", "method_id", "method", "scope", "saving_low",
    "saving_usd", "saving_high", "cost_low", "cost_usd", "cost_high", "net_low", "net_usd",
    "net_high", "sign", "equal_usd_per_mbps_month", "equal_share", "source_ids",
)  # fmt: skip


def balance(
    start: str | date,
    end: str | date | None = None,
    country: str = "Pakistan",
    *,
    hours: float | None = None,
    vpn_gbps: float | Range | None = None,
    affected_share: float | Range = 1.0,
    data: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Set what blocking VPN traffic saves beside what it costs, for one period.

    saving = VPN traffic x share that a cache would serve x time x price; cost as in
    `disruption_cost`. Costs are of two kinds, by ``scope``: figures published for a ban on VPNs,
    and methods for a disruption of all internet use, which for a ban on VPNs are an upper end.

    Parameters
    ----------
    start, end, country, hours, data
        As in `disruption_cost`.
    vpn_gbps : float or Range, optional
        The traffic that would end [Gbps]; by default ``affected_share`` of the published months.
    affected_share : float or Range
        Share of the country that is affected [1].

    Returns
    -------
    DataFrame
        One row per interpretation of the price and method: ``saving_usd``, ``cost_usd`` and
        ``net_usd`` (saving less cost) with ``_low`` and ``_high`` [USD]; ``sign``: ``saves``,
        ``costs`` or ``either``; ``equal_usd_per_mbps_month``, the price at which both are equal
        [USD/Mbps/month]; ``equal_share``, the share of the cost at which they are [1].

    Raises
    ------
    UsageError
        As `disruption_cost`, and without ``vpn_gbps`` for a country whose VPN traffic was not
        published.

    Examples
    --------
    >>> frame = balance("2024-12-01")
    >>> set(frame[frame.interpretation == "mbps-month"].sign)
    {'costs'}
    """
    folder = Folder(data)
    event = make_event(folder, country, start, end, "vpn", hours, affected_share)
    extra, flow = _traffic(event, vpn_gbps, data)
    costs = pd.concat(
        [
            _costs(country, start, end, scope, hours, affected_share, data)
            for scope in COST_SCOPES
        ],
        ignore_index=True,
    )  # fmt: skip
    rows = [
        _row(r, _saving(r, flow, event.days), c, flow, event.days, extra.source_ids)
        for r in folder.checked("readings").rows()
        for c in costs.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _traffic(event: Event, vpn_gbps: Any, data: Any) -> tuple[Estimate, Range]:
    """Return the traffic that would end [Gbps]: as given, or a share of what was published."""
    if vpn_gbps is None and event.country.iso3 != HOME:
        name = event.country.name
        raise UsageError(
            f"the record has no VPN traffic of {name}. Give it: vpn_gbps (--vpn-gbps) in Gbps."
        )
    extra = bypass_traffic(vpn_gbps, data=data)
    flow = Range(extra.low, extra.central, extra.high, "Gbps")
    return extra, flow * event.share if vpn_gbps is None else flow


def _costs(
    country: str, start: Any, end: Any, scope: str, hours: Any, affected_share: Any, data: Any
) -> pd.DataFrame:
    frame = disruption_cost(
        country, start, end, scope, hours=hours, affected_share=affected_share, data=data
    )
    return frame[frame["central"].notna() & (frame["unit"] == "USD")].assign(scope=scope)


def _saving(interpretation: dict[str, Any], flow_gbps: Range, days: Range) -> Range:
    price = row_range({**interpretation, "shape": "uniform"}).to("USD/min/Tbps")
    return flow_gbps.scaled(0.001) * days.scaled(1440) * price


def _row(
    interpretation: dict[str, Any],
    saving: Range,
    cost: dict[str, Any],
    flow: Range,
    days: Range,
    flow_sources: tuple[str, ...],
) -> dict[str, Any]:
    low, high = saving.low - cost["high"], saving.high - cost["low"]
    traffic = flow.central / 1000, days.central * 1440
    ids = [interpretation["source_id"], interpretation["more_source_ids"]]
    return {
        "interpretation": interpretation["reading_id"],
        "label": interpretation["label"],
        "plausibility": interpretation["plausibility"],
        "method_id": cost["method_id"],
        "method": cost["label"],
        "scope": cost["scope"],
        "saving_low": saving.low,
        "saving_usd": saving.central,
        "saving_high": saving.high,
        "cost_low": cost["low"],
        "cost_usd": cost["central"],
        "cost_high": cost["high"],
        "net_low": low,
        "net_usd": saving.central - cost["central"],
        "net_high": high,
        "sign": "saves" if low > 0 else "costs" if high < 0 else "either",
        "equal_usd_per_mbps_month": (
            break_even_price(cost["central"], *traffic) if all(traffic) else None
        ),
        "equal_share": saving.central / cost["central"] if cost["central"] else None,
        "source_ids": ";".join(split_ids([*ids, *flow_sources, cost["source_ids"]])),
    }


def savings_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a balance by interpretation: what is saved, and how often each sign came.

    >>> savings = savings_of(balance("2024-12-01")).set_index("interpretation")
    >>> int(savings.loc["mbps-month", "saves"])
    0
    """
    values = ["label", "plausibility", "saving_low", "saving_usd", "saving_high"]
    return _with_signs(frame, ["interpretation"], values)


def costs_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a balance by method: what blocking costs, the break-even price, and the signs.

    >>> costs_of(balance("2024-12-01"))[list(SIGNS)].sum(axis=1).nunique()
    1
    """
    values = ["cost_low", "cost_usd", "cost_high", "equal_usd_per_mbps_month"]
    return _with_signs(frame, ["scope", "method"], values)


def _with_signs(frame: pd.DataFrame, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Return one row per key in the order of the frame, with how often each sign came."""
    first = frame[[*keys, *values]].drop_duplicates(keys)
    signs = pd.get_dummies(frame["sign"]).astype(int).reindex(columns=list(SIGNS), fill_value=0)
    counts = signs.groupby([frame[k] for k in keys]).sum()
    return first.join(counts, on=keys).reset_index(drop=True)
