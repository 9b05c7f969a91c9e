"""Find the folders of data and notebooks; write files so that no name shows part of one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import DiskError, UsageError

MIN_ROOM = 16 * 1024
"""Free space below which a disk counts as full [B]."""


def write_whole(path: Path, content: bytes) -> None:
    """Write under a temporary name, sync, then rename. Raises `DiskError`; an older file stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            with temporary.open("xb") as file:  # never through a link that waits under this name
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
    except DiskError:
        with suppress(OSError):
            temporary.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an error of the system while writing to ``path`` into a `DiskError` of one line."""
    try:
        yield
    except DiskError:
        raise
    except OSError as error:
        raise DiskError(_disk_text(path, error)) from None


_REASONS = {
    errno.ENOSPC: "no space left",
    errno.EROFS: "the folder is read-only",
    errno.EACCES: "no permission",
}


def _disk_text(path: Path, error: OSError) -> str:
    reason = _REASONS.get(error.errno or 0, str(error.strerror or error))
    return f"cannot write {path}: {reason}. Older files there are untouched."


def is_full(folder: Path) -> bool:
    """Return whether the disk of a folder has no space for another small file."""
    if not hasattr(os, "statvfs"):
        return False
    disk = os.statvfs(folder)
    return disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < MIN_ROOM


_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def data_folder(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that holds ``datapackage.json`` and its tables.

    Looks at ``path``, then ``$VPNPOLICY_DATA``, the installed package, and the checkout.
    Raises `UsageError` where the folder does not exist or holds no ``datapackage.json``.
    """
    return _find(path, "VPNPOLICY_DATA", "data", "datapackage.json")


def notebooks_folder(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the notebooks: ``path``, else ``$VPNPOLICY_NOTEBOOKS``, else ours."""
    return _find(path, "VPNPOLICY_NOTEBOOKS", "notebooks", "00_brief.ipynb")


def local_path(path: str | os.PathLike[str]) -> Path:
    """Return a local path. Raises `UsageError` for an address such as ``https://…``."""
    if not isinstance(path, (str, os.PathLike)):
        raise UsageError(f"a path is text or a pathlib.Path; found {type(path).__name__}.")
    text = os.fspath(path)
    if "://" in text:
        raise UsageError(
            f"'{text}' is an address, not a path. "
            "This package never touches the network; save a copy first."
        )
    if "\0" in text:
        raise UsageError("a path cannot hold a NUL character.")
    return Path(text).expanduser()


def _find(path: str | os.PathLike[str] | None, variable: str, name: str, marker: str) -> Path:
    asked = path if path is not None else os.environ.get(variable) or None
    if asked is not None:
        return _checked(
            local_path(asked), marker, f"${variable}" if path is None else "the path given"
        )
    for folder in (_PACKAGE / f"_{name}", _CHECKOUT / name):
        if (folder / marker).is_file():
            return folder
    raise UsageError(
        f"no {name} folder found. Give its path, or set {variable} to a folder that holds {marker}."
    )


def _checked(folder: Path, marker: str, origin: str) -> Path:
    if not folder.exists():
        raise UsageError(f"folder {folder} does not exist ({origin}).")
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder ({origin}).")
    if not (folder / marker).is_file():
        raise UsageError(f"folder {folder} holds no {marker} ({origin}).")
    return folder
