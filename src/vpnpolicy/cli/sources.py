"""Sources and citations."""

from __future__ import annotations

import json

import click

from ..formatting import plural
from .output import print_frame, table_options

CITATION = """The vpnpolicy authors. vpnpolicy {version}: Pakistan's VPN licensing regime as data. Code MIT, data CC BY 4.0."""


@click.command(
    epilog="Examples: vpnpolicy sources S001; vpnpolicy sources --cite S001 S006; vpnpolicy sources --bibtex; "
    "vpnpolicy sources --stale --as-of 2027-03-01"
)
@click.argument("ids", nargs=-1)
@click.option(
    "--cite",
    "form",
    flag_value="cite",
    help="Print citations, a line each; without ids, that of this package.",
)
@click.option("--bibtex", "form", flag_value="bibtex", help="Print BibTeX entries.")
@click.option("--csl", "form", flag_value="csl", help="Print CSL-JSON.")
@click.option("--stale", is_flag=True, help="Sources due for a check; exit 4 where there are any.")
@click.option(
    "--as-of", metavar="DATE", help="Day for --stale. Default: the day the record was compiled to."
)
@table_options
def sources(ids, form, stale, as_of, as_json, as_csv, data) -> int:
    """The pages the record rests on: tier, date and how much was read; as citations; or those due for a check."""
    from ..data.frames import load
    from ..data.sources import find_sources

    if as_of and not stale:
        raise click.UsageError("--as-of goes with --stale.")
    if stale:
        if ids or form:
            raise click.UsageError("--stale takes no ids and no form of citation.")
        return _stale(as_of, as_json, as_csv, data)
    frame = load("sources", data=data)
    chosen = [r["source_id"] for r in find_sources(ids, data)] if ids else list(frame["source_id"])
    if form:
        _cite(form, chosen if ids or form != "cite" else [], data)
        return 0
    heads = {
        "source_id": "Source", "publisher": "Publisher", "title": "Title", "published_on": "Published",
        "tier": "Tier", "read_extent": "Read",
    }  # fmt: skip
    frame = frame[frame["source_id"].isin(chosen)]
    print_frame(frame, "vpnpolicy.sources/1", f"{len(frame)} sources", heads, as_json, as_csv)
    return 0


def _cite(form: str, ids: list[str], data) -> None:
    from .. import __version__
    from ..data.sources import cite, find_sources, to_bibtex, to_csl

    if form == "cite":
        click.echo(cite(ids, data=data) if ids else CITATION.format(version=__version__))
    elif form == "bibtex":
        click.echo("\n\n".join(to_bibtex(r) for r in find_sources(ids, data)))
    else:
        click.echo(
            json.dumps([to_csl(r) for r in find_sources(ids, data)], ensure_ascii=False, indent=1)
        )


def _stale(as_of, as_json: bool, as_csv: bool, data) -> int:
    from ..data.sources import stale as find

    frame = find(as_of=as_of, data=data)
    heads = {
        "source_id": "Source", "title": "Title", "checked_on": "Last checked", "due_on": "Due",
        "days_over": "Days over", "note": "Why",
    }  # fmt: skip
    caption = f"{plural(len(frame), 'source')} due for a check"
    print_frame(frame, "vpnpolicy.stale/1", caption, heads, as_json, as_csv)
    return 4 if len(frame) else 0
