"""Questions to the record."""

from __future__ import annotations

import json

import click

from ..answers import EXIT_CODES, WHAT_IT_IS_NOT
from ..formatting import plural
from .output import as_json, data_option, print_frame, table_options

known_option = click.option(
    "--known-on", metavar="DATE", default=None, help="Leave out what was published later."
)
as_of_option = click.option(
    "--as-of",
    metavar="DATE",
    default=None,
    help="YYYY, YYYY-MM or YYYY-MM-DD. Default: the day the record was compiled to.",
)


@click.command(
    epilog='Examples: vpnpolicy check "Kestrel VPN" --as-of 2025-12-01; vpnpolicy check --file vendors.csv --column name --out answers.csv'
)
@click.argument("name", required=False)
@as_of_option
@known_option
@click.option("--file", "file", metavar="CSV", help="Answer every name of a CSV file.")
@click.option(
    "--column", default="name", show_default=True, help="Column of the file that holds names."
)
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
    click.echo(
        json.dumps(answer.to_dict(), ensure_ascii=False, indent=1) if as_json else str(answer)
    )
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
    heads = {
        "on": "Date",
        "category": "Kind",
        "actor": "Who",
        "event": "What happened",
        "source_id": "Source",
    }
    print_frame(frame, "vpnpolicy.timeline/1", f"{len(frame)} events", heads, as_json, as_csv)


@click.command("list", epilog="Examples: vpnpolicy list; vpnpolicy list --as-of 2025-03-01 --csv")
@as_of_option
@known_option
@table_options
def list_(as_of, known_on, as_json, as_csv, data) -> None:
    """Who is licensed on a day, one row per licence."""
    from ..register import register_on

    frame = register_on(as_of=as_of, known_on=known_on, data=data)
    frame = frame[frame["company"].notna()]
    heads = {
        "brand": "Brand", "company": "Company", "scope": "May serve", "announced_on": "Announced",
        "state": "State", "source_id": "Source",
    }  # fmt: skip
    day = f"on {as_of}" if as_of else "by the day the record was compiled to"
    print_frame(frame, "vpnpolicy.list/1", f"{len(frame)} licences {day}", heads, as_json, as_csv)
    if not (as_json or as_csv):
        click.echo(f"\n{WHAT_IT_IS_NOT}")


@click.command(epilog="Examples: vpnpolicy search firewall; vpnpolicy search 'Kestrel VPN' --json")
@click.argument("word")
@table_options
def search(word, as_json, as_csv, data) -> None:
    """Every row of the record that has a word, with its table, id and source."""
    from ..data.frames import search as find

    frame = find(word, data=data)
    heads = {"table": "Table", "id": "Row", "text": "Text", "source_id": "Source"}
    caption = f"{plural(len(frame), 'row')} with '{word}'"
    print_frame(frame, "vpnpolicy.search/1", caption, heads, as_json, as_csv)


@click.command(
    epilog="Examples: vpnpolicy statements --subject vpn-registration; vpnpolicy statements --conflicts --kind derived"
)
@click.option("--subject", help="Keep statements on this subject.")
@click.option("--source", help="Keep statements of this source.")
@click.option(
    "--conflicts",
    "only_conflicts",
    is_flag=True,
    help="Where sources disagree, and our conclusion.",
)
@click.option(
    "--kind",
    type=click.Choice(["derived", "direct"]),
    help="Conflicts: derived follows by arithmetic; direct is two values of one property.",
)
@as_of_option
@known_option
@table_options
def statements(
    subject, source, only_conflicts, kind, as_of, known_on, as_json, as_csv, data
) -> None:
    """What each source says, one row per statement; or where sources disagree."""
    if only_conflicts and (subject or source):
        raise click.UsageError("--conflicts goes with --kind, not with --subject or --source.")
    if kind and not only_conflicts:
        raise click.UsageError("--kind goes with --conflicts.")
    shown = {"as_of": as_of, "known_on": known_on, "data": data}
    if only_conflicts:
        _conflicts(kind, shown, as_json, as_csv)
        return
    from ..data.frames import load

    frame = load("claims", **shown)
    frame = frame[_matches(frame, "subject", subject) & _matches(frame, "source_id", source)]
    heads = {
        "claim_id": "Statement", "subject": "Subject", "property": "Property", "value_as_stated": "As stated",
        "about_on": "About", "source_id": "Source",
    }  # fmt: skip
    caption = plural(len(frame), "statement")
    print_frame(frame, "vpnpolicy.statements/1", caption, heads, as_json, as_csv)


def _conflicts(kind, shown, as_json: bool, as_csv: bool) -> None:
    from ..conflicts import find_conflicts

    frame = find_conflicts(**shown)
    frame = frame if kind is None else frame[frame["kind"] == kind]
    heads = {
        "label": "About", "values": "Values", "ratio": "Times apart", "n_claims": "Statements",
        "n_observations": "Sources", "conclusion": "Conclusion",
    }  # fmt: skip
    caption = plural(len(frame), "conflict")
    print_frame(frame, "vpnpolicy.conflicts/1", caption, heads, as_json, as_csv)


def _matches(frame, column: str, value: str | None):
    from ..errors import UsageError, did_you_mean

    if value is None:
        return frame[column].notna()
    known = sorted(set(frame[column]))
    if value not in known:
        name = column.removesuffix("_id")
        raise UsageError(f"no statement has the {name} '{value}'. {did_you_mean(value, known)}")
    return frame[column] == value
