"""What may be typed next, out of the record and the notebooks, and the scripts that let a shell ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

import click

SHELLS = ["bash", "zsh", "fish"]
MAX_WORDS = 200


def prepare() -> None:
    """Give click a bash class of our own: bash puts a word into the line as it is, so blanks and signs in it are escaped.

    They are escaped twice, as click's script reads one away. What only a shell asks for is imported here, not with every command.
    """
    from click.shell_completion import BashComplete, CompletionItem, add_completion_class

    class Bash(BashComplete):
        def format_completion(self, item: CompletionItem) -> str:
            word = re.sub(r"([^\w%+=:,./@-])", r"\\\\\1", item.value)
            return super().format_completion(CompletionItem(word, type=item.type))

    add_completion_class(Bash, "bash")


@click.command(
    epilog='Examples: eval "$(vpnpolicy completion bash)" in ~/.bashrc; eval "$(vpnpolicy completion zsh)" in ~/.zshrc; '
    "vpnpolicy completion fish > ~/.config/fish/completions/vpnpolicy.fish"
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell) -> None:
    """Print the script that lets a shell complete commands, options, names and ids with the Tab key."""
    from click.shell_completion import get_completion_class

    from . import cli

    asked = get_completion_class(shell)(cli, {}, "vpnpolicy", "_VPNPOLICY_COMPLETE")
    click.echo(asked.source_template % asked.source_vars())


def beginning(words: Iterable[str | None], typed: str) -> list[str]:
    """Words that begin as typed, whatever their case, sorted, each once; of very many the first.

    >>> beginning(["Kestrel VPN", "Crest VPN", None], "k")
    ['Kestrel VPN']
    """
    return sorted({w for w in words if w and w.casefold().startswith(typed.casefold())})[:MAX_WORDS]


def by(words: Callable[[click.Context, str], Iterable[str | None]]) -> Callable:
    """Completion by the words that a function finds for a line and what is typed; by none where the record cannot be read."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        from ..errors import VpnPolicyError

        with suppress(VpnPolicyError):
            return beginning(words(ctx, incomplete), incomplete)
        return []

    return complete


def from_table(table: str, *columns: str) -> Callable:
    """Completion by the values of some columns of a table, of the record that ``--data`` names."""

    def words(ctx: click.Context, typed: str) -> Iterator[str | None]:
        from ..data.tables import Folder

        held = Folder(ctx.params.get("data")).table(table).columns
        return (value for c in columns for value in held[c])

    return by(words)


def _tables(ctx: click.Context, typed: str) -> Iterable[str]:
    from ..data.package import read_package

    return read_package(ctx.params.get("data")).resources


def _notebooks(ctx: click.Context, typed: str) -> list[str]:
    from ..notebooks.files import list_notebooks

    return list_notebooks()


def _parameters(ctx: click.Context, typed: str) -> list[str]:
    """``NAME=`` for the parameters of the notebooks named so far; behind ``interpretation=`` each interpretation."""
    from ..data.tables import Folder
    from ..notebooks.files import find_notebook, list_notebooks, read_parameters

    if typed.startswith("interpretation="):
        return [f"interpretation={r}" for r in Folder(ctx.params.get("data")).table("readings").columns["reading_id"]]
    named = ctx.params.get("notebooks") or ctx.args or list_notebooks()  # in args while the option has no value yet
    return [f"{p.name}=" for n in named for p in read_parameters(find_notebook(n))]


tables, notebooks, parameters = by(_tables), by(_notebooks), by(_parameters)
