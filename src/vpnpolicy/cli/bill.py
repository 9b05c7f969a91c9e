"""Bills for traffic."""

from __future__ import annotations

import json

import click

from ..errors import UsageError
from ..formatting import format_number
from .output import as_json, data_option

_PRICES = {
    "p95": "price_usd_per_mbps_month",
    "volume": "price_usd_per_gb",
    "flat": "price_usd_per_month",
}


@click.command(
    epilog="Examples: vpnpolicy bill traffic.csv --scheme p95 --price-usd-per-mbps-month 1; "
    "vpnpolicy bill traffic.parquet --kind counter --unit B --scheme volume --price '2 PKR/GB'"
)
@click.argument("file")
@click.option(
    "--scheme",
    type=click.Choice(["p95", "volume", "flat"]),
    default="p95",
    show_default=True,
    help="How traffic is billed.",
)
@click.option("--price-usd-per-mbps-month", metavar="N", help="Price for p95.")
@click.option("--price-usd-per-gb", metavar="N", help="Price for volume.")
@click.option("--price-usd-per-month", metavar="N", help="Price for flat.")
@click.option(
    "--price", metavar="TEXT", help="A price with its unit, such as '300 PKR/Mbps/month'."
)
@click.option(
    "--burst-price",
    metavar="TEXT",
    help="Price above the commitment; a number is in the unit of the scheme.",
)
@click.option("--commit", type=float, default=0.0, help="Commitment [Mbps for p95, GB for volume].")
@click.option(
    "--percentile",
    type=float,
    default=95.0,
    show_default=True,
    help="Percentile of the month's samples.",
)
@click.option(
    "--kind",
    type=click.Choice(["rate", "total", "counter"]),
    default="rate",
    show_default=True,
    help="What the values are.",
)
@click.option(
    "--unit", help="Unit of the values, such as Mbps or GB; by default read from the column's name."
)
@click.option("--time", default="timestamp", show_default=True, help="Column of times.")
@click.option("--value", help="Column of values; by default the only other one.")
@click.option("--zone", help="Zone of times without an offset, such as Asia/Karachi.")
@click.option(
    "--months-in", default="Asia/Karachi", show_default=True, help="Zone of the calendar months."
)
@as_json
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@data_option
def bill(file, scheme, price, as_json, as_csv, data, **options) -> None:
    """What a traffic series costs: 95th percentile, volume or flat, month by month."""
    from ..billing import bill as make

    prices = {name: options.pop(name) for name in _PRICES.values()}
    made = make(file, _price(scheme, price, prices), scheme, data=data, **options)
    if as_json:
        click.echo(json.dumps(made.to_dict(), ensure_ascii=False, indent=1))
    elif as_csv:
        click.echo(made.to_frame().to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        _print(made)


def _price(scheme: str, price: str | None, prices: dict[str, str | None]) -> str:
    """The one price given. Raises `UsageError` where there is none, more than one, or one of another scheme."""
    given = {name: value for name, value in prices.items() if value is not None}
    if len(given) + (price is not None) != 1:
        raise UsageError(
            f"give one price: --{_PRICES[scheme].replace('_', '-')} N, or --price TEXT."
        )
    if given and _PRICES[scheme] not in given:
        raise UsageError(
            f"--{next(iter(given)).replace('_', '-')} is no price for {scheme}; give --{_PRICES[scheme].replace('_', '-')}."
        )
    return price if price is not None else next(iter(given.values()))


def _print(made) -> None:
    from ..plot.tables import text_table
    from .output import terminal_width

    head, *rest = made.lines()
    click.echo(head + "\n")
    rows = [
        [
            m["month"],
            m["samples"],
            m["expected_samples"],
            m["mean_mbps"],
            m["p95_mbps"],
            m["volume_gb"],
            f"{m['cost_usd']:,.2f}",
            f"{m['cost_pkr']:,.2f}",
        ]
        for m in made.months.to_dict("records")
    ]
    heads = [
        "Month",
        "Samples",
        "of",
        "Mean [Mbps]",
        "p95 [Mbps]",
        "Volume [GB]",
        "Cost [USD]",
        "Cost [PKR]",
    ]
    shown = [[format_number(v, 6) if isinstance(v, float) else v for v in row] for row in rows]
    click.echo(text_table(heads, shown, [False, *[True] * 7], terminal_width()) + "\n")
    for line in rest[len(rows) :]:
        click.echo(line)
