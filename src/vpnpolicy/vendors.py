"""Lists checked against the register: the names in a file, and the numbers others published."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._files import local_path, write_whole
from .answers import NOT_LISTED, not_found
from .data.csvfile import read_bytes, read_sheet
from .data.names import LEGAL_WORDS, NEAR_SCORE, check_query, core_name
from .data.package import Day, PathLike
from .dates import PartialDate
from .errors import DataError, ProviderNameError, UsageError, did_you_mean
from .formatting import safe_cell
from .register import Register, ask, hints

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("line", "name", "state", "reason", "company", "brand", "near", "odd_characters", "sources"),
    *("as_of", "list_as_of"),
)
CANNOT_LOOK_UP = "cannot look up"
MAX_BYTES = 512 * 2**20
MAX_NAMES = 10_000_000
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 &'+]*", re.ASCII)
_LEGAL_END = re.compile(rf"\b({'|'.join(LEGAL_WORDS)})\W*$")
_BLOCK = 20_000


def check_file(
    path: PathLike,
    column: str,
    out: PathLike,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> Counter[str]:
    """Check every name in one column of a CSV file and write the answers in the same order.

    Parameters
    ----------
    path : path
        The CSV file.
    column : str
        The column with names.
    out : path
        The CSV file to write.
    as_of, known_on, data
        See `check`.

    Returns
    -------
    collections.Counter
        The number of names in each state.

    Raises
    ------
    UsageError
        For a missing file or column; `DataError` for a file that cannot be split into rows;
        `DiskError` where nothing can be written.
    """
    register = Register(data, known_on)
    day = register.package.day(as_of)
    file = local_path(path)
    sheet = read_sheet(read_bytes(file, MAX_BYTES), file.name, most_rows=MAX_NAMES)
    problems = [p for p in sheet.problems if p.level == "error" and p.rule not in ALLOWED]
    if problems:
        raise DataError(problems)
    if column not in sheet.header:
        hint = did_you_mean(column, sheet.header)
        raise UsageError(f"{file.name} has no column '{column}'. {hint}")
    names = [row[sheet.header.index(column)] for row in sheet.rows]
    answers = answer_all(register, names, day)
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(COLUMNS)
    ends = (str(day), str(register.newest_list_on or ""))
    safe = {n: tuple(safe_cell(c) for c in (n, *answers[n])) for n in answers}
    lines = zip(sheet.lines, names, strict=True)
    writer.writerows((line, *safe[name], *ends) for line, name in lines)
    write_whole(local_path(out).resolve(), content.getvalue().encode())
    return Counter(answers[name][0] for name in names)


ALLOWED = ("control-character", "mojibake")
"""Rules that names in a user's file may break; odd characters are named in the answers."""


def answer_all(register: Register, names: Iterable[str], day: PartialDate) -> dict[str, tuple]:
    """Return for each different name: state, reason, company, brand, near, odd, sources."""
    normals, answers = {}, {}
    for name in dict.fromkeys(names):
        normal = _quick_normal(name)
        if normal is None or normal in register.keys or not register.has_list_on(day):
            answers[name] = _full(register, name, day)
        else:
            normals[name] = normal
    near = _near(register, list(dict.fromkeys(normals.values())))
    for name, normal in normals.items():
        answers[name] = (NOT_LISTED, not_found(name), "", "", near.get(normal, ""), "", "")
    return answers


def _quick_normal(name: str) -> str | None:
    """Return the normal form of a plain ASCII name with a distinguishing word, else nothing."""
    if not _PLAIN.fullmatch(name):
        return None
    normal = " ".join(name.casefold().split())
    return None if _LEGAL_END.search(normal) or not core_name(normal) else normal


def _full(register: Register, name: str, day: PartialDate) -> tuple[str, ...]:
    try:
        check_query(name)
    except ProviderNameError as error:
        return (CANNOT_LOOK_UP, str(error), "", "", "", "", "")
    a = ask(register, name, day)
    lists = ("; ".join(a.near), "; ".join(a.odd_characters), ";".join(a.source_ids))
    return (a.state, a.reason, a.company, a.brand, *lists)


def _near(register: Register, normals: list[str]) -> dict[str, str]:
    """Return hints for many normal forms at once."""
    import numpy as np
    from rapidfuzz import fuzz, process

    keys = list(register.keys)
    cores = [core_name(k) for k in keys]
    found: dict[str, str] = {}
    options: dict[str, Any] = {"scorer": fuzz.ratio, "score_cutoff": NEAR_SCORE, "dtype": np.uint8}
    for start in range(0, len(normals), _BLOCK):
        block = normals[start : start + _BLOCK]
        whole = process.cdist(block, keys, **options)
        part = process.cdist([core_name(n) for n in block], cores, **options)
        hits = np.flatnonzero(np.any((whole > 0) | (part > 0), axis=1))
        found |= {block[n]: "; ".join(hints(register, block[n])) for n in hits}
    return found


WAYS = {
    "named": "class licensees alone",
    "with_one": "with one of PTCL and NTC",
    "with_both": "with PTCL and NTC",
}
ALLOWED_WAYS = {"no": ["named"], "one of them": ["with_one"], "yes": ["with_both"]}
"""Ways of counting that agree with what the page says of PTCL and NTC; else all are tried."""


def reconcile_counts(
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Compare each published number of licensees with the licensees that sources name by then.

    gap = published - named, under each way of counting PTCL and NTC

    Parameters
    ----------
    as_of, known_on, data
        See `load`.

    Returns
    -------
    pandas.DataFrame
        One row per published count: ``printed`` [licensee], ``definition``, ``named`` class
        licensees, ``with_one`` and ``with_both`` of PTCL and NTC, the gaps [licensee], ``gap``
        under the way of counting that the page allows, and ``reading``, that way in words. A
        count of an undated page is compared with the rows of the last day it can be of.

    Raises
    ------
    DateError
        For an unreadable date.

    Examples
    --------
    >>> reconcile_counts().set_index("count_id").loc["C11", ["gap_named", "gap_with_both"]].tolist()
    [4, 2]
    """
    import pandas as pd

    from .data.frames import load

    counts = load("licence_counts", data=data, as_of=as_of, known_on=known_on)
    counts = counts[(counts["definition"] != "applications") & counts["n_licensed"].notna()]
    register = Register(data, known_on)
    gaps = [f"gap_{way}" for way in WAYS]
    columns = ["count_id", "as_of", "printed", "definition", "includes_ptcl_ntc", *WAYS, *gaps]
    columns += ["gap", "reading", "who", "source_id", "note"]
    rows = [_reconciled(count, register) for count in counts.to_dict("records")]
    return pd.DataFrame(rows, columns=columns)


def _reconciled(count: dict, register: Register) -> dict:
    day = PartialDate.parse(PartialDate.parse(count["as_of"]).latest)
    licensed = [s for s, state in register.listed_on(day) if state and s["status"] == "licensed"]
    named = len({s["provider_id"] for s in licensed if s["company"]})
    printed, totals = int(count["n_licensed"]), {way: named + n for n, way in enumerate(WAYS)}
    gaps = {way: printed - total for way, total in totals.items()}
    ways = ALLOWED_WAYS.get(count["includes_ptcl_ntc"], list(WAYS))
    best = min(ways, key=lambda way: abs(gaps[way]))
    gap, words = gaps[best], f"agrees with the names, {WAYS[best]}"
    if gap:
        more = f"{abs(gap)} {'more' if gap > 0 else 'fewer'} than the names, {WAYS[best]}"
        words = f"{more}; no meaning of the page closes it"
    named_gaps = {f"gap_{way}": g for way, g in gaps.items()}
    return count | totals | named_gaps | {"printed": printed, "gap": gap, "reading": words}
