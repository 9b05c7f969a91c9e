"""Others at work in the same folder: a second run, a reader, a hand that changes data or notebook meanwhile."""

import json
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from .conftest import FULL, gone, state_of, wait_for

pytestmark = pytest.mark.faults
DATA = Path(__file__).resolve().parents[2] / "data"


def test_the_lock_of_a_killed_run_is_free(plan, batch, tmp_path):
    rows = plan(["slower"] * 4)
    first = batch(rows, "out", wait=False)
    assert wait_for(lambda: list((tmp_path / "out").glob(".work-*/r*")))
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert gone(str(tmp_path / "out")) == []
    done = batch(rows, "out")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "4 made."), done.stderr


def test_a_change_of_data_or_notebook_reaches_no_report_of_the_batch(plan, batch, tmp_path, template):
    data, mine = tmp_path / "mydata", tmp_path / "mine.ipynb"
    shutil.copytree(DATA, data)
    shutil.copy(template, mine)
    rows = tmp_path / "plan.json"
    rows.write_text(json.dumps([{"name": f"r{n:02d}", "notebook": str(mine), "what": "slow", "n": n} for n in range(1, 13)]))
    assert batch(rows, "reference", "--data", data).returncode == 0
    process = batch(rows, "out", "--data", data, "--jobs", 1, wait=False)
    assert wait_for((tmp_path / "out" / "journal.jsonl").exists)
    counts = data / "licence_counts.csv"
    counts.write_bytes(b"\n".join(counts.read_bytes().split(b"\n")[:3]) + b"\n")
    mine.write_text(mine.read_text().replace("early", "changed"))
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out.splitlines()[0]) == (0, "12 made."), err
    assert state_of(tmp_path / "out")[1] == state_of(tmp_path / "reference")[1]
    again = batch(rows, "out", "--data", data)
    assert again.stdout.splitlines()[0] == "12 made."
    assert state_of(tmp_path / "out")[1] != state_of(tmp_path / "reference")[1]


class Reader(threading.Thread):
    """Reads files again and again while they are replaced; keeps what it could not make sense of."""

    def __init__(self, folder: Path):
        super().__init__(daemon=True)
        self.folder, self.polls, self.wrong, self.stop = folder, 0, [], False

    def run(self):
        while not self.stop:
            for name in ("r01/manifest.json", "r01/report.ipynb", "index.html", "batch.csv", "r01/report.html"):
                try:
                    text = (self.folder / name).read_text(encoding="utf-8")
                except FileNotFoundError:
                    continue
                self.polls += 1
                self.look(name, text)

    def look(self, name, text):
        try:
            whole = (
                json.loads(text)
                if name.endswith(("json", "ipynb"))
                else text.rstrip().endswith(("</html>", '"', "0", "1", "good", ""))
            )
            if not whole or (name.endswith("html") and not text.rstrip().endswith("</html>")):
                self.wrong.append((name, len(text)))
        except ValueError:
            self.wrong.append((name, len(text)))


def test_a_reader_never_sees_part_of_a_file(plan, batch, tmp_path):
    wanted, rows = 100_000 if FULL else 10_000, plan(["good"] * 4)
    reader = Reader(tmp_path / "out")
    reader.start()
    end = time.monotonic() + 300
    while reader.polls < wanted and time.monotonic() < end:
        assert batch(rows, "out", "--force").returncode == 0
    reader.stop = True
    reader.join(10)
    assert (reader.wrong, reader.polls >= wanted) == ([], True)


def test_two_batches_begun_at_once(plan, batch, tmp_path):
    rows = plan(["good"] * 3)
    both = [batch(rows, "out", wait=False) for _ in range(2)]
    told = [p.communicate(timeout=120) for p in both]
    assert sorted(p.returncode for p in both) in ([0, 75], [0, 0]), told
    entries, _ = state_of(tmp_path / "out")
    assert [e["status"] for e in entries.values()] == ["done"] * 3
