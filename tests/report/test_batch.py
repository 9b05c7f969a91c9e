"""Batches with workers that only pretend: what is reused, what is regenerated, and what is left alone."""

import base64
import contextlib
import hashlib
import json
import os
import re
from concurrent.futures import Executor, Future

import pytest

from vpnpolicy._identity import data_hashes
from vpnpolicy.errors import DiskError, LockedError, UsageError
from vpnpolicy.report import manifest, run
from vpnpolicy.report.folder import MARK, WORK, open_folder
from vpnpolicy.report.page import Page
from vpnpolicy.report.plan import read_plan
from vpnpolicy.report.run import Settings, run_jobs

ROWS = [{"name": n, "as_of": f"2025-0{k}"} for k, n in enumerate(["a", "b", "c"], 1)]


def write_files(job, files):
    """Write what a worker writes for a report that succeeds."""
    contents = {"report.html": f"{job.name} {job.parameters}".encode(), "figures/01-x.svg": b"<svg/>"}
    page = Page(title="T", findings={"texts": [f"found <{job.name}>"], "figures": {"cost_usd": 5}}, remarks=["a remark"])
    tables = data_hashes(job.data, ["datapackage.json", "licences.csv"])
    built = manifest.build_manifest(job, page, contents, tables, [])
    for name, content in (contents | {"manifest.json": json.dumps(built).encode()}).items():
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_bytes(content)


class Workers(Executor):
    """Workers that write a report at once; ``ends`` holds other results, by name, in order."""

    def __init__(self):
        self.ends, self.started = {}, []

    def submit(self, task, work, limit):
        job = manifest.Job(**task["job"])
        self.started.append(job.name)
        ends, future = self.ends.get(job.name), Future()
        if not ends:
            write_files(job, work / "files")
        future.set_result(ends.pop(0) if ends else {})
        return future


@pytest.fixture
def workers(monkeypatch):
    found = Workers()
    monkeypatch.setattr(run, "executor", lambda *_: found)
    return found


@pytest.fixture
def make(workers, tmp_path):
    """Make reports in ``tmp_path / "out"``; ``workers.started`` then holds those that were started."""

    def call(rows=ROWS, out="out", data=None, formats=("html",), **settings):
        workers.started.clear()
        return run_jobs(read_plan(rows, notebook="01_register", data=data, formats=formats), tmp_path / out, Settings(**settings))

    return call


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != MARK}


def test_all_are_made_then_all_are_reused(make, workers, tmp_path):
    assert (str(make()), workers.started) == ("3 made", ["a", "b", "c"])
    before = contents(tmp_path)
    assert (str(make(parallel=2)), workers.started) == ("3 reused", [])
    assert contents(tmp_path) == before
    assert str(make(force=True)) == "3 made"
    assert contents(tmp_path) == before


def test_only_what_changed_is_regenerated(make, workers, data, edit, monkeypatch):
    make(data=data)
    edit("claims", 0, "note", "not read by these reports")
    assert str(make(data=data)) == "3 reused"
    make([*ROWS[:2], {"name": "c", "as_of": "2025-09"}], data=data)
    assert workers.started == ["c"]
    edit("licences", 0, "note", "changed")
    assert str(make(data=data)) == "3 made"
    assert str(make(data=data, formats=("html", "png"))) == "3 made"
    monkeypatch.setattr(manifest, "code_hash", lambda: "other")
    assert str(make(data=data, formats=("html", "png"))) == "3 made"


def test_data_that_changes_while_a_report_is_made_is_a_failure(make, workers, data, edit):
    real = workers.submit

    def submit(*order):
        edit("licences", 0, "note", "changed by now")
        return real(*order)

    workers.submit = submit
    assert "licences.csv changed while the report was made" in make(ROWS[:1], data=data).failed[0].reason


@pytest.mark.parametrize("spoil", ["flip", "cut", "gone", "link", "manifest"])
def test_a_damaged_file_is_found_by_its_hash(make, workers, tmp_path, spoil):
    make()
    page, whole = tmp_path / "out/b/report.html", contents(tmp_path / "out/b")
    raw = page.read_bytes()
    if spoil == "manifest":
        (tmp_path / "out/b/manifest.json").write_bytes(
            (tmp_path / "out/b/manifest.json").read_bytes().replace(b"found", b"other")
        )
    elif spoil in ("flip", "cut"):
        page.write_bytes(bytes([raw[0] ^ 1]) + raw[1:] if spoil == "flip" else raw[:3])
    else:
        page.unlink()
    if spoil == "link":
        (tmp_path / "other").write_bytes(raw)
        page.symlink_to(tmp_path / "other")
    make()
    assert (workers.started, page.is_symlink()) == (["b"], False)
    assert contents(tmp_path / "out/b") == whole


def test_a_crash_is_tried_twice_and_an_error_once(make, workers, tmp_path):
    died = {"error": "the process that makes it died", "crashed": True}
    workers.ends = {"a": [died], "b": [died, died], "c": [{"error": "cell 'x': ValueError: no"}]}
    batch = make()
    assert batch.made == ["a"]
    assert [(f.reason, f.tries) for f in batch.failed] == [(f"b: {died['error']}", 2), ("c: cell 'x': ValueError: no", 1)]
    assert "ValueError: no" in (tmp_path / "out/failed/c.txt").read_text()
    assert "c: cell &#39;x&#39;: ValueError: no" in (tmp_path / "out/index.html").read_text()
    make()
    assert workers.started == ["b", "c"]
    assert not (tmp_path / "out/failed").exists()


def test_a_failure_leaves_the_older_report(make, workers, tmp_path):
    make()
    before = contents(tmp_path / "out/b")
    workers.ends = {"b": [{"error": "no"}]}
    assert str(make([ROWS[0], {"name": "b", "as_of": "2024"}, ROWS[2]])) == "2 reused, 1 failed"
    assert contents(tmp_path / "out/b") == before


def test_a_full_disk_ends_the_batch_and_finished_reports_stay(make, workers):
    workers.ends = {"b": [{"error": "No space left on device", "disk": True}]}
    with pytest.raises(DiskError, match="No space left"):
        make()
    assert str(make()) == "2 made, 1 reused"


def test_a_write_that_fails_leaves_each_file_whole_and_the_next_run_continues(make, tmp_path, monkeypatch):
    later = [row | {"as_of": "2024"} for row in ROWS]
    make()
    whole = {
        name: raw.replace(b"2025-0%d" % n, b"2024")
        for n, name in enumerate("abc", 1)
        for raw in [(tmp_path / f"out/{name}/report.html").read_bytes()]
    }
    real = os.fsync
    for nth in range(1, 25):
        make(force=True)
        old = {n: (tmp_path / f"out/{n}/report.html").read_bytes() for n in "abc"}
        count = iter(range(1, 1000))

        def fail(handle, nth=nth, count=count):
            if next(count) == nth:
                raise OSError(5, "Input/output error")
            return real(handle)

        monkeypatch.setattr(os, "fsync", fail)
        with contextlib.suppress(DiskError):
            make(later)
        monkeypatch.setattr(os, "fsync", real)
        assert all((tmp_path / f"out/{n}/report.html").read_bytes() in (old[n], whole[n]) for n in "abc")
        make(later)
        assert {n: (tmp_path / f"out/{n}/report.html").read_bytes() for n in "abc"} == whole
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_a_second_run_in_one_folder_is_refused(make, tmp_path):
    with open_folder(tmp_path / "out"), pytest.raises(LockedError, match=f"in use by process {os.getpid()} since 20"):
        make()
    assert str(make()) == "3 made"


@pytest.mark.parametrize("kind", ["a file", "a link", "a folder with other files", "a link in it"])
def test_the_place_of_a_report_that_holds_something_else_is_left_alone(make, workers, tmp_path, kind):
    make(ROWS[:1])
    place = tmp_path / "out/b"
    if kind == "a file":
        place.write_text("mine")
    elif kind == "a link":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        (place / "thesis.docx").write_text("mine")
        if kind == "a link in it":
            (place / "figures").symlink_to(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="left alone"):
        make()
    assert (workers.started, contents(tmp_path)) == ([], before)


@pytest.mark.parametrize("name", ["notes.txt", MARK, "index.html"])
def test_a_folder_with_other_files_is_refused(make, tmp_path, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(UsageError, match=r"found a folder with other files .* expected a new or empty folder"):
        make()
    assert contents(tmp_path / "out") == {} if name == MARK else len(contents(tmp_path / "out")) == 1


@pytest.mark.parametrize("name", [MARK, WORK, "index.html", "batch.csv", "failed"])
def test_a_link_in_place_of_a_file_of_ours_is_left_alone(make, tmp_path, name):
    make()
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out" / name).unlink(missing_ok=True)
    (tmp_path / "out" / name).symlink_to(tmp_path / "mine")
    with pytest.raises(UsageError, match="left alone"):
        make(force=True)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_new_report_replaces_its_own_files_and_no_others(make, tmp_path):
    make()
    place = tmp_path / "out/a"
    (place / "notes.txt").write_text("mine")
    make([{"name": "a", "as_of": "2024"}])
    assert "2024" in (place / "report.html").read_text()
    assert (place / "notes.txt").read_text() == "mine"
    own = json.loads((place / "manifest.json").read_text())
    stale = manifest.seal(own | {"files_sha256": own["files_sha256"] | {"figures/09-old.svg": "0" * 64}})
    (place / "manifest.json").write_text(json.dumps(stale))
    (place / "figures/09-old.svg").write_text("of an older run")
    make()
    assert [p.name for p in (place / "figures").iterdir()] == ["01-x.svg"]


def test_the_table_of_key_figures(make, workers, tmp_path):
    workers.ends = {"b": [{"error": "=HYPERLINK"}]}
    batch = make()
    head, first, *_ = lines = (tmp_path / "out/batch.csv").read_text().splitlines()
    assert head.split(",")[:3] == ["name", "status", "title"]
    assert first.startswith("a,done,T,2025-01")
    assert first.endswith(",5,")
    assert lines[2].endswith(",b: =HYPERLINK")
    assert list(batch.to_frame()["cost_usd"].dropna()) == [5, 5]
    assert batch.remarks == ["a: a remark", "c: a remark"]


def test_the_index_escapes_and_allows_only_its_own_script(make, tmp_path):
    make()
    page = (tmp_path / "out/index.html").read_text().replace("&#39;", "'")
    assert "found &lt;a&gt;" in page
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in page
    assert '<th scope="col"><button type="button">as_of</button></th>' in page


def test_the_order_in_which_reports_end_changes_no_byte(make, workers, tmp_path):
    make(out="one")
    workers.ends = {"a": [{"error": "died", "crashed": True}]}
    make(out="two", parallel=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("state", ["finished", "of other parameters", "damaged", "without a manifest", "forced"])
def test_only_a_finished_report_of_a_killed_run_is_taken_over(make, workers, tmp_path, state):
    make(ROWS[:1])
    row = ROWS[1] | ({"as_of": "2024"} if state == "of other parameters" else {})
    files = tmp_path / "out" / WORK / "b" / "files"
    write_files(read_plan([row], notebook="01_register")[0], files)
    if state == "damaged":
        (files / "report.html").write_text("other")
    if state == "without a manifest":
        (files / "manifest.json").unlink()
    assert str(make(ROWS[1:2], force=state == "forced")) == "1 made"
    assert workers.started == ([] if state == "finished" else ["b"])
    assert "2025-02" in (tmp_path / "out/b/report.html").read_text()
    assert not (tmp_path / "out" / WORK).exists()


def test_a_file_in_place_of_the_folder_is_refused(make, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="left alone"):
        make()
    assert (tmp_path / "out").read_text() == "mine"
