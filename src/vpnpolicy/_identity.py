"""What results depend on: the code, the libraries and the data, as versions and hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version as installed
from pathlib import Path

from .data.tables import Folder

LIBRARIES = (
    "numpy", "pandas", "matplotlib", "ipykernel", "papermill", "mistune", "nh3", "jinja2", "typst",
    "xlsxwriter",
)  # fmt: skip
_PACKAGE = Path(__file__).resolve().parent


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def file_hash(path: Path) -> str | None:
    """Return the SHA-256 of a file, or ``None`` where there is no file that can be read."""
    try:
        return hash_of(path.read_bytes()) if path.is_file() else None
    except OSError:
        return None


def data_hashes(
    data: str | os.PathLike | None, names: Iterable[str] | None = None
) -> dict[str, str | None]:
    """Return the SHA-256 of files of a data folder, by name: those named, or all."""
    folder = Folder(data)
    if names is None:
        names = ["datapackage.json", *(r.path for r in folder.package.resources.values())]
    return {n: file_hash(folder.path / n) for n in sorted(names)}


@cache
def versions() -> dict[str, str]:
    """Return the versions of what a report's looks depend on."""
    from . import __version__

    return {"vpnpolicy": __version__} | {name: installed(name) for name in LIBRARIES}


@cache
def code_hash() -> str:
    """Return the SHA-256 of the package's own code and templates."""
    found = hashlib.sha256()
    kinds = (".py", ".css", ".html", ".j2", ".js", ".typ")
    for path in sorted(
        p for p in _PACKAGE.rglob("*") if p.suffix in kinds and "_data" not in p.parts
    ):
        found.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def identity() -> dict:
    """Return what must be the same on every machine that makes reports."""
    return {"code": code_hash(), "libraries": versions(), "data": data_hashes(None)}
