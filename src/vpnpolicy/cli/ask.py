"""Questions to the record."""

from __future__ import annotations

import json

import click

from ..answers import EXIT_CODES
from .output import as_json, data_option, print_frame, table_options

known_option = click.option("--known-on", metavar="DATE", default=None, help="Leave out what was published later.")
as_of_option = click.option(
    "--as-of", metavar="DATE", default=None, help="YYYY, YYYY-MM or YYYY-MM-DD. Default: the day the record was compiled to."
)


@click.command(
    epilog='Examples: vpnpolicy check "Kestrel VPN" --as-of 2025-12-01; vpnpolicy check --file vendors.csv --column name --out answers.csv'
)
@click.argument("name", required=False)
@as_of_option
@known_option
@click.option("--file", "file", metavar="CSV", help="Answer every name of a CSV file.")
@click.option("--column", default="name", show_default=True, help="Column of the file that holds names.")
@click.option("--out", metavar="CSV", help="Where the answers go.")
@click.option("--allow-stale", is_flag=True, help="Answer by the newest list however old it is.")
@as_json
@data_option
def check(name, as_of, known_on, file, column, out, allow_stale, as_json, data) -> int:
    """Is a provider on the list on a day? Listed (exit 0), not listed (1), cannot tell (3), list too old (4)."""
    if (name is None) == (file is None):
        raise click.UsageError("give a NAME, or --file CSV.")
    if file is not None:
        return _check_file(file, column, out, as_of, known_on, data)
    from ..register import check as ask

    answer = ask(name, as_of=as_of, known_on=known_on, data=data)
    click.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=1) if as_json else str(answer))
    return EXIT_CODES[answer.state] if allow_stale else answer.exit_code


def _check_file(file, column, out, as_of, known_on, data) -> int:
    from ..vendors import check_file

    if out is None:
        raise click.UsageError("--file needs --out CSV for the answers.")
    counts = check_file(file, column, out, as_of=as_of, known_on=known_on, data=data)
    for state, n in sorted(counts.items()):
        click.echo(f"{n:,} {state}")
    click.echo(out)
    return 0


@click.command(epilog="Example: vpnpolicy timeline --from 2024-11 --to 2024-12 --actor PTA")
@click.option("--from", "start", metavar="DATE", help="First day, month or year.")
@click.option("--to", "end", metavar="DATE", help="Last day, month or year.")
@click.option("--actor", help="Keep events of this actor.")
@click.option("--category", help="Keep events of this kind.")
@known_option
@table_options
def timeline(start, end, actor, category, known_on, as_json, as_csv, data) -> None:
    """What happened between two dates, oldest first."""
    from ..events import timeline as find

    frame = find(start, end, actor=actor, category=category, known_on=known_on, data=data)
    heads = {"on": "Date", "category": "Kind", "actor": "Who", "event": "What happened", "source_id": "Source"}
    print_frame(frame, "vpnpolicy.timeline/1", f"{len(frame)} events", heads, as_json, as_csv)


@click.command(epilog="Example: vpnpolicy claims --subject vpn-registration")
@click.option("--subject", help="Keep claims on this subject.")
@click.option("--source", help="Keep claims of this source.")
@click.option("--conflicts", "only_conflicts", is_flag=True, help="Keep claims that take part in a conflict.")
@as_of_option
@known_option
@table_options
def claims(subject, source, only_conflicts, as_of, known_on, as_json, as_csv, data) -> None:
    """What each source says: one row one thing in one source."""
    from ..data.frames import load

    frame = load("claims", data=data, as_of=as_of, known_on=known_on)
    frame = frame[_matches(frame, "subject", subject) & _matches(frame, "source_id", source)]
    if only_conflicts:
        from ..conflicts import find_conflicts

        taking_part = set(";".join(find_conflicts(as_of=as_of, known_on=known_on, data=data)["claim_ids"]).split(";"))
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
    from ..errors import UsageError, did_you_mean

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
@as_of_option
@known_option
@table_options
def conflicts(kind, as_of, known_on, as_json, as_csv, data) -> None:
    """Where the sources disagree, and our conclusion."""
    from ..conflicts import find_conflicts

    frame = find_conflicts(as_of=as_of, known_on=known_on, data=data)
    frame = frame if kind is None else frame[frame["kind"] == kind]
    heads = {
        "label": "About",
        "values": "Values",
        "ratio": "Times apart",
        "n_claims": "Claims",
        "n_observations": "Origins",
        "conclusion": "Conclusion",
    }
    print_frame(frame, "vpnpolicy.conflicts/1", f"{len(frame)} conflicts", heads, as_json, as_csv)
