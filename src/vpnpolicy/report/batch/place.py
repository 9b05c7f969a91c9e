"""Putting finished files under their final names: each whole, an older good report replaced only by a whole new one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from ...basis.errors import UsageError
from ...basis.files import disk_errors, sync_folder


def check_plain(path: Path) -> None:
    """Refuse a link, device or folder where a file of ours belongs: writing would go elsewhere. Raises `UsageError`."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"path: {path} is not a plain file; it is left alone. Choose another --out.")


def check_free(out: Path, name: str) -> None:
    """Refuse a place that holds something other than a report of ours. Raises `UsageError`."""
    place = out / name
    for folder in (place, place / "figures", place / "tables", out / ".failed"):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UsageError(f"path: {folder} is not a folder; it is left alone. Choose another --out or name.")
    if place.is_dir() and any(place.iterdir()) and not (place / "manifest.json").exists():
        raise UsageError(f"path: {place} holds files that are no report of this package; it is left alone.")


def check_apart(notebook: Path, place: Path) -> None:
    """Refuse to make a report where its own notebook lies. Raises `UsageError`."""
    if notebook.resolve().is_relative_to(place.resolve()):
        raise UsageError(f"path: the report would overwrite its notebook {notebook}. Choose another --out or name.")


def install(pieces: Path, out: Path, name: str) -> None:
    """Sync the files of ``pieces`` and move them to ``out/name``. Raises `DiskError`."""
    final = out / name
    with disk_errors(final):
        files = [p for p in pieces.rglob("*") if p.is_file()]
        for path in files:
            _sync(path)
        for folder in {p.parent for p in files}:
            sync_folder(folder)
        if final.exists():
            _replace(pieces, files, final)
        else:
            pieces.rename(final)
        sync_folder(out)


def _replace(pieces: Path, files: list[Path], final: Path) -> None:
    """The new report in place of the old: at once where the system can exchange folders, else file by file."""
    keep = {p.relative_to(pieces) for p in files}
    if _exchanged(pieces, final):
        shutil.rmtree(pieces, ignore_errors=True)  # what is there now is the old report
        return
    for path in sorted(keep):
        (final / path).parent.mkdir(parents=True, exist_ok=True)
        (pieces / path).replace(final / path)
    for path in [
        p for p in final.rglob("*") if p.is_file() and _is_ours(p.relative_to(final)) and p.relative_to(final) not in keep
    ]:
        path.unlink()
    for folder in {final / p.parent for p in keep}:
        sync_folder(folder)
    shutil.rmtree(pieces)


def _exchanged(pieces: Path, final: Path) -> bool:
    """Whether the two changed places; files somebody put beside a report go along."""
    if sys.platform != "linux":
        return False
    from ..press.linux import exchange

    for path in final.rglob("*"):
        inside = path.relative_to(final)
        if path.is_file() and not _is_ours(inside) and not (pieces / inside).exists():
            (pieces / inside).parent.mkdir(parents=True, exist_ok=True)
            os.link(path, pieces / inside, follow_symlinks=False)
    return exchange(pieces, final)


def _is_ours(path: Path) -> bool:
    """Whether a file in a report's folder is one that reports write."""
    return path.parts[0] in ("figures", "tables", "manifest.json") or path.match("report.*")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
