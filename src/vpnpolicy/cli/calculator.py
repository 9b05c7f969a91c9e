"""The calculator as one page."""

from __future__ import annotations

import click

from .output import data_option


@click.command(epilog="Example: vpnpolicy calculator -o calc.html")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    default="calculator.html",
    show_default=True,
    help="Where to write the page.",
)
@data_option
def calculator(out, data) -> None:
    """Write the calculator as one page for any browser: readings, methods, countries, working and sources; no Python, no network."""
    from ..offline.page import calculator as write

    path = write(out, data=data)
    click.echo(
        f"{path}: {path.stat().st_size / 1000:.0f} kB. Open it in any browser; it needs nothing else."
    )
