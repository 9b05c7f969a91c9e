"""The calculator as one page: style, script and coefficients in a single file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from string import Template

from .._files import local_path, write_whole
from ..formatting import ASSESSMENTS
from .coefficients import coefficients

HERE = Path(__file__).resolve().parent


def calculator(path: str | os.PathLike, *, data: str | os.PathLike | None = None) -> Path:
    """Write the calculator as one page that works in any browser, without Python and without a network.

    It gives what `surge_cost` and `disruption_cost` give, calculated in the page from the same coefficients.

    Parameters: ``path`` the file to write; ``data`` another data folder. Returns the path. The same record gives the
    same bytes. Raises `DataError` for a record that does not hold, `UsageError` for a path that is none, `DiskError`
    where nothing can be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     calculator(f"{folder}/calc.html").name
    'calc.html'
    """
    target = local_path(path)
    write_whole(target.resolve(), page(coefficients(data)).encode())
    return target


def page(record: dict) -> str:
    """The page for a set of `coefficients`."""
    style, script = (_part(f"page.{kind}") for kind in ("css", "js"))
    parts = ASSESSMENTS | {
        "policy": policy(style, script),
        "style": style,
        "script": script,
        "record": as_script(record),
    }
    return Template(_part("page.html")).substitute(parts)


def policy(style: str, script: str) -> str:
    """A content security policy that knows our own style and script by their hash and allows nothing else."""
    return f"default-src 'none'; style-src '{_sha256(style)}'; script-src '{_sha256(script)}'; base-uri 'none'; form-action 'none'"


def as_script(record: dict) -> str:
    """JSON that can stand in a ``script`` element: no ``<`` is left that could end it or open a comment.

    >>> as_script({"why": "</script><!--"})
    '{"why":"\\\\u003c/script>\\\\u003c!--"}'
    """
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _sha256(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _part(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
