"""Where data and notebooks lie: an argument, then the environment, then the installed copy, then the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import UsageError

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1]


def data_folder(path: str | os.PathLike | None = None) -> Path:
    """The folder that holds ``datapackage.json`` and its tables.

    Looks at ``path``, then ``$VPNPOLICY_DATA``, then the copy in the installed package, then the checkout.
    Raises `UsageError` where the folder does not exist or holds no ``datapackage.json``.
    """
    return _find(path, "VPNPOLICY_DATA", "data", "datapackage.json")


def notebooks_folder(path: str | os.PathLike | None = None) -> Path:
    """The folder that holds the notebooks; looks at ``$VPNPOLICY_NOTEBOOKS`` after ``path``."""
    return _find(path, "VPNPOLICY_NOTEBOOKS", "notebooks", "00_brief.ipynb")


def local_path(path: str | os.PathLike) -> Path:
    """A path on this machine; raises `UsageError` for an address such as ``https://…`` or ``s3://…``, and for what is no path."""
    if not isinstance(path, (str, os.PathLike)):
        raise UsageError(f"a path is text or a pathlib.Path; found {type(path).__name__}.")
    text = os.fspath(path)
    if "://" in text:
        raise UsageError(f"'{text}' is an address, not a path. This package never touches the network; save a copy first.")
    if "\0" in text:
        raise UsageError("a path cannot hold a NUL character.")
    return Path(text).expanduser()


def _find(path: str | os.PathLike | None, variable: str, name: str, marker: str) -> Path:
    asked = path if path is not None else os.environ.get(variable) or None
    if asked is not None:
        return _checked(local_path(asked), marker, f"${variable}" if path is None else "the path given")
    for folder in (_PACKAGE / f"_{name}", _CHECKOUT / name):
        if (folder / marker).is_file():
            return folder
    raise UsageError(f"no {name} folder found. Give its path, or set {variable} to a folder that holds {marker}.")


def _checked(folder: Path, marker: str, origin: str) -> Path:
    if not folder.exists():
        raise UsageError(f"folder {folder} does not exist ({origin}).")
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder ({origin}).")
    if not (folder / marker).is_file():
        raise UsageError(f"folder {folder} holds no {marker} ({origin}).")
    return folder
