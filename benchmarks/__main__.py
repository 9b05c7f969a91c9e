"""``make bench``: every measurement in one run, written to benchmarks/RESULTS.md."""

from __future__ import annotations

from pathlib import Path

from . import batches, draws, startup, traffic
from .harness import machine

RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Run all parts, print them and keep them."""
    parts = [
        f"# Measured\n\n{machine()}. Compare rows of one run; do not quote seconds.\n",
        startup.run(),
        draws.run(),
        traffic.run(),
        batches.run(),
    ]
    text = "\n".join(parts)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
