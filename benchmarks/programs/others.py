"""Reports as others make them. ``KIND ROWS OUT JOBS``; ROWS is JSON with ``name``, ``notebook`` and parameters.

kernel    papermill's API with a kernel per report; no page: the least that a real kernel costs
ploomber  ploomber-engine, which runs the cells in this process, then nbconvert's page
cells     the cells as plain functions in this process, their output written: no kernel, no page
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

os.environ |= {
    "PLOOMBER_STATS_ENABLED": "false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def kernel(name: str, notebook: str, out: Path, parameters: dict) -> None:
    from papermill import execute_notebook

    execute_notebook(
        notebook, str(out / f"{name}.ipynb"), parameters, kernel_name="python3", progress_bar=False
    )


def ploomber(name: str, notebook: str, out: Path, parameters: dict) -> None:
    from nbconvert import HTMLExporter
    from ploomber_engine import execute_notebook

    target = str(out / f"{name}.ipynb")
    executed = execute_notebook(
        notebook, target, parameters=parameters, progress_bar=False, verbose=False
    )
    page, _ = HTMLExporter(exclude_input=True).from_notebook_node(executed)
    (out / f"{name}.html").write_text(page, encoding="utf-8")


def cells(name: str, notebook: str, out: Path, parameters: dict) -> None:
    os.environ["MPLBACKEND"] = "agg"
    space: dict = {}
    for n, cell in enumerate(
        c for c in json.loads(Path(notebook).read_text())["cells"] if c["cell_type"] == "code"
    ):
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)
        if n == 0:
            space.update(parameters)  # the first is the parameters cell
        shown = eval(compile(ast.Expression(last.value), "cell", "eval"), space) if last else None
        if hasattr(shown, "_repr_mimebundle_"):
            bundle = shown._repr_mimebundle_()
            for kind, content in (bundle[0] if isinstance(bundle, tuple) else bundle).items():
                if isinstance(content, str):
                    (out / f"{name}-{n}.{kind.replace('/', '-')}").write_text(
                        content, encoding="utf-8"
                    )


if __name__ == "__main__":
    kind, rows, out, jobs = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    if jobs > 1:
        parts = [
            [sys.executable, __file__, kind, json.dumps(rows[n::jobs]), out, "1"]
            for n in range(jobs)
        ]
        sys.exit(max(process.wait() for process in [subprocess.Popen(part) for part in parts]))
    for row in rows:
        globals()[kind](row.pop("name"), row.pop("notebook"), Path(out), row)
