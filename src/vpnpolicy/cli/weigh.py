"""Costs of disruption, and the balance of blocking."""

from __future__ import annotations

import click

from ..data.countries import SCOPES
from .output import print_frame, table_options

_country = click.option(
    "--country",
    default="Pakistan",
    show_default=True,
    help="Name or ISO 3166-1 alpha-3 code.",
)
_share = click.option(
    "--affected-share",
    type=float,
    default=1.0,
    show_default=True,
    help="Share of the country that is hit.",
)
_hours = click.option(
    "--hours", type=float, help="Duration [hour], where it is known better than its days."
)


@click.command(epilog="Example: vpnpolicy disruption 2023-05-09 2023-05-12 --country Pakistan")
@click.argument("start")
@click.argument("end", required=False)
@_country
@click.option(
    "--scope", type=click.Choice(SCOPES), default="national", show_default=True, help="What is cut."
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    help="One method; may be repeated. Default: all.",
)
@_hours
@_share
@click.option("--users", type=float, help="Internet users [person].")
@click.option(
    "--spread",
    is_flag=True,
    help="How much of the spread is method, parameter, vintage or exchange rate.",
)
@table_options
def disruption(
    start, end, country, scope, methods, hours, affected_share, users, spread, as_json, as_csv, data
) -> None:
    """What a disruption from START to END costs under every published method."""
    chosen = list(methods) or "all"
    if spread:
        from ..disruption import disruption_spread

        frame = disruption_spread(
            country,
            start,
            end,
            scope,
            chosen,
            hours=hours,
            affected_share=affected_share,
            data=data,
        )
        heads = {
            "factor": "Choice",
            "choices": "Options",
            "low_usd": "Low [USD]",
            "high_usd": "High [USD]",
            "ratio": "Times",
            "share": "Share of variance",
        }
        none = "Fewer than two methods give a sum of money here, so there is no spread."
        caption = f"Where the spread comes from, {country}, {_period(start, end)}, {scope}"
        print_frame(frame, "vpnpolicy.spread/1", caption, heads, as_json, as_csv, none)
        return
    from ..disruption import disruption_cost

    frame = disruption_cost(
        country,
        start,
        end,
        scope,
        chosen,
        hours=hours,
        affected_share=affected_share,
        users=users,
        data=data,
    )
    heads = {
        "label": "Method",
        "low": "Low",
        "central": "Central",
        "high": "High",
        "unit": "Unit",
        "note": "Remark",
    }
    print_frame(
        frame,
        "vpnpolicy.disruption/1",
        f"{country}, {_period(start, end)}, {scope}",
        heads,
        as_json,
        as_csv,
    )


@click.command(epilog="Example: vpnpolicy balance 2024-12-01")
@click.argument("start")
@click.argument("end", required=False)
@_country
@_hours
@_share
@click.option(
    "--vpn-gbps",
    type=float,
    help="VPN traffic that would end [Gbps]; default: the published months.",
)
@table_options
def balance(start, end, country, hours, affected_share, vpn_gbps, as_json, as_csv, data) -> None:
    """What blocking VPNs saves under each interpretation against what it costs under each method."""
    from ..blocking import balance as weigh

    frame = weigh(
        start,
        end,
        country,
        hours=hours,
        affected_share=affected_share,
        vpn_gbps=vpn_gbps,
        data=data,
    )
    if as_json or as_csv:
        print_frame(frame, "vpnpolicy.balance/1", country, {}, as_json, as_csv)
    else:
        _print_balance(frame, f"{country}, {_period(start, end)}")


def _print_balance(frame, caption: str) -> None:
    """What is saved by interpretation, then what it costs by method; the pairs of both are in CSV and JSON."""
    from ..blocking import costs_of, savings_of

    saved, spent = savings_of(frame), costs_of(frame)
    signs = {"saves": "Saves", "costs": "Costs", "either": "Either"}
    heads = {
        "interpretation": "Interpretation",
        "plausibility": "Assessment",
        "saving_low": "Low",
        "saving_usd": "Central",
        "saving_high": "High",
    }
    print_frame(
        saved,
        "",
        f"{caption}: what blocking saves [USD], and its sign by {len(spent)} methods",
        heads | signs,
    )
    heads = {
        "scope": "Scope", "method": "Method", "cost_low": "Low", "cost_usd": "Central", "cost_high": "High",
        "equal_usd_per_mbps_month": "Equal at",
    }  # fmt: skip
    about = f"What it costs [USD], where both are equal [USD/Mbps/month], and its sign by {len(saved)} interpretations"
    click.echo()
    print_frame(spent, "", about, heads | signs)
    click.echo(f"\nAll {len(frame)} pairs: --csv or --json.")


def _period(start: str, end: str | None) -> str:
    return f"{start} to {end}" if end else start
