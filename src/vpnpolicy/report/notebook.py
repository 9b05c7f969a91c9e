"""Notebooks as the press sees them: found by name, read without a kernel, held to a contract."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..basis.errors import Problem, UsageError, clipped, did_you_mean
from ..basis.paths import local_path, notebooks_folder

TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
MAX_CELL_LINES = 8
_WORD_ID = re.compile(r"[a-z][a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: its name, type, default and what it means."""

    name: str
    type: str
    default: object
    help: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.type}, default {json.dumps(self.default)})"


def list_notebooks(folder: str | os.PathLike | None = None) -> list[str]:
    """Names of the report notebooks, in order; those without a leading number are for exploring.

    >>> list_notebooks()[0]
    '00_brief'
    """
    return sorted(p.stem for p in notebooks_folder(folder).glob("[0-9]*.ipynb"))


def find_notebook(name: str, *, trust: bool = False) -> Path:
    """The file of a notebook, by name, by number, or by path where ``trust`` allows it.

    Raises `UsageError` with the nearest name for an unknown one, and for a path that is not trusted: a notebook is code.
    """
    folder = notebooks_folder()
    known = sorted(p.stem for p in folder.glob("*.ipynb"))
    stem = name.removesuffix(".ipynb")
    for match in (stem, *(k for k in known if k.partition("_")[2] == stem or k.partition("_")[0] == stem)):
        if match in known:
            return folder / f"{match}.ipynb"
    if name.endswith(".ipynb") and _is_file(local_path(name)):
        if not trust:
            raise UsageError(f"{name} is not a notebook of this package, and a notebook is code. Read it, then add --trust.")
        return local_path(name).resolve()
    raise UsageError(f"there is no notebook '{clipped(name)}'. {did_you_mean(stem[:200], known)}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the system
        return False


def read_notebook(path: Path) -> dict:
    """The notebook as JSON. Raises `UsageError` where the file is not a notebook."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = all(map(_is_cell, content["cells"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise UsageError(f"{path.name} is not a notebook.")
    return content


def _is_cell(cell: dict) -> bool:
    lines = cell["source"] if isinstance(cell["source"], list) else [cell["source"]]
    notes = cell.get("metadata", {})
    tags = notes.get("tags", []) if isinstance(notes, dict) else None
    return isinstance(cell["cell_type"], str) and isinstance(tags, list) and all(isinstance(x, str) for x in [*lines, *tags])


def source(cell: dict) -> str:
    """The text of a cell."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def title(path: Path) -> str:
    """The first heading of a notebook."""
    for cell in read_notebook(path)["cells"]:
        if cell["cell_type"] == "markdown" and (match := re.match(r"#\s+(.+)", source(cell))):
            return match[1].strip()
    return path.stem


def read_parameters(path: Path) -> list[Parameter]:
    """Parameters of a notebook: name, type, default and comment of each line of the cell tagged ``parameters``.

    Raises `UsageError` where that cell is missing, stands twice or holds anything else than literals.
    """
    return list(_read_parameters(path.read_bytes(), path))


@lru_cache(maxsize=32)
def _read_parameters(raw: bytes, path: Path) -> tuple[Parameter, ...]:
    cells = read_notebook(path)["cells"]
    tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        found = "no cell is" if not tagged else f"{len(tagged)} cells are"
        raise UsageError(f"template-check: {found} tagged 'parameters' in {path.name}; wanted one.")
    if any("injected-parameters" in c.get("metadata", {}).get("tags", []) for c in cells):
        raise UsageError(
            f"template-check: {path.name} is a report that was run, with parameters in it; wanted the notebook it came from."
        )
    try:
        return tuple(_parameters(source(tagged[0])))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise UsageError(f"template-check: the parameters cell of {path.name} holds more than literals ({error}).") from None


def _parameters(code: str) -> Iterator[Parameter]:
    comments = _comments(code)
    for node in ast.parse(code).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            name, kind = node.target.id, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, kind = node.targets[0].id, ""
        else:
            raise ValueError(f"line {node.lineno}")
        default = ast.literal_eval(node.value)
        json.dumps(default, allow_nan=False)  # what JSON cannot carry reaches no report
        yield Parameter(name, kind or type(default).__name__, default, comments.get(node.end_lineno, ""))


def _comments(code: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def check_contract(path: Path) -> list[Problem]:
    """Breaches of the notebook contract, read without a kernel; an empty list means it is kept."""
    cells = read_notebook(path)["cells"]
    return [Problem(path.name, n, 0, *rule) for n, rule in _breaches(cells)]


def _breaches(cells: list[dict]) -> Iterator[tuple[int, tuple]]:
    if not cells or not re.match(r"#\s+\S", source(cells[0])):
        yield 1, ("title", "no heading in the first cell", "a cell that starts with '# '")
    if len(cells) < 2 or "parameters" not in cells[1].get("metadata", {}).get("tags", []):
        yield 2, ("parameters", "no tag on the second cell", "the tag 'parameters'")
    for n, cell in enumerate(cells, 1):
        if not _WORD_ID.fullmatch(cell.get("id", "")):
            yield n, ("cell-id", repr(cell.get("id")), "a word in lower case")
        if cell["cell_type"] == "code":
            yield from ((n, rule) for rule in _code_breaches(cell))


def _code_breaches(cell: dict) -> Iterator[tuple]:
    code = source(cell)
    if cell.get("outputs") or cell.get("execution_count"):
        yield "outputs", "stored outputs", "none"
    if code.count("\n") + 1 > MAX_CELL_LINES and "parameters" not in cell.get("metadata", {}).get("tags", []):
        yield "cell-length", f"{code.count(chr(10)) + 1} lines", f"at most {MAX_CELL_LINES}"
    if re.search(r"^\s*(async\s+)?(def|class)\s", code, re.M):
        yield "definition", "a function or class", "a call of the package"
    if re.search(r"\binput\s*\(", code):
        yield "input", "input()", "a parameter"
