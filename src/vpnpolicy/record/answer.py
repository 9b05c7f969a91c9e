"""The answer to *is this provider on the list?*: listed, not listed, or cannot tell."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ..errors import ThreeStatesError
from ..formatting import note_html

LISTED, NOT_LISTED, CANNOT_TELL = "listed", "not listed", "cannot tell"
EXIT_CODES = {LISTED: 0, NOT_LISTED: 1, CANNOT_TELL: 3}
STALE = 4
WHAT_IT_IS_NOT = "The register here comes from news reports; PTA's own list is the authority."


@dataclass(frozen=True)
class Answer:
    """What the record says about one name on one day.

    ``state`` is ``listed``, ``not listed`` or ``cannot tell``. *Not listed* means not on the list held here; it
    never means not licensed. There is no truth value: compare ``state``.
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
    notes: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        raise ThreeStatesError("an Answer has three states, not two: write answer.state == 'listed'.")

    @property
    def exit_code(self) -> int:
        """0 listed, 1 not listed, 3 cannot tell; 4 where the newest list is too old to say listed or not."""
        return STALE if self.stale and self.state != CANNOT_TELL else EXIT_CODES[self.state]

    def to_dict(self) -> dict:
        """The answer as plain values, with a ``schema`` field that names their layout."""
        return {"schema": "vpnpolicy.answer/1", **{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}}

    def to_frame(self):
        """The answer as a DataFrame of one row."""
        import pandas as pd

        return pd.DataFrame([{k: "; ".join(v) if isinstance(v, list) else v for k, v in self.to_dict().items() if k != "schema"}])

    def headline(self) -> str:
        """The state, the day and the reason in one sentence."""
        known = f", as known on {self.known_on}" if self.known_on else ""
        return f"{self.state.upper()} {'for' if len(self.as_of) < 10 else 'on'} {self.as_of}{known}: {self.reason}"

    def details(self) -> list[str]:
        """Everything a reader needs beside the headline, a line each."""
        lines = [f"Scope: {self.scope}. Authority: {self.instrument}."] if self.state == LISTED else []
        if self.near:
            lines.append(f"Close names: {', '.join(self.near)}. A close name is not a match.")
        lines += [f"Odd character: {c}." for c in self.odd_characters]
        lines += self.notes
        if self.source_ids:
            lines.append(f"Sources: {', '.join(self.source_ids)} (vpnpolicy cite {' '.join(self.source_ids)}).")
        return [*lines, WHAT_IT_IS_NOT]

    def __str__(self) -> str:
        return "\n  ".join([self.headline(), *self.details()])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        kind = f"vp-answer vp-{self.state.replace(' ', '-')}"
        return {"text/html": note_html(kind, self.headline(), self.details(), role="status"), "text/plain": str(self)}
