"""The Tab key by click, help with examples, output without colour."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from vpnpolicy.cli import COMMANDS, cli


def test_the_shell_is_offered_commands_and_options():
    def offered(*words: str) -> list[str]:
        *before, last = words
        return [i.value for i in ShellComplete(cli, {}, "vpnpolicy", "").get_completions(before, last)]

    assert offered("") == list(COMMANDS)
    assert offered("cost", "--mi") == ["--minutes"]


@pytest.mark.slow
def test_a_shell_gets_its_script():
    env = {**os.environ, "_VPNPOLICY_COMPLETE": "bash_source"}
    done = subprocess.run([sys.executable, "-m", "vpnpolicy"], capture_output=True, text=True, env=env, check=True)
    assert "_vpnpolicy_completion" in done.stdout


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
    "line",
    [
        ["sources"],
        ["timeline"],
        ["cost", "--quote", "$1 per MB"],
        ["audit"],
        ["disruption", "2023-05-09"],
        ["statements", "--conflicts"],
    ],
)
def test_tables_fit_the_terminal(run, monkeypatch, columns, line):
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = run(*line)
    assert max(map(len, out.splitlines())) <= columns
