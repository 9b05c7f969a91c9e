"""The list of faults is complete: every case names tests that exist, or says why there is none."""

import re

from .__main__ import TESTS, read_list

BESIDES = """
    faults/test_failures.py::test_a_failure_is_forgotten_once_the_report_is_made
    faults/test_limits.py::test_fewer_reports_at_a_time_where_the_limit_is_low
""".split()  # tests of faults beyond the list


def test_every_case_names_tests_that_exist_and_every_test_is_in_the_list():
    rows, listed = read_list(), set(BESIDES)
    assert [r["id"] for r in rows] == [f"{k}{n:02d}" for k, most in (("B", 42), ("C", 9)) for n in range(1, most + 1)]
    for place in (place for r in rows if "::" in r["tests"] for place in r["tests"].split("; ")):
        file, name = place.split("::")
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), place
        listed.add(place)
    for path in (TESTS / "faults").glob("test_[!l]*.py"):
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M):
            assert f"faults/{path.name}::{name}" in listed, name
