"""What a report depends on, as hashes: equal keys and tables mean equal bytes."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from ..job import Job
from ..manifest import data_hashes, file_hash, library_versions

_PACKAGE = Path(__file__).resolve().parents[2]


class Keys:
    """Keys of jobs against one state of the data."""

    def __init__(self, formats: tuple[str, ...], data: str | None):
        self.formats, self.tables = formats, data_hashes(None, data)
        self.notebooks: dict[Path, str] = {}

    def key(self, job: Job) -> str:
        """SHA-256 over notebook, name, parameters, formats, our own code and the libraries."""
        if job.notebook not in self.notebooks:
            self.notebooks[job.notebook] = file_hash(job.notebook)
        parts = [self.notebooks[job.notebook], job.name, job.parameters, list(self.formats), code_hash(), library_versions()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def state(self, job: Job) -> str:
        """SHA-256 over the key and every table: all that a report can depend on."""
        return hashlib.sha256(json.dumps([self.key(job), self.tables], sort_keys=True).encode()).hexdigest()

    def stands(self, entry: dict, job: Job, folder: Path) -> bool:
        """Whether a journalled report would come out the same, and its files are whole."""
        return self.same(entry, job) and whole(entry, folder / job.name)

    def same(self, entry: dict, job: Job) -> bool:
        """Whether a journalled report would come out the same."""
        if entry["status"] != "done" or entry["key"] != self.key(job):
            return False
        return all(self.tables.get(name) == sha for name, sha in entry["tables"].items())


def whole(entry: dict, place: Path) -> bool:
    """Whether the files of a journalled report are there as they were written."""
    return all(_whole(place / name, sha) for name, sha in entry["files"].items())


def _whole(path: Path, sha: str) -> bool:
    return path.is_file() and not path.is_symlink() and file_hash(path) == sha


@cache
def code_hash() -> str:
    """SHA-256 over the package's own code and templates."""
    found = hashlib.sha256()
    for path in sorted(p for p in _PACKAGE.rglob("*") if p.suffix in (".py", ".css", ".j2", ".json") and "_data" not in p.parts):
        found.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
