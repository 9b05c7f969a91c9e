"""The sample in the repository is the brief that this notebook and this record make."""

import re
from pathlib import Path

import pytest

from vpnpolicy._identity import data_hashes, file_hash

pytestmark = pytest.mark.notebooks
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "reports" / "sample"


def test_the_sample_is_of_this_notebook_and_this_record():
    html = (SAMPLE / "brief.html").read_text(encoding="utf-8")
    assert f"SHA-256 <code>{file_hash(ROOT / 'notebooks' / '00_brief.ipynb')[:12]}</code>" in html, "run make sample"
    tables = dict(re.findall(r'<th scope="row">([a-z_]+\.(?:csv|json))</th><td><code>([0-9a-f]{12})</code>', html))
    assert len(tables) > 10
    assert tables == {n: sha[:12] for n, sha in data_hashes(ROOT / "data", tables).items()}, "run make sample"


def test_the_sample_is_whole():
    assert (SAMPLE / "brief.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(p.suffix for p in (SAMPLE / "figures").iterdir()) == sorted([".png", ".svg"] * 3)
    assert (ROOT / "docs" / "images" / "brief.png").is_file()
