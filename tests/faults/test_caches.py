"""Damaged caches, journals and homes: found, made again, never believed."""

import json
import random
from pathlib import Path

import pytest

from .conftest import state_of

pytestmark = pytest.mark.faults


@pytest.fixture
def finished(plan, batch, tmp_path):
    """A plan of four, made; the bytes of its files."""
    rows = plan(["good"] * 4)
    assert batch(rows, "out", "--format", "html,png").returncode == 0
    return rows, state_of(tmp_path / "out")[1]


def test_a_damaged_font_cache_changes_nothing(finished, batch, tmp_path):
    rows, files = finished
    cache = tmp_path / "matplotlib"
    env = {"MPLCONFIGDIR": str(cache)}
    assert batch(rows, "first", "--format", "html,png", env=env).returncode == 0
    (fonts,) = cache.glob("fontlist*.json")
    whole = fonts.read_text()
    for n, text in enumerate((whole[: len(whole) // 2], "", '{"a": 1}', whole.replace('"/', '"/nowhere/'))):
        fonts.write_text(text)
        done = batch(rows, f"out{n}", "--format", "html,png", env=env)
        assert (done.returncode, state_of(tmp_path / f"out{n}")[1] == files) == (0, True), (n, done.stderr)


def damage(path: Path, dice: random.Random) -> None:
    """Flip a bit, cut, empty, swap for another file, or take away."""
    raw = path.read_bytes()
    at = dice.randrange(len(raw))
    kinds = [raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :], raw[:at], b"", b"foreign", None]
    spoiled = dice.choice(kinds)
    path.unlink() if spoiled is None else path.write_bytes(spoiled)


def test_every_damaged_file_is_found_and_made_again(finished, batch, tmp_path):
    from vpnpolicy.report.batch.keys import whole

    rows, files = finished
    entries, _ = state_of(tmp_path / "out")
    dice = random.Random(3)
    for _ in range(100):
        name = dice.choice(sorted(files))
        path, report = tmp_path / "out" / name, name.partition("/")[0]
        damage(path, dice)
        assert not whole(entries[report], tmp_path / "out" / report), name
        path.write_bytes(files[name])
        assert whole(entries[report], tmp_path / "out" / report)
    for name in ("r01/report.html", "r03/manifest.json"):
        damage(tmp_path / "out" / name, dice)
    done = batch(rows, "out", "--format", "html,png")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "2 made, 2 kept.")
    assert sorted(done.stderr.splitlines()) == [f"r0{n}: its files were not as written; made again." for n in (1, 3)]
    assert state_of(tmp_path / "out")[1] == files


def test_a_torn_line_is_dropped_and_a_spoiled_one_told(finished, batch, tmp_path):
    rows, files = finished
    journal = tmp_path / "out" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-5])
    done = batch(rows, "out", "--format", "html,png")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "1 made, 3 kept.")
    lines = journal.read_bytes().split(b"\n")
    lines[1] = lines[1][:40] + b"\xff\x00" + lines[1][42:]
    journal.write_bytes(b"\n".join(lines))
    done = batch(rows, "out", "--format", "html,png")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "1 made, 3 kept.")
    assert "journal: 1 lines were not as written" in done.stderr
    assert state_of(tmp_path / "out")[1] == files


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_no_home_a_home_that_cannot_be_written_and_a_damaged_history(finished, batch, tmp_path, engine):
    rows, files = finished
    history = tmp_path / "home" / ".ipython" / "profile_default" / "history.sqlite"
    history.parent.mkdir(parents=True)
    history.write_bytes(b"no database")
    for n, home in enumerate(("/none", "/proc", str(tmp_path / "home"))):
        done = batch(
            rows, f"out{n}", "--format", "html,png", "--engine", engine, env={"HOME": home, "IPYTHONDIR": f"{home}/.ipython"}
        )
        assert (done.returncode, state_of(tmp_path / f"out{n}")[1] == files) == (0, True), (home, done.stderr)
    assert history.read_bytes() == b"no database"


def test_a_plan_of_the_folder_that_is_damaged(finished, batch, tmp_path, run):
    kept = tmp_path / "out" / "batch.json"
    whole = kept.read_text()
    for text in ("", whole[:100], "[]", "{}", json.dumps({"schema": "vpnpolicy.batch/1", "options": [], "reports": 5})):
        kept.write_text(text)
        code, _, err = run("batch", "--resume", "--out", str(tmp_path / "out"), "--trust")
        assert (code, "holds no batch that can go on" in err) == (2, True), text
