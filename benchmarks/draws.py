"""Ten million draws of six uncertain inputs, against the same arithmetic in bare numpy."""

from __future__ import annotations

import numpy as np

import vpnpolicy as vp

from .harness import Row, interleave, timed, walls

N = 10_000_000
TRIANGLES = {
    "flow": (100, 300, 900),
    "share": (0.2, 0.5, 0.8),
    "price": (1, 2, 5),
    "months": (1, 6, 12),
}
BANDS = {"rate": (270, 290), "loss": (0.01, 0.05)}


def _form(flow, share, price, months, rate, loss):
    return flow * share * price * months * rate * (1 + loss)


def _ours(n: int) -> None:
    ranges = {k: vp.Range(*ends) for k, ends in TRIANGLES.items()}
    ranges |= {
        k: vp.Range(low, (low + high) / 2, high, shape="uniform")
        for k, (low, high) in BANDS.items()
    }
    vp.simulate(_form, ranges, n).quantile([0.05, 0.5, 0.95])


def _numpy(n: int) -> None:
    rng = np.random.default_rng(1)
    inputs = {k: rng.triangular(*ends, n) for k, ends in TRIANGLES.items()}
    inputs |= {k: rng.uniform(*ends, n) for k, ends in BANDS.items()}
    np.quantile(_form(**inputs), [0.05, 0.5, 0.95])


def run(rounds: int, small: bool) -> list[Row]:
    """Draw a scenario of six inputs and sum it up."""
    n = N // 100 if small else N
    found = interleave({"numpy": timed(lambda: _numpy(n)), "ours": timed(lambda: _ours(n))}, rounds)
    return [
        Row(
            f"{n:,} draws of six inputs against bare numpy",
            walls(found["ours"]),
            walls(found["numpy"]),
            "≤ 1.5",
        )
    ]
