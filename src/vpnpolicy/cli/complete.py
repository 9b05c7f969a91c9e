"""What may be typed next, out of the record and the notebooks, and the scripts that let a shell ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, get_completion_class

SHELLS = ["bash", "zsh", "fish"]
MAX_WORDS = 200


class Bash(BashComplete):
    """bash puts a word into the line as it is, so blanks and signs in it are escaped, twice, as the script reads one away."""

    def format_completion(self, item: CompletionItem) -> str:
        """One line of the answer: its kind and the escaped word."""
        return super().format_completion(CompletionItem(re.sub(r"([^\w%+=:,./@-])", r"\\\\\1", item.value), type=item.type))


def prepare() -> None:
    """Make click use our bash class."""
    add_completion_class(Bash, "bash")


@click.command(
    epilog='Examples: eval "$(vpnpolicy completion bash)" in ~/.bashrc; eval "$(vpnpolicy completion zsh)" in ~/.zshrc; '
    "vpnpolicy completion fish > ~/.config/fish/completions/vpnpolicy.fish"
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell) -> None:
    """Print the script that lets a shell complete commands, options, names and ids with the Tab key."""
    from . import cli

    asked = get_completion_class(shell)(cli, {}, "vpnpolicy", "_VPNPOLICY_COMPLETE")
    click.echo(asked.source_template % asked.source_vars())


def beginning(words: Iterable[str | None], typed: str) -> list[str]:
    """Words that begin as typed, whatever their case, sorted, each once; of very many the first.

    >>> beginning(["Kestrel VPN", "Crest VPN", None], "k")
    ['Kestrel VPN']
    """
    return sorted({w for w in words if w and w.casefold().startswith(typed.casefold())})[:MAX_WORDS]


def from_table(table: str, *columns: str) -> Callable:
    """Completion by the values of some columns of a table, of the record that ``--data`` names."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        from ..basis.errors import VpnPolicyError
        from ..record.schema import Folder

        try:
            held = Folder(ctx.params.get("data")).table(table).columns
        except VpnPolicyError:
            return []
        return beginning((value for c in columns for value in held[c]), incomplete)

    return complete


def from_schema(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Completion by the names of the tables."""
    from ..basis.errors import VpnPolicyError
    from ..record.package import read_package

    try:
        return beginning(read_package(ctx.params.get("data")).resources, incomplete)
    except VpnPolicyError:
        return []


def notebooks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Completion by the names of the report notebooks."""
    from ..report.notebook import list_notebooks

    return beginning(list_notebooks(), incomplete)


def parameters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Completion of ``NAME=`` by the parameters of the notebooks named so far, and of ``reading=`` by the readings."""
    from ..basis.errors import VpnPolicyError
    from ..report.notebook import find_notebook, list_notebooks, read_parameters

    if incomplete.startswith("reading="):
        return [f"reading={r}" for r in from_table("readings", "reading_id")(ctx, param, incomplete.partition("=")[2])]
    try:
        named = ctx.params.get("notebooks") or ctx.args or list_notebooks()  # in args while the option has no value yet
        found = [p.name for n in named for p in read_parameters(find_notebook(n))]
    except VpnPolicyError:
        return []
    return beginning([f"{n}=" for n in found], incomplete)
