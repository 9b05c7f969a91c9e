"""The table of bad inputs, ``tests/lists/bad_inputs.csv``: what each input is and what was wanted; and how a case is judged."""

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
    """Ids of the rows of these families."""
    return [ident for ident, row in TABLE.items() if row["family"].startswith(families)]


class Cases(dict):
    """Functions that put one bad input in, by the id of its row."""

    def __call__(self, ident: str) -> Callable:
        """A decorator that keeps the function for this row."""

        def keep(function):
            self[ident] = function
            return function

        return keep

    def judge(self, ident: str, world) -> None:
        """The code and the words that were wanted, never a traceback, never pages of text."""
        (code, text), wanted, pattern = self[ident](world)
        assert code == wanted, (TABLE[ident]["input"], text)
        assert re.search(pattern, text, re.M), (TABLE[ident]["input"], text)
        assert "Traceback" not in text
        assert "own fault" not in text
        assert len(text) < 200_000
