"""``make bench``, or ``python -m benchmarks [--small] [--rounds N] [PART ...]``.

A run of every part in full size writes benchmarks/RESULTS.md; any other only prints.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from . import draws, reports, startup, traffic
from .harness import adopt_orphans, machine, table

RESULTS = Path(__file__).parent / "RESULTS.md"
PARTS = {
    "startup": startup.run,
    "draws": draws.run,
    "traffic": traffic.run,
    "eight": reports.eight,
    "loop": reports.loop,
    "engines": reports.engines,
    "lengths": reports.lengths,
    "own": reports.own,
}
TEXT = """# Measured

{machine}, {rounds} rounds. Written by `make bench`.

Each row compares two things that ran in turn in the same run. *Ratio* is the median over the
rounds of other ÷ ours where more is better (≥), and of ours ÷ other where less is better (≤);
*spread* is its least and greatest. Seconds are medians and hold for this machine alone.
"Processor" is user and system time of a command and of every process that it started.

{table}
"""


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure side by side."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes: shows only that each part runs"
    )
    parser.add_argument("--rounds", type=int, help="3 unless given; 1 with --small")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    adopt_orphans()
    rounds = asked.rounds or (1 if asked.small else 3)
    rows = []
    for name in asked.parts or PARTS:
        print(f"{name} ...", flush=True)
        rows += PARTS[name](rounds, asked.small)
    text = TEXT.format(machine=machine(), rounds=rounds, table=table(rows))
    if not asked.parts and not asked.small:
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
