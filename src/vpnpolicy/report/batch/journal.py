"""What became of each report, one synced line each: the only memory of a batch."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ...basis.files import disk_errors, sync_folder, write_whole
from .place import check_plain

NAME = "journal.jsonl"
ENTRY = {
    "done": {"name": str, "key": str, "tables": dict, "files": dict, "title": str, "findings": dict, "remarks": list},
    "failed": {"name": str, "key": str, "reason": str, "tries": int},
}
"""What an entry of each status holds."""


class Journal:
    """The last entry of each report by name; a line that does not match its own hash is not believed."""

    def __init__(self, folder: Path):
        self.path = folder / NAME
        check_plain(self.path)
        self.entries: dict[str, dict] = {}
        self.spoiled = 0
        raw = self.path.read_bytes() if self.path.exists() else b""
        self.whole = raw.rfind(b"\n") + 1
        for line in raw[: self.whole].splitlines():
            entry = _read(line)
            if entry is None:
                self.spoiled += 1
            else:
                self.entries[entry["name"]] = entry

    def add(self, entry: dict) -> None:
        """Append one entry and sync it. Raises `DiskError`."""
        new = not self.path.exists()
        with disk_errors(self.path), self.path.open("r+b" if not new else "w+b") as file:
            file.seek(self.whole)
            file.truncate()
            file.write(_line(entry))
            file.flush()
            os.fsync(file.fileno())
            self.whole = file.tell()
        if new:
            sync_folder(self.path.parent)
        self.entries[entry["name"]] = entry

    def settle(self, names: Iterable[str]) -> None:
        """Write the journal anew in the order of the plan, the same whatever finished first; other entries follow."""
        order = {n: k for k, n in enumerate(names)}
        entries = sorted(self.entries.values(), key=lambda e: (order.get(e["name"], len(order)), e["name"]))
        raw = b"".join(map(_line, entries))
        if not self.path.exists() or self.path.read_bytes() != raw:
            write_whole(self.path, raw)


def _line(entry: dict) -> bytes:
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False)
    return json.dumps({"entry": entry, "sha256": _hash(text)}, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(line: bytes) -> dict | None:
    try:
        content = json.loads(line)
        entry = content["entry"]
        right = _hash(json.dumps(entry, sort_keys=True, ensure_ascii=False)) == content["sha256"]
        return entry if right and _has_all(entry) else None
    except (ValueError, KeyError, TypeError):
        return None


def _has_all(entry: dict) -> bool:
    return all(isinstance(entry[name], kind) for name, kind in ENTRY[entry["status"]].items())
