"""Notebooks and plans meant to do harm, and ways to run them as a user does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.conftest import cell


def write_notebook(path: Path, *cells, parameters: str | None = "what: str = ''  # any text") -> Path:
    """Write a notebook: a title, a parameters cell unless ``parameters`` is ``None``, and these cells."""
    first = [cell("markdown", "title", "# A notebook of a stranger")]
    first += [] if parameters is None else [cell("code", "parameters", parameters, ["parameters"])]
    code = [cell("code", f"c{n}", c) if isinstance(c, str) else c for n, c in enumerate(cells, 1)]
    path.write_text(json.dumps({"cells": first + code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook: ``notebook("name", "code of a cell", …, parameters="x: int = 1")``."""

    def write(name, *cells, **options) -> Path:
        return write_notebook(tmp_path / f"{name}.ipynb", *cells, **options)

    return write


@pytest.fixture
def plan(tmp_path):
    """Write a plan file from text, bytes or rows."""

    def write(content, name="plan.json") -> Path:
        raw = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        (tmp_path / name).write_bytes(raw)
        return tmp_path / name

    return write


@pytest.fixture
def command(tmp_path):
    """Run ``vpnpolicy`` as a process in the test's folder."""

    def call(*args, **env):
        line = [sys.executable, "-m", "vpnpolicy", *map(str, args)]
        return subprocess.run(
            line, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **env}, timeout=240, check=False
        )

    return call
