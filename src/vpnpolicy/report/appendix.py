"""What a report was made from, in words: the notebook, the tables it read, the libraries, and the command that makes it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from ..basis.paths import notebooks_folder
from .job import Job
from .manifest import file_hash, library_versions
from .notebook import read_parameters
from .page import Method


def method_of(job: Job, tables: Mapping[str, str], data_version: str, version: str) -> Method:
    """The appendix of a report: ``tables`` are the hashes of the files it read, by name."""
    return Method(
        job.notebook.name, file_hash(job.notebook), command(job), list(_parameters(job)), sorted(tables.items()),
        [("vpnpolicy", version), *library_versions().items()], data_version,
    )  # fmt: skip


def command(job: Job) -> str:
    """What to type to make a report again.

    >>> from pathlib import Path
    >>> command(Job("r1", Path("my notebook.ipynb"), {"a": 1.5, "b": "x y"}, ("a", "b")))
    "vpnpolicy report 'my notebook.ipynb' --trust -p a=1.5 -p 'b=x y'"
    """
    ours = notebooks_folder() / job.notebook.name
    known = ours.is_file() and ours.read_bytes() == job.notebook.read_bytes()
    words = ["vpnpolicy", "report", *([job.notebook.stem] if known else [job.notebook.name, "--trust"])]
    for name in job.changed:
        words += ["-p", f"{name}={plain(job.parameters[name])}"]
    return shlex.join(words)


def plain(value: object) -> str:
    """A parameter as it is typed on the command line.

    >>> plain("2025-02"), plain(2.0), plain(True), plain(["a"])
    ('2025-02', '2.0', 'true', '["a"]')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parameters(job: Job):
    """Name, value, meaning, and whether it was changed from its default."""
    for p in read_parameters(job.notebook):
        yield p.name, plain(job.parameters[p.name]) or "(empty)", p.help, p.name in job.changed
