"""A whole list of vendors answered at once: one reading of the register, one look at each different name."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .._files import local_path, write_whole
from ..dates import PartialDate
from ..errors import DataError, Problem, ProviderNameError, UsageError, did_you_mean
from ..formatting import safe_cell
from . import reasons
from .answer import NOT_LISTED
from .csvfile import read_bytes
from .names import NEAR_SCORE, check_query, core_name
from .register import Register, ask

COLUMNS = ("line", "name", "state", "reason", "company", "brand", "near", "odd_characters", "sources", "as_of", "list_as_of")
CANNOT_LOOK_UP = "cannot look up"
MAX_BYTES = 512 * 2**20
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 &'+]*", re.ASCII)
_LEGAL_END = re.compile(r"\b(smc|pvt|private|ltd|limited)\W*$")
_BLOCK = 20_000


def check_file(
    path: str | os.PathLike, column: str, out: str | os.PathLike, as_of: str | PartialDate | None = None, *,
    known_on: str | PartialDate | None = None, data: str | os.PathLike | None = None,
) -> Counter:  # fmt: skip
    """Answer every name in one column of a CSV file and write the answers, in the order of the file.

    Parameters: ``path`` the file; ``column`` the column that holds names; ``out`` the file to write; ``as_of`` and
    ``known_on`` as in `check`. Returns how many names got each state. Raises `UsageError` for a missing file or column,
    `DataError` for a file that cannot be cut into rows, `DiskError` where nothing can be written.
    """
    register = Register(data, known_on)
    day = register.package.as_of if as_of is None else PartialDate.parse(as_of)
    lines, names = _read(local_path(path), column)
    answers = answer_all(register, names, day)
    write_whole(local_path(out).resolve(), _written(lines, names, answers, register, day))
    return Counter(answers[n][0] for n in names)


def answer_all(register: Register, names: Iterable[str], day: PartialDate) -> dict[str, tuple]:
    """For each different name: state, reason, company, brand, near names, odd characters, sources."""
    normals, answers = {}, {}
    for name in dict.fromkeys(names):
        normal = _quick_normal(name)
        if normal is None or normal in register.keys:
            answers[name] = _full(register, name, day)
        else:
            normals[name] = normal
    if normals and not register.has_list_on(day):
        return answers | {n: _full(register, n, day) for n in normals}
    near = _near(register, list(dict.fromkeys(normals.values())))
    plain = {n: (NOT_LISTED, reasons.nobody(n), "", "", near.get(k, ""), "", "") for n, k in normals.items()}
    return answers | plain


def _quick_normal(name: str) -> str | None:
    """The normal form of a plain ASCII name with a distinguishing word; nothing for any other name."""
    if not _PLAIN.fullmatch(name):
        return None
    normal = " ".join(name.casefold().split())
    return None if _LEGAL_END.search(normal) or not core_name(normal) else normal


def _full(register: Register, name: str, day: PartialDate) -> tuple:
    try:
        check_query(name)
    except ProviderNameError as error:
        return (CANNOT_LOOK_UP, str(error), "", "", "", "", "")
    a = ask(register, name, day)
    return (a.state, a.reason, a.company, a.brand, "; ".join(a.near), "; ".join(a.odd_characters), ";".join(a.source_ids))


def _near(register: Register, normals: list[str]) -> dict[str, str]:
    """Hints for many normal forms at once."""
    import numpy as np
    from rapidfuzz import fuzz, process

    keys = list(register.keys)
    cores = [core_name(k) for k in keys]
    found: dict[str, str] = {}
    for start in range(0, len(normals), _BLOCK):
        block = normals[start : start + _BLOCK]
        whole = process.cdist(block, keys, scorer=fuzz.ratio, score_cutoff=NEAR_SCORE, dtype=np.uint8)
        part = process.cdist([core_name(n) for n in block], cores, scorer=fuzz.ratio, score_cutoff=NEAR_SCORE, dtype=np.uint8)
        hits = ((whole > 0) | (part > 0)).any(axis=1).nonzero()[0]
        found |= {block[n]: "; ".join(reasons.hints(register, block[n])) for n in hits}
    return found


def _read(path: Path, column: str) -> tuple[list[int], list[str]]:
    raw = read_bytes(path, MAX_BYTES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            [Problem(path.name, line, 0, "encoding", f"byte 0x{raw[error.start]:02X}", "UTF-8", "save as CSV UTF-8")]
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(reader, None)
    if not header:
        raise DataError([Problem(path.name, 1, 0, "empty-file", "no header", f"a column '{column}'")])
    if column not in header:
        raise UsageError(f"{path.name} has no column '{column}'. {did_you_mean(column, header)}")
    return _column(path, reader, header.index(column), len(header))


def _column(path: Path, reader, index: int, width: int) -> tuple[list[int], list[str]]:
    lines, names, problems, start = [], [], [], reader.line_num + 1
    try:
        for row in reader:
            if len(row) == width:
                lines.append(start)
                names.append(row[index])
            elif row:
                rule = "missing-cell" if len(row) < width else "extra-cell"
                problems.append(Problem(path.name, start, 0, rule, f"{len(row)} cells", f"{width} cells"))
            start = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(path.name, start, 0, "quote", str(error), "quotes closed"))
    if problems:
        raise DataError(problems)
    return lines, names


def _written(lines: list[int], names: list[str], answers: dict[str, tuple], register: Register, day: PartialDate) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    ends = (str(day), str(register.newest_list_on or ""))
    safe = {n: tuple(safe_cell(c) for c in (n, *answers[n])) for n in answers}
    writer.writerows((line, *safe[name], *ends) for line, name in zip(lines, names, strict=True))
    return out.getvalue().encode()
