"""The command line as a user meets it: answers, exit codes, one clear line for a mistake."""

import json
import subprocess
import sys
import tempfile

import click
import pytest

import vpnpolicy as vp
from vpnpolicy.cli import COMMANDS, RENAMED


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["check", "Kestrel VPN", "--as-of", "2025-12-01"], 0, "LISTED on 2025-12-01"),
        (["check", "Kestral VPN"], 1, "Close names: Kestrel VPN"),
        (["check", "Kestrel VPN", "--as-of", "2025-11"], 3, "CANNOT TELL"),
        (["timeline", "--from", "2025-11", "--to", "2025-11"], 0, "Five licensees named"),
        (["statements", "--source", "S003"], 0, "F018"),
        (["statements", "--conflicts", "--kind", "derived"], 0, "750"),
        (["cost"], 0, "mbps-month"),
        (["cost", "--interpretation", "mbps-month"], 0, "USD 1,369"),
        (["sources", "S034"], 0, "Senate of Pakistan"),
        (["sources", "S034", "--bibtex"], 0, "@misc{S034"),
        (["sources", "--cite"], 0, "vpnpolicy 0."),
        (["sources", "--cite", "S001"], 0, "[S001] VPNX blog"),
        (["report", "04", "--parameters"], 0, "extra_tbps"),
        (["validate"], 0, "0 problems"),
        (["--help"], 0, "check"),
        (["--version"], 0, "vpnpolicy, version"),
    ],
)
def test_commands(run, args, code, word):
    got, out, _ = run(*args)
    assert got == code
    assert word in out


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["chek"], 2, "Did you mean 'check'"),
        (["check"], 2, "give a NAME, or --file CSV"),
        (["check", ""], 2, "the name is empty"),
        (["check", "VPN"], 2, "no distinguishing word"),
        (["check", "Crest VPN", "--as-of", "13/11/2025"], 2, "Did you mean 2025-11-13"),
        (["check", "x", "--data", "nowhere"], 2, "does not exist"),
        (["cost", "--tbps", "lots"], 2, "'lots' is not a valid float"),
        (["cost", "--tbps", "-1"], 2, "range"),
        (["cost", "--interpretation", "mbps"], 2, "Did you mean 'mbps-month'"),
        (["cost", "--rate", "1 USD/Mb"], 2, "Write Mbit or MB"),
        (["cost", "--price", "1 USD/MB", "--interpretation", "megabyte"], 2, "give one of"),
        (["sources", "--cite", "S999"], 2, "there is no source 'S999'"),
        (["statements", "--subject", "vpn-registraton"], 2, "Did you mean 'vpn-registration'"),
        (["timeline", "--from", "yesterday"], 2, "is not a date"),
        (["report"], 2, "add --all"),
        (["report", "05_nothing"], 2, "there is no notebook"),
        (["report", ""], 2, "there is no notebook ''"),
        (["report", "02_timeline", "--as-of", "2024"], 2, "02_timeline.ipynb has no parameter 'as_of'"),
        (["report", "04", "--jobs", "0"], 2, "--jobs: found 0; expected 1 or more"),
        (["report", "04", "--cell-limit", "0"], 2, "--cell-limit: found 0 s; expected more than 0"),
        (["batch"], 2, "give a plan, or --notebook with --grid"),
        (["batch", "--grid", "as_of=2025"], 2, "give a plan, or --notebook with --grid"),
        (["report", "04", "-p", "extra_tpbs=2"], 2, "Did you mean 'extra_tbps'"),
        (["report", "04", "--format", "docx"], 2, "no format 'docx'"),
        (["report", "99", "--parameters"], 2, "there is no notebook"),
        (["validate", "nowhere"], 2, "does not exist"),
    ],
)
def test_a_mistake_is_one_clear_line(run, args, code, word):
    got, out, err = run(*args)
    assert got == code
    assert word in err
    assert out == ""
    assert err.startswith("vpnpolicy: ")
    assert "Traceback" not in err


def test_nothing_is_written_by_a_refused_report(run, tmp_path):
    run("report", "04", "-p", "extra_tpbs=2", "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "schema"),
    [
        (["check", "Kestrel VPN"], "vpnpolicy.answer/1"),
        (["timeline"], "vpnpolicy.timeline/1"),
        (["statements"], "vpnpolicy.statements/1"),
        (["statements", "--conflicts"], "vpnpolicy.conflicts/1"),
        (["cost"], "vpnpolicy.interpretations/1"),
        (["cost", "--interpretation", "as-stated"], "vpnpolicy.estimate/1"),
        (["sources"], "vpnpolicy.sources/1"),
        (["report", "--parameters"], "vpnpolicy.parameters/1"),
        (["validate"], "vpnpolicy.problems/1"),
    ],
)
def test_json_has_a_schema(run, args, schema):
    _, out, _ = run(*args, "--json")
    assert json.loads(out)["schema"] == schema


def test_cost_of_an_hour_of_one_tbps(run):
    _, out, _ = run("cost", "--tbps", "1", "--minutes", "60", "--interpretation", "as-stated", "--json")
    assert json.loads(out)["cost_usd"] == 600000
    _, out, _ = run("cost", "--tbps", "1", "--minutes", "60", "--interpretation", "mbps-month", "--json")
    assert json.loads(out)["cost_usd"] == pytest.approx(1369, abs=0.5)


def test_csv_is_csv(run):
    import csv
    import io

    _, out, _ = run("timeline", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [r["event_id"] for r in rows] == vp.timeline()["event_id"].tolist()
    assert not any(" " in name for name in rows[0])


def test_bad_data_is_65_with_every_problem(run, edit):
    code, out, _ = run("validate", str(edit("licences", 2, "status", "licenced")))
    assert code == 65
    assert "licences.csv:4:9: allowed-values" in out
    code, _, err = run("check", "Kestrel VPN", "--data", str(edit("licences", 2, "status", "licenced")))
    assert code == 65
    assert "licences.csv:4:9" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Usage: vpnpolicy" in out


@pytest.mark.slow
@pytest.mark.parametrize("line", ["sources --bibtex", "check Surfshark", "--help", "nonsense 2>&1"])
def test_a_reader_that_goes_away_is_no_answer_and_no_fault(line):
    """The code is what shells report for any program whose reader has gone, so that it is taken for no *listed* or *not listed*."""
    command = f"(sleep 0.1; {sys.executable} -m vpnpolicy {line}) | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("141\n", "")


def test_a_name_without_end_is_told_by_its_beginning(run):
    code, out, _ = run("check", "x" * 100_000)
    assert (code, f"is called '{'x' * 200}… (100,000 characters)'" in out, len(out) < 1000) == (1, True, True)


def test_choices_that_are_missing_are_told_in_one_line(run):
    assert run("guide") == (2, "", "vpnpolicy: Missing option '--for'. Choose from: freelancer, business, user, provider\n")


@pytest.mark.parametrize("fault", [BrokenPipeError(32, "Broken pipe"), SystemExit(1)])
def test_a_pipe_of_our_own_that_breaks_is_told(run, monkeypatch, tmp_path, fault):
    """Only the closed end of what the user reads is passed over in silence."""

    def breaks(*_args, **_options):
        raise fault

    monkeypatch.setattr("vpnpolicy.cli.ask.check", click.Command("check", callback=breaks))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code, _, err = run("check")
    assert (code, "internal error: " in err) == (70, True)


@pytest.mark.parametrize("args", [["check", "VPN"], ["cost", "--interpretation", "mbps"], ["cost", "--tbsp", "1"]])
def test_debug_stands_before_or_behind_the_command(run, args):
    before, behind = run("--debug", *args), run(*args, "--debug")
    assert before[0] == behind[0] == 2
    assert before[2].splitlines()[-1] == behind[2].splitlines()[-1] == run(*args)[2].strip()
    assert "Traceback" in before[2]
    assert "Traceback" in behind[2]
    assert "--debug" not in behind[2].splitlines()[-1]


def test_debug_leaves_an_answer_as_it_is_and_may_be_a_name(run):
    assert run("check", "Kestrel VPN", "--debug") == run("check", "Kestrel VPN")
    assert "is called '--debug'" in run("check", "--", "--debug")[1]


def test_nothing_found_is_a_sentence(run):
    assert run("timeline", "--from", "2050")[1] == "0 events: nothing found.\n"
    code, out, _ = run("timeline", "--from", "2050", "--csv")
    assert (code, out.count("\n"), out[:9]) == (0, 1, "event_id,")


def test_an_own_fault_is_70_and_leaves_a_file_to_send(run, monkeypatch):
    monkeypatch.setattr("vpnpolicy.register.check", lambda *a, **k: 1 / 0)
    code, _, err = run("check", "x")
    assert code == 70
    assert "ZeroDivisionError" in err
    assert "Please send" in err


def test_an_interrupt_is_130(run, monkeypatch):
    monkeypatch.setattr("vpnpolicy.register.check", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run("check", "x")[0] == 130


@pytest.mark.slow
def test_doctor_says_what_is_here(run):
    code, out, _ = run("doctor")
    assert "Python 3." in out
    assert code in (0, 1)


def test_list_and_search(run):
    """Who is listed on a day, in the order of the register; a word is found whatever its case."""
    code, out, _ = run("list", "--as-of", "2025-12-01", "--json")
    rows = json.loads(out)["rows"]
    assert (code, {r["state"] for r in rows}) == (0, {"listed", "cannot tell"} & {r["state"] for r in rows})
    assert "Kestrel VPN" in [r["brand"] for r in rows]
    assert "Kestrel VPN" not in run("list", "--as-of", "2025-03-01")[1]
    found = json.loads(run("search", "KESTREL", "--json")[1])["rows"]
    assert {("licences", "brand: Kestrel VPN")} <= {(r["table"], r["text"].split(";")[0]) for r in found}
    assert run("search", "no such word anywhere")[1] == "0 rows with 'no such word anywhere': nothing found.\n"
    assert run("search", " ")[0] == 2


@pytest.mark.parametrize("old", RENAMED)
def test_a_command_of_version_0_1_0_names_the_new_one(run, old):
    code, _, err = run(old)
    assert (code, err) == (
        2,
        f"vpnpolicy: there is no command '{old}'. Use: {RENAMED[old] if 'vpnpolicy' in RENAMED[old] else 'vpnpolicy ' + RENAMED[old]}.\n",
    )


def test_without_a_command_the_help_is_printed(run):
    code, out, _ = run()
    assert code == 0
    assert [line for line in out.splitlines() if line in ("Ask:", "Costs:", "Reports:", "Data:")] == [
        "Ask:",
        "Costs:",
        "Reports:",
        "Data:",
    ]
