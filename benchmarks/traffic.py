"""A 95th-percentile bill of a hundred million rows of Parquet, against the bare engines' own queries."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from .harness import TOOLS, Timing, measured, table

ROWS = 100_000_000

BILL = """
import sys, vpnpolicy as vp
vp.bill(sys.argv[1], 1, kind="rate", unit="bps", months_in="UTC")
"""
ACERO = """
import sys, pyarrow.acero as ac, pyarrow.compute as pc, pyarrow.dataset as ds
slot = pc.floor_temporal(pc.field("timestamp"), 5, "minute")
steps = [
    ac.Declaration("scan", ac.ScanNodeOptions(ds.dataset(sys.argv[1]))),
    ac.Declaration("project", ac.ProjectNodeOptions([slot, pc.field("bps")], ["slot", "bps"])),
    ac.Declaration("aggregate", ac.AggregateNodeOptions([("bps", "hash_mean", None, "mean")], ["slot"])),
]
samples = ac.Declaration.from_sequence(steps).to_table()
months = samples.append_column("month", pc.strftime(samples["slot"], "%Y-%m"))
for month in pc.unique(months["month"]):
    pc.quantile(months.filter(pc.equal(months["month"], month))["mean"], 0.95)
"""
DUCKDB = """
import sys, duckdb
duckdb.sql(f'''select cast(date_trunc('month', slot) as text), quantile_disc(mean, 0.95) from (
    select time_bucket(interval 5 minute, timestamp) slot, avg(bps) mean from '{sys.argv[1]}' group by 1) group by 1''').fetchall()
"""
PROGRAMS = {"pyarrow's own query": ACERO, "duckdb's own query": DUCKDB, "vpnpolicy.bill": BILL}


def make_traffic(path: Path, rows: int = ROWS) -> None:
    """A rate a second [bps] over three years, with a daily wave and noise."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, block = np.random.default_rng(1), 1_000_000
    schema = pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("bps", pa.float64())])
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for start in range(0, rows, block):
            n = np.arange(start, min(start + block, rows))
            rates = np.round(5e11 + 2e11 * np.sin(n / 86400 * 2 * np.pi) + rng.normal(0, 3e10, len(n)))
            times = pa.array(1_640_995_200_000_000 + n * 1_000_000, pa.timestamp("us", "UTC"))
            file.write_batch(pa.record_batch([times, pa.array(rates)], schema))


def run(rounds: int = 3) -> str:
    """Time and memory of whole processes that find the same p95 of each month."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traffic.parquet"
        make_traffic(path)
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
        for _ in range(rounds):
            for name, program in PROGRAMS.items():
                found[name].append(measured(program, str(path), python=TOOLS if program is DUCKDB else sys.executable))
    timings = {name: Timing(name, [s for s, _ in each]) for name, each in found.items()}
    base = timings["pyarrow's own query"]
    memory = "; ".join(f"{name} {statistics.median(m for _, m in each):,.0f} MB" for name, each in found.items())
    return f"## A p95 bill of {ROWS:,} rows of Parquet\n\n{table(list(timings.values()), base)}\n\nGreatest memory: {memory}.\n"
