"""Batches: hundreds of reports from a plan, and how they stand."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click

from .complete import notebooks
from .output import as_json, data_option, terminal_width


@click.command(
    epilog="Examples: vpnpolicy batch plan.csv --out reports/tonight; vpnpolicy batch --notebook 04_bandwidth_cost "
    "--grid 'as_of=2025-02,2025-11 reading=as-stated,mbps-month' --out reports/grid; vpnpolicy batch --resume --out reports/grid"
)
@click.argument("plan", required=False)
@click.option("--notebook", metavar="NAME", default=None, shell_complete=notebooks, help="The notebook of rows that name none.")
@click.option("--grid", "grids", multiple=True, metavar="'NAME=A,B NAME=C,D'", help="Every combination of values.")
@click.option("--out", default="reports/batch", show_default=True, metavar="DIR", help="Folder the reports go to.")
@click.option("--jobs", "-j", type=int, default=None, metavar="N", help="Reports at a time; as many as there are processors.")
@click.option("--format", "formats", default=None, help="html, pdf, png, xlsx; html is always made.  [default: html]")
@click.option("--engine", default=None, help="warm forks one parent, kernel starts a Jupyter kernel a report.  [default: warm]")
@click.option("--executor", default="local", show_default=True, help="local, or dask for a cluster.")
@click.option("--address", default=None, metavar="tcp://HOST:PORT", help="Scheduler of the dask cluster.")
@click.option(
    "--insecure-cluster", is_flag=True, help="Allow tcp:// to another machine: anyone who reaches it can run code there."
)
@click.option("--start-limit", type=float, default=60, show_default=True, metavar="S", help="Longest time until a first cell.")
@click.option("--cell-limit", type=float, default=120, show_default=True, metavar="S", help="Longest time of a cell.")
@click.option("--report-limit", type=float, default=600, show_default=True, metavar="S", help="Longest time of a report.")
@click.option("--resume", is_flag=True, help="Go on with the batch of the folder; no plan needed.")
@click.option("--force", is_flag=True, help="Make again what stands.")
@click.option("--dry-run", is_flag=True, help="Print the plan; make nothing.")
@click.option("--trust", is_flag=True, help="Run notebooks that are not of this package; a notebook is code.")
@as_json
@data_option
def batch(
    plan,
    notebook,
    grids,
    out,
    jobs,
    formats,
    engine,
    executor,
    address,
    insecure_cluster,
    start_limit,
    cell_limit,
    report_limit,
    resume,
    force,
    dry_run,
    trust,
    as_json,
    data,
) -> int:
    """Make a report for each row of a plan; what stands unchanged is kept, an interrupted batch goes on."""
    from ..report.batch.run import choose_workers, make_batch, processors
    from ..report.batch.runner import Settings
    from ..report.job import check_engine, check_formats
    from ..report.press.client import Limits

    checked, kept = _plan(plan, notebook, grids, out, resume, trust, data)
    data = data or kept.get("data")
    settings = Settings(
        check_formats(formats or kept.get("formats", "html")), check_engine(engine or kept.get("engine", "warm")),
        processors() if jobs is None else jobs, force, data, choose_workers(executor, address, insecure_cluster),
        limits=Limits(start_limit, cell_limit, report_limit),
    )  # fmt: skip
    if dry_run:
        return _show_plan(checked, out, settings, as_json)
    return _say(_made(checked, out, settings, make_batch), as_json)


def _plan(plan, notebook, grids, out, resume, trust, data) -> tuple[list, dict]:
    """Checked jobs and the options kept with them; exactly one of plan, grid and --resume names them."""
    from ..basis.paths import local_path
    from ..report.batch.plans import read_grid, read_plan
    from ..report.batch.summary import read_batch

    if (plan is not None) + bool(grids) + resume != 1:
        raise click.UsageError("give a plan, or --notebook with --grid, or --resume.")
    if resume:
        rows, kept = read_batch(local_path(out))
        return read_plan(rows, trust=trust, data=data or kept.get("data")), kept
    if grids:
        if notebook is None:
            raise click.UsageError("--grid needs --notebook.")
        return read_grid(notebook, grids, trust=trust, data=data), {}
    return read_plan(plan, notebook=notebook, trust=trust, data=data), {}


def _made(checked, out, settings, make_batch):
    from ..basis.paths import local_path
    from .press import with_bar

    def work(tick):
        settings.progress = tick
        return make_batch(checked, local_path(out), settings)

    with _terminable():
        return with_bar(len(checked), work)


class Terminated(BaseException):
    """The process was asked to end."""


@contextmanager
def _terminable() -> Iterator[None]:
    """A request to end is met like Ctrl-C: nothing half made is left, then exit code 143."""

    def end(*_):
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except Terminated:
        click.echo("vpnpolicy: terminated; the same command goes on where it stopped.", err=True)
        raise click.exceptions.Exit(143) from None
    except KeyboardInterrupt:
        click.echo("vpnpolicy: interrupted; the same command goes on where it stopped.", err=True)
        raise click.exceptions.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _show_plan(jobs, out, settings, as_json: bool) -> int:
    from ..basis.paths import local_path
    from ..charts.table import text_table
    from ..report.batch.status import standing

    stands = standing(jobs, local_path(out), settings.formats, settings.data)
    rows = [
        {
            "name": j.name,
            "notebook": j.notebook.stem,
            "changed": {n: j.parameters[n] for n in j.changed},
            "stands": j.name in stands,
        }
        for j in jobs
    ]
    if as_json:
        click.echo(json.dumps({"schema": "vpnpolicy.plan/1", "reports": rows}, ensure_ascii=False, indent=1))
        return 0
    cells = [
        [r["name"], r["notebook"], ", ".join(f"{n}={v}" for n, v in r["changed"].items()), "keep" if r["stands"] else "make"]
        for r in rows
    ]
    click.echo(text_table(["Name", "Notebook", "Changed from default", "To do"], cells, [False] * 4, terminal_width()))
    click.echo(f"\n{len(rows)} reports, {len(rows) - len(stands)} to make. Nothing was made.")
    return 0


def _say(made, as_json: bool) -> int:
    if as_json:
        states = {"made": made.made, "kept": made.kept, "not_started": made.not_started, "warnings": made.warnings}
        failed = [{"name": f.name, "reason": f.reason, "tries": f.tries} for f in made.failed]
        content = {"schema": "vpnpolicy.batch-result/1", "folder": str(made.folder), **states, "failed": failed}
        click.echo(json.dumps(content, ensure_ascii=False, indent=1))
        return 1 if made.failed else 0
    for remark in dict.fromkeys([*made.warnings, *(r for report in made.reports for r in report.remarks)]):
        click.echo(remark, err=True)
    _failures(made)
    click.echo(f"{made}.")
    click.echo(made.folder / "index.html")
    return 1 if made.failed or made.not_started else 0


def _failures(made) -> None:
    for failure in made.failed:
        tries = f" ({failure.tries} tries)" if failure.tries > 1 else ""
        click.echo(f"FAILED  {failure.reason}{tries}", err=True)
    if made.failed:
        click.echo(f"What ran of them is kept in {made.folder / '.failed'}.", err=True)


@click.command(epilog="Example: vpnpolicy status reports/tonight")
@click.argument("folder")
@as_json
def status(folder, as_json) -> int:
    """How the batch of a folder stands: done, failed and why, not started."""
    from ..basis.paths import local_path
    from ..report.batch.status import batch_state

    state, holder = batch_state(local_path(folder))
    if as_json:
        failed = [{"name": f.name, "reason": f.reason, "tries": f.tries} for f in state.failed]
        content = {
            "schema": "vpnpolicy.status/1",
            "done": [r.name for r in state.reports],
            "failed": failed,
            "not_started": state.not_started,
        }
        click.echo(json.dumps({**content, "running": holder}, ensure_ascii=False, indent=1))
        return 0
    click.echo(f"{len(state.reports)} done, {len(state.failed)} failed, {len(state.not_started)} not started.")
    if holder:
        click.echo(f"Running: {holder}.")
    _failures(state)
    return 0
