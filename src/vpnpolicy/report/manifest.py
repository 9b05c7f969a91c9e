"""What a report is made from, and whether it is up to date.

``manifest.json`` in a report's folder is the only memory of a run. It holds the notebook, the
parameters, the hashes of data, code and files, and a hash of itself.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .._identity import code_hash, file_hash, hash_of, versions
from ..data.tables import Folder
from ..notebooks.files import Parameter, parse_parameters, shown
from .page import Page

SCHEMA = "vpnpolicy.manifest/2"
_TEMPLATES = Path(__file__).resolve().parent / "templates"
_FILE = re.compile(r"report\.[a-z]+|(figures|tables)/[a-z0-9-]+\.[a-z]+", re.ASCII)


@dataclass(frozen=True)
class Job:
    """A report that has been checked and can start: plain values, so that it can travel.

    ``text`` is the notebook itself, ``folder`` the folder of a notebook of the user's own and
    empty for ours, ``given`` the parameters that differ from the notebook.
    """

    name: str
    notebook: str
    text: str
    folder: str
    given: dict
    formats: tuple[str, ...]
    data: str

    @cached_property
    def known(self) -> list[Parameter]:
        """Return the parameters of the notebook."""
        return parse_parameters(self.text.encode(), self.notebook)

    @cached_property
    def parameters(self) -> dict:
        """Return every parameter with its value, as JSON holds it."""
        return {p.name: _json_value(self.given.get(p.name, p.default)) for p in self.known}

    @cached_property
    def changed(self) -> list[str]:
        """Return the names of parameters that differ from their defaults."""
        return [p.name for p in self.known if self.given.get(p.name, p.default) != p.default]

    @cached_property
    def command(self) -> str:
        """Return what to type to make the report again."""
        stem = self.notebook.removesuffix(".ipynb")
        words = ["vpnpolicy", "report", *([self.notebook, "--trust"] if self.folder else [stem])]
        for name in self.changed:
            words += ["-p", f"{name}={shown(self.given[name])}"]
        return shlex.join(words)

    def method(self, hashes: Mapping[str, str | None]) -> dict:
        """Return the section on data and method; ``hashes`` are those of the tables read."""
        values = {p.name: shown(self.parameters[p.name]) or "(empty)" for p in self.known}
        return {
            "notebook": self.notebook, "notebook_sha256": hash_of(self.text.encode()), "command": self.command,
            "parameters": [(p.name, values[p.name], p.help, p.name in self.changed) for p in self.known],
            "tables": sorted(hashes.items()), "versions": list(versions().items()),
            "data_version": Folder(self.data).package.version,
        }  # fmt: skip

    def basis(self) -> dict:
        """Return everything but data that the bytes of the report depend on."""
        return {
            "schema": SCHEMA, "report": self.name, "notebook": self.notebook,
            "notebook_sha256": hash_of(self.text.encode()), "parameters": self.parameters,
            "formats": list(self.formats), "code_sha256": code_hash(), "versions": versions(),
        }  # fmt: skip


def workers_for(job: Job) -> tuple[list[str], dict[str, str]]:
    """Return what `warm_up` takes for reports such as this one, and their common environment."""
    fixed = {
        "MATPLOTLIBRC": str(_TEMPLATES / "matplotlibrc"), "JUPYTER_NO_CONFIG": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline", "JUPYTER_PLATFORM_DIRS": "1",
        "VPNPOLICY_DATA": job.data,
    }  # fmt: skip
    return [job.data, ",".join(job.formats)], fixed


def _json_value(value: object) -> object:
    try:
        return value if json.loads(json.dumps(value, allow_nan=False)) == value else shown(value)
    except (TypeError, ValueError):
        return shown(value)


def build_manifest(
    job: Job, page: Page, files: Mapping[str, bytes], tables: Mapping, inputs: Iterable[str]
) -> dict:
    """Return the manifest of a finished report as plain values.

    ``tables`` holds hashes of the files of the record that were read, ``inputs`` names of files
    beside the notebook that were opened; some may not exist.
    """
    return seal(
        {
            **job.basis(), "title": page.title, "command": job.command, "findings": page.findings,
            "remarks": page.remarks, "data_version": Folder(job.data).package.version,
            "data_sha256": dict(tables),
            "inputs_sha256": {name: file_hash(Path(job.folder, name)) for name in inputs},
            "files_sha256": {name: hash_of(content) for name, content in files.items()},
        }
    )  # fmt: skip


def seal(manifest: dict) -> dict:
    """Return a manifest with a hash of itself."""
    body = {k: v for k, v in manifest.items() if k != "sha256"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return {**body, "sha256": hash_of(text.encode("utf-8", "surrogatepass"))}


def read_manifest(folder: Path) -> dict | None:
    """Return the manifest of a folder, or ``None`` where there is none as it was written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        whole = seal(manifest) == manifest and manifest["schema"] == SCHEMA
        whole = whole and all(map(_FILE.fullmatch, manifest["files_sha256"]))
        return manifest if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def difference(manifest: Mapping, job: Job, data: Mapping[str, str | None]) -> str:
    """Return what a manifest was made from that differs from a job and its data, or an empty string."""
    for part, expected in job.basis().items():
        if manifest.get(part) != expected:
            return part
    changed = [n for n, sha in manifest["data_sha256"].items() if data.get(n) != sha]
    for name, sha in manifest["inputs_sha256"].items():
        if file_hash(Path(job.folder, name)) != sha:
            changed.append(name)
    return ", ".join(changed)


def missing_files(manifest: Mapping, folder: Path) -> list[str]:
    """Return the files of a manifest that are not in a folder as they were written."""
    names = manifest["files_sha256"].items()
    return [n for n, sha in names if (folder / n).is_symlink() or file_hash(folder / n) != sha]


def is_current(folder: Path, job: Job, data: Mapping[str, str | None]) -> bool:
    """Return whether the report in a folder is whole and would come out the same."""
    manifest = read_manifest(folder)
    return (
        manifest is not None
        and not difference(manifest, job, data)
        and not missing_files(manifest, folder)
    )
