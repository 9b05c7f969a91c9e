"""Adding a row: asked for by column, checked like the whole record, written only if nothing else breaks."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .._files import write_whole
from ..errors import DataError, Problem, UsageError, did_you_mean
from .package import Field, Resource
from .rules import validate
from .schema import Folder

KINDS = {"source": "sources", "licence": "licences", "event": "events", "claim": "claims"}
DEFAULTS = {
    "sources": {
        "language": "en",
        "licence": "not stated",
        "read_extent": "opening excerpt",
        "title_basis": "page",
        "official": "false",
    },
    "licences": {"locator": "opening excerpt", "n_low": "1", "n_high": "1", "scope": "not stated"},
    "events": {"locator": "opening excerpt", "date_basis": "stated"},
    "claims": {"locator": "opening excerpt"},
}
TO_DO = ("ruling-unsettled",)


def resource_of(kind: str, data: str | os.PathLike | None = None) -> Resource:
    """The table a kind of row goes to. Raises `UsageError` with the nearest kind."""
    if kind not in KINDS:
        raise UsageError(f"there is no kind of row '{kind}'. {did_you_mean(kind, KINDS)}")
    return Folder(data).package.resource(KINDS[kind])


def asked_fields(resource: Resource) -> list[Field]:
    """Columns to ask for: all but the key, which is the next free one."""
    return [f for f in resource.fields if f.name not in resource.primary_key]


def next_key(kind: str, data: str | os.PathLike | None = None) -> str:
    """The next free key of a table.

    >>> next_key("event")
    'E65'
    """
    table = Folder(data).table(KINDS[kind])
    keys = [k for k in table.columns[table.resource.primary_key[0]] if k]
    letter, digits = re.fullmatch(r"([A-Z]+)(\d+)", keys[0]).groups()
    highest = max(int(k.removeprefix(letter)) for k in keys)
    return f"{letter}{highest + 1:0{len(digits)}d}"


def add_row(kind: str, cells: Mapping[str, str], data: str | os.PathLike | None = None) -> tuple[str, list[Problem]]:
    """Append a row to ``sources``, ``licences``, ``events`` or ``claims``.

    Parameters: ``kind`` one of ``source``, ``licence``, ``event``, ``claim``; ``cells`` texts by column; columns not named
    take the usual value of ``DEFAULTS`` or stay empty. Returns the new key and what is now to be done, such as a ruling to look at again. Raises `UsageError` for
    an unknown column and `DataError` where the row breaks a rule; then nothing has been written.
    """
    resource = resource_of(kind, data)
    key = next_key(kind, data)
    empty = {f.name: "" for f in resource.fields}
    row = {**empty, **DEFAULTS[resource.name], **_known(cells, resource), resource.primary_key[0]: key}
    path = Folder(data).path / resource.path
    content = path.read_bytes() + _line(row, resource)
    to_do = _try(path, content)
    write_whole(path, content)
    return key, to_do


def _known(cells: Mapping[str, str], resource: Resource) -> dict[str, str]:
    names = [f.name for f in asked_fields(resource)]
    for name in cells:
        if name not in names:
            raise UsageError(f"{resource.name} has no column '{name}'. {did_you_mean(name, names)}")
    return {k: v for k, v in cells.items() if v is not None}


def _line(row: Mapping[str, str], resource: Resource) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([row[n] for n in resource.names])
    return out.getvalue().encode()


def _try(path: Path, content: bytes) -> list[Problem]:
    """Check the whole record with the new file in a copy; only new problems count."""
    before = {str(p) for p in validate(path.parent)}
    with tempfile.TemporaryDirectory(prefix="vpnpolicy-data-") as copy:
        for file in [*path.parent.glob("*.csv"), path.parent / "datapackage.json"]:
            shutil.copy(file, copy)
        (Path(copy) / path.name).write_bytes(content)
        new = [p for p in validate(copy) if str(p) not in before and p.level == "error"]
    broken = [p for p in new if p.rule not in TO_DO]
    if broken:
        raise DataError(broken)
    return [p for p in new if p.rule in TO_DO]
