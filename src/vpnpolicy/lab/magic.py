"""``%vpn``: every command of the command line in a notebook cell, with its output there and its mistakes on one line."""

from __future__ import annotations

import copy
import re
import shlex

import click

from ..errors import UsageError


def register(shell, group: click.Group) -> None:
    """Give an IPython shell the line magic ``%vpn`` with the commands of ``group``, and Tab after it."""
    from IPython.core.completer import SimpleCompletion, context_matcher
    from IPython.core.magic import no_var_expand
    from IPython.utils.text import FullEvalFormatter

    commands = in_cells(group)

    @no_var_expand
    def vpn(line: str) -> None:
        """Run a vpnpolicy command: ``%vpn check Kestrel VPN``, ``%vpn cost --tbps 1``, ``%vpn --help``.

        ``{name}`` stands for a variable of the notebook; ``$`` is left as it is. Bare words are one argument where a
        command takes one. The exit code is kept in ``_exit_code``, as after ``!``.
        """
        text = shell.var_expand(line, formatter=FullEvalFormatter())
        shell.user_ns["_exit_code"] = run_line(commands, text)

    shell.register_magic_function(vpn, "line", "vpn")

    @context_matcher(identifier="vpnpolicy")
    def complete(context) -> dict:
        line = context.line_with_cursor[: context.cursor_position]
        found = completions(commands, line) if re.match(r"\s*%?vpn\s", line) else []
        return {
            "completions": [SimpleCompletion(word, type="command") for word in found],
            "suppress": bool(found),
            "matched_fragment": last_word(line),
        }

    others = [m for m in shell.Completer.custom_matchers if getattr(m, "matcher_identifier", "") != "vpnpolicy"]
    shell.Completer.custom_matchers = [*others, complete]


def run_line(group: click.Group, line: str) -> int:
    """Run one line and give its exit code. Raises `UsageError` for a line that cannot be used, and what the command raises."""
    try:
        result = group.main(_words(line) or ["--help"], prog_name="%vpn", standalone_mode=False)
    except click.ClickException as error:
        raise UsageError(error.format_message()) from None
    except click.Abort:
        raise UsageError("interrupted.") from None
    return result if isinstance(result, int) else 0


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{str(error).lower()} in: {line}. Put double quotes around a word that holds a single one.") from None


def in_cells(group: click.Group) -> click.Group:
    """The same commands, each that takes one word taking all bare words as one."""
    ours = copy.copy(group)
    ours.get_command = lambda ctx, name: _in_one(group.get_command(ctx, name))
    return ours


def _in_one(command: click.Command | None) -> click.Command | None:
    words = [p for p in command.params if isinstance(p, click.Argument)] if command else []
    if len(words) != 1 or words[0].nargs != 1:
        return command
    wide = copy.copy(words[0])
    wide.nargs, wide.callback = -1, lambda _ctx, _param, value: " ".join(value) or None
    ours = copy.copy(command)
    ours.params = [wide if p is words[0] else p for p in command.params]
    return ours


def last_word(line: str) -> str:
    """What stands at the end of a line since the last space.

    >>> last_word("%vpn cost --t"), last_word("%vpn ")
    ('--t', '')
    """
    return re.search(r"\S*$", line)[0]


def completions(group: click.Group, line: str) -> list[str]:
    """What may stand at the end of a line up to the cursor, the magic first: commands, options and their choices."""
    from click.shell_completion import ShellComplete

    last = last_word(line)
    try:
        before = shlex.split(line[: len(line) - len(last)])[1:]
    except ValueError:
        return []
    found = ShellComplete(group, {}, "%vpn", "").get_completions(before, last)
    return [item.value for item in found if item.type == "plain"]
