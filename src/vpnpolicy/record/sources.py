"""From a row to its page: citations that say how much of the page was read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from ..errors import UsageError, nearest
from ..formatting import split_ids
from .schema import Folder


def find_sources(source_ids: str | Iterable[str], data: str | os.PathLike | None = None) -> list[dict]:
    """Rows of ``sources`` for ids, in the order asked. Raises `UsageError` for an unknown id."""
    rows = {r["source_id"]: r for r in Folder(data).checked("sources").rows()}
    wanted = split_ids(source_ids)
    for i in wanted:
        if i not in rows:
            near = nearest(i, rows)
            raise UsageError(f"there is no source '{i}'." + (f" Did you mean '{near}'?" if near else ""))
    return [rows[i] for i in wanted]


def cite(source_ids: str | Iterable[str], *, data: str | os.PathLike | None = None) -> str:
    """A citation a line: publisher, title, date, address, tier and how much was read.

    Parameters: ``source_ids`` one id, several in one text, or any iterable (a column will do). Returns text.
    Raises `UsageError` for an unknown id.

    >>> print(cite("S034"))  # doctest: +ELLIPSIS
    [S034] Senate of Pakistan, "Senate Standing Committee on IT ...", 2025-12-09. https://... (tier A, official; ...)
    """
    return "\n".join(citation(row) for row in find_sources(source_ids, data))


def citation(row: dict) -> str:
    """One row of ``sources`` as a citation."""
    return f'[{row["source_id"]}] {row["publisher"]}, "{row["title"]}", {date_text(row)}. {row["url"]} ({standing(row)})'


def date_text(row: dict) -> str:
    """When a source was published, and how that is known where the page does not say."""
    if not row["published_on"]:
        return "undated"
    basis = {"inferred": " (inferred)", "bracket": " (between)"}.get(row["date_basis"], "")
    return f"{row['published_on']}{basis}"


def standing(row: dict) -> str:
    """Tier and read extent of a source in words."""
    official = ", official" if row["official"] else ""
    extent = {"full": "read in full", "opening excerpt": "opening read", "not recorded": "read extent not recorded"}[
        row["read_extent"]
    ]
    return f"tier {row['tier']}{official}; {extent} {row['read_on']}"


def to_csl(row: dict) -> dict:
    """One row of ``sources`` as a CSL-JSON item."""
    kinds = {"dataset": "dataset", "research": "report", "official": "report", "blog": "post-weblog", "forum": "post"}
    item = {
        "id": row["source_id"], "type": kinds.get(row["kind"], "article-newspaper"), "title": row["title"],
        "container-title": row["publisher"], "URL": row["url"], "language": row["language"],
        "accessed": {"date-parts": [[row["read_on"].year, row["read_on"].month, row["read_on"].day]]},
        "note": standing(row),
    }  # fmt: skip
    if row["published_on"] and "/" not in str(row["published_on"]):
        item["issued"] = {"date-parts": [[int(p) for p in str(row["published_on"]).split("-")]]}
    return item


def to_bibtex(row: dict) -> str:
    """One row of ``sources`` as a BibTeX entry."""
    fields = {
        "title": row["title"], "howpublished": row["publisher"], "year": str(row["published_on"] or "")[:4],
        "url": row["url"], "urldate": row["read_on"].isoformat(), "note": standing(row),
    }  # fmt: skip
    body = ",\n".join(f"  {k} = {{{_tex(v) if k != 'url' else v}}}" for k, v in fields.items() if v)
    return f"@misc{{{row['source_id']},\n{body}\n}}"


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text)
