"""How commands print: a table that fits the terminal, CSV, or JSON with a ``schema`` field."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping

import click

data_option = click.option("--data", metavar="DIR", default=None, help="Another data folder.")


def as_json(command: Callable) -> Callable:
    """Add ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON with a stable 'schema' field."
    )(command)


def table_options(command: Callable) -> Callable:
    """Add ``--json``, ``--csv`` and ``--data``."""
    csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
    return data_option(as_json(csv(command)))


def print_frame(
    frame,
    schema: str,
    caption: str,
    heads: Mapping[str, str],
    as_json: bool = False,
    as_csv: bool = False,
    empty: str = "",
) -> None:
    """Print a DataFrame: all columns in JSON and CSV, the named ones in the table; without rows a sentence in its place."""
    if as_json:
        rows = json.loads(frame.to_json(orient="records", date_format="iso"))
        click.echo(json.dumps({"schema": schema, "rows": rows}, ensure_ascii=False, indent=1))
        return
    from ..plot.tables import render_table

    if as_csv:
        click.echo(
            render_table(frame, caption, {c: str(c) for c in frame.columns}).to_csv(), nl=False
        )
    elif frame.empty:
        click.echo(empty or f"{caption}: nothing found.")
    else:
        click.echo(render_table(frame, caption, heads).to_text(terminal_width()))


def terminal_width() -> int:
    """Characters a line of the terminal holds."""
    return max(60, shutil.get_terminal_size((100, 24)).columns)
