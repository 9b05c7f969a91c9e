"""ploomber-engine, which runs the cells in the calling process, then nbconvert's own page. ``ROWS OUT JOBS``"""

import json
import os
import subprocess
import sys
from pathlib import Path

os.environ["PLOOMBER_STATS_ENABLED"] = "false"


def make(row: dict, out: str) -> None:
    """One report."""
    from nbconvert import HTMLExporter
    from ploomber_engine import execute_notebook

    from vpnpolicy.basis.paths import notebooks_folder

    name = row.pop("name")
    executed = execute_notebook(
        str(notebooks_folder() / "04_bandwidth_cost.ipynb"),
        str(Path(out) / f"{name}.ipynb"),
        parameters=row,
        progress_bar=False,
        verbose=False,
    )
    page, _ = HTMLExporter(exclude_input=True).from_notebook_node(executed)
    (Path(out) / f"{name}.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    rows, jobs = json.loads(sys.argv[1]), int(sys.argv[3])
    if jobs == 1:
        for row in rows:
            make(row, sys.argv[2])
    else:
        parts = [[sys.executable, __file__, json.dumps(rows[n::jobs]), sys.argv[2], "1"] for n in range(jobs)]
        sys.exit(max(p.wait() for p in [subprocess.Popen(part) for part in parts]))
