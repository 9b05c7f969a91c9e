"""Run one notebook by papermill, in a kernel of its own."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _jsonschema  # noqa: F401  # before nbformat

# isort: split

import nbformat
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillException

from ..errors import ReportError
from ..workers import processes
from .kernel import START_LIMIT_S, ForkedProvisioner, WaitingKernel, kernel_manager

MAX_TEXT = 2**20
"""Text that a cell may print [characters]; an endless loop stops here."""

_STYLER = re.compile(r"\bT_[0-9a-f]{5}(?=_|\b)")
_ADDRESS = re.compile(r"(?<= at 0x)[0-9a-f]{9,16}\b")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Run:
    """The run of one notebook: the notebook as far as it ran, the cell it is in, and its kernel.

    Parameters
    ----------
    work
        Private folder of the run.
    """

    def __init__(self, work: Path):
        if processes.can_fork():  # before there is any thread
            ForkedProvisioner.waiting = WaitingKernel(work / "kernel.log")
        self.work, self.cell, self.stopped = work, "", ""
        self.notebook: Any = None

    def execute(self, content, parameters: Mapping[str, object], folder: str, cell_limit: float):
        """Return the executed notebook.

        Parameters
        ----------
        content
            The notebook as nbformat reads it.
        parameters
            Values that replace defaults.
        folder
            Working folder of the cells.
        cell_limit
            Longest time of a cell [s].

        Raises
        ------
        ReportError
            A cell failed, did not run or took too long; the text names the cell and the reason.
        """
        logging.getLogger("papermill").setLevel(logging.CRITICAL)
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        papermill_engines.register("vpnpolicy", _engine(self))
        self.kernel = kernel_manager(self.work)
        self.notebook = content
        try:
            self.notebook = execute_notebook(
                content, None, parameters, engine_name="vpnpolicy", kernel_name="python3",
                language="python", progress_bar=False, autosave_cell_every=0, km=self.kernel,
                start_timeout=START_LIMIT_S, execution_timeout=cell_limit, folder=folder,
            )  # fmt: skip
        except (PapermillException, DeadKernelError, CellTimeoutError, RuntimeError) as error:
            reason = self.stopped or self._reason(error, cell_limit)
            raise ReportError(f"cell '{self.cell}': {reason}") from None
        finally:
            self.stop()
        self._check_complete()
        return self.notebook

    def stop(self) -> None:
        """End the kernel."""
        if self.kernel.has_kernel:
            run_sync(self.kernel.provisioner.kill)()  # type: ignore[union-attr]

    def partial(self) -> str:
        """Return the notebook as far as it ran, as text."""
        notebook = nbformat.from_dict(self.notebook)
        for part in (notebook, *notebook.cells):
            part.metadata.pop("papermill", None)
        return nbformat.writes(notebook)

    def _reason(self, error: Exception, cell_limit: float) -> str:
        """Return why a cell ended, in one line."""
        if isinstance(error, CellTimeoutError):
            return f"timeout: longer than {cell_limit:g} s"
        if isinstance(error, PapermillException):  # a cell tagged raises-exception is not the last
            failed = (
                c.get("id")
                for c in self.notebook.cells
                if any(map(_is_error, c.get("outputs", ())))
            )
            self.cell = next(failed, self.cell)
        kind = getattr(error, "ename", type(error).__name__)
        text = _first_line(getattr(error, "evalue", str(error)))
        if kind == "DeadKernelError" or text.startswith("Kernel died"):
            return "the kernel died"
        if kind == CellExecutionError.__name__ or not text:  # a magic that failed says it on stderr
            text = next((t for t in map(_stderr, self._outputs()) if t), text)
            kind = "" if text.startswith("UsageError") else kind
        return _described(kind, text)

    def _outputs(self) -> list:
        return [
            o for c in self.notebook.cells if c.get("id") == self.cell for o in c.get("outputs", ())
        ]

    def _check_complete(self) -> None:
        """Refuse a notebook in which a cell did not run or shows an error."""
        for number, cell in enumerate(self.notebook.cells, 1):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            label = cell.get("id", str(number))
            if not isinstance(cell.get("execution_count"), int):
                raise ReportError(f"cell '{label}': incomplete: it did not run")
            for output in cell.outputs:
                if _is_error(output):
                    reason = _described(output.ename, _first_line(output.evalue))
                    raise ReportError(f"cell '{label}': {reason}")


def _described(kind: str, text: str) -> str:
    """Return an error of a cell in one line."""
    if kind == "SystemExit":
        return "incomplete: the cell ended the program; later cells did not run"
    return ": ".join(filter(None, ["memory" if kind == "MemoryError" else kind, text]))


def _first_line(text: object) -> str:
    return (_ANSI.sub("", str(text)).strip().splitlines() or [""])[0]


def _is_error(output) -> bool:
    return output.output_type == "error"


def _stderr(output) -> str:
    return _first_line(output.get("text", "")) if output.get("name") == "stderr" else ""


def _engine(run: Run) -> type[NBClientEngine]:
    """Return papermill's engine with a limit on printed text and a record of the running cell."""

    class Client(PapermillNotebookClient):
        def process_message(self, msg, cell, cell_index):
            if msg["msg_type"] == "stream":
                self.printed += len(msg["content"]["text"])
                if self.printed > MAX_TEXT:
                    if not run.stopped:
                        run.stopped = f"output-too-big: more than {MAX_TEXT:,} characters printed"
                        run.stop()
                    return None  # what is still on its way is not kept
            return super().process_message(msg, cell, cell_index)

        def start(self, cell, cell_index) -> None:
            run.cell, self.printed = cell.get("id", str(cell_index + 1)), 0

        def finish(self, cell, cell_index, execute_reply) -> None:
            payload = execute_reply["content"].get("payload", ())
            if any(part.get("source") == "ask_exit" for part in payload):  # the kernel ends soon
                run.stopped = _described("SystemExit", "")
                raise CellExecutionError("", "SystemExit", "")

    class ReportEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, *, folder, km, **options):
            run.notebook = nb_man.nb
            client = Client(
                nb_man, km=km, kernel_name=kernel_name, timeout=options["execution_timeout"],
                startup_timeout=options["start_timeout"], raise_on_iopub_timeout=True,
            )  # fmt: skip
            client.on_cell_execute, client.on_cell_executed = client.start, client.finish
            return client.execute(cwd=folder)

    return ReportEngine


def load(text: str, name: str):
    """Return a notebook that every run treats alike: format 4.5, with stable ids of cells.

    Raises
    ------
    ReportError
        The notebook is not of a format that nbformat reads.
    """
    try:  # nbformat gives cells without an id a random one
        given = {n for n, c in enumerate(json.loads(text).get("cells", ())) if "id" in c}
        notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
        notebook = nbformat.from_dict(nbformat.convert(notebook, 4))
    except Exception as error:
        raise ReportError(f"{name}: notebook: {_first_line(error)}") from None
    taken = {notebook.cells[n]["id"] for n in given}
    for number, cell in enumerate(notebook.cells):
        if number not in given:
            base = f"cell-{number + 1}"
            cell["id"] = base if base not in taken else f"{base}-x"
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    return notebook


def as_text(notebook) -> str:
    """Return a notebook as the text of a file, each source and output in one string."""
    return nbformat.v4.writes(notebook, split_lines=False)


def _merge_streams(outputs: list) -> list:
    """Join what was printed without another output between, standard output before standard error.

    A kernel sends printed text in pieces whose number and order depend on time alone.
    """
    merged: list = []
    printed: dict = {}
    for output in outputs:
        if output.output_type != "stream":
            printed = {}
        elif output.name in printed:
            printed[output.name].text += output.text
            continue
        else:
            printed[output.name] = output
        before = output.get("name") == "stdout" and len(printed) == 2
        merged.insert(len(merged) - before, output)
    return merged


def normalise(notebook, parameters: Mapping[str, object]):
    """Leave in an executed notebook only what is the same on every run."""
    styled: dict[str, str] = {}

    def renamed(match: re.Match) -> str:  # pandas draws the names of styled tables at random
        return styled.setdefault(match[0], f"T_{len(styled) + 1:05x}")

    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k == "tags"}
        if "outputs" in cell:
            cell.outputs = _merge_streams(cell.outputs)
        for output in cell.get("outputs", []):
            data = output if output.output_type == "stream" else output.get("data", {})
            for kind in ("text", "text/plain", "text/html"):
                if isinstance(text := data.get(kind), str):
                    data[kind] = _ADDRESS.sub("0" * 12, text)
            if "<style" in (html := data.get("text/html", "")):
                data["text/html"] = _STYLER.sub(renamed, html)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {
                "name": "python",
                "file_extension": ".py",
                "mimetype": "text/x-python",
            },
            "papermill": {"parameters": dict(parameters)},
        }
    )
    return notebook
