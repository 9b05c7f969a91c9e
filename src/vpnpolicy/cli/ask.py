"""Questions to the record."""

from __future__ import annotations

import json

import click

from .output import as_json, data_option, print_frame, table_options


@click.command(epilog='Example: vpnpolicy check "Kestrel VPN" --as-of 2025-12-01')
@click.argument("name")
@click.option(
    "--as-of", metavar="DATE", default=None, help="YYYY, YYYY-MM or YYYY-MM-DD. Default: the day the record was compiled to."
)
@as_json
@data_option
def check(name: str, as_of: str | None, as_json: bool, data: str | None) -> int:
    """Is a provider on the list on a day? Listed (exit 0), not listed (1) or cannot tell (3)."""
    from ..record.register import check as ask

    answer = ask(name, as_of, data=data)
    click.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=1) if as_json else str(answer))
    return answer.exit_code


@click.command(epilog="Example: vpnpolicy timeline --from 2024-11 --to 2024-12 --actor PTA")
@click.option("--from", "start", metavar="DATE", help="First day, month or year.")
@click.option("--to", "end", metavar="DATE", help="Last day, month or year.")
@click.option("--actor", help="Keep events of this actor.")
@click.option("--category", help="Keep events of this kind.")
@table_options
def timeline(start, end, actor, category, as_json, as_csv, data) -> None:
    """What happened between two dates, oldest first."""
    from ..record.timeline import timeline as find

    frame = find(start, end, actor=actor, category=category, data=data)
    heads = {"on": "Date", "category": "Kind", "actor": "Who", "event": "What happened", "source_id": "Source"}
    print_frame(frame, "vpnpolicy.timeline/1", f"{len(frame)} events", heads, as_json, as_csv)


@click.command(epilog="Example: vpnpolicy claims --subject vpn-registration")
@click.option("--subject", help="Keep claims on this subject.")
@click.option("--source", help="Keep claims of this source.")
@click.option("--conflicts", "only_conflicts", is_flag=True, help="Keep claims that take part in a conflict.")
@table_options
def claims(subject, source, only_conflicts, as_json, as_csv, data) -> None:
    """What each source says: one row one thing in one source."""
    from ..record.tables import load_claims

    frame = load_claims(data)
    frame = frame[_matches(frame, "subject", subject) & _matches(frame, "source_id", source)]
    if only_conflicts:
        from ..study.conflicts import find_conflicts

        taking_part = set(";".join(find_conflicts(data=data)["claim_ids"]).split(";"))
        frame = frame[frame["claim_id"].isin(taking_part)]
    heads = {
        "claim_id": "Claim",
        "subject": "Subject",
        "property": "Property",
        "value_as_stated": "As stated",
        "about_on": "About",
        "source_id": "Source",
    }
    print_frame(frame, "vpnpolicy.claims/1", f"{len(frame)} claims", heads, as_json, as_csv)


def _matches(frame, column: str, value: str | None):
    from ..basis.errors import UsageError, did_you_mean

    if value is None:
        return frame[column].notna()
    if value not in set(frame[column]):
        raise UsageError(
            f"no claim has the {column.removesuffix('_id')} '{value}'. {did_you_mean(value, sorted(set(frame[column])))}"
        )
    return frame[column] == value


@click.command(epilog="Example: vpnpolicy conflicts --kind derived")
@click.option(
    "--kind",
    type=click.Choice(["derived", "direct"]),
    help="derived follows by arithmetic; direct is two values of one property.",
)
@table_options
def conflicts(kind, as_json, as_csv, data) -> None:
    """Where the sources disagree, and what is held."""
    from ..study.conflicts import find_conflicts

    frame = find_conflicts(data=data)
    frame = frame if kind is None else frame[frame["kind"] == kind]
    heads = {
        "label": "About",
        "values": "Values",
        "ratio": "Times apart",
        "n_claims": "Claims",
        "n_observations": "Origins",
        "held": "What is held",
    }
    print_frame(frame, "vpnpolicy.conflicts/1", f"{len(frame)} conflicts", heads, as_json, as_csv)
