"""What a report was made from: parameters, data by hash, versions. No clock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..record.schema import Folder

LIBRARIES = ("numpy", "pandas", "matplotlib", "papermill", "nbconvert", "weasyprint")


def manifest(
    name: str, notebook: Path, parameters: Mapping[str, object], data_version: str, files: Mapping[str, str],
    figures: Mapping[str, object], data: str | os.PathLike | None = None,
) -> dict:  # fmt: skip
    """The record of one report as plain values, with a ``schema`` field."""
    from .. import __version__

    return {
        "schema": "vpnpolicy.manifest/1", "report": name, "notebook": notebook.name,
        "notebook_sha256": hashlib.sha256(notebook.read_bytes()).hexdigest(), "parameters": dict(parameters),
        "key_figures": dict(figures), "data_version": data_version, "data_sha256": data_hashes(data), "files_sha256": dict(files),
        "versions": {"vpnpolicy": __version__, **library_versions()},
    }  # fmt: skip


def data_hashes(data: str | os.PathLike | None = None) -> dict[str, str]:
    """SHA-256 of ``datapackage.json`` and of each table it names."""
    folder = Folder(data)
    names = ["datapackage.json", *(r.path for r in folder.package.resources.values())]
    return {n: hashlib.sha256((folder.path / n).read_bytes()).hexdigest() for n in sorted(names)}


def library_versions() -> dict[str, str]:
    """Versions of the libraries a report's looks depend on."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
