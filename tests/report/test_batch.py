"""The run of a batch with workers that only pretend: journal, lock, tries, what is kept and what is made again."""

import contextlib
import json
import os

import pytest

from vpnpolicy.basis.errors import DiskError, LockedError, UsageError
from vpnpolicy.report.batch import keys
from vpnpolicy.report.batch.journal import Journal
from vpnpolicy.report.batch.local import Outcome
from vpnpolicy.report.batch.lock import holder, locked
from vpnpolicy.report.batch.plans import read_plan
from vpnpolicy.report.batch.run import make_batch
from vpnpolicy.report.batch.runner import Settings
from vpnpolicy.report.batch.status import batch_state
from vpnpolicy.report.batch.summary import read_batch

ROWS = [{"name": n, "as_of": f"2025-0{k}"} for k, n in enumerate(["a", "b", "c"], 1)]


class Pretend:
    """Workers that write a page at once; ``ends`` says how else a report ends, by name and try."""

    ends: dict = {}  # noqa: RUF012
    tables: tuple = ("datapackage.json", "licences.csv")

    def __init__(self, data, settings):
        self.slots, self.orders, self.started = settings.jobs, [], []

    @property
    def busy(self):
        return len(self.orders)

    def start(self, order):
        self.orders.append(order)
        Pretend.log.append(order.job.name)

    def wait(self):
        orders, self.orders = self.orders, []
        return [self.end(o) for o in orders]

    def end(self, order):
        name = order.job.name
        ends = self.ends.get(name)
        if ends:
            return ends.pop(0)(order)
        return good(order, self.tables)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def good(order, tables=Pretend.tables):
    import hashlib
    from pathlib import Path

    pieces = Path(order.work) / "pieces"
    files = {
        "report.html": f"{order.job.name} {order.job.parameters}".encode(),
        "figures/01-x.svg": b"<svg/>",
        "manifest.json": b"{}",
    }
    for name, content in files.items():
        (pieces / name).parent.mkdir(parents=True, exist_ok=True)
        (pieces / name).write_bytes(content)
    hashes = {n: hashlib.sha256(c).hexdigest() for n, c in files.items()}
    findings = {"texts": [f"found <{order.job.name}>"], "figures": {"cost_usd": 5}}
    return Outcome(order, {"files": hashes, "title": "T", "findings": findings, "tables": list(tables), "remarks": []})


def failed(reason="x: cell 'c': ValueError: no", **kinds):
    return lambda order: Outcome(order, reason=reason, **kinds)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(Pretend, "ends", {})
    monkeypatch.setattr(Pretend, "log", [], raising=False)
    monkeypatch.setattr(keys, "library_versions", lambda: {"numpy": "1"})


def make(out, rows=ROWS, data=None, **settings):
    Pretend.log.clear()
    return make_batch(read_plan(rows, notebook="01_register"), out, Settings(workers=Pretend, data=data, **settings))


def test_all_are_made_then_all_are_kept(tmp_path):
    first = make(tmp_path / "o")
    assert (str(first), Pretend.log) == ("3 made", ["a", "b", "c"])
    before = {p: p.read_bytes() for p in (tmp_path / "o").rglob("*") if p.is_file()}
    second = make(tmp_path / "o", jobs=2)
    assert (str(second), Pretend.log) == ("3 kept", [])
    assert {p: p.read_bytes() for p in (tmp_path / "o").rglob("*") if p.is_file()} == before


def test_force_makes_all_again(tmp_path):
    make(tmp_path)
    make(tmp_path, force=True)
    assert Pretend.log == ["a", "b", "c"]


def test_one_changed_row_makes_one_report(tmp_path):
    make(tmp_path)
    make(tmp_path, [*ROWS[:2], {"name": "c", "as_of": "2025-09"}])
    assert Pretend.log == ["c"]


def test_a_changed_table_touches_reports_that_read_it(tmp_path, edit, data):
    make(tmp_path / "o", data=str(data))
    edit("claims", 0, "note", "changed")
    assert str(make(tmp_path / "o", data=str(data))) == "3 kept"
    edit("licences", 0, "note", "changed")
    assert str(make(tmp_path / "o", data=str(data))) == "3 made"


def test_other_formats_and_other_code_are_other_reports(tmp_path, monkeypatch):
    make(tmp_path)
    assert str(make(tmp_path, formats=("html", "png"))) == "3 made"
    monkeypatch.setattr(keys, "code_hash", lambda: "other")
    assert str(make(tmp_path, formats=("html", "png"))) == "3 made"


@pytest.mark.parametrize("spoil", ["flip", "cut", "gone", "link"])
def test_a_damaged_file_is_found_by_its_hash_and_made_again(tmp_path, spoil):
    make(tmp_path)
    page = tmp_path / "b" / "report.html"
    whole = page.read_bytes()
    if spoil == "flip":
        page.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    elif spoil == "cut":
        page.write_bytes(whole[:3])
    else:
        page.unlink()
    if spoil == "link":
        (tmp_path / "other").write_bytes(whole)
        page.symlink_to(tmp_path / "other")
    make(tmp_path)
    assert Pretend.log == ["b"]
    assert page.read_bytes() == whole
    assert not page.is_symlink()


def test_a_torn_last_line_of_the_journal_is_dropped(tmp_path):
    make(tmp_path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-5])
    make(tmp_path)
    assert Pretend.log == ["c"]


def test_a_spoiled_line_in_the_middle_is_never_believed(tmp_path):
    make(tmp_path)
    journal = tmp_path / "journal.jsonl"
    raw = journal.read_bytes()
    at = raw.index(b'"cost_usd": 5', raw.index(b'"name": "a"')) + len(b'"cost_usd": ')
    journal.write_bytes(raw[:at] + b"6" + raw[at + 1 :])
    assert Journal(tmp_path).spoiled == 1
    assert len(str(make(tmp_path)))
    assert Pretend.log == [next(n for n in "abc" if n in Pretend.log)]
    assert Journal(tmp_path).spoiled == 0


def test_a_crash_is_tried_twice_and_no_more(tmp_path):
    died = failed("b: killed: the process ended by signal -9", crashed=True)
    Pretend.ends = {"a": [died], "b": [died, died]}
    batch = make(tmp_path)
    assert [(f.name, f.tries) for f in batch.failed] == [("b", 2)]
    assert sorted(batch.made) == ["a", "c"]


def test_an_error_in_a_cell_is_tried_once(tmp_path):
    Pretend.ends = {"b": [failed()]}
    batch = make(tmp_path)
    assert [(f.name, f.reason, f.tries) for f in batch.failed] == [("b", "x: cell 'c': ValueError: no", 1)]
    assert not (tmp_path / "b").exists()
    assert "ValueError: no" in (tmp_path / ".failed" / "b.txt").read_text()
    assert "x: cell &#x27;c&#x27;: ValueError: no" in (tmp_path / "index.html").read_text()
    make(tmp_path)
    assert Pretend.log == ["b"]
    assert not (tmp_path / ".failed" / "b.txt").exists()


def test_a_failure_leaves_the_older_good_report(tmp_path):
    make(tmp_path)
    before = (tmp_path / "b" / "report.html").read_bytes()
    Pretend.ends = {"b": [failed()]}
    make(tmp_path, [ROWS[0], {"name": "b", "as_of": "2024"}, ROWS[2]])
    assert (tmp_path / "b" / "report.html").read_bytes() == before
    assert batch_state(tmp_path)[0].failed[0].name == "b"


def test_a_full_disk_stops_the_batch_and_what_was_done_stays(tmp_path):
    Pretend.ends = {"b": [failed("No space left on device", disk=True)]}
    with pytest.raises(DiskError, match="No space left"):
        make(tmp_path)
    assert str(make(tmp_path)) in ("2 made, 1 kept", "1 made, 2 kept")


def test_a_write_that_fails_leaves_old_bytes(tmp_path, monkeypatch):
    make(tmp_path)
    before = {n: (tmp_path / n / "report.html").read_bytes() for n in "abc"}
    real, count = os.fsync, [0]
    for nth in range(1, 25):
        count[0] = 0

        def fail(handle, nth=nth):
            count[0] += 1
            if count[0] == nth:
                raise OSError(5, "Input/output error")
            return real(handle)

        monkeypatch.setattr(os, "fsync", fail)
        with contextlib.suppress(DiskError):
            make(tmp_path, force=True)
        monkeypatch.setattr(os, "fsync", real)
        assert {n: (tmp_path / n / "report.html").read_bytes() for n in "abc"} == before
        assert not list(tmp_path.glob(".*.tmp"))
        assert not list(tmp_path.glob(".work-*"))
    assert len(make(tmp_path).reports) == 3


def test_a_second_run_in_one_folder_is_refused_with_the_first_ones_process(tmp_path):
    with locked(tmp_path), pytest.raises(LockedError, match=f"process {os.getpid()} since"):
        make(tmp_path)
    assert holder(tmp_path) == ""
    assert str(make(tmp_path)) == "3 made"


def test_leftovers_of_a_killed_run_are_cleared(tmp_path):
    (tmp_path / ".work-x" / "a.1").mkdir(parents=True)
    (tmp_path / ".batch.csv.9.tmp").write_text("half")
    make(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == [".lock"]


@pytest.mark.parametrize("kind", ["file", "link", "strange"])
def test_a_place_that_holds_something_else_is_left_alone(tmp_path, kind):
    place = tmp_path / "b"
    if kind == "file":
        place.write_text("mine")
    elif kind == "link":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        (place / "thesis.docx").write_text("mine")
    with pytest.raises(UsageError, match="left alone"):
        make(tmp_path)
    assert Pretend.log == []


def test_stale_files_of_a_report_go_with_the_new_one(tmp_path):
    make(tmp_path)
    (tmp_path / "a" / "figures" / "09-old.svg").write_text("<svg/>")
    make(tmp_path, force=True)
    assert [p.name for p in (tmp_path / "a" / "figures").iterdir()] == ["01-x.svg"]


def test_the_table_of_key_figures_and_the_plan(tmp_path):
    Pretend.ends = {"b": [failed("=HYPERLINK")]}
    batch = make(tmp_path)
    lines = (tmp_path / "batch.csv").read_text().splitlines()
    assert lines[0].split(",")[:3] == ["name", "status", "title"]
    assert lines[1].startswith("a,done,T,2025-01")
    assert lines[1].endswith(",5,")
    assert lines[-1].endswith("'=HYPERLINK")
    assert list(batch.to_frame()["cost_usd"][:2]) == [5, 5]
    rows, options = read_batch(tmp_path)
    assert (rows[1]["name"], rows[1]["notebook"], rows[1]["as_of"], options["formats"]) == (
        "b",
        "01_register",
        "2025-02",
        ["html"],
    )


def test_status_of_a_batch_under_way(tmp_path):
    make(tmp_path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b"\n".join(journal.read_bytes().split(b"\n")[:2]) + b"\n")
    with locked(tmp_path):
        state, who = batch_state(tmp_path)
    assert (len(state.reports), state.not_started, f"process {os.getpid()}" in who) == (2, ["c"], True)
    with pytest.raises(UsageError, match="holds no batch"):
        batch_state(tmp_path / "a")


def test_the_index_escapes_and_allows_only_its_own_script(tmp_path):
    import base64
    import hashlib
    import re

    make(tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert "found &lt;a&gt;" in page
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    sha = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{sha}'" in page
    assert '<th scope="col"><button type="button">as_of</button></th>' in page


def test_the_order_of_ends_changes_no_byte(tmp_path):
    make(tmp_path / "one", jobs=1)
    Pretend.ends = {"a": [failed("a: killed", crashed=True)]}
    make(tmp_path / "two", jobs=3)
    names = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()]
    assert [n for n in names if (tmp_path / "one" / n).read_bytes() != (tmp_path / "two" / n).read_bytes()] == []


def test_batch_json_is_one_object_a_line(tmp_path):
    make(tmp_path)
    entries = [json.loads(line)["entry"] for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [(e["name"], e["status"]) for e in entries] == [("a", "done"), ("b", "done"), ("c", "done")]


@pytest.mark.parametrize("can", [True, False])
def test_a_new_report_takes_the_place_of_the_old_with_what_lies_beside_it(tmp_path, monkeypatch, can):
    from vpnpolicy.report.press import linux

    if not can:
        monkeypatch.setattr(linux, "exchange", lambda one, other: False)
    make(tmp_path)
    (tmp_path / "a" / "notes.txt").write_text("mine")
    (tmp_path / "a" / "more").mkdir()
    (tmp_path / "a" / "more" / "figures.txt").write_text("mine too")
    make(tmp_path, [{"name": "a", "as_of": "2024"}, *ROWS[1:]])
    assert Pretend.log == ["a"]
    assert "2024" in (tmp_path / "a" / "report.html").read_text()
    assert [(tmp_path / "a" / n).read_text() for n in ("notes.txt", "more/figures.txt")] == ["mine", "mine too"]
    assert str(make(tmp_path, [{"name": "a", "as_of": "2024"}, *ROWS[1:]])) == "3 kept"


def leave(out, name, state, **changed):
    """What a run killed between a report's end and its journal line leaves behind."""
    from types import SimpleNamespace

    folder = out / ".work-killed" / f"{name}.1"
    folder.mkdir(parents=True)
    order = SimpleNamespace(work=str(folder), job=SimpleNamespace(name=name, parameters={"as_of": "saved"}))
    result = good(order).result | changed
    (folder / "result.json").write_text(json.dumps(result))
    (folder / "state").write_text(state)
    return folder


def state_of(tmp_path, name):
    """The state of a report as the runner would write it."""
    work = {}

    class Watching(Pretend):
        def start(self, order):
            from pathlib import Path

            work[order.job.name] = (Path(order.work) / "state").read_text()
            super().start(order)

    make_batch(read_plan(ROWS, notebook="01_register"), tmp_path / "watched", Settings(workers=Watching))
    return work[name]


def test_a_finished_report_of_a_killed_run_is_saved(tmp_path):
    state = state_of(tmp_path, "b")
    (tmp_path / "out").mkdir()
    leave(tmp_path / "out", "b", state)
    Pretend.log.clear()
    assert str(make(tmp_path / "out")) == "3 made"
    assert Pretend.log == ["a", "c"]
    assert "saved" in (tmp_path / "out" / "b" / "report.html").read_text()
    assert not list((tmp_path / "out").glob(".work-*"))
    assert str(make(tmp_path / "out")) == "3 kept"


@pytest.mark.parametrize("how", ["other state", "damaged", "failed", "torn", "forced"])
def test_what_was_not_whole_or_is_of_another_state_is_made_again(tmp_path, how):
    state = state_of(tmp_path, "b")
    (tmp_path / "out").mkdir()
    folder = leave(
        tmp_path / "out", "b", "0" * 64 if how == "other state" else state, **({"error": "x"} if how == "failed" else {})
    )
    if how == "damaged":
        (folder / "pieces" / "report.html").write_text("other")
    if how == "torn":
        (folder / "result.json").write_text('{"files": ')
    Pretend.log.clear()
    assert str(make(tmp_path / "out", force=how == "forced")) == "3 made"
    assert sorted(Pretend.log) == ["a", "b", "c"]
    assert "saved" not in (tmp_path / "out" / "b" / "report.html").read_text()
