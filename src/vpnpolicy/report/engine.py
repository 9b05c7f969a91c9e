"""One notebook, run by papermill: in this warm process, or in a kernel of its own. Both give the same cells."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..basis.errors import ReportError
from ..basis.paths import data_folder
from .executed import LANGUAGE, reason_of
from .outputs import MAX_TEXT, captured

START_LIMIT_S, CELL_LIMIT_S, REPORT_LIMIT_S = 60, 120, 600
ENGINES = ("warm", "kernel")


def fixed_surroundings(home: Path) -> dict[str, str]:
    """Environment every run has: nothing of the user's locale, zone, profile or folder reaches a report."""
    return {
        "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "PYTHONNOUSERSITE": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "IPYTHONDIR": str(home / "ipython"), "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "MATPLOTLIBRC": str(home / "matplotlibrc"), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "JUPYTER_DATA_DIR": str(home / "share"), "JUPYTER_NO_CONFIG": "1",
    }  # fmt: skip


def own_surroundings(as_of: str, data: str | os.PathLike | None, figures: str, reads: Path) -> dict[str, str]:
    """Environment of one report: its day, its data, the formats of its figures, and where the tables it reads are noted."""
    return {
        "VPNPOLICY_DATA": str(data_folder(data)), "VPNPOLICY_AS_OF": as_of, "VPNPOLICY_FIGURES": figures, "VPNPOLICY_READS": str(reads),
    }  # fmt: skip


def run_notebook(name: str, path: Path, parameters: Mapping[str, object], work: Path, engine: str = "warm"):
    """The executed notebook of the report ``name``. ``work`` is an empty folder of this run alone, and becomes the working folder of the cells.

    Parameters: ``engine`` ``warm`` runs the cells in this process, which must serve no other report; ``kernel`` in a kernel
    that papermill starts. Raises `ReportError` with the cell and the reason in one line; ``error.notebook`` is the text of
    what was run so far.
    """
    import logging

    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillException
    from papermill.iorw import load_notebook_node

    logging.getLogger("papermill").setLevel(logging.ERROR)
    notebook = load_notebook_node(str(path))
    log = CellLog(work, notebook)
    try:
        with _running(engine, work, log) as options:
            return _execute(notebook, dict(parameters), f"vpnpolicy-{engine}", work, options)
    except (PapermillException, DeadKernelError, CellTimeoutError, RuntimeError) as error:
        raise _failure(name, error, log) from None


def _execute(notebook, parameters: dict, engine: str, work: Path, options: Mapping[str, object]):
    """The steps of ``papermill.execute_notebook`` without writing the notebook out and reading it back between them."""
    from papermill.engines import papermill_engines
    from papermill.execute import raise_for_execution_errors, remove_error_markers
    from papermill.parameterize import parameterize_notebook
    from papermill.utils import chdir

    if parameters:
        notebook = parameterize_notebook(notebook, parameters, kernel_name="python3", language="python", engine_name=engine)
    with chdir(str(work)):
        notebook = papermill_engines.execute_notebook_with_engine(
            engine, remove_error_markers(notebook), kernel_name="python3", progress_bar=False, autosave_cell_every=0, **options
        )
    raise_for_execution_errors(notebook, None)
    return notebook


@contextmanager
def _running(engine: str, work: Path, log: CellLog) -> Iterator[dict]:
    """Options of papermill for an engine, which is made known to it in this process and nowhere else."""
    from papermill.engines import papermill_engines

    if engine == "warm":
        papermill_engines.register("vpnpolicy-warm", _warm_engine(log))
        yield {}
        return
    from traitlets.config import Config

    papermill_engines.register("vpnpolicy-kernel", _kernel_engine(log))
    sockets = work / "s"
    sockets.mkdir(mode=0o700)
    transport = {"KernelManager": {"transport": "ipc", "ip": f"{_short(sockets)}/k"}} if os.name == "posix" else {}
    with (work / "kernel.log").open("ab") as errors:
        manager = kernel_manager(dict(os.environ), errors)
        yield {
            "start_timeout": REPORT_LIMIT_S, "config": Config(transport),
            "kernel_manager_class": manager,
        }  # fmt: skip


def _short(folder: Path) -> Path:
    """The folder under a name of few characters: the path of a socket is limited to about a hundred."""
    return Path(os.path.relpath(folder, folder.parent)) if len(str(folder)) > 80 else folder


class CellLog:
    """What ran so far, on disk line by line: a process that dies leaves its cells behind."""

    def __init__(self, work: Path, notebook):
        self.path, self.notebook, self.cell, self.too_big = work / "cells.jsonl", notebook, "start", False

    def started(self, notebook, cell) -> None:
        """Note that a cell begins, by the clock that never jumps."""
        self.notebook, self.cell = notebook, cell.get("id", "")
        self._write({"start": self.cell, "at": time.monotonic()})

    def ended(self, cell) -> None:
        """Note the outputs of a cell."""
        self._write({"end": cell.get("id", ""), "outputs": cell.get("outputs", []), "count": cell.get("execution_count")})

    def _write(self, entry: dict) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def read_cell_log(folder: Path) -> list[dict]:
    """Entries of the cell log in a working folder; a torn last line is left out."""
    path = folder / "cells.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def partial_notebook(template: Path, folder: Path) -> str | None:
    """A notebook with the outputs of the cells that ran before the process died, or ``None`` where none started."""
    content, log = json.loads(template.read_text(encoding="utf-8")), read_cell_log(folder)
    if not log:
        return None
    ended = {e["end"]: e for e in log if "end" in e}
    for cell in content["cells"]:
        if cell["cell_type"] == "code" and (entry := ended.get(cell.get("id"))):
            cell.update(outputs=entry["outputs"], execution_count=entry["count"])
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _warm_engine(log: CellLog):
    from nbformat import from_dict
    from papermill.engines import Engine

    from .shell import run_cell

    class WarmEngine(Engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, **_):
            shell, work = warm_shell(), Path.cwd()
            with captured(shell, work) as handles:
                for index, cell in enumerate(nb_man.nb.cells):
                    if cell.cell_type != "code":
                        continue
                    log.started(nb_man.nb, cell)
                    nb_man.cell_start(cell, index)
                    outputs, error = run_cell(shell, handles, cell.source)
                    cell.outputs = [from_dict(o) for o in outputs]
                    cell.execution_count = outputs.number if cell.source.strip() else None
                    log.ended(cell)
                    nb_man.cell_complete(cell, cell_index=index)
                    if error is not None:
                        nb_man.cell_exception(cell, cell_index=index)
                        break
            nb_man.nb.metadata["language_info"] = dict(LANGUAGE)

    return WarmEngine


_SHELL = []


def warm_shell():
    """The shell of this process, made once; a forked child inherits it unused."""
    if not _SHELL:
        from .shell import make_shell

        _SHELL.append(make_shell())
        _SHELL[0].run_cell("None", silent=True)
        _SHELL[0].display_formatter.format("")
    return _SHELL[0]


def _kernel_engine(log: CellLog):
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine

    class Client(PapermillNotebookClient):
        def output(self, outs, msg, display_id, cell_index):
            if msg["msg_type"] == "stream":
                self.printed = getattr(self, "printed", 0) + len(msg["content"]["text"])
                if self.printed > MAX_TEXT and not log.too_big:
                    log.too_big = True
                    self.km.provisioner.process.kill()  # a loop that prints without end hears nothing else
            return super().output(outs, msg, display_id, cell_index)

        async def async_execute_cell(self, cell, cell_index, *args, **kwargs):
            self.printed = 0
            if cell.cell_type == "code":
                log.started(self.nb, cell)
            try:
                return await super().async_execute_cell(cell, cell_index, *args, **kwargs)
            finally:
                if cell.cell_type == "code":
                    log.ended(cell)

        from jupyter_core.utils import run_sync

        execute_cell = run_sync(async_execute_cell)

    class KernelEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, start_timeout=REPORT_LIMIT_S, **options):
            options.pop("input_path", None)
            options.update(startup_timeout=start_timeout, kernel_name=kernel_name)
            options = {k: v for k, v in options.items() if v is not None}
            return Client(nb_man, **options).execute()

    return KernelEngine


def kernel_manager(environment: dict[str, str], log: IO):
    """A kernel manager that always starts this interpreter, in these surroundings, its noise kept in ``log``."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnKernelManager(AsyncKernelManager):
        @property
        def kernel_spec(self):
            argv = [sys.executable, "-m", "vpnpolicy.report.kernel", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

        async def _async_pre_start_kernel(self, **kwargs):
            return await super()._async_pre_start_kernel(**kwargs, env=environment, stderr=log)

        pre_start_kernel = _async_pre_start_kernel

    return OwnKernelManager


def _failure(name: str, error: Exception, log: CellLog) -> ReportError:
    import nbformat

    reason = reason_of(getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error)))
    if log.too_big:
        reason = reason_of("OutputTooBig", f"more than {MAX_TEXT:,} characters printed")
    failure = ReportError(f"{name}: cell '{log.cell}': {reason}")
    for cell in log.notebook.cells:
        cell.metadata.pop("papermill", None)
    log.notebook.metadata.pop("papermill", None)
    failure.notebook = nbformat.writes(log.notebook)
    failure.cell = log.cell
    return failure
