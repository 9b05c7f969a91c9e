"""Checks of a data folder, and what changed between two."""

from __future__ import annotations

import json

import click

from ..formatting import plural
from .output import as_json, print_frame


@click.command(
    epilog="Examples: vpnpolicy validate mydata/; vpnpolicy validate --since HEAD~1; vpnpolicy validate notebooks/*.ipynb"
)
@click.argument("paths", nargs=-1)
@click.option(
    "--since",
    metavar="TAG",
    help="Also name published rows that were edited or deleted since a tag or another folder.",
)
@click.option("--errors", "errors_file", metavar="CSV", help="Write every problem to a CSV file.")
@click.option(
    "--dictionary",
    is_flag=True,
    help="Print the columns of all tables as a page in Markdown; check nothing.",
)
@as_json
def validate(paths, since, errors_file, dictionary, as_json) -> int:
    """Check a data folder against its schema and rules, or notebooks against their contract: every problem in one pass."""
    if dictionary:
        from ..data.frames import dictionary_page

        click.echo(dictionary_page(paths[0] if paths else None), nl=False)
        return 0
    problems = sorted(p for path in paths or (None,) for p in _problems(path, since))
    errors = [p for p in problems if p.level == "error"]
    if errors_file:
        from .._files import local_path, write_whole

        write_whole(local_path(errors_file).resolve(), _as_csv(problems))
    if as_json:
        click.echo(
            json.dumps(
                {"schema": "vpnpolicy.problems/1", "problems": [vars(p) for p in problems]},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        _print_problems(problems, len(errors))
    return 65 if errors else 0


def _problems(path: str | None, since: str | None):
    if path is not None and path.endswith(".ipynb"):
        from .._files import local_path
        from ..notebooks.files import check_contract

        return check_contract(local_path(path))
    from ..data.validation import validate as find_problems

    return [*find_problems(path), *(_history(path, since) if since else ())]


def _history(path: str | None, since: str):
    from ..data.diff import history_problems, open_data
    from ..data.tables import Folder

    new = Folder(path)
    with open_data(since, new.path) as old:
        return list(history_problems(old, new))


def _as_csv(problems) -> bytes:
    from ..formatting import to_csv

    header = ["file", "line", "column", "level", "rule", "found", "expected", "fix"]
    rows = [
        [p.file, p.line or None, p.column or None, p.level, p.rule, p.found, p.expected, p.fix]
        for p in problems
    ]
    return to_csv(header, rows).encode()


def _print_problems(problems, n_errors: int) -> None:
    for p in problems[:100]:
        click.echo(f"{'' if p.level == 'error' else p.level + ': '}{p}")
    if len(problems) > 100:
        click.echo(f"(+{len(problems) - 100} more; --errors FILE writes them all)")
    warnings = len(problems) - n_errors
    click.echo(
        f"{n_errors} problem{'' if n_errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}."
    )


@click.command(
    epilog="Examples: vpnpolicy diff HEAD~1; vpnpolicy diff old/data new/data --table sources"
)
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
    from ..data.diff import diff as compare

    frame = compare(old, new, tables=tables)
    heads = {
        "table": "Table",
        "change": "Change",
        "key": "Row",
        "column": "Column",
        "old": "Was",
        "new": "Is",
    }
    print_frame(frame, "vpnpolicy.diff/1", plural(len(frame), "change"), heads, as_json, as_csv)
