"""``python -m tests.faults``: the long form of the faults, then a table of cases tried, passed, and what could not run here and why."""

import csv
import os
import re
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
LIST = TESTS / "lists" / "faults.csv"


def read_list() -> list[dict]:
    """Return the list of faults: id, fault, and the tests or why there is none."""
    return list(csv.DictReader(LIST.read_text(encoding="utf-8").splitlines()))


class Outcomes:
    """What became of each test, and why one was skipped."""

    def __init__(self):
        self.found: dict[str, list[str]] = {}
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report):
        """Keep the outcome of each test, and of a set-up or end that did not pass."""
        name = re.sub(r"\[.*\]$", "", report.nodeid.removeprefix("tests/"))
        if report.when == "call" or report.outcome != "passed":
            self.found.setdefault(name, []).append(report.outcome)
        if report.skipped:
            self.reasons[name] = str(report.longrepr[2]).removeprefix("Skipped: ")

    def of(self, tests: str) -> tuple[int, int, str]:
        """Return the runs tried, those passed, and why others are missing."""
        if "::" not in tests:
            return 0, 0, tests
        outcomes = {name: self.found.get(name, []) for name in tests.split("; ")}
        ran = [o for each in outcomes.values() for o in each if o != "skipped"]
        why = [self.reasons.get(n, "not in this run") for n, each in outcomes.items() if n in self.reasons or not each]
        return len(ran), ran.count("passed"), "; ".join(dict.fromkeys(why))


def table(outcomes: Outcomes) -> tuple[str, bool]:
    """Return the table as text, and whether everything that ran has passed."""
    lines, cases = [f"{'Case':<5} {'Fault':<58} {'Tried':>5} {'Passed':>6}  Not run, and why"], []
    for row in read_list():
        tried, passed, why = outcomes.of(row["tests"])
        cases.append((tried > 0, 0 < tried == passed))
        lines.append(f"{row['id']:<5} {row['fault']:<58} {tried:>5} {passed:>6}  {why}".rstrip())
    tried, passed = map(sum, zip(*cases, strict=True))
    return "\n".join([*lines, f"\n{len(cases)} cases, {tried} tried, {passed} passed."]), tried == passed


def main(args: list[str]) -> int:
    """Run the tests of the list, in the long form unless ``--short`` is given, and print the table."""
    if "--short" not in args:
        os.environ["VPNPOLICY_FAULTS"] = "full"
    outcomes = Outcomes()
    names = sorted({t.partition("::")[0] for r in read_list() for t in r["tests"].split("; ") if "::" in t})
    code = pytest.main([*(str(TESTS / n) for n in names), "-n", "2", *[a for a in args if a != "--short"]], plugins=[outcomes])
    text, whole = table(outcomes)
    print(f"\n{text}")
    return 0 if whole and code in (0, pytest.ExitCode.NO_TESTS_COLLECTED) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
