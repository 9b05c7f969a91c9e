"""Notebooks as reports use them: found by name, read without a kernel, checked against rules."""

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

from .._files import local_path, notebooks_folder
from ..errors import Problem, UsageError, clipped, did_you_mean

TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
MAX_CELL_LINES = 8
_WORD_ID = re.compile(r"[a-z][a-z0-9-]{1,60}")


class Expression(str):
    """A default that is Python code rather than a literal."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook: its name, type, default and meaning."""

    name: str
    type: str
    default: object
    help: str = ""

    @property
    def shown(self) -> str:
        """Return the default as it is typed on the command line."""
        return shown(self.default)

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(filter(None, [self.type, f'default {self.shown}']))})"


def shown(value: object) -> str:
    """Return a parameter as it is typed on the command line.

    >>> shown("2025-02"), shown(2.0), shown(True), shown(["a"]), shown(("a",))
    ('2025-02', '2.0', 'true', '["a"]', "('a',)")
    """
    if isinstance(value, str):
        return value
    try:
        text = json.dumps(value, ensure_ascii=False)
        return text if json.loads(text) == value else repr(value)
    except (TypeError, ValueError):
        return repr(value)


def list_notebooks(folder: str | os.PathLike | None = None) -> list[str]:
    """Names of the report notebooks, in order; those without a leading number are for exploring.

    >>> list_notebooks()[0]
    '00_brief'
    """
    return sorted(p.stem for p in notebooks_folder(folder).glob("[0-9]*.ipynb"))


def find_notebook(name: str, *, trust: bool = False) -> Path:
    """Return the file of a notebook, by name, by number, or by path where ``trust`` allows it.

    Raises `UsageError` with the nearest name for an unknown one, and for a path that is not
    trusted: a notebook is code.
    """
    folder = notebooks_folder()
    known = {p.stem: p for p in sorted(folder.glob("*.ipynb"))}
    stem = name.removesuffix(".ipynb")
    for found, path in known.items():
        if stem and stem in (found, *found.split("_", 1)):
            return path
    if name.endswith(".ipynb") and _is_file(local_path(name)):
        if not trust:
            raise UsageError(
                f"{name} is not a notebook of this package, and a notebook is code. Read it, then add --trust."
            )
        return local_path(name).resolve()
    raise UsageError(f"there is no notebook '{clipped(name)}'. {did_you_mean(stem[:200], known)}")


def is_ours(path: Path) -> bool:
    """Return whether a notebook is one of this package."""
    return path.parent == notebooks_folder()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the system
        return False


def parse_notebook(raw: bytes, name: str) -> dict:
    """Return a notebook as JSON, in format 4. Raises `UsageError` where ``raw`` is not a notebook."""
    try:
        content = json.loads(raw.decode("utf-8"))
        if "worksheets" in content:
            import nbformat

            content = nbformat.reads(raw.decode("utf-8"), as_version=4)
        whole = content["nbformat"] >= 4 and isinstance(content["metadata"], dict)
        whole = whole and all(map(_is_cell, content["cells"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise UsageError(f"{name} is not a notebook.")
    return content


def _is_cell(cell: dict) -> bool:
    lines = cell["source"] if isinstance(cell["source"], list) else [cell["source"]]
    texts = [cell["cell_type"], *lines, *tags(cell)]
    return all(isinstance(x, str) for x in texts)


def tags(cell: dict) -> list[str]:
    """Return the tags of a cell."""
    return cell.get("metadata", {}).get("tags", [])


def source(cell: dict) -> str:
    """The text of a cell."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def read_parameters(path: Path) -> list[Parameter]:
    """Return the parameters of a notebook, one for each assignment in the cell tagged ``parameters``.

    A notebook without such a cell has none. Raises `UsageError` where two cells carry the tag, or
    where the cell is not Python.
    """
    return parse_parameters(path.read_bytes(), path.name)


@lru_cache(maxsize=32)
def parse_parameters(raw: bytes, name: str) -> list[Parameter]:
    """Return the parameters of a notebook's text, as `read_parameters` does."""
    content = parse_notebook(raw, name)
    if (language := _language(content["metadata"])) not in ("", "python", "ipython", "python3"):
        raise UsageError(
            f"{name}: kernel: found the language {clipped(language)}; expected Python."
        )
    tagged = [c for c in content["cells"] if "parameters" in tags(c)]
    if len(tagged) > 1:
        raise UsageError(f"{name}: parameters: found {len(tagged)} tagged cells; expected one.")
    try:
        return list(_parameters(source(tagged[0]))) if tagged else []
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        where = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        reason = getattr(error, "msg", None) or error
        raise UsageError(
            f"{name}: parameters: found a cell that is not Python ({reason}{where}); expected assignments."
        ) from None


def _language(metadata: dict) -> str:
    """Return the language of a notebook in lower case, or an empty string where it says nothing."""
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part)
        if isinstance(found, dict) and found.get(key):
            return str(found[key]).lower()
    return ""


def _parameters(code: str) -> Iterator[Parameter]:
    if re.search(r"^\s*[%!]", code, re.M):  # lines that IPython understands
        from IPython.core.inputtransformer2 import TransformerManager

        code = TransformerManager().transform_cell(code)
    comments = _comments(code)
    for node in ast.parse(code).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            name, kind = node.target.id, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, kind = node.targets[0].id, ""
        else:
            continue
        assert node.value
        try:
            default = ast.literal_eval(node.value)
            kind = kind or type(default).__name__
        except (ValueError, TypeError):  # a call or a sum: the notebook's own business
            default = Expression(ast.unparse(node.value))
        yield Parameter(name, kind, default, comments.get(node.end_lineno or 0, ""))


def _comments(code: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def check_contract(path: Path) -> list[Problem]:
    """Breaches of the notebook contract, read without a kernel; an empty list means it is kept."""
    cells = parse_notebook(path.read_bytes(), path.name)["cells"]
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
    if code.count("\n") + 1 > MAX_CELL_LINES and "parameters" not in cell.get("metadata", {}).get(
        "tags", []
    ):
        yield "cell-length", f"{code.count(chr(10)) + 1} lines", f"at most {MAX_CELL_LINES}"
    if re.search(r"^\s*(async\s+)?(def|class)\s", code, re.M):
        yield "definition", "a function or class", "a call of the package"
    if re.search(r"\binput\s*\(", code):
        yield "input", "input()", "a parameter"
