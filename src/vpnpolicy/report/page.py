"""What a report is made of before it has a look: blocks in order, files beside them, sources, facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..record.answer import WHAT_IT_IS_NOT

DISCLAIMER = f"{WHAT_IT_IS_NOT} This is not legal advice. 'Not listed' never means 'not licensed'."


@dataclass
class Piece:
    """A file a report gives away beside its page: a figure or a table."""

    path: str
    content: bytes


@dataclass
class TableSheet:
    """A table as a spreadsheet needs it: values as text, and which columns hold numbers."""

    name: str
    caption: str
    rows: list[list[str]]
    numeric: list[bool]
    shares: list[float]
    sources: list[str]


@dataclass
class Method:
    """What a report was made from and how to make it again."""

    notebook: str
    notebook_sha256: str
    command: str
    parameters: list[tuple[str, str, str, bool]]
    tables: list[tuple[str, str]]
    versions: list[tuple[str, str]]
    data_version: str


@dataclass
class Page:
    """What the template shows."""

    name: str = ""
    title: str = ""
    version: str = ""
    date: str = ""
    description: str = ""
    css: str = ""
    stamp: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[dict] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    sources: list[dict] = field(default_factory=list)
    disclaimer: str = DISCLAIMER
    pieces: list[Piece] = field(default_factory=list)
    sheets: list[TableSheet] = field(default_factory=list)
    findings: dict = field(default_factory=dict)
    method: Method | None = None

    def count(self, kind: str) -> int:
        """How many blocks of a kind there are."""
        return sum(b["kind"] == kind for b in self.blocks)


def slug(text: str, most: int = 60) -> str:
    """A name that is safe as an anchor and as a file.

    >>> slug("What is not known?")
    'what-is-not-known'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].rstrip("-") or "part"
