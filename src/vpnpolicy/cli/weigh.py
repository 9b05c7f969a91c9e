"""Costs of disruption, the balance, the audit, and quoted prices taken apart."""

from __future__ import annotations

import click

from .output import print_frame, table_options

_country = click.option("--country", default="Pakistan", show_default=True, help="Name or ISO 3166-1 alpha-3 code.")
_share = click.option("--affected-share", type=float, default=1.0, show_default=True, help="Share of the country that is hit.")
_hours = click.option("--hours", type=float, help="Duration [hour], where it is known better than its days.")


@click.command(epilog="Example: vpnpolicy disruption 2023-05-09 2023-05-12 --country Pakistan")
@click.argument("start")
@click.argument("end", required=False)
@_country
@click.option(
    "--scope", type=click.Choice(["national", "mobile", "app", "vpn"]), default="national", show_default=True, help="What is cut."
)
@click.option("--method", "methods", multiple=True, help="One method; may be repeated. Default: all.")
@_hours
@_share
@click.option("--users", type=float, help="Internet users [person].")
@click.option("--spread", is_flag=True, help="How much of the spread is method, parameter, vintage or exchange rate.")
@table_options
def disruption(start, end, country, scope, methods, hours, affected_share, users, spread, as_json, as_csv, data) -> None:
    """What a disruption from START to END costs under every published method."""
    chosen = list(methods) or "all"
    if spread:
        from ..study.spread import disruption_spread

        frame = disruption_spread(country, start, end, scope, chosen, hours=hours, affected_share=affected_share, data=data)
        heads = {
            "factor": "Choice",
            "choices": "Options",
            "low_usd": "Low [USD]",
            "high_usd": "High [USD]",
            "ratio": "Times",
            "share": "Share of variance",
        }
        print_frame(frame, "vpnpolicy.spread/1", f"Where the spread comes from, {country}, {start}", heads, as_json, as_csv)
        return
    from ..study.disruption import disruption_cost

    frame = disruption_cost(
        country, start, end, scope, chosen, hours=hours, affected_share=affected_share, users=users, data=data
    )
    heads = {"label": "Method", "low": "Low", "central": "Central", "high": "High", "unit": "Unit", "note": "Remark"}
    print_frame(
        frame, "vpnpolicy.disruption/1", f"{country}, {start}{f' to {end}' if end else ''}, {scope}", heads, as_json, as_csv
    )


@click.command(epilog="Example: vpnpolicy balance 2024-12-01")
@click.argument("start")
@click.argument("end", required=False)
@_country
@_hours
@_share
@click.option("--vpn-gbps", type=float, help="VPN traffic that would end [Gbps]; default: the published months.")
@table_options
def balance(start, end, country, hours, affected_share, vpn_gbps, as_json, as_csv, data) -> None:
    """What blocking VPNs saves under each reading against what it costs under each method."""
    from ..study.balance import balance as weigh

    frame = weigh(start, end, country, hours=hours, affected_share=affected_share, vpn_gbps=vpn_gbps, data=data)
    heads = {
        "reading_id": "Reading", "saving_usd": "Saves [USD]", "method": "Method", "cost_usd": "Costs [USD]", "sign": "Sign",
        "equal_usd_per_mbps_month": "Equal at [USD/Mbps/month]",
    }  # fmt: skip
    print_frame(frame, "vpnpolicy.balance/1", f"{country}, {start}{f' to {end}' if end else ''}", heads, as_json, as_csv)


@click.command(epilog="Examples: vpnpolicy audit; vpnpolicy audit table.csv --verdict contradiction; vpnpolicy audit --vintages")
@click.argument("table", required=False)
@click.option("--verdict", type=click.Choice(["match", "contradiction", "cannot tell"]), help="Keep one verdict.")
@click.option("--vintages", is_flag=True, help="Numbers printed again with another value.")
@table_options
def audit(table, verdict, vintages, as_json, as_csv, data) -> None:
    """Printed numbers worked out again, of the record or of a CSV file: match, contradiction or cannot tell."""
    if vintages:
        from ..study.audit.vintages import find_vintages

        heads = {
            "place": "Place",
            "period": "Period",
            "quantity": "Quantity",
            "first_value": "First",
            "value": "Later",
            "unit": "Unit",
            "ratio": "Times",
        }
        print_frame(
            find_vintages(table, data=data), "vpnpolicy.vintages/1", "Printed again with another value", heads, as_json, as_csv
        )
        return
    from ..study.audit.judging import audit as judge

    frame = judge(table, data=data)
    shown = frame if verdict is None else frame[frame["verdict"] == verdict]
    if not (as_json or as_csv) and verdict is None:
        shown = frame[frame["rule"] != "none"]
    counts = ", ".join(f"{n} {v}" for v, n in frame["verdict"].value_counts().items())
    heads = {
        "id": "Row",
        "place": "Place",
        "period": "Period",
        "quantity": "Quantity",
        "rule": "Rule",
        "verdict": "Verdict",
        "working": "Working",
    }
    print_frame(shown, "vpnpolicy.audit/1", f"{len(frame)} checks: {counts}", heads, as_json, as_csv)


@click.command(epilog="Examples: vpnpolicy read '$10,000 per minute for every 1 Tbps'; vpnpolicy read F007")
@click.argument("claim")
@click.option(
    "--as-of", metavar="DATE", help="Day the price is about. Default: the claim's, or the day the record was compiled to."
)
@_country
@table_options
def read(claim, as_of, country, as_json, as_csv, data) -> None:
    """Every plausible reading of a quoted price, held against market prices, traffic and GDP."""
    from ..study.claim_readings import read_claim

    frame = read_claim(claim, as_of=as_of, country=country, data=data)
    heads = {
        "reading": "Reading", "usd_per_min_per_tbps": "USD/min/Tbps", "usd_per_gb": "USD/GB", "usd_per_mbps_month": "USD/Mbps/month",
        "verdict": "Verdict", "why": "Why",
    }  # fmt: skip
    print_frame(frame, "vpnpolicy.claim-readings/1", claim, heads, as_json, as_csv)
