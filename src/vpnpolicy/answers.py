"""The answer to *is this provider on the list?*: listed, not listed, or cannot tell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .dates import PartialDate
from .errors import ThreeStatesError, clipped
from .formatting import note_html

if TYPE_CHECKING:
    import pandas as pd


LISTED, NOT_LISTED, CANNOT_TELL = "listed", "not listed", "cannot tell"
EXIT_CODES = {LISTED: 0, NOT_LISTED: 1, CANNOT_TELL: 3}
STALE = 4
WHAT_IT_IS_NOT = "The register here comes from news reports; PTA's own list is the authority."
UNNAMED = """\
Some licensees counted by PTA are not named in any source of this record, \
so 'not listed' is not 'not licensed'."""


@dataclass(frozen=True)
class Answer:
    """What the record says about one name on one day.

    ``state`` is ``listed``, ``not listed`` or ``cannot tell``. *Not listed* means not on the list
    in this record; it never means not licensed. There is no truth value: compare ``state``.
    """

    query: str
    as_of: str
    state: str
    reason: str
    normal_form: str
    matched: str = ""
    company: str = ""
    brand: str = ""
    instrument: str = ""
    scope: str = ""
    announced_on: str = ""
    near: tuple[str, ...] = ()
    odd_characters: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    list_as_of: str = ""
    list_age_days: int = 0
    stale: bool = False
    known_on: str = ""
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        hint = "write answer.state == 'listed'"
        raise ThreeStatesError(f"an Answer has three states, not two: {hint}.")

    @property
    def exit_code(self) -> int:
        """0 listed, 1 not listed, 3 cannot tell; 4 where the list is too old for 0 or 1."""
        return STALE if self.stale and self.state != CANNOT_TELL else EXIT_CODES[self.state]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with a ``schema`` field that names their layout."""
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        return {"schema": "vpnpolicy.answer/1", **plain}

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame of one row."""
        import pandas as pd

        row = {k: "; ".join(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        return pd.DataFrame([row])

    def headline(self) -> str:
        """Return the state, the day and the reason in one sentence."""
        known = f", as known on {self.known_on}" if self.known_on else ""
        on = "for" if len(self.as_of) < 10 else "on"
        return f"{self.state.upper()} {on} {self.as_of}{known}: {self.reason}"

    def details(self) -> list[str]:
        """Return what a reader needs beside the headline, one item per line."""
        listed = f"Scope: {self.scope}. Authority: {self.instrument}."
        lines = [listed] if self.state == LISTED else []
        if self.near:
            lines.append(f"Close names: {', '.join(self.near)}. A close name is not a match.")
        lines += [f"Odd character: {c}." for c in self.odd_characters]
        lines += self.notes
        if self.source_ids:
            ids = self.source_ids
            lines.append(f"Sources: {', '.join(ids)} (vpnpolicy sources --cite {' '.join(ids)}).")
        return [*lines, WHAT_IT_IS_NOT]

    def __str__(self) -> str:
        return "\n  ".join([self.headline(), *self.details()])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        kind = f"vp-answer vp-{self.state.replace(' ', '-')}"
        html = note_html(kind, self.headline(), self.details(), role="status")
        return {"text/html": html, "text/plain": str(self)}


def first_day(licences: list[dict]) -> PartialDate:
    """Return the day on which the first of these licences was announced."""
    return min((s["announced_on"] for s in licences), key=lambda d: d.earliest)


def label(licence: dict) -> str:
    """Return the brand and company of a licence."""
    brand, company = licence["brand"], licence["company"]
    return f"{brand} ({company})" if brand else company


def not_found(name: str) -> str:
    """Return the reason for a name that no list in the record has."""
    return f"no provider in the register is called '{clipped(name)}'."
