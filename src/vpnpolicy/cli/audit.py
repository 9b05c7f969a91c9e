"""The command that recomputes published figures."""

from __future__ import annotations

import click

from ..formatting import plural
from .output import print_frame, table_options

_HEADS = {
    "id": "Row", "place": "Place", "period": "Period", "quantity": "Quantity", "rule": "Rule",
    "verdict": "Verdict", "working": "Working",
}  # fmt: skip
_REVISION_HEADS = {
    "place": "Place", "period": "Period", "quantity": "Quantity", "first_value": "First",
    "value": "Later", "unit": "Unit", "ratio": "Times",
}  # fmt: skip


@click.command(
    epilog="Examples: vpnpolicy audit; vpnpolicy audit table.csv --relation 'total = sum of a; b'"
)
@click.argument("table", required=False)
@click.option("--relation", "relations", multiple=True, help="A relation between ids of the table.")
@click.option(
    "--verdict",
    type=click.Choice(["match", "contradiction", "cannot tell"]),
    help="Keep one verdict.",
)
@click.option("--revisions", is_flag=True, help="List figures published again with another value.")
@table_options
def audit(
    table: str | None,
    relations: tuple[str, ...],
    verdict: str | None,
    revisions: bool,
    as_json: bool,
    as_csv: bool,
    data: str | None,
) -> None:
    """Recompute published figures and flag inconsistencies, in the record or in a CSV file."""
    from .. import auditing

    if revisions:
        frame = auditing.find_revisions(table, data=data)
        none, caption = "No figure was published again with another value.", "Revised figures"
        schema = "vpnpolicy.revisions/1"
        print_frame(frame, schema, caption, _REVISION_HEADS, as_json, as_csv, none)
        return
    frame = auditing.audit(table, relations=relations, data=data)
    shown = frame if verdict is None else frame[frame["verdict"] == verdict]
    if verdict is None and not (as_json or as_csv):
        shown = frame[frame["rule"] != "none"]
    counts = ", ".join(f"{n} {v}" for v, n in frame["verdict"].value_counts().items())
    none = f"{plural(len(frame), 'figure')}, none with a relation: nothing can be recomputed."
    if verdict:
        none = f"None of {plural(len(frame), 'check')} is '{verdict}' ({counts})."
    caption = f"{plural(len(frame), 'check')}: {counts}"
    print_frame(shown, "vpnpolicy.audit/1", caption, _HEADS, as_json, as_csv, none)
