"""Source ids as they stand in cells: one id, or several parted by semicolons."""

from __future__ import annotations

import hashlib
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


def slug(text: str, length: int = 60) -> str:
    """Return a name that is safe as an anchor and as a file.

    >>> slug("What is not known?")
    'what-is-not-known'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].rstrip("-") or "part"


def short_name(name: str) -> str:
    """Return a name of at most 80 characters; a longer one is cut and ends with its hash.

    >>> len(short_name("a" * 300))
    80
    """
    if len(name) <= 80:
        return name
    return f"{name[:71]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
