"""The table of bad inputs, ``tests/lists/bad_inputs.csv``, and how the answer to each is checked."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TABLE = {r["id"]: r for r in csv.DictReader((TESTS / "lists" / "bad_inputs.csv").read_text(encoding="utf-8").splitlines())}
RECORD = ("CSV file", "CSV cell", "Dates", "Provider list", "Curated data")
REST = ("Parameter file", "Output names", "Report content", "Other file kinds", "Machine")
"""Families of rows: those of ``test_the_record.py`` and those of ``test_the_rest.py``."""


def rows_of(families: tuple[str, ...]) -> list[str]:
    """Return the ids of the rows of these families."""
    return [ident for ident, row in TABLE.items() if row["family"].startswith(families)]


class Cases(dict):
    """Functions that put one bad input in, by the id of its row."""

    def __call__(self, ident: str) -> Callable:
        """Return a decorator that registers a function for this row."""

        def keep(function):
            self[ident] = function
            return function

        return keep

    def judge(self, ident: str, world) -> None:
        """Check the exit code and the message: never a traceback, never pages of text."""
        (code, text), expected, pattern = self[ident](world)
        assert code == expected, (TABLE[ident]["input"], text)
        assert re.search(pattern, text, re.M), (TABLE[ident]["input"], text)
        assert "Traceback" not in text
        assert "internal error" not in text
        assert len(text) < 200_000
