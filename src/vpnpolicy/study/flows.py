"""The published VPN traffic put through each reading, and what of it leaves caches inside the country."""

from __future__ import annotations

import os
from calendar import monthrange

import pandas as pd

from ..dates import PartialDate
from ..formatting import split_ids
from ..model import bandwidth
from ..ranges import Range, checked_range
from ..record.schema import Folder
from ..units import convert
from .estimate import Estimate
from .inputs import assumption

MAX_GBPS = 1e7
HOME = "PAK"
"""The country whose VPN traffic was published."""


def monthly_bills(
    *, as_of: str | None = None, known_on: str | None = None, data: str | os.PathLike | None = None
) -> pd.DataFrame:
    """What each month of the published VPN traffic would cost under each reading of the quoted prices.

    A price per month is charged once a month; a price per data or per minute for the minutes of that very month. Whether
    the published traffic is a peak or an average is not stated, so each bill is for traffic that ran at that rate
    throughout.

    Parameters: ``as_of`` and ``known_on`` as in `load_traffic`. Returns a DataFrame, one row a month and reading:
    ``month``, ``vpn_gbps`` [Gbps], ``minutes`` of the month [min], ``reading_id``, ``label``, ``plausibility``,
    ``cost_usd`` [USD], ``source_ids``.

    >>> bills = monthly_bills()
    >>> float(bills[bills.reading_id == "mbps-month"].cost_usd.sum())
    2861000.0
    """
    from ..record.clocks import Clocks

    folder = Folder(data)
    traffic = Clocks.at(folder, as_of, known_on).rows("traffic")
    rows = [_bill(t, r) for t in traffic for r in folder.checked("readings").rows()]
    columns = ["month", "vpn_gbps", "minutes", "reading_id", "label", "plausibility", "cost_usd", "source_ids"]
    return pd.DataFrame(rows, columns=columns)


def _bill(t: dict, r: dict) -> dict:
    first = PartialDate.parse(t["month"]).earliest
    minutes = monthrange(first.year, first.month)[1] * 1440
    if r["unit"].endswith("/month"):
        cost = convert(r["value"], r["unit"], "USD/Mbps/month") * t["vpn_gbps"] * 1000
    else:
        cost = bandwidth.surge_cost(t["vpn_gbps"] / 1000, minutes, convert(r["value"], r["unit"], "USD/min/Tbps"))
    sources = split_ids([t["source_id"], t["more_source_ids"], r["source_id"], r["more_source_ids"]])
    return {
        "month": str(t["month"]), "vpn_gbps": t["vpn_gbps"], "minutes": minutes, "reading_id": r["reading_id"], "label": r["label"],
        "plausibility": r["plausibility"], "cost_usd": float(cost), "source_ids": ";".join(sources),
    }  # fmt: skip


def bypass_traffic(vpn_gbps: float | Range | None = None, *, data: str | os.PathLike | None = None) -> Estimate:
    """Extra international traffic when VPN use leaves caches inside the country.

    extra = VPN traffic x share that a cache would have served

    Parameters: ``vpn_gbps`` VPN traffic, a number or a `Range` [Gbps]; by default the published months, lowest to
    highest. Returns an `Estimate` [Gbps], an upper bound: it takes VPN traffic to be served by caches as other traffic is.
    Raises `UsageError` for traffic outside 0 to 10 million Gbps.

    >>> round(bypass_traffic(815.0).central, 1)
    570.5
    """
    folder = Folder(data)
    flow, row = assumption("vpn_traffic_gbps", folder)
    share, shared = assumption("cache_share", folder)
    if vpn_gbps is not None:
        flow = checked_range("vpn_gbps", vpn_gbps, MAX_GBPS, "Gbps")
    extra = flow * share.scaled(0.01)
    working = (f"{flow.words()} Gbps x {share.words()} %",)
    notes = ("An upper bound: VPN traffic is taken to be cacheable as other traffic is.",)
    sources = tuple(split_ids([row["source_id"] if vpn_gbps is None else "", shared["source_id"]]))
    return Estimate("extra_traffic", extra.low, extra.central, extra.high, "Gbps", {}, working, sources, notes)
