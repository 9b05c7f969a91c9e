"""What a disruption costs: the forms that were published. Scalars, arrays and Series alike."""

from __future__ import annotations

DAYS_OF_A_YEAR = 365
"""Days that every published form divides a year's GDP by."""


def share_cost(gdp_usd, days, share):
    """Cost as a share of the GDP of the time a disruption lasts (Brookings, Deloitte, OECD).

    cost = gdp_usd / 365 x days x share

    Parameters: ``gdp_usd`` GDP of a year [USD]; ``days`` duration [day]; ``share`` of GDP lost while it lasts [1].
    Returns [USD]. Source: West 2016 (S285), Deloitte 2016 (S257), OECD 2011 (S296).

    >>> share_cost(365e9, 2, 0.01)
    20000000.0
    """
    return gdp_usd / DAYS_OF_A_YEAR * days * share


def people_cost(people, days, loss_usd_per_person_day):
    """Cost by the number of people cut off (Deloitte, per 10 million people).

    cost = people x days x loss

    Parameters: ``people`` [person]; ``days`` [day]; ``loss_usd_per_person_day`` [USD/person/day]. Returns [USD].
    Source: Deloitte 2016 (S287).

    >>> people_cost(10_000_000, 1, 2.36)
    23600000.0
    """
    return people * days * loss_usd_per_person_day


def elasticity_cost(gdp_usd, days, elasticity, traffic_removed=1.0):
    """Cost by the elasticity of GDP to traffic (ICRIER).

    cost = elasticity x traffic_removed x gdp_usd / 365 x days

    Parameters: ``gdp_usd`` [USD]; ``days`` [day]; ``elasticity`` of GDP to traffic [1]; ``traffic_removed`` share of
    the traffic that is gone [1]. Returns [USD]. Source: ICRIER 2018 (S250).

    >>> elasticity_cost(365e9, 1, 0.31)
    310000000.0
    """
    return elasticity * traffic_removed * gdp_usd / DAYS_OF_A_YEAR * days


def rate_cost(rate, time):
    """Cost by a printed rate.

    cost = rate x time

    Parameters: ``rate`` money per unit of time; ``time`` in that unit. Returns money.
    Source: the hourly form of COST (S266); the OECD's 18 million USD a day for Egypt (S296).

    >>> rate_cost(18_000_000, 5)
    90000000
    """
    return rate * time


def user_hours(users, hours):
    """Hours of use lost, without money and without a multiplier.

    user-hours = users x hours

    Parameters: ``users`` people who use the internet [person]; ``hours`` duration [hour]. Returns [user-hour].
    Source: Top10VPN as charted by Statista (S261).

    >>> user_hours(59_000_000, 8_000)
    472000000000
    """
    return users * hours
