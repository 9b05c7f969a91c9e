"""One run at a time in a folder. The lock is held by the process and freed by the system, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ...basis.errors import LockedError
from ...basis.files import disk_errors
from .place import check_plain

NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs. Raises `LockedError` with the holder's process and start, `UsageError` where no lock can be."""
    check_plain(folder / NAME)
    with disk_errors(folder / NAME):
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        if not _take(handle):
            raise LockedError(f"locked: {folder} is in use by {os.pread(handle, 200, 0).decode() or 'another run'}.")
        with disk_errors(folder / NAME):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode(), 0)
        try:
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def holder(folder: Path) -> str:
    """Who holds a folder now, or an empty text."""
    if not (folder / NAME).is_file():
        return ""
    handle = os.open(folder / NAME, os.O_RDONLY)
    try:
        return "" if _take(handle) else os.pread(handle, 200, 0).decode()
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
