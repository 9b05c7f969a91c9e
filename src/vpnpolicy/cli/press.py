"""Reports: one, all, or a batch of them."""

from __future__ import annotations

import json

import click

from . import complete
from .output import data_option

_ENGINE = click.option(
    "--engine", default="warm", show_default=True, help="warm forks one parent, kernel starts a Jupyter kernel a report."
)


@click.command(
    epilog="Examples: vpnpolicy report --all; vpnpolicy report 04_bandwidth_cost -p extra_tbps=2 -p reading=mbps-month"
)
@click.argument("notebooks", nargs=-1, shell_complete=complete.notebooks)
@click.option("--all", "every", is_flag=True, help="Make every report.")
@click.option(
    "-p",
    "--parameter",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete.parameters,
    help="A parameter; may be repeated.",
)
@click.option("--as-of", metavar="DATE", default=None, help="Day the report looks back from.")
@click.option("--out", default="reports/latest", show_default=True, metavar="DIR", help="Folder the reports go to.")
@click.option(
    "--format", "formats", default="html,pdf,png,xlsx", show_default=True, help="html, pdf, png, xlsx; html is always made."
)
@click.option("--trust", is_flag=True, help="Run a notebook that is not of this package; a notebook is code.")
@_ENGINE
@data_option
def report(notebooks, every, pairs, as_of, out, formats, trust, engine, data) -> int:
    """Make reports from notebooks: HTML, PDF, figures, tables and a manifest."""
    from ..report.batch.run import processors
    from ..report.job import check_engine, check_formats
    from ..report.plan import plan_reports
    from ..report.run import run_reports

    wanted, kind = check_formats(formats), check_engine(engine)
    jobs = plan_reports(notebooks, pairs, every=every, as_of=as_of, trust=trust, data=data)
    parallel = min(len(jobs), processors())
    made = with_bar(
        len(jobs), lambda tick: run_reports(jobs, out, wanted, engine=kind, parallel=parallel, data=data, progress=tick)
    )
    return _say(made)


def with_bar(total: int, work):
    """Run ``work`` beside a progress bar with rate and remaining time, on standard error."""
    from tqdm import tqdm  # comes with papermill

    with tqdm(total=total, unit="report", disable=None, leave=False) as bar:

        def tick(name: str, state: str) -> None:
            bar.update(state != "started")
            bar.set_description(name)

        return work(tick)


def _say(made) -> int:
    """The end of a run: what failed and why, how many were made, where to look."""
    from ..report.index import write_index

    index = write_index(made)
    for remark in dict.fromkeys(r for report in made.reports for r in report.remarks):
        click.echo(remark, err=True)
    for failure in made.failed:
        click.echo(f"FAILED  {failure.reason} (what ran is kept in {made.folder}/.failed/{failure.name}.ipynb)", err=True)
    click.echo(f"{len(made.reports)} of {len(made.reports) + len(made.failed)} reports written.")
    click.echo(index)
    return 1 if made.failed else 0


@click.command(epilog="Example: vpnpolicy params 04_bandwidth_cost")
@click.argument("notebook", required=False, shell_complete=complete.notebooks)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with a stable 'schema' field.")
def params(notebook, as_json) -> None:
    """Parameters of a notebook: names, types, defaults and what they mean."""
    from ..report.notebook import find_notebook, list_notebooks, read_parameters

    found = {n: read_parameters(find_notebook(n)) for n in ([notebook] if notebook else list_notebooks())}
    if as_json:
        rows = {n: [vars(p) for p in ps] for n, ps in found.items()}
        click.echo(json.dumps({"schema": "vpnpolicy.params/1", "notebooks": rows}, ensure_ascii=False, indent=1))
        return
    for name, parameters in found.items():
        click.echo(name)
        for p in parameters:
            click.echo(f"  -p {p.name}={json.dumps(p.default)}  {p.type}: {p.help}")
