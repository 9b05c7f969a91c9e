"""One notebook, run by papermill in a kernel of its own: private sockets, fixed surroundings, limits."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from ..basis.errors import ReportError
from ..basis.paths import data_folder
from .notebook import source

START_LIMIT_S, CELL_LIMIT_S = 60, 120


def surroundings(work: Path, as_of: str, data: str | os.PathLike | None = None) -> dict[str, str]:
    """Environment of a run: nothing of the user's locale, zone or profile reaches the report."""
    fixed = {
        "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "IPYTHONDIR": str(work / "ipython"), "JUPYTER_CONFIG_DIR": str(work / "jupyter"), "JUPYTER_RUNTIME_DIR": str(work / "runtime"),
        "VPNPOLICY_DATA": str(data_folder(data)), "VPNPOLICY_AS_OF": as_of,
    }  # fmt: skip
    return {**os.environ, **fixed}


def run_notebook(path: Path, parameters: Mapping[str, object], work: Path, environment: Mapping[str, str]):
    """The executed notebook. ``work`` is an empty folder of this run alone.

    Raises `ReportError` with the cell and the reason in one line; ``error.notebook`` holds what was run so far.
    """
    import logging

    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillException
    from traitlets.config import Config

    logging.getLogger("papermill").setLevel(logging.ERROR)
    partial = work / "partial.ipynb"
    with tempfile.TemporaryDirectory(prefix="vpnpolicy-") as sockets, (work / "kernel.log").open("ab") as log:
        transport = {"KernelManager": {"transport": "ipc", "ip": f"{sockets}/k"}} if os.name == "posix" else {}
        try:
            return papermill.execute_notebook(
                str(path), str(partial), parameters=dict(parameters), kernel_name="python3", progress_bar=False, cwd=str(work),
                start_timeout=START_LIMIT_S, execution_timeout=CELL_LIMIT_S, config=Config(transport),
                kernel_manager_class=kernel_manager(dict(environment), log), autosave_cell_every=0,
            )  # fmt: skip
        except (PapermillException, DeadKernelError, CellTimeoutError, RuntimeError) as error:
            raise _failure(path, error, partial) from None


def kernel_manager(environment: dict[str, str], log: IO):
    """A kernel manager that always starts this interpreter, in these surroundings, its noise kept in ``log``."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnKernelManager(AsyncKernelManager):
        @property
        def kernel_spec(self):
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

        async def _async_pre_start_kernel(self, **kwargs):
            return await super()._async_pre_start_kernel(**kwargs, env=environment, stderr=log)

        pre_start_kernel = _async_pre_start_kernel

    return OwnKernelManager


def _failure(path: Path, error: Exception, partial: Path) -> ReportError:
    cell, reason = _where(error, partial)
    failure = ReportError(f"{path.stem}: cell '{cell}': {reason}")
    failure.notebook = partial if partial.exists() else None
    return failure


def _where(error: Exception, partial: Path) -> tuple[str, str]:
    name = getattr(error, "ename", type(error).__name__)
    value = str(getattr(error, "evalue", error)).strip().splitlines()
    reason = f"{name}: {value[0] if value else ''}".rstrip(": ")
    index = getattr(error, "cell_index", None)
    if index is None or not partial.exists():
        return "unknown", reason
    import nbformat

    cells = nbformat.read(partial, as_version=4).cells
    real = [c for c in cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    return (real[index].get("id", str(index)) if index < len(real) else str(index)), reason


def check_complete(notebook, name: str) -> None:
    """Refuse a notebook in which a cell did not run or shows an error. Raises `ReportError`."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or not source(cell).strip():
            continue
        label = cell.get("id", str(number))
        if not isinstance(cell.get("execution_count"), int):
            raise ReportError(f"{name}: incomplete: cell '{label}' did not run.")
        if any(o.output_type == "error" for o in cell.outputs):
            raise ReportError(f"{name}: cell '{label}' shows an error.")


def normalise(notebook, parameters: Mapping[str, object]):
    """Leave in an executed notebook only what is the same on every run."""
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k == "tags"}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if " at 0x" in str(data.get("text/plain", "")) and len(data) > 1:
                del data["text/plain"]
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = {"kernelspec": kernel, "language_info": language, "papermill": {"parameters": dict(parameters)}}
    return notebook
