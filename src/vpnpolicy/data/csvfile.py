"""One CSV file as rows of text. Nothing is repaired; every fault is named with its line."""

from __future__ import annotations

import csv
import io
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import Problem, UsageError, nearest

MAX_BYTES = 64 * 2**20
MAX_COLUMNS, MAX_ROWS, MAX_PROBLEMS = 200, 1_000_000, 1000
OTHER_KINDS = {
    *(".pkl", ".pickle", ".npy", ".npz", ".joblib", ".h5", ".hdf5", ".feather", ".orc"),
    *(".xls", ".xlsx", ".xlsm", ".ods", ".sqlite", ".db", ".gz", ".bz2", ".xz", ".zst", ".zip"),
}
"""Endings of files that are never read: some run code when opened, some unfold without end."""
_CONFLICT = re.compile(r"^(<<<<<<< |=======$|>>>>>>> )", re.M)
_ODD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff\U000110bd"
    "\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001-\U000e007f\U000f0000-\U0010ffff]"
)
_MOJIBAKE = re.compile("â€.|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]")
_QUOTE_RULES = {
    "end of data": ("open-quote", "a closing quote"),
    "field larger": ("cell-too-big", "cells below 128 KiB"),
    "": ("quote", 'a quote inside a cell doubled ("")'),
}


@dataclass
class Sheet:
    """Header and rows as text, the file line of each row, and the problems found."""

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, line: int, column: int, *rule_found_expected_fix: str, **level: Any) -> None:
        """Add one problem of this file; after a thousand, say that there are more."""
        if self.full:
            return
        self.problems.append(Problem(self.name, line, column, *rule_found_expected_fix, **level))
        if self.full:
            found = f"{MAX_PROBLEMS:,} up to here"
            self.problems.append(Problem(self.name, line, 0, "too-many-problems", found, "fewer"))

    @property
    def full(self) -> bool:
        """Whether no more problems are added."""
        return len(self.problems) >= MAX_PROBLEMS


def check_file_kind(path: Path, expected: str = "CSV") -> int:
    """Return the size of a regular file [B].

    Raises `UsageError` for a folder, a device or pipe, a missing file, or another kind of file.
    """
    try:
        info = path.stat()
    except FileNotFoundError:
        raise UsageError(f"no-file: {path} does not exist") from None
    except OSError as error:
        raise UsageError(f"no-file: {path}: {error.strerror or error}") from None
    if stat.S_ISDIR(info.st_mode):
        raise UsageError(f"not-a-file: {path} is a folder; give one {expected} file")
    if not stat.S_ISREG(info.st_mode):
        raise UsageError(f"not-a-file: {path} is not a regular file")
    if path.suffix.lower() in OTHER_KINDS:
        hint = f"expected {expected}. Save or export it as {expected.split()[0]}."
        raise UsageError(f"kind: {path.name} is never read; {hint}")
    return info.st_size


def read_bytes(path: str | Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the bytes of one regular file; kind and size are checked before it is opened.

    Raises `UsageError` for what `check_file_kind` refuses and above ``max_bytes`` [B].
    """
    path = Path(path)
    size = check_file_kind(path)
    if size > max_bytes:
        limit = f"limit {max_bytes / 2**20:,.0f} MiB"
        raise UsageError(f"too-big: {path} is {size / 2**20:,.1f} MiB; {limit}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"no-file: {path} cannot be read: {error.strerror or error}") from None


def read_sheet(
    raw: bytes,
    name: str,
    columns: list[str] | None = None,
    most_rows: int = MAX_ROWS,
) -> Sheet:
    """Split bytes into rows; ``columns`` are the names the header must have, in any order."""
    sheet = Sheet(name)
    text = _decode(raw, sheet)
    if text is None or not _is_csv(text, sheet):
        return sheet
    _odd_characters(text, sheet)
    _split(text, sheet, most_rows)
    if sheet.header:
        _check_header(sheet, columns)
        _check_widths(sheet)
    elif not sheet.problems:
        sheet.fault(1, 0, "empty-file", "no header", _columns_text(columns))
    return sheet


def _columns_text(columns: list[str] | None) -> str:
    return f"columns {', '.join(columns)}" if columns else "a header row"


def _decode(raw: bytes, sheet: Sheet) -> str | None:
    line, found = 0, "what looks like UTF-16"
    if raw[:2] not in (b"\xff\xfe", b"\xfe\xff") and not _has_many_zeros(raw[:400]):
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            found = f"byte 0x{raw[error.start]:02X} at column {column}"
    sheet.fault(line, 0, "encoding", found, "UTF-8", "save as CSV UTF-8")
    return None


def _has_many_zeros(raw: bytes) -> bool:
    return raw.count(0) > len(raw) // 4 > 0


def _is_csv(text: str, sheet: Sheet) -> bool:
    if text.startswith("version https://git-lfs"):
        sheet.fault(1, 0, "not-csv", "a git-LFS pointer", "the file itself", "git lfs pull")
    elif mark := _CONFLICT.search(text):
        line, found = text.count("\n", 0, mark.start()) + 1, repr(mark.group().strip())
        sheet.fault(line, 0, "merge-conflict", found, "one version of the rows")
    return not sheet.problems


def _odd_characters(text: str, sheet: Sheet) -> None:
    """Report characters that cannot be seen or that change how text is displayed."""
    if not (_ODD.search(text) or _MOJIBAKE.search(text)):
        return
    for line, content in enumerate(text.split("\n"), 1):
        for odd in _ODD.finditer(content.rstrip("\r")):
            char = odd.group()
            name = unicodedata.name(char, "control character").lower()
            found = f"U+{ord(char):04X} ({name}) at character {odd.start() + 1}"
            sheet.fault(line, 0, "control-character", found, "visible text")
        if bad := _MOJIBAKE.search(content):
            fix = ("text decoded once", "save the file again as UTF-8")
            sheet.fault(line, 0, "mojibake", repr(bad.group()), *fix)
        if sheet.full:
            return


def _split(text: str, sheet: Sheet, most_rows: int) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if not cells and sheet.header:
                sheet.fault(start, 0, "blank-row", "a blank line", "a row", level="warning")
            elif not sheet.header:
                sheet.header = cells
            elif len(sheet.rows) == most_rows:
                found, expected = f"more than {most_rows:,}", f"at most {most_rows:,} rows"
                sheet.fault(start, 0, "too-many-rows", found, expected)
                return
            else:
                sheet.rows.append(cells)
                sheet.lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        record = [*text.split("\n"), ""][start - 1]
        column = record[: record.rfind('"')].count(",") + 1 if '"' in record else 0
        rule, expected = next(v for k, v in _QUOTE_RULES.items() if k in str(error))
        sheet.fault(start, column, rule, repr(record[:60]), expected)


def _check_header(sheet: Sheet, columns: list[str] | None) -> None:
    header = sheet.header
    if len(header) > MAX_COLUMNS:
        expected = f"at most {MAX_COLUMNS}"
        sheet.fault(1, 0, "too-many-columns", f"{len(header):,}", expected)
        return
    wrong = next((c for c in ";\t|" if len(header) == 1 and c in header[0]), None)
    if wrong:
        sheet.fault(1, 0, "separator", f"one column with {wrong!r} in the header", "','")
        return
    for column, name in enumerate(header, 1):
        first = header.index(name) + 1
        if name != name.strip():
            sheet.fault(1, column, "column-name-space", repr(name), repr(name.strip()))
        elif first < column:
            found = f"'{name}', which is also column {first}"
            sheet.fault(1, column, "duplicate-column", found, "each name once")
        elif columns is not None and name not in columns:
            expected = f"one of {', '.join(columns)}"
            sheet.fault(1, column, "unknown-column", f"'{name}'", expected, nearest(name, columns))
    names = {name.strip() for name in header}
    missing = ", ".join(f"'{c}'" for c in columns or () if c not in names)
    if missing:
        sheet.fault(1, 0, "missing-column", f"no {missing}", _columns_text(columns))


def _check_widths(sheet: Sheet) -> None:
    """Keep rows of the right width; report the others."""
    width, pairs = len(sheet.header), list(zip(sheet.rows, sheet.lines, strict=True))
    sheet.rows = [row for row, _ in pairs if len(row) == width]
    sheet.lines = [line for row, line in pairs if len(row) == width]
    for row, line in pairs:
        if len(row) < width:
            expected = f"{width} ({','.join(sheet.header)})"
            sheet.fault(line, 0, "missing-cell", f"{len(row)} cells", expected)
        elif len(row) > width:
            sheet.fault(line, width + 1, "extra-cell", f"'{row[width]}'", f"{width} cells")
