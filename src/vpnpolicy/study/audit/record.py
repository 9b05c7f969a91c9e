"""The record's own printed numbers, and the claims and indicators they refer to."""

from __future__ import annotations

from ...formatting import split_ids
from ...record.schema import Folder
from .cells import cell_text
from .figures import Figure


def record_figures(folder: Folder) -> tuple[list[Figure], list[Figure]]:
    """Figures of ``published``, and those of ``indicators`` and ``claims`` that they may refer to."""
    published = [_published(r) for r in folder.checked("published").rows()]
    others = [_other(r, "indicator_id", r["indicator"], r["place"]) for r in folder.checked("indicators").rows()]
    others += [_other(r, "claim_id", r["property"], r["subject"]) for r in folder.checked("claims").rows() if r["unit"]]
    return published, others


def _published(row: dict) -> Figure:
    texts = {
        k: str(row[k] or "")
        for k in ("publisher", "item", "place", "period", "printed_on", "quantity", "scope", "unit", "bound", "relation")
    }
    numbers = {k: cell_text(row[k]) for k in ("low", "value", "high", "rounded_to")}
    return Figure(
        row["published_id"], **texts, **numbers, refers_to=tuple(split_ids([row["refers_to"]])), source_ids=_sources(row)
    )


def _other(row: dict, key: str, quantity: str, place: str) -> Figure:
    numbers = {k: cell_text(row[k]) for k in ("low", "value", "high")}
    bound = row.get("bound") or row.get("hedge") or "exact"
    return Figure(
        row[key],
        quantity,
        row["unit"],
        **numbers,
        bound=bound,
        place=place,
        period=str(row["about_on"] or ""),
        source_ids=_sources(row),
    )


def _sources(row: dict) -> tuple[str, ...]:
    return tuple(split_ids([row["source_id"], row.get("more_source_ids")]))
