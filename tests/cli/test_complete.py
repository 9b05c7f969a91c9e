"""The Tab key: what may be typed next, in Python and in a real bash; help with examples; output without colour."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from vpnpolicy.cli import COMMANDS, cli


def offered(*words: str) -> list[str]:
    *before, last = words
    return [item.value for item in ShellComplete(cli, {}, "vpnpolicy", "").get_completions(before, last)]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("ch",), ["check"]),
        (("check", "kes"), ["Kestrel VPN"]),
        (("check", "no such"), []),
        (("cost", "--interpretation", "mb"), ["mbps-month"]),
        (("report", "04"), ["04_bandwidth_cost"]),
        (("report", "04_bandwidth_cost", "-p", "ext"), ["extra_tbps="]),
        (("report", "04_bandwidth_cost", "-p", "interpretation=mb"), ["interpretation=mbps-month"]),
        (("report", "no_such", "-p", ""), []),
        (("params", "07"), ["07_audit"]),
        (("batch", "--notebook", "00"), ["00_brief"]),
        (("disruption", "2023", "--country", "egy"), ["EGY", "Egypt, Arab Rep."]),
        (("disruption", "2023", "--method", "oe"), ["oecd"]),
        (("sources", "S00"), [f"S00{n}" for n in range(1, 10)]),
        (("guide", "--for", "f"), ["freelancer"]),
        (("positions", "--stakeholder", "pta"), ["PTA"]),
        (("check", "--data", "no/such/folder", "Kes"), []),
    ],
)
def test_what_may_come_next(words, wanted):
    assert offered(*words)[: len(wanted) or None] == wanted


def test_every_command_is_offered():
    assert offered("") == list(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(run, shell):
    code, out, _ = run("completion", shell)
    assert (code, "_VPNPOLICY_COMPLETE" in out, "vpnpolicy" in out) == (0, True, True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("check Kes", r"Kestrel\ VPN"),
        ("check 'Kestrel V", r"Kestrel\ VPN"),
        ("check Kestrel\\\\ V", r"Kestrel\ VPN"),
        ("com", "completion"),
    ],
)
def test_a_real_bash(tmp_path, line, wanted):
    script = tmp_path / "vpnpolicy"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m vpnpolicy "$@"\n')
    script.chmod(0o755)
    words = line.split(" ", 1) if "\\" not in line else ["check", "Kestrel\\ V"]
    ask = (
        'eval "$(vpnpolicy completion bash)"; COMP_WORDS=(vpnpolicy "$@"); COMP_CWORD=$#; _vpnpolicy_completion vpnpolicy; '
        'printf "%s" "${COMPREPLY[@]}"'
    )
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", ask, "bash", *words], capture_output=True, text=True, env=env, check=False)
    assert (done.stdout, done.stderr) == (wanted, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(run, command):
    code, out, _ = run(command, "--help")
    flat = " ".join(out.split())
    assert code == 0
    assert "Example" in flat
    assert f"vpnpolicy {command}" in flat.partition("Example")[2]


@pytest.mark.parametrize("wish", [{"NO_COLOR": "1"}, {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}])
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
@pytest.mark.slow
def test_nothing_is_coloured_in_a_terminal(wish):
    import pty

    def told() -> str:
        master, slave = pty.openpty()
        line = [sys.executable, "-m", "vpnpolicy", "check", "Kestrel VPN", "--as-of", "2025-12-01"]
        subprocess.run(line, stdout=slave, stderr=slave, env={**os.environ, **wish, "TERM": "xterm-256color"}, check=False)
        os.close(slave)
        return os.read(master, 65536).decode()

    text = told()
    assert "LISTED" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("columns", [60, 80, 140])
@pytest.mark.parametrize(
    "line", [["sources"], ["timeline"], ["read", "$1 per MB"], ["audit"], ["disruption", "2023-05-09"], ["conflicts"]]
)
def test_tables_fit_the_terminal(run, monkeypatch, columns, line):
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = run(*line)
    assert max(map(len, out.splitlines())) <= columns
