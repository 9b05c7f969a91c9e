"""The box at the top of a report: what was found, with sources, and the key figures behind it."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..formatting import FINDINGS


@dataclass(frozen=True)
class Finding:
    """One sentence with its sources and the figures it rests on; the unit ends each figure's name."""

    text: str
    source_ids: tuple[str, ...] = ()
    figures: dict = field(default_factory=dict)


class Findings(list):
    """Findings in order; shows as a box, and carries the key figures for batch summaries."""

    def __init__(self, items: Iterable[Finding], title: str = "What the record shows"):
        super().__init__(items)
        self.title = title

    @property
    def source_ids(self) -> list[str]:
        """Every source named, each once."""
        return list(dict.fromkeys(i for f in self for i in f.source_ids))

    @property
    def figures(self) -> dict:
        """Key figures by name."""
        return {k: v for f in self for k, v in f.figures.items()}

    def __str__(self) -> str:
        lines = [f"{n}. {f.text}" + (f" [{', '.join(f.source_ids)}]" if f.source_ids else "") for n, f in enumerate(self, 1)]
        return "\n".join([self.title, *lines])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None):
        items = "".join(f"<li>{html.escape(f.text)} {references(f.source_ids)}</li>" for f in self)
        title = html.escape(self.title, quote=True)
        box = f'<section class="vp-findings" aria-label="{title}"><h2>{title}</h2><ol>{items}</ol></section>'
        plain = {"texts": [f.text for f in self], "figures": self.figures}
        return {"text/html": box, "text/plain": str(self), FINDINGS: plain}, {"text/html": {"sources": self.source_ids}}


def references(ids: Iterable[str], most: int = 5) -> str:
    """Links to the source list of a report, a long row of them cut."""
    ids = [html.escape(i, quote=True) for i in ids]
    links = " ".join(f'<a href="#{i}">{i}</a>' for i in ids[:most])
    more = f" +{len(ids) - most}" if len(ids) > most else ""
    return f'<span class="vp-refs">{links}{more}</span>' if ids else ""
