"""A checklist for a freelancer, a business, a user or a provider, each line with its source."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answers import Answer, label
from .data.asof import View
from .data.package import Day, PathLike
from .data.tables import Folder
from .errors import UsageError, did_you_mean
from .register import Register, ask

if TYPE_CHECKING:
    import pandas as pd

HOME = "PAK"
AUDIENCES = {
    "freelancer": ("freelancer", "user"),
    "business": ("business", "user"),
    "user": ("user",),
    "provider": ("provider",),
}
"""For each reader, to whom the terms that concern it apply."""
WHAT_IT_IS_NOT = """\
Not legal advice, and not PTA's list: compiled from news reports, \
most of them read only in their opening."""
SECTIONS = {
    "duty": "What is asked of you",
    "terms": "Terms as reported",
    "advice": "What others advise",
    "benefit": "What is promised",
    "risk": "What critics and others warn of",
    "forecast": "What may come",
}


def check_who(who: str) -> tuple[str, ...]:
    """Return to whom the terms for ``who`` apply. Raises `UsageError` with the nearest word."""
    if who not in AUDIENCES:
        raise UsageError(f"there is nothing on '{who}'. {did_you_mean(who, AUDIENCES)}")
    return AUDIENCES[who]


def compared_regimes(folder: Folder, country: str = HOME) -> dict[str, str]:
    """Return the label of each regime of a country that the record compares, in file order.

    Raises `UsageError` for a country without one.
    """
    rows = [r for r in folder.checked("regimes").rows() if r["compared"]]
    if country not in {r["country"] for r in rows}:
        known = did_you_mean(country, sorted({r["country"] for r in rows}))
        raise UsageError(f"there is no regime of '{country}'. {known}")
    return {r["regime_id"]: r["label"] for r in rows if r["country"] == country}


@dataclass(frozen=True)
class Item:
    """One line of the checklist: the text, who says it, where, and a remark."""

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
    """A checklist as of a day, with the providers listed then and, if asked for, an answer."""

    who: str
    as_of: str
    listed: tuple[str, ...]
    sections: dict[str, tuple[Item, ...]]
    answer: Answer | None = None

    @property
    def source_ids(self) -> list[str]:
        """Every source named, each once."""
        return list(dict.fromkeys(i.source_id for items in self.sections.values() for i in items))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with a ``schema`` field that names their layout."""
        return {
            "schema": "vpnpolicy.guide/1",
            "who": self.who,
            "as_of": self.as_of,
            "not": WHAT_IT_IS_NOT,
            "listed": list(self.listed),
            "answer": self.answer.to_dict() if self.answer is not None else None,
            "sections": {k: [vars(i) for i in items] for k, items in self.sections.items()},
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row per line of the checklist."""
        import pandas as pd

        pairs = [(SECTIONS[k], item) for k, items in self.sections.items() for item in items]
        return pd.DataFrame([{"section": section, **vars(item)} for section, item in pairs])

    def _check_lines(self) -> list[str]:
        if self.answer is not None:
            return str(self.answer).split("\n")
        return [
            f"Listed here on {self.as_of}: {', '.join(self.listed) or 'none'}.",
            'Check yours: vpnpolicy check "NAME". A name that is not here may still be licensed.',
        ]

    def __str__(self) -> str:
        title = f"VPN checklist for a {self.who}, as of {self.as_of}"
        parts = [title, WHAT_IT_IS_NOT, "", "[ ] Check the provider"]
        parts += [f"    {line.strip()}" for line in self._check_lines()]
        for key, items in self.sections.items():
            mark = "[ ]" if key in ("duty", "advice") else " - "
            parts += ["", SECTIONS[key], *(f"{mark} {i}" for i in items)]
        return "\n".join(parts)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        parts = [("Check the provider", self._check_lines())]
        parts += [(SECTIONS[k], [str(i) for i in items]) for k, items in self.sections.items()]
        body = ""
        for section, items in parts:
            lines = "".join(f"<li>{html.escape(item)}</li>" for item in items)
            body += f"<h3>{section}</h3><ul>{lines}</ul>"
        title = html.escape(f"For a {self.who}, as of {self.as_of}")
        head = f"<p><strong>{title}.</strong> {html.escape(WHAT_IT_IS_NOT)}</p>"
        page = f'<div class="vp-guide">{head}{body}</div>'
        sources = {"text/html": {"sources": self.source_ids}}
        return {"text/html": page, "text/plain": str(self)}, sources


def guide(
    who: str,
    *,
    as_of: Day | None = None,
    provider: str | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> Guide:
    """Compile a checklist: the provider check, duties, advice, benefits, risks and forecasts.

    Parameters
    ----------
    who : str
        ``freelancer``, ``business``, ``user`` or ``provider``.
    as_of : str or date, optional
        The day it is for; by default the day the record was compiled to.
    provider : str, optional
        A name to check.
    known_on : str or date, optional
        Leave out what was published after this day.
    data : path, optional
        Another data folder.

    Returns
    -------
    Guide
        Sections of items, each with its source.

    Raises
    ------
    UsageError
        For an unknown ``who``; `DateError` for an unreadable date.

    Examples
    --------
    >>> "Kestrel VPN (Nexilium Tech)" in guide("freelancer", as_of="2026-03-31").listed
    True
    """
    readers, folder = check_who(who), Folder(data)
    day = folder.package.day(as_of)
    register = Register(data, known_on)
    items = list(_items(View.at(folder, day, known_on), readers))
    sections = {k: tuple(i for kind, i in items if kind == k) for k in SECTIONS}
    listed = [label(s) for s, state in register.listed_on(day) if state and s["company"]]
    answer = ask(register, provider, day) if provider is not None else None
    filled = {k: v for k, v in sections.items() if v}
    return Guide(who, str(day), tuple(dict.fromkeys(listed)), filled, answer)


def _items(view: View, readers: tuple[str, ...]) -> Iterator[tuple[str, Item]]:
    """Yield lines for these readers and for everyone, each with its kind."""
    table = view.folder.checked("statements")
    rows = list(table.rows())
    for n, valid, _ in view.select(table):
        row = rows[n]
        if row["for_whom"] in (*readers, "everyone"):
            undated = "undated page" if valid is None else ""
            remark = "; ".join(filter(None, (row["note"], undated)))
            place = (row["says"], row["source_id"], row["locator"])
            yield row["kind"], Item(row["paraphrase"], *place, remark)
    labels = compared_regimes(view.folder, HOME)
    for row in view.rows("terms"):
        if row["regime"] in labels and row["applies_to"] in readers:
            remark = "draft, not known to be in force" if row["in_force"] == "draft" else ""
            place = (labels[row["regime"]], row["source_id"], row["locator"])
            yield "terms", Item(f"{row['aspect']}: {row['text']}", *place, remark)
