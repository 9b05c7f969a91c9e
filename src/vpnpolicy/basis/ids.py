"""Source ids as they stand in cells: one id, or several parted by semicolons."""

from __future__ import annotations

import re
from collections.abc import Iterable


def split_ids(cells: str | Iterable[str]) -> list[str]:
    """Ids out of text or any iterable of text, each once, in order.

    >>> split_ids(["S001;S006", "S001", None])
    ['S001', 'S006']
    """
    parts = [cells] if isinstance(cells, str) else list(cells)
    found = [i for p in parts if isinstance(p, str) for i in re.split(r"[;,\s]+", p) if i]
    return list(dict.fromkeys(found))
