"""Ten million draws of six uncertain inputs, against the same arithmetic in bare numpy."""

from __future__ import annotations

import numpy as np

import vpnpolicy as vp

from .harness import interleave, table

N = 10_000_000
TRIANGLES = {"flow": (100, 300, 900), "share": (0.2, 0.5, 0.8), "price": (1, 2, 5), "months": (1, 6, 12)}
BANDS = {"rate": (270, 290), "loss": (0.01, 0.05)}


def _form(flow, share, price, months, rate, loss):
    return flow * share * price * months * rate * (1 + loss)


def _ours() -> None:
    ranges = {n: vp.Range(*ends) for n, ends in TRIANGLES.items()}
    ranges |= {n: vp.Range(low, (low + high) / 2, high, shape="uniform") for n, (low, high) in BANDS.items()}
    vp.simulate(_form, ranges, N).quantile([0.05, 0.5, 0.95])


def _numpy() -> None:
    rng = np.random.default_rng(1)
    inputs = {n: rng.triangular(*ends, N) for n, ends in TRIANGLES.items()}
    inputs |= {n: rng.uniform(*ends, N) for n, ends in BANDS.items()}
    np.quantile(_form(**inputs), [0.05, 0.5, 0.95])


def run(rounds: int = 3) -> str:
    """A scenario of six inputs, drawn and summed up."""
    timings = interleave({"bare numpy": _numpy, "vpnpolicy.simulate": _ours}, rounds)
    return f"## Ten million draws of six inputs\n\n{table(list(timings.values()), timings['bare numpy'])}\n"
