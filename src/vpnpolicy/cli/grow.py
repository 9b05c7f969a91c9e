"""Growing the record and watching it."""

from __future__ import annotations

import click

from ..formatting import plural
from .ask import as_of_option
from .output import print_frame, table_options


class AddGroup(click.Group):
    """``add KIND`` with one option a column, read from the schema."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The kinds of row."""
        from ..record.growing import KINDS

        return list(KINDS)

    def get_command(self, ctx: click.Context, kind: str) -> click.Command:
        """The command for one kind of row. Raises `UsageError` with the nearest kind."""
        from ..record.growing import asked_fields, resource_of

        fields = asked_fields(resource_of(kind))
        params = [click.Option([f"--{f.name.replace('_', '-')}", f.name], help=_help(f)) for f in fields]
        params += [
            click.Option(["--data", "data_"], metavar="DIR", help="Another data folder."),
            click.Option(["--ask/--no-ask"], default=None, help="Ask for what is not given."),
        ]
        return click.Command(
            kind,
            params=params,
            callback=lambda **cells: _add(kind, cells),
            help=f"Add {'an' if kind == 'event' else 'a'} {kind}: asks for what is not given.",
        )


def _help(field) -> str:
    allowed = f" One of: {', '.join(field.enum)}." if field.enum else ""
    return f"{field.title}.{' Required.' if field.required else ''}{allowed}"


@click.group(
    cls=AddGroup,
    epilog="Example: vpnpolicy add event --on 2026-04-02 --category licence --actor PTA --event 'Tenth licence' --source-id S039",
)
def add() -> None:
    """Add a source, licence, event or claim; asks for what is not given. The row is checked before it is written."""


def _add(kind: str, cells: dict) -> None:
    from ..record.growing import add_row

    data, ask = cells.pop("data_"), cells.pop("ask")
    given = {k: v for k, v in cells.items() if v is not None}
    if ask if ask is not None else (not given or click.get_text_stream("stdin").isatty()):
        given = _asked(kind, given, data)
    key, to_do = add_row(kind, given, data)
    click.echo(f"{key} added.")
    for problem in to_do:
        click.echo(f"Now: {problem}")


def _asked(kind: str, given: dict, data) -> dict:
    """Ask for each column that is not given; an empty answer leaves it empty."""
    from ..record.growing import DEFAULTS, asked_fields, resource_of

    answers, resource = dict(given), resource_of(kind, data)
    for field in asked_fields(resource):
        if field.name not in answers:
            default = DEFAULTS[resource.name].get(field.name, "")
            answers[field.name] = click.prompt(f"{_help(field)}\n{field.name}", default=default, show_default=bool(default))
    return answers


@click.command(epilog="Examples: vpnpolicy diff v0.1.0; vpnpolicy diff old/data new/data --table sources")
@click.argument("old")
@click.argument("new", required=False)
@click.option(
    "--table",
    "tables",
    multiple=True,
    default=("licences", "claims"),
    show_default=True,
    help="Tables to compare; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with a stable 'schema' field.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def diff(old, new, tables, as_json, as_csv) -> None:
    """What was added, ended, renamed or changed between two data folders or git tags."""
    from ..record.diff import diff as compare

    frame = compare(old, new, tables=tables)
    heads = {"table": "Table", "change": "Change", "key": "Row", "column": "Column", "old": "Was", "new": "Is"}
    print_frame(frame, "vpnpolicy.diff/1", plural(len(frame), "change"), heads, as_json, as_csv)


@click.command(epilog="Example: vpnpolicy stale --as-of 2027-03-01")
@as_of_option
@table_options
def stale(as_of, as_json, as_csv, data) -> int:
    """Sources due for another look; exit 4 where there are any."""
    from ..record.stale import stale as find

    frame = find(as_of, data=data)
    heads = {
        "source_id": "Source",
        "title": "Title",
        "checked_on": "Last look",
        "due_on": "Due",
        "days_over": "Days over",
        "note": "Why",
    }
    print_frame(frame, "vpnpolicy.stale/1", f"{plural(len(frame), 'source')} due for another look", heads, as_json, as_csv)
    return 4 if len(frame) else 0
