"""Costs of traffic."""

from __future__ import annotations

import json

import click

from .output import print_frame, table_options, terminal_width


@click.command(
    epilog="Examples: vpnpolicy cost --tbps 1 --minutes 60 --interpretation mbps-month; vpnpolicy cost --price '0.5 USD/Mbps/month'"
)
@click.option("--tbps", type=float, default=1.0, show_default=True, help="Extra traffic [Tbps].")
@click.option("--minutes", type=float, default=60.0, show_default=True, help="Duration [min].")
@click.option(
    "--interpretation",
    help="One interpretation of the quoted prices; without it all are shown side by side.",
)
@click.option("--price", "--rate", "price", help="A price of your own, such as '1 USD/Mbps/month' or '2 USD/GB'.")
@table_options
def cost(tbps, minutes, interpretation, price, as_json, as_csv, data) -> None:
    """What extra traffic costs under each interpretation of the quoted prices."""
    from ..bandwidth import compare_interpretations, price_cost, surge_cost

    if interpretation and price:
        raise click.UsageError("give --interpretation or --price, not both.")
    if not (interpretation or price):
        heads = {
            "interpretation": "Interpretation",
            "label": "In words",
            "cost_usd": "Cost [USD]",
            "plausibility": "Assessment",
            "source_id": "Source",
        }
        caption = f"{tbps:g} Tbps for {minutes:g} minutes"
        print_frame(compare_interpretations(tbps, minutes, data=data), "vpnpolicy.interpretations/1", caption, heads, as_json, as_csv)
        return
    estimate = price_cost(tbps, minutes, price) if price else surge_cost(tbps, minutes, interpretation, data=data)
    if as_csv:
        click.echo(estimate.to_frame().to_csv(index=False), nl=False)
    else:
        click.echo(json.dumps(estimate.to_dict(), ensure_ascii=False, indent=1) if as_json else wrap(str(estimate)))


def wrap(text: str) -> str:
    """Long lines broken at the width of the terminal, their indent kept."""
    import textwrap

    width = terminal_width()
    lines = [
        textwrap.wrap(line, width, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2)) or [""]
        for line in text.split("\n")
    ]
    return "\n".join(part for line in lines for part in line)
