"""One CSV file as text cells with the line each row starts on. Nothing is repaired; every fault is named."""

from __future__ import annotations

import csv
import io
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Problem, UsageError, nearest

MAX_BYTES = 64 * 2**20
MAX_COLUMNS, MAX_ROWS, MAX_PROBLEMS = 200, 1_000_000, 1000
OTHER_KINDS = {
    ".pkl",
    ".pickle",
    ".npy",
    ".npz",
    ".joblib",
    ".h5",
    ".hdf5",
    ".feather",
    ".orc",
    ".xls",
    ".xlsx",
    ".xlsm",
    ".ods",
    ".gz",
    ".bz2",
    ".xz",
    ".zst",
    ".zip",
    ".sqlite",
    ".db",
}
"""Endings of files that are never read: some run code when opened, some unfold without end, some hide formulas."""
_CONFLICT = re.compile(r"^(<<<<<<< |=======$|>>>>>>> )", re.M)
_ODD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001-\U000e007f\U000f0000-\U0010ffff]"
)
_MOJIBAKE = re.compile("â€.|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]")


@dataclass
class Sheet:
    """Header and rows as text, the file line of each row, and what was wrong."""

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, line: int, column: int, rule: str, *found_wanted_fix: str, level: str = "error") -> None:
        """Note one problem of this file; after a thousand, that there are more."""
        if not self.full:
            self.problems.append(Problem(self.name, line, column, rule, *found_wanted_fix, level=level))
            if self.full:
                self.problems.append(Problem(self.name, line, 0, "too-many-problems", f"{MAX_PROBLEMS:,} up to here", "fewer"))

    @property
    def full(self) -> bool:
        """Whether no more problems are noted."""
        return len(self.problems) >= MAX_PROBLEMS


def check_file_kind(path: Path, wanted: str = "CSV") -> int:
    """Size of a regular file [B]. Raises `UsageError` for a folder, a device or pipe, or a missing file."""
    try:
        info = path.stat()
    except FileNotFoundError:
        raise UsageError(f"no-file: {path} does not exist") from None
    except OSError as error:
        raise UsageError(f"no-file: {path}: {error.strerror or error}") from None
    if stat.S_ISDIR(info.st_mode):
        raise UsageError(f"not-a-file: {path} is a folder; give one {wanted} file")
    if not stat.S_ISREG(info.st_mode):
        raise UsageError(f"not-a-file: {path} is not a regular file")
    if path.suffix.lower() in OTHER_KINDS:
        raise UsageError(f"kind: {path.name} is never read; expected {wanted}. Save or export it as {wanted.split()[0]}.")
    return info.st_size


def read_bytes(path: str | Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of one regular file, refused by kind and size before it is opened.

    Raises `UsageError` for a folder, a device or pipe, a missing file, or one above ``max_bytes`` [B].
    """
    path = Path(path)
    size = check_file_kind(path)
    if size > max_bytes:
        raise UsageError(f"too-big: {path} is {size / 2**20:,.1f} MiB; limit {max_bytes / 2**20:,.0f} MiB")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"no-file: {path} cannot be read: {error.strerror or error}") from None


def read_sheet(raw: bytes, name: str, columns: list[str] | None = None, most_rows: int = MAX_ROWS) -> Sheet:
    """Cut bytes into cells. ``columns`` are the names the header must hold; without them any header is taken."""
    sheet = Sheet(name)
    text = _decode(raw, sheet)
    if text is None or not _is_csv(text, sheet):
        return sheet
    _odd_characters(text, sheet)
    _cut(text, sheet, most_rows)
    if sheet.header:
        _check_header(sheet, columns)
        _check_widths(sheet)
    elif not sheet.problems:
        sheet.fault(1, 0, "empty-file", "no header", _columns_text(columns))
    return sheet


def _columns_text(columns: list[str] | None) -> str:
    return f"columns {', '.join(columns)}" if columns else "a header row"


def _decode(raw: bytes, sheet: Sheet) -> str | None:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[:400].count(0) > len(raw[:400]) // 4 > 0:
        sheet.fault(0, 0, "encoding", "what looks like UTF-16", "UTF-8", "save as CSV UTF-8")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        sheet.fault(line, 0, "encoding", f"byte 0x{raw[error.start]:02X} at column {column}", "UTF-8", "save as CSV UTF-8")
        return None


def _is_csv(text: str, sheet: Sheet) -> bool:
    if text.startswith("version https://git-lfs"):
        sheet.fault(1, 0, "not-csv", "a git-LFS pointer", "the file itself", "git lfs pull")
    elif mark := _CONFLICT.search(text):
        sheet.fault(
            text.count("\n", 0, mark.start()) + 1, 0, "merge-conflict", repr(mark.group().strip()), "one version of the rows"
        )
    return not sheet.problems


def _odd_characters(text: str, sheet: Sheet) -> None:
    """Characters that cannot be seen or that change what is read."""
    if not (_ODD.search(text) or _MOJIBAKE.search(text)):
        return
    for line, content in enumerate(text.split("\n"), 1):
        for column, char in enumerate(content.rstrip("\r"), 1):
            if _ODD.match(char):
                name = "no-break space" if char == "\u00a0" else unicodedata.name(char, "control character").lower()
                sheet.fault(
                    line, 0, "control-character", f"U+{ord(char):04X} ({name}) at character {column}", "text that can be seen"
                )
        if found := _MOJIBAKE.search(content):
            sheet.fault(line, 0, "mojibake", repr(found.group()), "text decoded once", "save the file again as UTF-8")
        if sheet.full:
            return


def _cut(text: str, sheet: Sheet, most_rows: int) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if not cells:
                if sheet.header:
                    sheet.fault(start, 0, "blank-row", "a blank line", "a row", level="warning")
            elif not sheet.header:
                sheet.header = cells
            elif len(sheet.rows) == most_rows:
                sheet.fault(start, 0, "too-many-rows", f"more than {most_rows:,}", f"at most {most_rows:,} rows")
                return
            else:
                sheet.rows.append(cells)
                sheet.lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        _quote_fault(sheet, text, start, str(error))


def _quote_fault(sheet: Sheet, text: str, line: int, message: str) -> None:
    record = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    column = record[: record.rfind('"')].count(",") + 1 if '"' in record else 0
    rule = "open-quote" if "end of data" in message else ("cell-too-big" if "field larger" in message else "quote")
    wanted = {"open-quote": "a closing quote", "cell-too-big": "cells below 128 KiB"}.get(
        rule, 'a quote inside a cell doubled ("")'
    )
    sheet.fault(line, column, rule, repr(record[:60]), wanted)


def _check_header(sheet: Sheet, columns: list[str] | None) -> None:
    if len(sheet.header) > MAX_COLUMNS:
        sheet.fault(1, 0, "too-many-columns", f"{len(sheet.header):,}", f"at most {MAX_COLUMNS}")
        return
    wrong = next((c for c in ";\t|" if len(sheet.header) == 1 and c in sheet.header[0]), None)
    if wrong:
        sheet.fault(1, 0, "separator", f"one column with {wrong!r} in the header", "','")
        return
    for column, name in enumerate(sheet.header, 1):
        if name != name.strip():
            sheet.fault(1, column, "column-name-space", repr(name), repr(name.strip()))
        elif sheet.header.index(name) < column - 1:
            sheet.fault(
                1, column, "duplicate-column", f"'{name}', which is also column {sheet.header.index(name) + 1}", "each name once"
            )
        elif columns is not None and name not in columns:
            sheet.fault(1, column, "unknown-column", f"'{name}'", f"one of {', '.join(columns)}", nearest(name, columns))
    missing = [c for c in columns or () if c not in [n.strip() for n in sheet.header]]
    if missing:
        sheet.fault(1, 0, "missing-column", "no " + ", ".join(f"'{m}'" for m in missing), _columns_text(columns))


def _check_widths(sheet: Sheet) -> None:
    """Keep rows of the right width; name the others."""
    width = len(sheet.header)
    kept = [(r, n) for r, n in zip(sheet.rows, sheet.lines, strict=True) if _width_is_right(sheet, r, n, width)]
    sheet.rows, sheet.lines = [r for r, _ in kept], [n for _, n in kept]


def _width_is_right(sheet: Sheet, row: list[str], line: int, width: int) -> bool:
    if len(row) < width:
        sheet.fault(line, 0, "missing-cell", f"{len(row)} cells", f"{width} ({','.join(sheet.header)})")
    elif len(row) > width:
        sheet.fault(line, width + 1, "extra-cell", f"'{row[width]}'", f"{width} cells")
    return len(row) == width
