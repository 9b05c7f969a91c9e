"""What blocking would save in bandwidth beside what it would cost, for one period. No winner is declared."""

from __future__ import annotations

import os

import pandas as pd

from ..errors import UsageError
from ..formatting import split_ids
from ..model import bandwidth
from ..ranges import Range, row_range
from ..record.schema import Folder
from ..units import convert
from .disruption import Event, disruption_cost, make_event
from .estimate import Estimate
from .flows import HOME, bypass_traffic

SCOPES = ("vpn", "national")
SIGNS = ("saves", "costs", "either")
COLUMNS = (
    "reading_id", "reading", "plausibility", "method_id", "method", "scope", "saving_low", "saving_usd", "saving_high", "cost_low", "cost_usd",
    "cost_high", "net_low", "net_usd", "net_high", "sign", "equal_usd_per_mbps_month", "equal_share", "source_ids",
)  # fmt: skip


def balance(
    start: str, end: str | None = None, country: str = "Pakistan", *, hours: float | None = None, vpn_gbps: float | Range | None = None,
    affected_share: float | Range = 1.0, data: str | os.PathLike | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What blocking VPN traffic saves under each reading against what it costs under each method, for one period.

    saving = VPN traffic x share that a cache would serve x time x price; cost as in `disruption_cost`

    Costs are of two kinds, told apart by ``scope``: figures printed for a ban on VPNs, and methods for a disruption of all
    internet use, which for a ban on VPNs are an upper end; ``equal_share`` is the share of it at which both sides are equal.

    Parameters: ``start`` and ``end`` as in `disruption_cost`; ``hours`` the duration [hour]; ``vpn_gbps`` traffic that
    would end [Gbps], by default ``affected_share`` of the published months; ``affected_share`` share of the country hit
    [1]. Returns a DataFrame, one row a reading and method: ``saving_usd``, ``cost_usd`` and ``net_usd`` (saving less cost) with ``_low``
    and ``_high`` [USD]; ``sign``: ``saves``, ``costs`` or ``either``; ``equal_usd_per_mbps_month``, the price at which
    the two are equal [USD/Mbps/month]; ``equal_share`` [1]. Raises `UsageError` as `disruption_cost` does, and without
    ``vpn_gbps`` for a country whose VPN traffic is not held.

    >>> frame = balance("2024-12-01")
    >>> set(frame[frame.reading_id == "mbps-month"].sign)
    {'costs'}
    """
    folder = Folder(data)
    event = make_event(folder, country, start, end, "vpn", hours, affected_share, None)
    extra, flow = _traffic(event, vpn_gbps, data)
    savings = [_saving(r, flow, event.days) for r in folder.checked("readings").rows()]
    costs = pd.concat([_costs(country, start, end, s, hours, affected_share, data) for s in SCOPES], ignore_index=True)
    rows = [_row(s, c, flow, event.days, extra.source_ids) for s in savings for c in costs.to_dict("records")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _traffic(event: Event, vpn_gbps, data) -> tuple[Estimate, Range]:
    """International traffic that would end [Gbps]: as given, or the affected share of the months that were published."""
    if vpn_gbps is None and event.country.iso3 != HOME:
        raise UsageError(f"no VPN traffic is held for {event.country.name}. Give it: vpn_gbps (--vpn-gbps) in Gbps.")
    extra = bypass_traffic(vpn_gbps, data=data)
    flow = Range(extra.low, extra.central, extra.high, "Gbps")
    return extra, flow * event.share if vpn_gbps is None else flow


def _costs(country, start, end, scope, hours, affected_share, data) -> pd.DataFrame:
    frame = disruption_cost(country, start, end, scope, hours=hours, affected_share=affected_share, data=data)
    return frame[frame["central"].notna() & (frame["unit"] == "USD")].assign(scope=scope)


def _saving(reading: dict, flow_gbps: Range, days: Range) -> dict:
    price = row_range({**reading, "shape": "uniform"})
    per_minute = price.scaled(float(convert(1, reading["unit"], "USD/min/Tbps")))
    saving = flow_gbps.scaled(0.001) * days.scaled(1440) * per_minute
    return {**reading, "saving": saving}


def _row(saving: dict, cost: dict, flow: Range, days: Range, flow_sources) -> dict:
    gain = saving["saving"]
    net = (gain.low - cost["high"], gain.central - cost["central"], gain.high - cost["low"])
    traffic = flow.central / 1000, days.central * 1440
    equal = bandwidth.price_per_month(bandwidth.break_even_price(cost["central"], *traffic)) if all(traffic) else None
    sources = dict.fromkeys(split_ids([saving["source_id"], saving["more_source_ids"], *flow_sources, cost["source_ids"]]))
    return {
        "reading_id": saving["reading_id"], "reading": saving["label"], "plausibility": saving["plausibility"],
        "method_id": cost["method_id"], "method": cost["label"], "scope": cost["scope"],
        "saving_low": gain.low, "saving_usd": gain.central, "saving_high": gain.high,
        "cost_low": cost["low"], "cost_usd": cost["central"], "cost_high": cost["high"], "net_low": net[0], "net_usd": net[1], "net_high": net[2],
        "sign": "saves" if net[0] > 0 else ("costs" if net[2] < 0 else "either"), "equal_usd_per_mbps_month": equal,
        "equal_share": gain.central / cost["central"] if cost["central"] else None, "source_ids": ";".join(sources),
    }  # fmt: skip


def savings_of(frame: pd.DataFrame) -> pd.DataFrame:
    """A balance by reading: what is saved, and under how many methods that is more than the cost, less, or either.

    >>> savings_of(balance("2024-12-01")).set_index("reading_id").loc["mbps-month", list(SIGNS)].tolist()
    [0, 11, 0]
    """
    return _with_signs(frame, ["reading_id"], ["reading", "plausibility", "saving_low", "saving_usd", "saving_high"])


def costs_of(frame: pd.DataFrame) -> pd.DataFrame:
    """A balance by method: what blocking costs, the price at which both sides are equal, and its signs by reading.

    >>> costs_of(balance("2024-12-01"))[list(SIGNS)].sum(axis=1).unique().tolist()
    [6]
    """
    return _with_signs(frame, ["scope", "method"], ["cost_low", "cost_usd", "cost_high", "equal_usd_per_mbps_month"])


def _with_signs(frame: pd.DataFrame, keys: list[str], values: list[str]) -> pd.DataFrame:
    """One row a key in the order of the frame, with how often each sign came."""
    first = frame[[*keys, *values]].drop_duplicates(keys)
    signs = pd.get_dummies(frame["sign"]).astype(int).reindex(columns=list(SIGNS), fill_value=0)
    counts = signs.groupby([frame[k] for k in keys]).sum()
    return first.join(counts, on=keys).reset_index(drop=True)
