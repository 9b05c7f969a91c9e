"""Outputs of a cell in the order they came, from Python and from everything below it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_TEXT = 2**20
"""Text a cell may print [characters]; a loop that prints without end stops here."""


class OutputTooBig(BaseException):
    """A cell printed more than `MAX_TEXT`; no ``except Exception`` of a notebook swallows it."""


class Outputs(list):
    """Outputs of one cell as nbformat keeps them; neighbouring pieces of one stream are joined."""

    def __init__(self, number: int = 0):
        self.number, self.clear_next, self.printed = number, False, 0

    def add(self, output: dict) -> dict:
        """Add a display, a result or an error."""
        if self.clear_next:
            self.clear()
            self.clear_next = False
        self.append(output)
        return output

    def write(self, name: str, text: str) -> None:
        """Add text of ``stdout`` or ``stderr``. Raises `OutputTooBig`."""
        last = self[-1] if self and not self.clear_next else {}
        if last.get("name") == name:
            last["text"] = _overwrite(last["text"] + text)
        elif text:
            self.add({"output_type": "stream", "name": name, "text": _overwrite(text)})
        self.printed += len(text)
        if self.printed > MAX_TEXT:
            raise OutputTooBig(f"more than {MAX_TEXT:,} characters printed")


def _overwrite(text: str) -> str:
    """What a terminal would show of a line that is written over by carriage returns."""
    return re.sub(r"[^\n]*\r(?=[^\n])", "", text) if "\r" in text else text


class Stream(io.TextIOBase):
    """A text stream that writes into the outputs of the running cell."""

    encoding = "utf-8"

    def __init__(self, name: str, handle: int, shell):
        self.name, self.handle, self.shell = name, handle, shell

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.outputs.write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.handle

    def isatty(self) -> bool:
        return False


@contextmanager
def captured(shell, folder: Path) -> Iterator[CapturedHandles]:
    """Standard output and error of Python and of everything below it go to ``shell.outputs`` while the block runs."""
    import builtins
    import sys

    before = sys.stdout, sys.stderr, builtins.input
    handles = CapturedHandles(folder)
    sys.stdout, sys.stderr = Stream("stdout", 1, shell), Stream("stderr", 2, shell)
    builtins.input = shell.raw_input
    try:
        yield handles
    finally:
        sys.stdout, sys.stderr, builtins.input = before


class CapturedHandles:
    """Handles 1 and 2 as files of the run, so that what C code and child processes print is kept, after the cell's own."""

    def __init__(self, folder: Path):
        self.files = {n: os.open(folder / n, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND) for n in ("stdout", "stderr")}
        self.read = dict.fromkeys(self.files, 0)
        for number, handle in enumerate(self.files.values(), 1):
            os.dup2(handle, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def drain(self, outputs: Outputs) -> None:
        """Move what came since the last time into the outputs. Raises `OutputTooBig`."""
        for name, handle in self.files.items():
            size = os.fstat(handle).st_size
            if size > self.read[name]:
                raw = os.pread(handle, min(size - self.read[name], MAX_TEXT + 1), self.read[name])
                self.read[name] = size
                outputs.write(name, raw.decode("utf-8", "replace"))
