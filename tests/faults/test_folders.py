"""The output folder: what is damaged is regenerated, what is the user's is left alone, what is not ours is refused."""

import json
import shutil
from pathlib import Path

import pytest

from vpnpolicy.report import folder as folders
from vpnpolicy.report.manifest import read_manifest, seal

from .conftest import counts, files_of

pytestmark = pytest.mark.faults


@pytest.fixture
def out(made, tmp_path) -> Path:
    """A copy of a folder with three reports."""
    return shutil.copytree(made[1], tmp_path / "out")


def flipped(raw: bytes, at: int, bit: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]


def test_every_flip_of_a_bit_of_a_manifest_is_noticed(out):
    path = out / "r01" / "manifest.json"
    raw, unseen = path.read_bytes(), []
    assert read_manifest(path.parent)
    for at in range(len(raw)):
        for bit in range(8) if at % 8 == 0 else (at % 8,):
            path.write_bytes(flipped(raw, at, bit))
            unseen += [(at, bit)] if read_manifest(path.parent) is not None else []
    assert unseen == []


def test_damaged_reports_are_regenerated_and_the_rest_is_reused(made, out, batch):
    for path, name in ((out / "r01", "manifest.json"), (out / "r02", "figures/01-counts.svg")):
        raw = (path / name).read_bytes()
        (path / name).write_bytes(flipped(raw, len(raw) // 2, 1))
    done = batch(made[0], "out")
    assert (done.returncode, counts(done)) == (0, "2 made, 1 reused"), done.stderr
    (out / "r01" / "manifest.json").write_text("")
    (out / "r03" / "report.html").unlink()
    assert counts(batch(made[0], "out")) == "2 made, 1 reused"
    assert files_of(out) == files_of(made[1])


@pytest.mark.parametrize(
    "name", ["../../mine.txt", "/etc/mine.txt", "notes.txt", "figures/../../../mine.txt", "report.html\n", "..\\mine.txt"]
)
def test_a_forged_manifest_deletes_and_overwrites_nothing(made, out, tmp_path, name):
    (tmp_path / "mine.txt").write_text("mine")
    (out / "r01" / "notes.txt").write_text("mine")
    manifest = json.loads((out / "r01" / "manifest.json").read_text())
    manifest["files_sha256"][name] = manifest["files_sha256"]["report.html"]
    (out / "r01" / "manifest.json").write_text(json.dumps(seal(manifest)))
    assert read_manifest(out / "r01") is None
    folders.install(shutil.copytree(made[1] / "r02", tmp_path / "files"), out / "r01")
    assert files_of(out)["r01/report.html"] == files_of(made[1])["r02/report.html"]
    assert [p.read_text() for p in (tmp_path / "mine.txt", out / "r01" / "notes.txt")] == ["mine", "mine"]


def test_files_of_the_user_survive(made, out, tmp_path, run):
    (tmp_path / "elsewhere").mkdir()
    (out / "linked").symlink_to("../elsewhere")
    mine = ["notes.txt", ".notes.tmp", ".work-mine/deep/thesis.txt", "project/.draft.tmp", "r01/notes.txt", "r01/figures/mine.svg",
            "r01/.draft.tmp", "linked/.mine.tmp", ".vpnpolicy-works/x", "failed/notes.md", ".lock", "journal.jsonl"]  # fmt: skip
    for name in mine:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(name)
    (out / "r01" / "report.html").unlink()
    code, said, wrong = run("batch", str(made[0]), "--trust", "--out", str(out))
    assert (code, said.splitlines()[0]) == (0, "3 of 3 reports: 1 made, 2 reused."), wrong
    assert [(out / name).read_text() for name in mine] == mine


def tree(folder: Path) -> dict:
    """Return every file below a folder but the mark, with its content."""
    found = [p for p in folder.rglob("*") if p.is_file() and p.name != folders.MARK]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


REFUSED = {
    "a link": (".vpnpolicy", "index.html", "batch.csv", ".vpnpolicy-work", "failed", "r01", "r01/figures"),
    "a hard link": (".vpnpolicy", "index.html", "batch.csv"),
    "a file": (".vpnpolicy", "batch.csv", ".vpnpolicy-work", "r01"),
    "another folder": ("thesis.txt", "index.html", "r01/thesis.txt"),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in REFUSED for name in REFUSED[kind]])
def test_what_is_not_ours_is_refused_by_name_and_left_alone(made, out, tmp_path, run, kind, name):
    """Among the files is a plan under the name of our table."""
    path, mine = out / name, tmp_path / "mine"
    if kind == "another folder":
        shutil.rmtree(path.parent)
        path.parent.mkdir()
    elif path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    mine.mkdir() if name in (".vpnpolicy-work", "failed", "r01", "r01/figures") else mine.write_text("mine")
    if kind == "a hard link":
        path.hardlink_to(mine)
    elif kind == "a link":
        path.symlink_to(mine)
    else:
        path.write_text("notebook,as_of\n01_register,2025\n")
    before = tree(tmp_path)
    code, _, wrong = run("batch", str(made[0]), "--trust", "--out", str(out), "--force")
    assert (code, (name if "/" not in name else str(path).removesuffix("/thesis.txt")) in wrong) == (2, True), wrong
    assert tree(tmp_path) == before


def test_the_working_folder_is_refused(tmp_path, run):
    (tmp_path / "plan.csv").write_text("notebook,as_of\n01_register,2025\n")
    for line in (["batch", "plan.csv", "--out", "."], ["report", "01", "--out", "."], ["report", "01", "--out", str(tmp_path)]):
        code, _, wrong = run(*line)
        assert (code, "plan.csv" in wrong) == (2, True), wrong
    assert [p.name for p in tmp_path.iterdir()] == ["plan.csv"]


@pytest.mark.parametrize("mark", [b"", folders.TITLE.encode()])
def test_a_run_killed_at_its_first_step_leaves_a_folder_that_can_be_used(tmp_path, mark):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / folders.MARK).write_bytes(mark)
    with folders.open_folder(tmp_path / "out") as work:
        (work / "r01").mkdir()
    assert [p.name for p in (tmp_path / "out").iterdir()] == [folders.MARK]
