"""An executed notebook: why a cell ended, whether all of it ran, and nothing in it that differs from run to run."""

from __future__ import annotations

from collections.abc import Mapping

from ..basis.errors import ReportError, UsageError
from .allowed import keep_allowed
from .notebook import source

LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}


def reason_of(kind: str, text: str) -> str:
    """The end of a cell in one line: the first line of its error, led by the rule it broke."""
    first = (text.strip().splitlines() or [""])[0]
    known = {
        "DeadKernelError": "the kernel died", "RuntimeError": _at_start(first), "MemoryError": f"memory: {first}", "OutputTooBig": f"output-too-big: {first}",
        "SystemExit": "incomplete: the cell ended the program; later cells did not run",
    }  # fmt: skip
    return known.get(kind) or f"{kind}: {first}".rstrip(": ")


def _at_start(first: str) -> str:
    """What jupyter_client says of a kernel that ends before it answers, as of any kernel that dies."""
    return "the kernel died before it answered" if first.startswith("Kernel died before replying") else ""


def check_complete(notebook, name: str) -> None:
    """Refuse a notebook in which a cell did not run or shows an error. Raises `ReportError`."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or not source(cell).strip():
            continue
        label = cell.get("id", str(number))
        if not isinstance(cell.get("execution_count"), int):
            raise ReportError(f"{name}: incomplete: cell '{label}' did not run.")
        for output in cell.outputs:
            if output.output_type == "error":
                raise ReportError(f"{name}: cell '{label}': {reason_of(output.ename, output.evalue)}")


def normalise(notebook, parameters: Mapping[str, object]):
    """Leave in an executed notebook only what is allowed there and the same on every run. Raises `ReportError`."""
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k == "tags"}
        for output in cell.get("outputs", []):
            _keep_allowed(output, cell)
            data = output.get("data", {})
            if " at 0x" in str(data.get("text/plain", "")) and len(data) > 1:
                del data["text/plain"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = {"kernelspec": kernel, "language_info": dict(LANGUAGE), "papermill": {"parameters": dict(parameters)}}
    return notebook


def _keep_allowed(output, cell) -> None:
    try:
        keep_allowed(output)
    except UsageError as error:
        raise ReportError(f"cell '{cell.get('id', '')}': {error}") from None
