"""Rules, positions and the checklist."""

from __future__ import annotations

import json

import click

from .ask import as_of_option, known_option
from .cost import wrap
from .output import as_json, data_option, print_frame, table_options

WHO = ["freelancer", "business", "user", "provider"]


@click.command(epilog="Example: vpnpolicy guide --for freelancer --as-of 2026-03-31 --provider 'Kestrel VPN'")
@click.option("--for", "who", required=True, type=click.Choice(WHO), help="For whom the checklist is.")
@click.option("--provider", help="A provider to look up.")
@as_of_option
@known_option
@as_json
@data_option
def guide(who, provider, as_of, known_on, as_json, data) -> None:
    """A checklist with sources: the provider check, duties, advice, benefits, risks."""
    from ..guidance import guide as make

    found = make(who, as_of=as_of, provider=provider, known_on=known_on, data=data)
    click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if as_json else wrap(str(found)))


@click.command(epilog="Examples: vpnpolicy regimes; vpnpolicy regimes --for provider")
@click.option("--for", "who", type=click.Choice(WHO), help="Terms that bind one group, in place of the comparison.")
@as_of_option
@known_option
@table_options
def regimes(who, as_of, known_on, as_json, as_csv, data) -> None:
    """What each regime says: who may provide and use, fee, term, logging, interception, KYC, routing, data location."""
    from ..regimes import compare_regimes, obligations

    if who:
        frame = obligations(who, as_of=as_of, known_on=known_on, data=data)
        heads = {"label": "Regime", "aspect": "Aspect", "text": "As reported", "in_force": "Status", "source_id": "Source"}
        print_frame(frame, "vpnpolicy.obligations/1", f"Terms for a {who}", heads, as_json, as_csv)
    else:
        frame = compare_regimes(as_of=as_of, known_on=known_on, data=data)
        heads = {"aspect": "Aspect", "label": "Regime", "text": "As reported"}
        print_frame(frame, "vpnpolicy.regimes/1", "Regimes side by side", heads, as_json, as_csv)


@click.command(epilog="Example: vpnpolicy positions --stakeholder PTA --issue 'vpn slows internet'")
@click.option("--stakeholder", help="Keep a stakeholder or institution.")
@click.option("--issue", help="Keep one issue.")
@as_of_option
@known_option
@table_options
def positions(stakeholder, issue, as_of, known_on, as_json, as_csv, data) -> None:
    """Positions of stakeholders over time, with reversals."""
    from ..regimes import positions as find

    frame = find(stakeholder, issue, as_of=as_of, known_on=known_on, data=data)
    heads = {
        "position_id": "Row",
        "on": "Date",
        "stakeholder": "Who",
        "issue": "Issue",
        "stance": "Stance",
        "reverses": "Reverses",
        "source_id": "Source",
    }
    print_frame(frame, "vpnpolicy.positions/1", f"{len(frame)} positions", heads, as_json, as_csv)
