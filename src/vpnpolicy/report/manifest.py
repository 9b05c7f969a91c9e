"""What a report was made from: parameters, data by hash, versions. No clock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..record.schema import Folder

LIBRARIES = ("numpy", "pandas", "matplotlib", "papermill", "nbconvert", "weasyprint", "xlsxwriter")


def manifest(
    name: str, notebook: Path, parameters: Mapping[str, object], files: Mapping[str, str], figures: Mapping[str, object],
    tables: Iterable[str], data: str | os.PathLike | None = None,
) -> dict:  # fmt: skip
    """The record of one report as plain values, with a ``schema`` field; of the data only the files that were read."""
    from .. import __version__

    return {
        "schema": "vpnpolicy.manifest/1", "report": name, "notebook": notebook.name, "notebook_sha256": file_hash(notebook),
        "parameters": dict(parameters), "key_figures": dict(figures), "data_version": Folder(data).package.version,
        "data_sha256": data_hashes(tables, data), "files_sha256": dict(files), "versions": {"vpnpolicy": __version__, **library_versions()},
    }  # fmt: skip


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def data_hashes(names: Iterable[str] | None = None, data: str | os.PathLike | None = None) -> dict[str, str]:
    """SHA-256 of files of a data folder, by name; without names of ``datapackage.json`` and every table."""
    folder = Folder(data)
    if names is None:
        names = ["datapackage.json", *(r.path for r in folder.package.resources.values())]
    return {n: file_hash(folder.path / n) for n in sorted(names)}


@cache
def library_versions() -> dict[str, str]:
    """Versions of the libraries a report's looks depend on."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return dict(found)
