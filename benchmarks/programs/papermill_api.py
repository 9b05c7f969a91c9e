"""One process: papermill's own engine, then nbconvert's own page. ``ROWS OUT JOBS``"""

import json
import sys
from pathlib import Path

import papermill
from nbconvert import HTMLExporter

from vpnpolicy.basis.paths import notebooks_folder

rows, out = json.loads(sys.argv[1]), Path(sys.argv[2])
exporter = HTMLExporter(exclude_input=True)
for row in rows:
    name = row.pop("name")
    executed = papermill.execute_notebook(
        str(notebooks_folder() / "04_bandwidth_cost.ipynb"),
        str(out / f"{name}.ipynb"),
        parameters=row,
        kernel_name="python3",
        progress_bar=False,
    )
    (out / f"{name}.html").write_text(exporter.from_notebook_node(executed)[0], encoding="utf-8")
