"""A 95th-percentile bill of a hundred million rows of Parquet, against duckdb's own query."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .harness import TOOLS, Row

ROWS = 100_000_000

BILL = """
import sys, vpnpolicy as vp
vp.bill(sys.argv[1], 1, kind="rate", unit="bps", months_in="UTC")
"""
DUCKDB = """
import sys, duckdb
duckdb.sql(f'''select cast(date_trunc('month', slot) as text), quantile_disc(mean, 0.95) from (
    select time_bucket(interval 5 minute, timestamp) slot, avg(bps) mean from '{sys.argv[1]}' group by 1) group by 1''').fetchall()
"""
PROGRAMS = {"duckdb": DUCKDB, "ours": BILL}


def make_traffic(path: Path, rows: int) -> None:
    """A rate a second [bps] over three years, with a daily wave and noise."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, block = np.random.default_rng(1), 1_000_000
    schema = pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("bps", pa.float64())])
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for start in range(0, rows, block):
            n = np.arange(start, min(start + block, rows))
            rates = np.round(
                5e11 + 2e11 * np.sin(n / 86400 * 2 * np.pi) + rng.normal(0, 3e10, len(n))
            )
            times = pa.array(1_640_995_200_000_000 + n * 1_000_000, pa.timestamp("us", "UTC"))
            file.write_batch(pa.record_batch([times, pa.array(rates)], schema))


def measured(program: str, path: Path, python: str) -> tuple[float, float]:
    """Return the time [s] and greatest memory [MB] of a program in a process of its own."""
    start = time.perf_counter()
    peak = "\nprint(next(w.split()[1] for w in open('/proc/self/status') if w.startswith('VmHWM')))"
    done = subprocess.run(
        [python, "-c", program + peak, str(path)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - start, int(done.stdout.split()[-1]) / 1024


def run(rounds: int, small: bool) -> list[Row]:
    """Compare time and memory of processes that find the same p95 of each month."""
    rows = ROWS // 100 if small else ROWS
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traffic.parquet"
        make_traffic(path, rows)
        for _ in range(rounds):
            for name, program in PROGRAMS.items():
                found[name].append(
                    measured(program, path, TOOLS if name == "duckdb" else sys.executable)
                )
    seconds, memory = (
        {name: [pair[n] for pair in each] for name, each in found.items()} for n in (0, 1)
    )
    what = f"p95 bill of {rows:,} rows of Parquet"
    return [
        Row(f"{what} against duckdb's own query", seconds["ours"], seconds["duckdb"], "≤ 1.5"),
        Row(f"{what}: memory against duckdb", memory["ours"], memory["duckdb"], "≤", "MB"),
    ]
