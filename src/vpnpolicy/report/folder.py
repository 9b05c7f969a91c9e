"""The folder that reports are written to: new, empty or ours, used by one run at a time.

The file ``.vpnpolicy`` marks a folder as ours and is locked while a run writes there; the system
frees the lock however the run ends. Unfinished work lies in ``.vpnpolicy-work``. A report gets its
final name only when it is whole, with its manifest last.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from .._files import disk_errors, sync_folder, write_whole
from ..errors import LockedError, UsageError
from .manifest import SCHEMA, read_manifest, seal

MARK, WORK, FAILED = ".vpnpolicy", ".vpnpolicy-work", "failed"
TITLE = "Reports by vpnpolicy. This file marks the folder and is locked while a run writes to it.\n"
_TOP = ("index.html", "batch.csv")


@contextmanager
def open_folder(out: Path) -> Iterator[Path]:
    """Hold an output folder while the block runs and give the folder for unfinished work.

    Raises `UsageError` where the folder is not ours, `LockedError` where another run writes to it,
    and `DiskError` where nothing can be written.
    """
    if out.exists() and not out.is_dir():
        raise _foreign(out)
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    _check_ours(out)
    with disk_errors(out / MARK):
        handle = os.open(out / MARK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        _lock(handle, out)
        work = out / WORK
        if work.is_symlink() or (work.exists() and not work.is_dir()):
            raise _foreign(work)
        with disk_errors(work):
            work.mkdir(mode=0o700, exist_ok=True)
        try:
            yield work.resolve()
        finally:
            shutil.rmtree(work, ignore_errors=True)
            with suppress(OSError):
                os.ftruncate(handle, len(TITLE))
    finally:
        os.close(handle)


def _check_ours(out: Path) -> None:
    mark, table, names = out / MARK, out / "batch.csv", sorted(p.name for p in out.iterdir())
    for path in (mark, *(out / n for n in (*_TOP, FAILED, WORK))):
        if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1):
            raise _foreign(path)
    killed_at_once = names == [MARK] and mark.is_file() and not mark.stat().st_size
    if not names or killed_at_once:
        return
    if table.is_file() and not table.read_bytes().startswith(b"name,status"):  # a plan
        raise _foreign(table)
    if not mark.is_file() or not mark.read_bytes().startswith(TITLE.encode()[:22]):
        few = ", ".join(names[:3])
        raise UsageError(
            f"--out {out}: found a folder with other files ({few}); expected a new or empty folder, or one that vpnpolicy wrote."
        )


def _foreign(path: Path) -> UsageError:
    return UsageError(f"--out: {path} is not of vpnpolicy; it is left alone. Choose another --out.")


def _lock(handle: int, out: Path) -> None:
    """Take the lock and note who holds it. Raises `LockedError`."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            os.lseek(handle, 4096, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        text = (out / MARK).read_text(encoding="utf-8").removeprefix(TITLE).strip()
        raise LockedError(f"locked: {out} is in use by {text or 'another run'}.") from None
    with disk_errors(out / MARK):
        os.lseek(handle, 0, os.SEEK_SET)
        text = f"{TITLE}process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        os.ftruncate(handle, os.write(handle, text.encode()))  # at no moment without the title


def check_place(out: Path, name: str) -> None:
    """Refuse a report's folder that holds something other than a report. Raises `UsageError`."""
    place = out / name
    for folder in (place, place / "figures", place / "tables"):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise _foreign(folder)
    if place.is_dir() and any(place.iterdir()) and not (place / "manifest.json").is_file():
        raise UsageError(f"--out: {place} holds files that are no report; they are left alone.")


def install(files: Path, place: Path) -> None:
    """Move a finished report to its final name, each file whole and the manifest last.

    Files that somebody put beside an older report stay; one with the name of a file of the new
    report is refused. While files are replaced, the manifest names those of both and is never up
    to date, so that the next run continues where a kill ended this one. Raises `DiskError`,
    `UsageError`.
    """
    new, old = read_manifest(files) or {}, read_manifest(place)
    names = [*new["files_sha256"], "manifest.json"]
    with disk_errors(place):
        for name in names:
            with (files / name).open("rb+") as file:
                os.fsync(file.fileno())
        if not place.exists():
            for folder in {(files / n).parent for n in names}:
                sync_folder(folder)
            files.rename(place)
            sync_folder(place.parent)
            return
        ours = {*old["files_sha256"]} if old else {*names, "report.pdf", "report.xlsx"}
        for name in new["files_sha256"]:
            if name not in ours and (place / name).exists():
                raise UsageError(f"--out: {place / name} is not of vpnpolicy; it is left alone.")
        names_of_both = dict.fromkeys([*ours, *new["files_sha256"]])
        both = seal({"schema": SCHEMA, "files_sha256": names_of_both})
        write_whole(place / "manifest.json", json.dumps(both).encode())
        for name in ours - set(names):
            (place / name).unlink(missing_ok=True)
        for name in names:
            (place / name).parent.mkdir(exist_ok=True)
            (files / name).replace(place / name)
        for folder in {(place / n).parent for n in names}:
            sync_folder(folder)


def keep_failure(out: Path, name: str, reason: str, work: Path, trace: str) -> None:
    """Keep the partial notebook and the reason of a report that failed."""
    partial = work / "partial.ipynb"
    if partial.is_file():
        write_whole(out / FAILED / f"{name}.ipynb", partial.read_bytes())
    logs = [work / n for n in ("process.log", "kernel.log") if (work / n).is_file()]
    tails = [p.read_text(encoding="utf-8", errors="replace")[-20_000:].strip() for p in logs]
    text = "\n".join([reason, *filter(None, [trace, *tails]), ""])
    write_whole(out / FAILED / f"{name}.txt", text.encode("utf-8", "replace"))


def forget_failure(out: Path, name: str) -> None:
    """Remove what was kept of an earlier failure."""
    for ending in ("ipynb", "txt"):
        (out / FAILED / f"{name}.{ending}").unlink(missing_ok=True)
    with suppress(OSError):
        (out / FAILED).rmdir()
