"""A checklist for a freelancer, a business, a user or a provider: duties, advice, risks and benefits, each with its source."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass

from ..dates import PartialDate
from .answer import Answer
from .audience import REGIMES, check_who
from .clocks import Clocks
from .reasons import label
from .register import Register, ask
from .schema import Folder

WHAT_IT_IS_NOT = "Not legal advice, and not PTA's list: put together from news reports, most of them read only in their opening."
SECTIONS = {
    "duty": "What is asked of you", "terms": "Terms as reported", "advice": "What others advise", "benefit": "What is promised",
    "risk": "What critics and others warn of", "forecast": "What may come",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One line of the checklist: the text, who says it, where, and what to keep in mind."""

    text: str
    says: str
    source_id: str
    locator: str
    remark: str = ""

    def __str__(self) -> str:
        remark = f" ({self.remark})" if self.remark else ""
        return f"{self.text} - {self.says} [{self.source_id}, {self.locator}]{remark}"


@dataclass(frozen=True)
class Guide:
    """A checklist as of a day, with the providers listed then and, if one was asked for, its answer."""

    who: str
    as_of: str
    listed: tuple[str, ...]
    sections: dict[str, tuple[Item, ...]]
    answer: Answer | None = None

    @property
    def source_ids(self) -> list[str]:
        """Every source named, each once."""
        return list(dict.fromkeys(i.source_id for items in self.sections.values() for i in items))

    def to_dict(self) -> dict:
        """The checklist as plain values, with a ``schema`` field."""
        sections = {k: [vars(i) for i in items] for k, items in self.sections.items()}
        return {
            "schema": "vpnpolicy.guide/1", "who": self.who, "as_of": self.as_of, "not": WHAT_IT_IS_NOT, "listed": list(self.listed),
            "answer": self.answer.to_dict() if self.answer is not None else None, "sections": sections,
        }  # fmt: skip

    def to_frame(self):
        """One row a line of the checklist."""
        import pandas as pd

        return pd.DataFrame([{"section": SECTIONS[k], **vars(i)} for k, items in self.sections.items() for i in items])

    def _check_lines(self) -> list[str]:
        if self.answer is not None:
            return str(self.answer).split("\n")
        names = ", ".join(self.listed) or "none"
        return [
            f"Listed here on {self.as_of}: {names}.",
            'Look yours up: vpnpolicy check "NAME". A name that is not here may still be licensed.',
        ]

    def __str__(self) -> str:
        parts = [f"VPN checklist for a {self.who}, as of {self.as_of}", WHAT_IT_IS_NOT, "", "[ ] Check the provider"]
        parts += [f"    {line.strip()}" for line in self._check_lines()]
        for key, items in self.sections.items():
            parts += ["", SECTIONS[key], *(f"{'[ ]' if key in ('duty', 'advice') else ' - '} {i}" for i in items)]
        return "\n".join(parts)

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None):
        check = "".join(f"<li>{html.escape(line)}</li>" for line in self._check_lines())
        body = "".join(
            f"<h3>{SECTIONS[k]}</h3><ul>" + "".join(f"<li>{html.escape(str(i))}</li>" for i in items) + "</ul>"
            for k, items in self.sections.items()
        )
        head = f"<p><strong>{html.escape(f'For a {self.who}, as of {self.as_of}')}.</strong> {html.escape(WHAT_IT_IS_NOT)}</p>"
        page = f'<div class="vp-guide">{head}<h3>Check the provider</h3><ul>{check}</ul>{body}</div>'
        return {"text/html": page, "text/plain": str(self)}, {"text/html": {"sources": self.source_ids}}


def guide(
    who: str,
    as_of: str | None = None,
    *,
    provider: str | None = None,
    known_on: str | None = None,
    data: str | os.PathLike | None = None,
) -> Guide:
    """A checklist for ``who``: the provider check, duties, advice, benefits, risks and forecasts, each with its source.

    Parameters: ``who`` one of ``freelancer``, ``business``, ``user``, ``provider``; ``as_of`` the day it is for, by
    default the day the record was compiled to; ``provider`` a name to look up; ``known_on`` as in the loaders.
    Returns a `Guide`. Raises `UsageError` for an unknown ``who``, `DateError`.

    >>> "Kestrel VPN (Nexilium Tech)" in guide("freelancer", "2026-03-31").listed
    True
    """
    check_who(who)
    folder = Folder(data)
    day = PartialDate.parse(as_of) if as_of is not None else folder.package.as_of
    register = Register(data, known_on)
    items = list(_items(folder, who, Clocks.at(folder, day, known_on)))
    sections = {k: tuple(i for kind, i in items if kind == k) for k in SECTIONS}
    listed = tuple(dict.fromkeys(label(s) for s, state in register.listed_on(day) if state and s["company"]))
    answer = ask(register, provider, day) if provider is not None else None
    return Guide(who, str(day), listed, {k: v for k, v in sections.items() if v}, answer)


def _items(folder: Folder, who: str, clocks: Clocks):
    """Lines for ``who`` and for everyone, each with its kind; what an undated page says is kept and marked."""
    audience = {*check_who(who), "everyone"}
    table = folder.checked("statements")
    kept = {n: held for n, held, _ in clocks.keep(table)}
    for n, row in enumerate(table.rows()):
        if n in kept and row["for_whom"] in audience:
            undated = "undated page" if kept[n] is None else ""
            remark = "; ".join(filter(None, (row["note"], undated)))
            yield row["kind"], Item(row["paraphrase"], row["says"], row["source_id"], row["locator"], remark)
    yield from _terms(folder, who, clocks)


def _terms(folder: Folder, who: str, clocks: Clocks):
    """Terms of the four regimes that are written for ``who``."""
    labels = {r["regime_id"]: r["label"] for r in folder.checked("regimes").rows()}
    table = folder.checked("terms")
    kept = {n for n, _, _ in clocks.keep(table)}
    for n, row in enumerate(table.rows()):
        if n in kept and row["applies_to"] in check_who(who) and row["regime"] in REGIMES:
            draft = "draft, not known to be in force" if row["in_force"] == "draft" else ""
            yield "terms", Item(f"{row['aspect']}: {row['text']}", labels[row["regime"]], row["source_id"], row["locator"], draft)
