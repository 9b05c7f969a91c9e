"""Rules, positions and the checklist."""

from __future__ import annotations

import json

import click

from .ask import as_of_option, known_option
from .cost import wrap
from .output import as_json, data_option, print_frame, table_options

WHO = ["freelancer", "business", "user", "provider"]


@click.command(
    epilog="Example: vpnpolicy guide --for freelancer --as-of 2026-03-31 --provider 'Kestrel VPN'"
)
@click.option(
    "--for", "who", required=True, type=click.Choice(WHO), help="For whom the checklist is."
)
@click.option("--provider", help="A provider to look up.")
@as_of_option
@known_option
@as_json
@data_option
def guide(who, provider, as_of, known_on, as_json, data) -> None:
    """A checklist with sources: the provider check, duties, advice, benefits, risks."""
    from ..guidance import guide as make

    found = make(who, as_of=as_of, provider=provider, known_on=known_on, data=data)
    click.echo(
        json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if as_json else wrap(str(found))
    )


@click.command(
    epilog="Examples: vpnpolicy regimes; vpnpolicy regimes --for provider; "
    "vpnpolicy regimes --positions --stakeholder PTA --issue 'vpn slows internet'"
)
@click.option(
    "--for",
    "who",
    type=click.Choice(WHO),
    help="Terms that bind one group, in place of the comparison.",
)
@click.option(
    "--positions", is_flag=True, help="Positions of stakeholders over time, with reversals."
)
@click.option("--stakeholder", help="Positions of one stakeholder or institution.")
@click.option("--issue", help="Positions on one issue.")
@as_of_option
@known_option
@table_options
def regimes(who, positions, stakeholder, issue, as_of, known_on, as_json, as_csv, data) -> None:
    """What each regime says: who may provide and use, fee, term, logging, interception, KYC, routing, data location."""
    from ..regimes import compare_regimes, obligations

    positions = bool(positions or stakeholder or issue)
    if who and positions:
        raise click.UsageError("give --for or --positions, not both.")
    shown = {"as_of": as_of, "known_on": known_on, "data": data}
    if positions:
        _positions(stakeholder, issue, shown, as_json, as_csv)
    elif who:
        frame = obligations(who, **shown)
        heads = {
            "label": "Regime",
            "aspect": "Aspect",
            "text": "As reported",
            "in_force": "Status",
            "source_id": "Source",
        }
        print_frame(frame, "vpnpolicy.obligations/1", f"Terms for a {who}", heads, as_json, as_csv)
    else:
        frame = compare_regimes(**shown)
        heads = {"aspect": "Aspect", "label": "Regime", "text": "As reported"}
        print_frame(frame, "vpnpolicy.regimes/1", "Regimes side by side", heads, as_json, as_csv)


def _positions(stakeholder, issue, shown, as_json: bool, as_csv: bool) -> None:
    from ..regimes import positions as find

    frame = find(stakeholder, issue, **shown)
    heads = {
        "position_id": "Row", "on": "Date", "stakeholder": "Who", "issue": "Issue", "stance": "Stance",
        "reverses": "Reverses", "source_id": "Source",
    }  # fmt: skip
    print_frame(frame, "vpnpolicy.positions/1", f"{len(frame)} positions", heads, as_json, as_csv)
