"""What this machine has and lacks."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

import click

from .._files import data_folder, notebooks_folder
from ..errors import VpnPolicyError

REPORTS, LAB = 'pip install "vpnpolicy[reports]"', 'pip install "vpnpolicy[lab]"'


@click.command(epilog="Example: vpnpolicy doctor")
def doctor() -> int:
    """Show what this machine has and lacks, with the command that adds it."""
    found = [
        (sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "install Python 3.11 or newer"),
        *[_library(n, "reports and charts", REPORTS) for n in ("numpy", "pandas", "matplotlib")],
        *[_library(n, "reports", REPORTS) for n in ("papermill", "ipykernel", "nh3", "xlsxwriter")],
        _library("typst", "PDF", REPORTS), _library("jupyterlab", "exploring", LAB), _plug_ins(),
        _folder("data folder", data_folder), _folder("notebooks", notebooks_folder), _writable(),
    ]  # fmt: skip
    for ok, what, fix in found:
        click.echo(f"{'ok     ' if ok else 'MISSING'} {what}" + ("" if ok else f". Fix: {fix}"))
    return 0 if all(ok for ok, _, _ in found) else 1


def _library(name: str, use: str, fix: str) -> tuple[bool, str, str]:
    try:
        return find_spec(name) is not None, f"{name} {version(name)} ({use})", fix
    except PackageNotFoundError:
        return False, f"{name} ({use})", fix


def _plug_ins() -> tuple[bool, str, str]:
    """Name packages that add code to papermill, which loads it at import."""
    groups = ("papermill.io", "papermill.engine")
    found = sorted({f"{e.name} ({e.value})" for g in groups for e in entry_points(group=g)})
    text = f"papermill without plug-ins{'; found ' + ', '.join(found) if found else ''}"
    return not found, text, "uninstall the packages they belong to, or know them"


def _folder(what: str, find) -> tuple[bool, str, str]:
    try:
        return True, f"{what} at {find()}", ""
    except VpnPolicyError as error:
        return False, what, str(error)


def _writable() -> tuple[bool, str, str]:
    place = Path("reports") if Path("reports").exists() else Path()
    ok = place.is_dir() and os.access(place, os.W_OK)
    return (
        ok,
        "reports/ can be written to",
        f"choose a folder you may write to with --out DIR, not {place.resolve()}",
    )
