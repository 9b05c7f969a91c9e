"""``python -m tests.faults.soak``: hundreds of reports over random kills, then a tally; ends with 1 if anything but 0 is in it."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .conftest import BATCH, children_of, fate_notebook, files_of, finished, kill, running, wait_for


def rows(notebook: Path, n: int) -> list[dict]:
    """Return small reports, some of which leave a process, and every fifth a real one."""
    kinds = ["good", "slow", "good", "stray", "good", "good", "good"]
    small = [{"name": f"r{k:03d}", "notebook": str(notebook), "n": k, "what": kinds[k % 7]} for k in range(n)]
    real = [{"name": f"r{k:03d}", "notebook": "01", "as_of": f"2025-{1 + k % 12:02d}"} for k in range(n)]
    return [real[k] if k % 5 == 0 else small[k] for k in range(n)]


class Soak:
    """One batch, killed again and again."""

    def __init__(self, folder: Path, options):
        self.folder, self.options, self.out = folder, options, folder / "out"
        (folder / "plan.json").write_text(json.dumps(rows(fate_notebook(folder / "fate.ipynb"), options.reports)))
        (folder / "temporary").mkdir()
        kinds = ("torn", "lost", "wrong", "false success", "left processes", "left sockets", "left temporary folders")
        self.tally, self.kills, self.runs = dict.fromkeys(kinds, 0), 0, 0

    def start(self, out: Path, *more: str) -> subprocess.Popen:
        """Start the batch as a process."""
        line = [*BATCH, "plan.json", "--jobs", str(self.options.jobs), "--out", str(out), *more]
        env = {**os.environ, "TMPDIR": str(self.folder / "temporary")}
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder, env=env)

    def run(self, out: Path) -> float:
        """Make all reports undisturbed; return how long that took [s]."""
        start, process = time.monotonic(), self.start(out)
        _, wrong = process.communicate()
        assert process.returncode == 0, wrong
        return time.monotonic() - start

    def kill_once(self, dice: random.Random, patience: float) -> None:
        """Start, wait for a random moment, kill the command or one of its processes, look at what is there."""
        done = len(finished(self.out)) == self.options.reports
        process = self.start(self.out, *(["--force"] if done else []))
        self.runs += 1
        time.sleep(dice.uniform(0.3, patience))
        below = children_of(process.pid, deep=True)
        victim = dice.choice(below) if below and dice.random() < 0.4 else process.pid
        self.kills += kill(victim)
        _, wrong = process.communicate(timeout=1800)
        if victim != process.pid:
            self.tally["false success"] += process.returncode == 0 and len(finished(self.out)) < self.options.reports
            assert process.returncode == 0 or "the kernel died" in wrong, wrong
            self.check_leftovers()
        self.check()

    def check(self) -> None:
        """Count what is torn or wrong at a final name, and processes that are left."""
        for name, content in files_of(self.out).items():
            between = name.endswith("/manifest.json") and b'"report"' not in content
            if content != self.files.get(name) and not between:
                self.tally["torn" if self.files.get(name, b"").startswith(content) else "wrong"] += 1
                print(f"  run {self.runs}: {name} is not that of the undisturbed run", flush=True)
        finished(self.out)
        wait_for(lambda: not running(str(self.folder / "temporary")), 10)
        left = running(str(self.folder / "temporary"))
        self.tally["left processes"] += len(left)
        print("".join(f"  run {self.runs}: left {line}\n" for line in left), end="", flush=True)

    def check_leftovers(self) -> None:
        """Count sockets and temporary files after a run that could end by itself."""
        self.tally["left sockets"] += sum(p.is_socket() for p in self.folder.rglob("*"))
        hidden = [p for p in self.out.rglob(".*") if p.name != ".vpnpolicy"]
        self.tally["left temporary folders"] += len([*(self.folder / "temporary").iterdir(), *hidden])

    def finish(self) -> None:
        """Run a last time; after it the folder is that of the undisturbed run."""
        self.run(self.out)
        self.check()
        self.check_leftovers()
        self.tally["lost"] += len(set(self.files) - set(files_of(self.out))) + self.options.reports - len(finished(self.out))


def main() -> int:
    """Run and print the tally."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    for option, value in {"--reports": 300, "--kills": 20, "--jobs": 2, "--seed": 11}.items():
        parser.add_argument(option, type=int, default=value)
    options = parser.parse_args()
    dice, start = random.Random(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vpnpolicy-soak-") as folder:
        soak = Soak(Path(folder).resolve(), options)
        undisturbed, soak.files = soak.run(soak.folder / "reference"), files_of(soak.folder / "reference")
        print(f"{options.reports} reports undisturbed: {undisturbed:.0f} s", flush=True)
        while soak.kills < options.kills:
            soak.kill_once(dice, min(undisturbed / 5, 12))
        soak.finish()
    print(f"{soak.kills} kills in {soak.runs} runs, {time.monotonic() - start:.0f} s, seed {options.seed}")
    for what, n in soak.tally.items():
        print(f"  {what:<23} {n}")
    return int(any(soak.tally.values()))


if __name__ == "__main__":
    sys.exit(main())
