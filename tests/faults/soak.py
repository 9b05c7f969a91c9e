"""``python -m tests.faults.soak``: hundreds of reports over random kills, then a tally. Bounded in time; ends with 1 if anything is not nought."""

import argparse
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vpnpolicy.report.batch.keys import code_hash

from .conftest import descendants, fate_notebook, gone, state_of


def rows(notebook: Path, n: int) -> list[dict]:
    """Small reports, and every fifth a real one."""
    days = [f"2025-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(n)]
    real = [
        {"notebook": "01_register", "as_of": days[k]} if k % 2 else {"notebook": "04_bandwidth_cost", "extra_tbps": k}
        for k in range(n)
    ]
    small = [{"notebook": str(notebook), "n": k, "what": "slow" if k % 7 == 0 else "good"} for k in range(n)]
    return [{"name": f"r{k:03d}", **(real[k] if k % 5 == 0 else small[k])} for k in range(n)]


class Soak:
    """One batch, killed again and again."""

    def __init__(self, folder: Path, options):
        self.folder, self.options, self.out = folder, options, folder / "out"
        self.plan = folder / "plan.json"
        self.plan.write_text(json.dumps(rows(fate_notebook(folder / "fate.ipynb"), options.reports)))
        self.tally = dict.fromkeys(("torn", "lost", "wrong", "orphans", "false success"), 0)
        self.repeated, self.most_memory, self.kills, self.runs = [], 0, 0, 0

    def start(self, out: Path, *more: str) -> subprocess.Popen:
        """The batch as a process."""
        line = [
            sys.executable,
            "-m",
            "vpnpolicy",
            "batch",
            str(self.plan),
            "--trust",
            "--jobs",
            str(self.options.jobs),
            "--out",
            str(out),
            *more,
        ]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def reference(self) -> float:
        """The undisturbed run: its files, and how long it took [s]."""
        begun = time.monotonic()
        process = self.start(self.folder / "reference")
        while process.poll() is None:
            self.look_at_memory(process.pid)
            time.sleep(0.2)
        assert process.returncode == 0, process.stderr.read()
        self.files = state_of(self.folder / "reference")[1]
        return time.monotonic() - begun

    def look_at_memory(self, pid: int) -> None:
        """The highest resident memory of the runner so far [kB]."""
        with contextlib.suppress(OSError, TypeError):
            self.most_memory = max(
                self.most_memory, int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
            )

    def kill_once(self, dice: random.Random, patience: float) -> None:
        """Start, wait for a random moment, kill the runner or one of its processes, look at what is there."""
        process = self.start(self.out, *(["--force"] if self.finished() else []))
        self.runs += 1
        time.sleep(dice.uniform(0.3, patience))
        below = descendants(process.pid)
        victim = process.pid if dice.random() < 0.6 or not below else dice.choice(below)
        try:
            os.kill(victim, signal.SIGKILL)
            self.kills += 1
        except ProcessLookupError:
            pass
        if victim == process.pid:
            process.communicate()
            self.tally["orphans"] += len(gone(str(self.out)))
            self.repeated.append(sum(not (f / "result.json").exists() for f in self.out.glob(".work-*/r*")))
        else:
            _, wrong = process.communicate(timeout=600)
            self.tally["false success"] += process.returncode == 0 and not self.finished()
            assert process.returncode == 0, wrong
        self.check()

    def finished(self) -> bool:
        """Whether the journal has every report as done."""
        entries = state_of(self.out)[0] if (self.out / "journal.jsonl").exists() else {}
        return sum(e["status"] == "done" for e in entries.values()) == self.options.reports

    def check(self) -> None:
        """Count what is torn or wrong at a final name, and what the journal has but the folder has not."""
        if not (self.out / "journal.jsonl").exists():
            return
        entries, files = state_of(self.out)
        for name, content in files.items():
            if content != self.files[name]:
                self.tally["torn" if self.files[name].startswith(content) else "wrong"] += 1
        self.tally["lost"] += sum(f"{name}/{file}" not in files for name, e in entries.items() for file in e.get("files", ()))

    def finish(self) -> None:
        """The last run; after it the folder is that of the undisturbed run."""
        process = self.start(self.out)
        _, wrong = process.communicate()
        assert process.returncode == 0, wrong
        self.check()
        _, files = state_of(self.out)
        self.tally["lost"] += len(set(self.files) - set(files))
        self.tally["orphans"] += len(gone(str(self.out)))
        self.tally["lost"] += self.options.reports - sum(e["status"] == "done" for e in state_of(self.out)[0].values())


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--reports", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=1800, help="when to stop killing")
    options = parser.parse_args()
    dice, begun, code = random.Random(options.seed), time.monotonic(), code_hash()
    with tempfile.TemporaryDirectory(prefix="vpnpolicy-soak-") as folder:
        soak = Soak(Path(folder).resolve(), options)
        undisturbed = soak.reference()
        print(
            f"{options.reports} reports undisturbed: {undisturbed:.0f} s, runner at most {soak.most_memory / 1024:.0f} MB",
            flush=True,
        )
        while soak.kills < options.kills and time.monotonic() - begun < options.seconds:
            soak.kill_once(dice, min(undisturbed / 5, 12))
        soak.finish()
    if code_hash.__wrapped__() != code:
        print("The code changed meanwhile: this run says nothing. Run it again.")
        return 2
    print(f"{soak.kills} kills in {soak.runs} runs, {time.monotonic() - begun:.0f} s, seed {options.seed}")
    for what, n in soak.tally.items():
        print(f"  {what:<15} {n}")
    print(
        f"  {'repeated':<15} {sum(soak.repeated)}, at most {max(soak.repeated, default=0)} after one kill, {options.jobs} at a time"
    )
    return int(any(soak.tally.values()) or max(soak.repeated, default=0) > options.jobs or soak.kills < options.kills)


if __name__ == "__main__":
    sys.exit(main())
