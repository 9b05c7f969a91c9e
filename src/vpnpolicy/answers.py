"""The answer to *is this provider on the list?*: listed, not listed, or cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .data.names import near_names
from .dates import PartialDate
from .errors import ThreeStatesError, clipped
from .formatting import note_html

if TYPE_CHECKING:
    import pandas as pd

    from .register import Register

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
            lines.append(f"Sources: {', '.join(ids)} (vpnpolicy cite {' '.join(ids)}).")
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


def hints(register: Register, normal: str) -> tuple[str, ...]:
    """Return listed names with a similar spelling."""
    found = near_names(normal, register.keys)
    return tuple(dict.fromkeys(label(register.keys[key][-1]) for key in found))


def not_found(name: str) -> str:
    """Return the reason for a name that no list in the record has."""
    return f"no provider in the register is called '{clipped(name)}'."


def explain(
    register: Register,
    name: str,
    licences: list[dict],
    day: PartialDate,
    state: bool | None,
    is_odd: bool,
) -> str:
    """Return the reason of an answer in one sentence."""
    if is_odd:
        visible = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in name)
        return f"{clipped(visible)!r} has characters that no listed name has."
    if not register.licences:
        return "no list was known by then."
    if not register.has_list_on(day):
        return f"the first list in the record is of {register.package.first_list_on}."
    if not licences:
        return not_found(name)
    first, who = first_day(licences), label(licences[-1])
    if state is True:
        return f"{who} was announced {'on' if first.is_day else 'within'} {first}."
    if state is None:
        return f"the announcement of {who} falls inside that period ({first})."
    if first.by(day):
        return f"the licence of {who} ended on {licences[-1]['ended_on']}."
    unknown = "The grant date was not published and may be earlier"
    return f"{who} was first named on {first}. {unknown}."


def notes(register: Register, licences: list[dict], day: PartialDate) -> Iterator[str]:
    """Yield what a reader must know beside the answer."""
    listed = register.listed_on(day) if register.has_list_on(day) else []
    if not licences and any(not s["company"] for s, _ in listed):
        yield UNNAMED
    age, limit = register.age_on(day), register.package.max_age_days
    if age:
        newest = f"The newest list in the record is of {register.newest_list_on}"
        yield f"{newest}, {age} days before {day.latest}."
    if age > limit:
        unknown = "grants and withdrawals since then are not known here"
        yield f"That is older than the {limit} days this record allows: {unknown}."
