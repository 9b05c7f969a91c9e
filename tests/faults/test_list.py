"""The list of faults is whole: every case names tests that are there, or says why there is none."""

import csv
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROWS = list(csv.DictReader((TESTS / "lists" / "faults.csv").read_text(encoding="utf-8").splitlines()))


def test_every_case_names_tests_that_are_there():
    assert [r["id"] for r in ROWS] == [f"B{n:02d}" for n in range(1, 43)]
    for row in ROWS:
        for place in row["tests"].split("; ") if "::" in row["tests"] else ():
            file, name = place.split("::")
            assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), place


def test_every_test_of_a_fault_is_in_the_list():
    listed = {t for r in ROWS for t in r["tests"].split("; ")}
    for path in (TESTS / "faults").glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^def (test_\w+)", text, re.M) if "pytestmark = " in text and path != Path(__file__) else ():
            assert f"faults/{path.name}::{name}" in listed | ALSO, name


ALSO = {
    "faults/test_limits.py::test_a_death_by_the_system_is_told_from_others",
    "faults/test_caches.py::test_a_plan_of_the_folder_that_is_damaged",
    "faults/test_clocks.py::test_the_clock_is_moved_for_python_and_sleep_still_works",
}
"""Tests of the means, and of faults beyond the list."""
