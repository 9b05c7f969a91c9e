"""Where it all comes from."""

from __future__ import annotations

import json

import click

from .output import data_option, print_frame, table_options

CITATION = """The vpnpolicy authors. vpnpolicy {version}: Pakistan's VPN licensing regime as data. Code MIT, data CC BY 4.0."""


@click.command(epilog="Examples: vpnpolicy sources S001; vpnpolicy sources S001 --bibtex; vpnpolicy sources --csv")
@click.argument("ids", nargs=-1)
@click.option("--bibtex", is_flag=True, help="Print BibTeX entries.")
@click.option("--csl", is_flag=True, help="Print CSL-JSON.")
@table_options
def sources(ids, bibtex, csl, as_json, as_csv, data) -> None:
    """The pages the record rests on: tier, date and how much was read."""
    from ..data.frames import load
    from ..data.sources import find_sources, to_bibtex, to_csl

    frame = load("sources", data=data)
    wanted = [r["source_id"] for r in find_sources(ids, data)] if ids else list(frame["source_id"])
    if bibtex:
        click.echo("\n\n".join(to_bibtex(r) for r in find_sources(wanted, data)))
    elif csl:
        click.echo(json.dumps([to_csl(r) for r in find_sources(wanted, data)], ensure_ascii=False, indent=1))
    else:
        heads = {
            "source_id": "Source",
            "publisher": "Publisher",
            "title": "Title",
            "published_on": "Published",
            "tier": "Tier",
            "read_extent": "Read",
        }
        frame = frame[frame["source_id"].isin(wanted)]
        print_frame(frame, "vpnpolicy.sources/1", f"{len(frame)} sources", heads, as_json, as_csv)


@click.command(epilog="Examples: vpnpolicy cite; vpnpolicy cite S001 S006")
@click.argument("ids", nargs=-1)
@data_option
def cite(ids, data) -> None:
    """A citation of sources, a line each; without ids, of this package."""
    from .. import __version__
    from ..data.sources import cite as citation

    click.echo(citation(ids, data=data) if ids else CITATION.format(version=__version__))
