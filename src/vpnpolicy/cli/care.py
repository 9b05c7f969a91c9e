"""Looking after the record and the machine."""

from __future__ import annotations

import json

import click

from .output import as_json, print_frame, table_options


@click.command(
    epilog="Examples: vpnpolicy validate mydata/; vpnpolicy validate --since v0.1.0; vpnpolicy validate notebooks/*.ipynb"
)
@click.argument("paths", nargs=-1)
@click.option(
    "--since", metavar="TAG", help="Also name published rows that were edited or deleted since a tag or another folder."
)
@click.option("--errors", "errors_file", metavar="CSV", help="Write every problem to a CSV file.")
@as_json
def validate(paths, since, errors_file, as_json) -> int:
    """Check a data folder against its schema and rules, or notebooks against their contract: every problem in one pass."""
    problems = sorted(p for path in paths or (None,) for p in _problems(path, since))
    errors = [p for p in problems if p.level == "error"]
    if errors_file:
        from .._files import local_path, write_whole

        write_whole(local_path(errors_file).resolve(), _as_csv(problems))
    if as_json:
        click.echo(
            json.dumps({"schema": "vpnpolicy.problems/1", "problems": [vars(p) for p in problems]}, ensure_ascii=False, indent=1)
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

    header = ["file", "line", "column", "level", "rule", "found", "wanted", "fix"]
    rows = [[p.file, p.line or None, p.column or None, p.level, p.rule, p.found, p.expected, p.fix] for p in problems]
    return to_csv(header, rows).encode()


def _print_problems(problems, n_errors: int) -> None:
    for p in problems[:100]:
        click.echo(f"{'' if p.level == 'error' else p.level + ': '}{p}")
    if len(problems) > 100:
        click.echo(f"(+{len(problems) - 100} more; --errors FILE writes them all)")
    warnings = len(problems) - n_errors
    click.echo(f"{n_errors} problem{'' if n_errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}.")


@click.command(epilog="Examples: vpnpolicy dictionary claims; vpnpolicy dictionary --markdown; vpnpolicy dictionary --csv")
@click.argument("table", required=False)
@click.option("--markdown", is_flag=True, help="Print a page in Markdown, of all tables.")
@table_options
def dictionary(table, markdown, as_json, as_csv, data) -> None:
    """Columns of the tables of the record: what they mean, type, unit, allowed values and keys."""
    from ..data.frames import dictionary as describe
    from ..data.frames import dictionary_page

    if markdown:
        click.echo(dictionary_page(data), nl=False)
        return
    frame = describe(table, data=data)
    heads = {c: c.replace("_", " ").capitalize() for c in frame.columns if c != "table" or table is None}
    print_frame(frame, "vpnpolicy.dictionary/1", f"{len(frame)} columns", heads, as_json, as_csv)
