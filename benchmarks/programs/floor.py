"""The same cells as plain Python in a warm process: compute, draw, render tables, write them. No notebook, no page. ``ROWS OUT JOBS``"""

import ast
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ |= {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
CELLS: list = []


def cells() -> list:
    """Code of each cell, its last expression apart; the first is the parameters cell."""
    from vpnpolicy.basis.paths import notebooks_folder
    from vpnpolicy.report.notebook import read_notebook, source

    found = []
    for cell in read_notebook(notebooks_folder() / "04_bandwidth_cost.ipynb")["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse(source(cell))
            last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            found.append((compile(tree, "cell", "exec"), last and compile(last, "cell", "eval")))
    return found


def make(row: dict, out: str) -> None:
    """The outputs of one report, as files."""
    if not CELLS:
        CELLS.extend(cells())
    name, space = row["name"], {}
    for n, (body, last) in enumerate(CELLS):
        exec(body, space)
        if n == 0:
            space.update({k: v for k, v in row.items() if k != "name"})
        shown = eval(last, space) if last is not None else None
        if hasattr(shown, "_repr_mimebundle_"):
            bundle = shown._repr_mimebundle_()
            for kind, content in (bundle[0] if isinstance(bundle, tuple) else bundle).items():
                if isinstance(content, str):
                    (Path(out) / f"{name}-{n}.{kind.replace('/', '-')}").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    rows, jobs = json.loads(sys.argv[1]), int(sys.argv[3])
    if jobs == 1:
        for row in rows:
            make(row, sys.argv[2])
    else:
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(make, rows, [sys.argv[2]] * len(rows)))
