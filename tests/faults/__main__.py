"""``python -m tests.faults``: the long form of the faults, then a table of cases tried, passed, and what could not run here and why."""

import csv
import os
import re
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
LIST = TESTS / "lists" / "faults.csv"


class Outcomes:
    """What became of each test, and why one was left out."""

    def __init__(self):
        self.found: dict[str, list[str]] = {}
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report):
        """Keep the worst of set-up, call and clearing away."""
        name = re.sub(r"\[.*\]$", "", report.nodeid.removeprefix("tests/"))
        if report.when == "call" or report.outcome != "passed":
            self.found.setdefault(name, []).append(report.outcome)
        if report.skipped:
            self.reasons[name] = str(report.longrepr[2]).removeprefix("Skipped: ")

    def of(self, tests: str) -> tuple[int, int, str]:
        """Runs tried, passed, and why others were not run."""
        if "::" not in tests:
            return 0, 0, tests
        tried = passed = 0
        why = []
        for name in tests.split("; "):
            outcomes = self.found.get(name, [])
            tried += sum(o != "skipped" for o in outcomes)
            passed += outcomes.count("passed")
            if name in self.reasons or not outcomes:
                why.append(self.reasons.get(name, "not in this run: another layer, or a library that is missing"))
        return tried, passed, "; ".join(dict.fromkeys(why))


def table(outcomes: Outcomes) -> tuple[str, bool]:
    """The table as text, and whether everything that ran has passed."""
    rows = list(csv.DictReader(LIST.read_text(encoding="utf-8").splitlines()))
    lines = [f"{'Case':<5} {'Fault':<58} {'Tried':>5} {'Passed':>6}  Not run, and why"]
    whole, tried_cases, passed_cases = True, 0, 0
    for row in rows:
        tried, passed, why = outcomes.of(row["tests"])
        whole &= tried == passed
        tried_cases, passed_cases = tried_cases + (tried > 0), passed_cases + (tried > 0 and tried == passed)
        lines.append(f"{row['id']:<5} {row['fault']:<58} {tried:>5} {passed:>6}  {why}".rstrip())
    return "\n".join([*lines, f"\n{len(rows)} cases, {tried_cases} tried, {passed_cases} passed."]), whole


def main(args: list[str]) -> int:
    """Run the tests of the list, in the long form unless ``--short`` is given, and print the table."""
    if "--short" not in args:
        os.environ["VPNPOLICY_FAULTS"] = "full"
    outcomes = Outcomes()
    names = {
        t.partition("::")[0]
        for r in csv.DictReader(LIST.read_text(encoding="utf-8").splitlines())
        for t in r["tests"].split("; ")
        if "::" in t
    }
    code = pytest.main(
        [*(str(TESTS / n) for n in sorted(names)), "-n", "2", *[a for a in args if a != "--short"]], plugins=[outcomes]
    )
    text, whole = table(outcomes)
    print(f"\n{text}")
    return 0 if whole and code in (0, pytest.ExitCode.NO_TESTS_COLLECTED) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
