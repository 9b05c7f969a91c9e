"""What a machine has and lacks for making reports."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from ..basis.errors import VpnPolicyError
from ..basis.paths import data_folder, notebooks_folder
from .manifest import library_versions
from .pdf import pdf_available

INSTALL = 'pip install "vpnpolicy[reports]"'


def examine() -> list[tuple[bool, str, str]]:
    """Each need: whether it is met, what it is, and how to meet it."""
    versions = library_versions()
    return [
        (sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "install Python 3.11 or newer"),
        *[(v != "not installed", f"{n} {v}", INSTALL) for n, v in versions.items()],
        (find_spec("ipykernel") is not None, "a kernel (ipykernel)", INSTALL),
        (find_spec("jupyterlab") is not None, "JupyterLab, for exploring", 'pip install "vpnpolicy[lab]"'),
        _no_plug_ins(),
        (pdf_available(), "PDF output (WeasyPrint with Pango)", "apt install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"),
        _found("data folder", data_folder), _found("notebooks", notebooks_folder), _writable(),
    ]  # fmt: skip


def _no_plug_ins() -> tuple[bool, str, str]:
    """Other packages may hang code into papermill, which loads it at import."""
    found = sorted({f"{e.name} ({e.value})" for g in ("papermill.io", "papermill.engine") for e in entry_points(group=g)})
    with_them = f"; found {', '.join(found)}" if found else ""
    return not found, f"papermill without plug-ins{with_them}", "uninstall the packages they belong to, or know them"


def _found(what: str, find) -> tuple[bool, str, str]:
    try:
        return True, f"{what} at {find()}", ""
    except VpnPolicyError as error:
        return False, what, str(error)


def _writable() -> tuple[bool, str, str]:
    """Looks only: a doctor leaves no folder behind."""
    place = Path("reports") if Path("reports").exists() else Path()
    ok = place.is_dir() and os.access(place, os.W_OK)
    return ok, "reports/ can be written to", "" if ok else f"make {place.resolve()} a folder you may write to, or give --out DIR"
