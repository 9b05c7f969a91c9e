"""The command line: same verbs and argument names as the Python functions. Thin; no thinking done here.

Exit codes: 0 done or listed, 1 not listed or a report failed, 2 bad call, 3 cannot tell, 4 stale, 65 data invalid,
69 cluster gone, 70 internal error, 71 too few open files, 74 disk, 75 locked, 130 interrupted, 141 reader gone.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Sequence

import click

from .. import __version__
from ..errors import VpnPolicyError

GROUPS = {
    "Ask": {
        "list": ("ask", "Who is licensed on a day?"),
        "check": ("ask", "Is a provider on the list on a day?"),
        "search": ("ask", "Every row of the record that has a word."),
        "timeline": ("ask", "What happened between two dates?"),
        "statements": ("ask", "What each source says, and where sources disagree."),
        "regimes": ("rules", "What each regime says, side by side; positions of stakeholders."),
        "guide": ("rules", "A checklist for a freelancer, business, user or provider."),
    },
    "Costs": {
        "cost": ("cost", "What extra traffic costs, and what a quoted price can mean."),
        "disruption": ("weigh", "What a disruption costs under every published method."),
        "balance": ("weigh", "What blocking saves against what it costs."),
        "bill": ("bill", "What a traffic series costs: 95th percentile, volume or flat."),
        "audit": ("audit", "Recompute published figures and flag inconsistencies."),
        "calculator": ("calculator", "The calculator as one page, for readers without Python."),
    },
    "Reports": {
        "report": ("report", "Make reports from notebooks: HTML, PDF, figures and tables."),
        "batch": ("report", "Make a report for each row of a plan; only what changed."),
    },
    "Data": {
        "sources": ("sources", "The pages the record rests on, and citations."),
        "validate": ("validate", "Check a data folder against its schema and rules."),
        "diff": ("validate", "What changed between two data folders or git revisions."),
        "doctor": ("doctor", "What this machine has and lacks."),
    },
}
"""Groups of commands; for each the module that holds it and its line in the overview."""

COMMANDS = {name: home for group in GROUPS.values() for name, home in group.items()}
RENAMED = {
    "claims": "statements", "conflicts": "statements --conflicts", "read": "cost --quote",
    "positions": "regimes --positions", "cite": "sources --cite", "stale": "sources --stale",
    "params": "report NOTEBOOK --parameters", "dictionary": "validate --dictionary",
    "add": "validate, after a change of the CSV file", "status": "batch --dry-run",
    "completion": "_VPNPOLICY_COMPLETE=bash_source vpnpolicy",
}  # fmt: skip
"""Commands of version 0.1.0, and what to use instead."""


class LazyGroup(click.Group):
    """A group that imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in COMMANDS:
            return None
        from importlib import import_module

        module = import_module(f".{COMMANDS[name][0]}", __name__)
        return next(
            c for c in vars(module).values() if isinstance(c, click.Command) and c.name == name
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, written from the table without importing a command."""
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, line) for name, (_, line) in commands.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]):
        """The command asked for; an unknown one is answered with the nearest."""
        from ..errors import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = f" Did you mean '{near}'?" if (near := nearest(args[0], COMMANDS)) else ""
            if args[0] in RENAMED:
                hint = f" Use: {'' if 'vpnpolicy' in RENAMED[args[0]] else 'vpnpolicy '}{RENAMED[args[0]]}."
            raise click.UsageError(f"there is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vpnpolicy")
@click.option(
    "--debug",
    is_flag=True,
    help="Show the traceback of an error; may also stand after the command.",
)
def cli(debug: bool) -> None:
    """Pakistan's VPN licensing regime as data.

    Who is licensed, what was decided when, what the sources say, and what the quoted prices imply. No command touches
    the network. Answers go to standard output, problems and progress to standard error.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    sys.exit(run(args))


def run(args: list[str]) -> int:
    """Run one command line and give back its exit code; a user's mistake is one clear line, never a traceback."""
    debug, args = _taken_out("--debug", args)
    args = args or ["--help"]
    if os.environ.get("_VPNPOLICY_COMPLETE"):
        cli.main(args, prog_name="vpnpolicy")  # answers the shell, and leaves
    try:
        return _answered(args, debug)
    except (BrokenPipeError, SystemExit) as error:  # click makes the second of the first
        return _closed_pipe(error, debug)


def _answered(args: list[str], debug: bool) -> int:
    try:
        result = cli.main(args, prog_name="vpnpolicy", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        return _complain(" ".join(error.format_message().split()), error.exit_code, debug)
    except click.exceptions.Abort:
        return _complain("interrupted.", 130, debug)
    except KeyboardInterrupt:
        return _complain("interrupted.", 130, debug)
    except VpnPolicyError as error:
        return _complain(str(error), error.exit_code, debug)
    except BrokenPipeError:
        raise
    except Exception as error:
        return _internal_error(error, debug)


def _taken_out(option: str, args: list[str]) -> tuple[bool, list[str]]:
    """Whether an option stands anywhere before ``--``, and the line without it."""
    end = args.index("--") if "--" in args else len(args)
    kept = [a for a in args[:end] if a != option]
    return len(kept) < end, kept + args[end:]


def _complain(text: str, code: int, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    click.echo(f"vpnpolicy: {text}", err=True)
    return code


def _closed_pipe(error: BaseException, debug: bool) -> int:
    """The reader has gone, as with ``| head``: the code that shells report for it, which is no answer to a question."""
    gone = [stream for stream in (sys.stdout, sys.stderr) if _without_reader(stream)]
    if not gone:
        return _internal_error(error, debug)
    for stream in gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 141


def _without_reader(stream) -> bool:
    """Whether the other end of a stream is closed; where the system cannot tell, it is taken to be."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):
        return not hasattr(select, "poll")


def _internal_error(error: BaseException, debug: bool) -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="vpnpolicy-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"vpnpolicy {__version__}\n{traceback.format_exc()}")
    return _complain(
        f"internal error: {type(error).__name__}: {error}. Please send {file.name} with what you did.",
        70,
        debug,
    )
