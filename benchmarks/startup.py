"""What opening a door costs."""

from __future__ import annotations

import sys

from .harness import command, interleave, table

THINGS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import vpnpolicy": (sys.executable, "-c", "import vpnpolicy"),
    "vpnpolicy check": (sys.executable, "-m", "vpnpolicy", "check", "Kestrel VPN"),
    "import pandas": (sys.executable, "-c", "import pandas"),
    "vpnpolicy conflicts": (sys.executable, "-m", "vpnpolicy", "conflicts"),
}


def run(rounds: int = 15) -> str:
    """Start-up of each door against bare Python."""
    timings = interleave({n: command(*args) for n, args in THINGS.items()}, rounds)
    base = timings["python -c pass"]
    above = (timings["import vpnpolicy"].median - base.median) * 1000
    return f"## Start-up\n\n{table(list(timings.values()), base)}\n\n`import vpnpolicy` costs {above:.1f} ms above bare Python.\n"
