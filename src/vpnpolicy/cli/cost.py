"""Costs of traffic."""

from __future__ import annotations

import json

import click

from .output import print_frame, table_options, terminal_width


@click.command(
    epilog="Examples: vpnpolicy cost --tbps 1 --minutes 60 --interpretation mbps-month; vpnpolicy cost --price '0.5 USD/Mbps/month'; "
    "vpnpolicy cost --quote '$10,000 per minute for every 1 Tbps'; vpnpolicy cost --quote F007"
)
@click.option("--tbps", type=float, default=1.0, show_default=True, help="Extra traffic [Tbps].")
@click.option("--minutes", type=float, default=60.0, show_default=True, help="Duration [min].")
@click.option(
    "--interpretation",
    help="One interpretation of the quoted prices; without it all are shown side by side.",
)
@click.option(
    "--price",
    "--rate",
    "price",
    help="A price of your own, such as '1 USD/Mbps/month' or '2 USD/GB'.",
)
@click.option(
    "--quote",
    metavar="TEXT",
    help="A quoted price, or a statement by its id, in every meaning it can have.",
)
@click.option(
    "--as-of",
    metavar="DATE",
    help="Day a quoted price is about. Default: the statement's, or the day the record was compiled to.",
)
@click.option(
    "--country",
    help="Country whose traffic and GDP a quoted price is compared with. Default: Pakistan.",
)
@table_options
def cost(
    tbps, minutes, interpretation, price, quote, as_of, country, as_json, as_csv, data
) -> None:
    """What extra traffic costs under each interpretation of the quoted prices, or what a quoted price can mean."""
    from ..bandwidth import compare_interpretations, price_cost, surge_cost

    if sum(map(bool, (interpretation, price, quote))) > 1:
        raise click.UsageError("give one of --interpretation, --price and --quote.")
    if quote:
        _quote(quote, as_of, country or "Pakistan", data, as_json, as_csv)
        return
    if as_of or country:
        raise click.UsageError("--as-of and --country go with --quote.")
    if not (interpretation or price):
        heads = {
            "interpretation": "Interpretation",
            "label": "In words",
            "cost_usd": "Cost [USD]",
            "plausibility": "Assessment",
            "source_id": "Source",
        }
        caption = f"{tbps:g} Tbps for {minutes:g} minutes"
        print_frame(
            compare_interpretations(tbps, minutes, data=data),
            "vpnpolicy.interpretations/1",
            caption,
            heads,
            as_json,
            as_csv,
        )
        return
    estimate = (
        price_cost(tbps, minutes, price)
        if price
        else surge_cost(tbps, minutes, interpretation, data=data)
    )
    if as_csv:
        click.echo(estimate.to_frame().to_csv(index=False), nl=False)
    else:
        click.echo(
            json.dumps(estimate.to_dict(), ensure_ascii=False, indent=1)
            if as_json
            else wrap(str(estimate))
        )


def _quote(quote, as_of, country, data, as_json: bool, as_csv: bool) -> None:
    """Print every meaning of a quoted price, compared with market prices, traffic and GDP."""
    from ..prices import interpret_price

    frame = interpret_price(quote, as_of=as_of, country=country, data=data)
    heads = {
        "interpretation": "Interpretation", "usd_per_min_per_tbps": "USD/min/Tbps", "usd_per_gb": "USD/GB",
        "usd_per_mbps_month": "USD/Mbps/month", "plausibility": "Assessment", "why": "Why",
    }  # fmt: skip
    print_frame(frame, "vpnpolicy.meanings/1", quote, heads, as_json, as_csv)


def wrap(text: str) -> str:
    """Long lines broken at the width of the terminal, their indent kept."""
    import textwrap

    width = terminal_width()
    lines = [
        textwrap.wrap(line, width, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2))
        or [""]
        for line in text.split("\n")
    ]
    return "\n".join(part for line in lines for part in line)
