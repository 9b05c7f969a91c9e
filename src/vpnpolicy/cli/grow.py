"""Changes of the record, and sources due for a check."""

from __future__ import annotations

import click

from ..formatting import plural
from .ask import as_of_option
from .output import print_frame, table_options


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
    from ..data.diff import diff as compare

    frame = compare(old, new, tables=tables)
    heads = {"table": "Table", "change": "Change", "key": "Row", "column": "Column", "old": "Was", "new": "Is"}
    print_frame(frame, "vpnpolicy.diff/1", plural(len(frame), "change"), heads, as_json, as_csv)


@click.command(epilog="Example: vpnpolicy stale --as-of 2027-03-01")
@as_of_option
@table_options
def stale(as_of, as_json, as_csv, data) -> int:
    """Sources due for a check; exit 4 where there are any."""
    from ..data.sources import stale as find

    frame = find(as_of=as_of, data=data)
    heads = {
        "source_id": "Source",
        "title": "Title",
        "checked_on": "Last look",
        "due_on": "Due",
        "days_over": "Days over",
        "note": "Why",
    }
    print_frame(frame, "vpnpolicy.stale/1", f"{plural(len(frame), 'source')} due for a check", heads, as_json, as_csv)
    return 4 if len(frame) else 0
