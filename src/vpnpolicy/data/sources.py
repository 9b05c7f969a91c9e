"""From a row to its page: citations that say how much of the page was read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, nearest
from ..formatting import split_ids
from .package import Day, PathLike
from .tables import Folder

if TYPE_CHECKING:
    import pandas as pd

EXTENTS = {
    "full": "read in full",
    "opening excerpt": "opening read",
    "not recorded": "read extent not recorded",
}
CSL_TYPES = {
    "dataset": "dataset",
    "research": "report",
    "official": "report",
    "blog": "post-weblog",
    "forum": "post",
}


def find_sources(source_ids: str | Iterable[str], data: PathLike | None = None) -> list[dict]:
    """Return rows of ``sources`` in the order asked. Raises `UsageError` for an unknown id."""
    rows = {r["source_id"]: r for r in Folder(data).checked("sources").rows()}
    ids = split_ids(source_ids)
    for i in ids:
        if i not in rows:
            near = nearest(i, rows)
            hint = f" Did you mean '{near}'?" if near else ""
            raise UsageError(f"there is no source '{i}'.{hint}")
    return [rows[i] for i in ids]


def cite(source_ids: str | Iterable[str], *, data: PathLike | None = None) -> str:
    """Cite sources, one per line: publisher, title, date, address, tier and how much was read.

    Parameters
    ----------
    source_ids : str or iterable of str
        One id, several in one text, or any iterable, such as a column of a frame.
    data : path, optional
        Another data folder.

    Returns
    -------
    str
        One line per source, each source once.

    Raises
    ------
    UsageError
        For an unknown id.

    Examples
    --------
    >>> print(cite("S034"))  # doctest: +ELLIPSIS
    [S034] Senate of Pakistan, "Senate Standing Committee on IT ...", 2025-12-09. https://...
    """
    return "\n".join(citation(row) for row in find_sources(source_ids, data))


def citation(row: dict) -> str:
    """Return one row of ``sources`` as a citation."""
    page = f'[{row["source_id"]}] {row["publisher"]}, "{row["title"]}", {date_text(row)}.'
    return f"{page} {row['url']} ({source_status(row)})"


def date_text(row: dict) -> str:
    """Return when a source was published, and how that is known if the page does not say."""
    if not row["published_on"]:
        return "undated"
    basis = {"inferred": " (inferred)", "bracket": " (between)"}.get(row["date_basis"], "")
    return f"{row['published_on']}{basis}"


def source_status(row: dict) -> str:
    """Return the tier and the read extent of a source in words."""
    official = ", official" if row["official"] else ""
    return f"tier {row['tier']}{official}; {EXTENTS[row['read_extent']]} {row['read_on']}"


def to_csl(row: dict) -> dict[str, Any]:
    """Return one row of ``sources`` as a CSL-JSON item."""
    read_on = row["read_on"]
    item: dict[str, Any] = {
        "id": row["source_id"],
        "type": CSL_TYPES.get(row["kind"], "article-newspaper"),
        "title": row["title"],
        "container-title": row["publisher"],
        "URL": row["url"],
        "language": row["language"],
        "accessed": {"date-parts": [[read_on.year, read_on.month, read_on.day]]},
        "note": source_status(row),
    }
    published = str(row["published_on"] or "")
    if published and "/" not in published:
        item["issued"] = {"date-parts": [[int(part) for part in published.split("-")]]}
    return item


def to_bibtex(row: dict) -> str:
    """Return one row of ``sources`` as a BibTeX entry."""
    fields = {
        "title": _tex(row["title"]),
        "howpublished": _tex(row["publisher"]),
        "year": str(row["published_on"] or "")[:4],
        "url": row["url"],
        "urldate": row["read_on"].isoformat(),
        "note": _tex(source_status(row)),
    }
    body = ",\n".join(f"  {k} = {{{v}}}" for k, v in fields.items() if v)
    return f"@misc{{{row['source_id']},\n{body}\n}}"


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def stale(*, as_of: Day | None = None, data: PathLike | None = None) -> pd.DataFrame:
    """Return the sources whose next check is due.

    Parameters
    ----------
    as_of : str or date, optional
        The day; by default the day the record was compiled to. The clock is never read.
    data : path, optional
        Another data folder.

    Returns
    -------
    pandas.DataFrame
        Longest overdue first: ``source_id``, ``title``, ``checked_on``, ``due_on``,
        ``days_over`` [day], ``note``.

    Raises
    ------
    DateError
        For an unreadable date.

    Examples
    --------
    >>> stale(as_of="2027-03-01").source_id.tolist()
    ['S039', 'S040']
    """
    import pandas as pd

    folder = Folder(data)
    day = folder.package.day(as_of).latest
    rows = [_due(r) for r in folder.checked("sources").rows() if r["check_every_days"]]
    late = [{**r, "days_over": (day - r["due_on"]).days} for r in rows if r["due_on"] <= day]
    late.sort(key=lambda r: (-r["days_over"], r["source_id"]))
    columns = ["source_id", "title", "checked_on", "due_on", "days_over", "note"]
    frame = pd.DataFrame(late, columns=columns)
    return frame.astype({"checked_on": "datetime64[s]", "due_on": "datetime64[s]"})


def _due(row: dict) -> dict:
    due = (row["checked_on"] or row["read_on"]) + timedelta(days=row["check_every_days"])
    return {k: row[k] for k in ("source_id", "title", "checked_on", "note")} | {"due_on": due}
