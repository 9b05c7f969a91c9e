"""Writing so that a final name never shows part of a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import DiskError

MIN_ROOM = 16 * 1024
"""Room below which a disk counts as full [B]."""


def write_whole(path: Path, content: bytes) -> None:
    """Write under a temporary name in the same folder, sync, then rename. Raises `DiskError`; an older file stays."""
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


def _disk_text(path: Path, error: OSError) -> str:
    reason = {errno.ENOSPC: "no space left", errno.EROFS: "the folder is read-only", errno.EACCES: "no permission"}
    return f"cannot write {path}: {reason.get(error.errno, error.strerror or error)}. Older files there are untouched."


def make_folder(folder: Path) -> Path:
    """A folder that can be written to. Raises `DiskError` before any work is done."""
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{os.getpid()}"
        probe.touch()
        probe.unlink()
    return folder


def is_full(folder: Path) -> bool:
    """Whether the disk of a folder has no room for another small file."""
    if not hasattr(os, "statvfs"):
        return False
    disk = os.statvfs(folder)
    return disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < MIN_ROOM
