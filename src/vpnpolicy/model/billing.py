"""Bills from five-minute samples: percentile, volume and flat, with commit and burst."""

from __future__ import annotations

import math

import numpy as np


def percentile_rate(rates, percentile=95.0):
    """The rate that a share of the samples does not exceed, by nearest rank, as transit is billed.

    rank = ceil(percentile / 100 x n); the sample of that rank, smallest first

    Parameters: ``rates`` samples of one month, array [any unit of rate]; ``percentile`` [%], above 0 and up to 100.
    Returns a sample, in its unit. Source: usual transit practice; no Pakistani contract was seen.

    >>> percentile_rate([1.0] * 95 + [100.0] * 5)
    1.0
    """
    ordered = np.sort(np.asarray(rates, dtype=float))
    rank = int(np.ceil(round(percentile / 100 * len(ordered), 9)))
    return float(ordered[max(rank, 1) - 1])


def volume_gb(bits):
    """Data carried by samples, added without a rounding between them.

    volume = sum of rate x seconds that held data / 8 / 10^9

    Parameters: ``bits`` rate x seconds of each sample, array [bit]. Returns [GB], decimal.

    >>> volume_gb([8e9, 8e9])
    2.0
    """
    return math.fsum(np.asarray(bits, dtype=float).ravel().tolist()) / 8e9


def billed_with_commit(billable, commit, price, burst_price):
    """A bill with a commitment: the commitment is paid in any case, what lies above it at the burst price.

    cost = commit x price + max(0, billable - commit) x burst price

    Parameters: ``billable`` and ``commit`` in one unit; ``price`` and ``burst_price`` money per that unit. Returns money.

    >>> billed_with_commit(120, 100, 1, 2)
    140
    """
    return commit * price + max(0, billable - commit) * burst_price
