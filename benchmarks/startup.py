"""What the start of a command costs."""

from __future__ import annotations

from .harness import Row, command, interleave, walls

THINGS = {
    "bare": ("-c", "pass"),
    "import": ("-c", "import vpnpolicy"),
    "check": ("-m", "vpnpolicy", "check", "Kestrel VPN"),
    "conflicts": ("-m", "vpnpolicy", "statements", "--conflicts"),
    "pandas": ("-c", "import pandas"),
}


def run(rounds: int, small: bool) -> list[Row]:
    """Compare whole processes with bare Python, and one that needs pandas with pandas alone."""
    things = {n: lambda args=args: command(*args, codes=(0, 1)) for n, args in THINGS.items()}
    found = {
        n: walls(costs) for n, costs in interleave(things, rounds if small else 5 * rounds).items()
    }
    return [
        Row("`import vpnpolicy` against bare Python", found["import"], found["bare"], "≤ 1.4"),
        Row("`vpnpolicy check` against bare Python", found["check"], found["bare"], "≤ 8"),
        Row(
            "`vpnpolicy statements --conflicts` against `import pandas`",
            found["conflicts"],
            found["pandas"],
            "≤",
        ),
    ]
