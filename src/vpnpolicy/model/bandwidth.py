"""Traffic, transit prices and what a surge costs. Scalars, arrays and Series alike."""

from __future__ import annotations

from ..units import convert

MB_PER_TBPS_MINUTE = 7_500_000
"""Megabytes in one minute of 1 Tbps: 10^12 bit/s x 60 s / 8 / 10^6 [MB]."""


def surge_cost(tbps, minutes, price_usd_per_min_per_tbps):
    """Cost of extra traffic that lasts some minutes.

    cost = tbps x minutes x price

    Parameters: ``tbps`` extra traffic [Tbps]; ``minutes`` duration [min]; ``price_usd_per_min_per_tbps`` price
    [USD/min/Tbps]. Returns cost [USD], in the shape of the arguments.
    Source: the form of the PTA figure, S006.

    >>> surge_cost(1, 60, 10_000)
    600000
    """
    return tbps * minutes * price_usd_per_min_per_tbps


def traffic_volume(tbps, minutes):
    """Data carried by a flow.

    volume = tbps x minutes x 7,500,000

    Parameters: ``tbps`` [Tbps]; ``minutes`` [min]. Returns volume [MB], decimal megabytes.

    >>> traffic_volume(1, 1)
    7500000
    """
    return tbps * minutes * MB_PER_TBPS_MINUTE


def price_per_minute(price_usd_per_mbps_month):
    """A monthly transit price as dollars a minute for 1 Tbps, on an undated month of 365.25 / 12 days.

    price per minute = price x 10^6 / 43,830

    Parameters: ``price_usd_per_mbps_month`` [USD/Mbps/month]. Returns [USD/min/Tbps].

    >>> round(price_per_minute(1.0), 2)
    22.82
    """
    return convert(price_usd_per_mbps_month, "USD/Mbps/month", "USD/min/Tbps")


def price_per_month(price_usd_per_min_per_tbps):
    """The monthly transit price that a price per minute and Tbps amounts to.

    Parameters: ``price_usd_per_min_per_tbps`` [USD/min/Tbps]. Returns [USD/Mbps/month].

    >>> round(price_per_month(10_000.0), 1)
    438.3
    """
    return convert(price_usd_per_min_per_tbps, "USD/min/Tbps", "USD/Mbps/month")


def cache_bypass(vpn_tbps, cache_share):
    """Extra international traffic when VPN use leaves caches inside the country.

    extra = vpn_tbps x cache_share

    Parameters: ``vpn_tbps`` VPN traffic [Tbps]; ``cache_share`` share of it a cache would have served [1].
    Returns extra traffic [Tbps]. Source: regulator's cache share, S073 and S086.

    >>> round(cache_bypass(0.815, 0.70), 4)
    0.5705
    """
    return vpn_tbps * cache_share


def break_even_price(cost_usd, tbps, minutes):
    """The price at which traffic costs a given sum.

    price = cost / (tbps x minutes)

    Parameters: ``cost_usd`` [USD]; ``tbps`` [Tbps]; ``minutes`` [min], neither of them zero. Returns
    [USD/min/Tbps]; `price_per_month` turns it into USD/Mbps/month.

    >>> break_even_price(600_000, 1, 60)
    10000.0
    """
    return cost_usd / (tbps * minutes)
