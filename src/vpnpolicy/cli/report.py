"""Reports: one, some or all, and batches of them."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from .output import as_json, data_option, terminal_width


def run_options(command: Callable) -> Callable:
    """Add the options that `report` and `batch` share."""
    options = [
        click.option("--jobs", "-j", type=int, default=None, metavar="N", help="Reports at a time; as many as there are processors."),
        click.option("--cell-limit", type=float, default=120, show_default=True, metavar="S", help="Longest time of a cell [s]."),
        click.option("--report-limit", type=float, default=600, show_default=True, metavar="S", help="Longest time of a report [s]."),
        click.option("--trust", is_flag=True, help="Run notebooks that are not of this package; a notebook is code."),
        data_option,
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command(
    epilog="Examples: vpnpolicy report --all; vpnpolicy report 04_bandwidth_cost -p extra_tbps=2 -p interpretation=mbps-month"
)
@click.argument("notebooks", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Make every report.")
@click.option(
    "-p",
    "--parameter",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter; may be repeated.",
)
@click.option("--as-of", metavar="DATE", default=None, help="Day the report looks back from.")
@click.option(
    "--out",
    default="reports/latest",
    show_default=True,
    metavar="DIR",
    help="Folder for the reports: new, empty or ours.",
)
@click.option(
    "--format",
    "formats",
    default="html,pdf,png,xlsx",
    show_default=True,
    help="html, pdf, png, xlsx; html is always made.",
)
@click.option("--force", is_flag=True, help="Regenerate reports that are up to date, too.")
@click.option(
    "--parameters",
    "show",
    is_flag=True,
    help="Show the parameters of notebooks: names, types, defaults, meanings.",
)
@as_json
@run_options
def report(
    notebooks, every, pairs, as_of, out, formats, force, show, as_json, jobs, cell_limit, report_limit, trust, data
) -> int:  # fmt: skip
    """Make reports from notebooks: HTML, PDF, workbook, figures and tables."""
    from ..notebooks.files import list_notebooks
    from ..report.plan import check_formats, plan_reports

    if show:
        return _parameters(notebooks or list_notebooks(), trust, as_json)

    names = notebooks or (list_notebooks() if every else [])
    options = {"formats": check_formats(formats), "trust": trust, "data": data}
    checked = plan_reports(names, pairs, as_of=as_of, **options)
    return _say(_run(checked, out, _settings(jobs, force, cell_limit, report_limit)), as_json)


def _settings(jobs, force, cell_limit, report_limit, cluster=None, insecure=False):
    from ..report.run import Settings, processors

    jobs = processors() if jobs is None else jobs
    return Settings(jobs, force, cell_limit, report_limit, cluster, insecure)


def _run(checked, out, settings):
    """Run jobs beside a progress bar on standard error."""
    from tqdm import tqdm  # comes with papermill

    from .._files import local_path
    from ..report.run import run_jobs

    with _terminable(), tqdm(total=len(checked), unit="report", disable=None, leave=False) as bar:

        def progress(name: str, state: str) -> None:
            bar.update(state != "started")
            bar.set_description(name)

        settings.progress = progress
        return run_jobs(checked, local_path(out), settings)


class Terminated(BaseException):
    """The process was asked to end."""


@contextmanager
def _terminable() -> Iterator[None]:
    """Meet SIGTERM like Ctrl-C: leave nothing unfinished, then exit with 143 or 130."""

    def end(*_):
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except (Terminated, KeyboardInterrupt) as error:
        word, code = ("terminated", 143) if isinstance(error, Terminated) else ("interrupted", 130)
        click.echo(f"vpnpolicy: {word}; the same command continues where it stopped.", err=True)
        raise click.exceptions.Exit(code) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(batch, as_json: bool = False) -> int:
    """Print what failed and why, how many reports there are, and where to look."""
    if as_json:
        failed = [{"name": f.name, "reason": f.reason, "tries": f.tries} for f in batch.failed]
        content = {
            "schema": "vpnpolicy.batch-result/2", "folder": str(batch.folder), "made": batch.made,
            "reused": batch.reused, "failed": failed, "remarks": batch.remarks,
        }  # fmt: skip
        click.echo(json.dumps(content, ensure_ascii=False, indent=1))
        return 1 if batch.failed else 0
    for remark in batch.remarks:
        click.echo(remark, err=True)
    for failure in batch.failed:
        tries = f" ({failure.tries} attempts)" if failure.tries > 1 else ""
        click.echo(f"FAILED  {failure.reason}{tries}", err=True)
    if batch.failed:
        click.echo(f"The notebooks as far as they ran are in {batch.folder / 'failed'}.", err=True)
    click.echo(f"{len(batch.reports)} of {len(batch.results)} reports: {batch}.")
    click.echo(batch.folder / "index.html")
    return 1 if batch.failed else 0


@click.command(
    epilog="Examples: vpnpolicy batch plan.csv --out reports/tonight; vpnpolicy batch --notebook 04_bandwidth_cost "
    "--grid 'as_of=2025-02,2025-11 interpretation=as-stated,mbps-month' --out reports/grid"
)
@click.argument("plan", required=False)
@click.option(
    "--notebook", metavar="NAME", default=None, help="The notebook of rows that name none."
)
@click.option(
    "--grid",
    "grids",
    multiple=True,
    metavar="'NAME=A,B NAME=C,D'",
    help="Every combination of values.",
)
@click.option(
    "--out",
    default="reports/batch",
    show_default=True,
    metavar="DIR",
    help="Folder for the reports: new, empty or ours.",
)
@click.option(
    "--format",
    "formats",
    default="html",
    show_default=True,
    help="html, pdf, png, xlsx; html is always made.",
)
@click.option(
    "--cluster",
    default=None,
    metavar="ADDRESS",
    help="Scheduler of a Dask cluster, such as tls://HOST:8786.",
)
@click.option(
    "--insecure-cluster",
    is_flag=True,
    help="Allow tcp:// to another machine: anyone who reaches it can run code there.",
)
@click.option("--force", is_flag=True, help="Regenerate reports that are up to date, too.")
@click.option("--dry-run", is_flag=True, help="Print the plan; make nothing.")
@as_json
@run_options
def batch(
    plan,
    notebook,
    grids,
    out,
    formats,
    cluster,
    insecure_cluster,
    force,
    dry_run,
    as_json,
    jobs,
    cell_limit,
    report_limit,
    trust,
    data,
) -> int:
    """Make a report for each row of a plan.

    Reports that are up to date are reused, so the same command continues an interrupted batch.
    """
    from ..report.plan import read_plan

    options = {"formats": formats, "trust": trust, "data": data}
    if (plan is not None) + bool(grids) != 1 or (grids and notebook is None):
        raise click.UsageError("give a plan, or --notebook with --grid.")
    checked = read_plan(grid_rows(grids) if grids else plan, notebook=notebook, **options)
    settings = _settings(jobs, force, cell_limit, report_limit, cluster, insecure_cluster)
    return (
        _show_plan(checked, out, settings, as_json)
        if dry_run
        else _say(_run(checked, out, settings), as_json)
    )


def grid_rows(grids) -> list[dict[str, str]]:
    """Return a row for every combination of the values of ``NAME=VALUE,VALUE`` texts."""
    from .._rows import MAX_ROWS

    axes: dict[str, list[str]] = {}
    for part in " ".join(grids).split():
        name, equals, values = part.partition("=")
        if not equals or not name or not all(values.split(",")):
            raise click.UsageError(f"--grid: found '{part[:200]}'; expected NAME=VALUE,VALUE")
        if name in axes:
            raise click.UsageError(f"--grid: '{name}' is given twice.")
        axes[name] = values.split(",")
    combinations = itertools.islice(itertools.product(*axes.values()), MAX_ROWS + 1)
    return [dict(zip(axes, values, strict=True)) for values in combinations]


def _show_plan(jobs, out, settings, as_json: bool) -> int:
    from .._files import local_path
    from .._identity import data_hashes
    from ..plot.tables import text_table
    from ..report.manifest import is_current

    data = data_hashes(jobs[0].data)
    reuse = {
        j.name for j in jobs if not settings.force and is_current(local_path(out) / j.name, j, data)
    }
    rows = [
        {
            "name": j.name,
            "notebook": j.notebook.removesuffix(".ipynb"),
            "changed": j.given,
            "up_to_date": j.name in reuse,
        }
        for j in jobs
    ]
    if as_json:
        click.echo(
            json.dumps(
                {"schema": "vpnpolicy.plan/2", "reports": rows}, ensure_ascii=False, indent=1
            )
        )
        return 0
    cells = [
        [
            r["name"],
            r["notebook"],
            ", ".join(f"{n}={v}" for n, v in r["changed"].items()),
            "reuse" if r["up_to_date"] else "make",
        ]
        for r in rows
    ]
    click.echo(
        text_table(
            ["Name", "Notebook", "Changed from default", "To do"],
            cells,
            [False] * 4,
            terminal_width(),
        )
    )
    click.echo(f"\n{len(rows)} reports, {len(rows) - len(reuse)} to make. Nothing was made.")
    return 0


def _parameters(notebooks, trust: bool, as_json: bool) -> int:
    from ..notebooks.files import find_notebook, read_parameters

    found = {name: read_parameters(find_notebook(name, trust=trust)) for name in notebooks}
    if as_json:
        rows = {name: [vars(p) for p in parameters] for name, parameters in found.items()}
        click.echo(
            json.dumps(
                {"schema": "vpnpolicy.parameters/1", "notebooks": rows},
                ensure_ascii=False,
                indent=1,
            )
        )
        return 0
    for name, parameters in found.items():
        click.echo(name)
        for p in parameters:
            click.echo(f"  -p {p.name}={json.dumps(p.default)}  {p.type}: {p.help}")
    return 0
