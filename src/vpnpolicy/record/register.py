"""Who is on the list on a day. Works without pandas, so that one question is answered in a tenth of a second."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta

from ..basis.dates import PartialDate
from ..basis.ids import split_ids
from .answer import CANNOT_TELL, LISTED, NOT_LISTED, Answer
from .names import check_query, near_names, normal_name, odd_characters
from .schema import Folder

STANDING = ("licensed", "permitted")


class Register:
    """The licensing spells of a data folder, ready for questions."""

    def __init__(self, folder: str | os.PathLike | None = None):
        self.folder = Folder(folder)
        self.spells = list(self.folder.checked("licences").rows())
        self.package = self.folder.package
        self.keys: dict[str, list[dict]] = {}
        for spell in self.spells:
            for key in name_keys(spell):
                self.keys.setdefault(key, []).append(spell)

    def state_of(self, spells: Iterable[dict], day: PartialDate) -> bool | None:
        """Whether one of these spells runs through the whole of ``day``: yes, no or ``None``."""
        spells = [s for s in spells if s["status"] in STANDING]
        states = {_any(runs_on(s, d) for s in spells) for d in _each_day(day)}
        return states.pop() if len(states) == 1 else None

    def listed_on(self, day: PartialDate) -> list[tuple[dict, bool | None]]:
        """Every spell that runs or may run on ``day``, with yes or ``None``, in the order of the file."""
        found = [(s, self.state_of([s], day)) for s in self.spells]
        return [(s, state) for s, state in found if state is not False]

    @property
    def newest_list_on(self) -> PartialDate:
        """The latest day a licence row was announced."""
        return max((s["announced_on"] for s in self.spells), key=lambda d: d.latest)


def name_keys(spell: dict) -> list[str]:
    """Normal forms under which a spell is found: company, brand and printed variants."""
    printed = (spell["company_as_printed"] or "").split("|")
    names = [spell["company"], spell["brand"], *printed]
    return list(dict.fromkeys(normal_name(n) for n in names if n))


def runs_on(spell: dict, day: PartialDate) -> bool | None:
    """Whether a spell has been announced and has not ended at ``day``: yes, no or ``None``."""
    begun = spell["announced_on"].by(day)
    over = spell["ended_on"].by(day) if spell["ended_on"] else False
    if begun is False or over is True:
        return False
    return True if begun and over is False else None


def _any(states: Iterable[bool | None]) -> bool | None:
    seen = set(states)
    return True if True in seen else (None if None in seen else False)


def _each_day(day: PartialDate) -> Iterator[PartialDate]:
    for n in range((day.latest - day.earliest).days + 1):
        yield PartialDate.parse(day.earliest + timedelta(n))


def check(name: str, as_of: str | PartialDate | None = None, *, data: str | os.PathLike | None = None) -> Answer:
    """Whether a provider is on the list held here, on a day, month or year.

    Parameters: ``name`` brand or company as text; ``as_of`` ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, by default the
    day the record was compiled to; ``data`` another data folder. Returns an `Answer`.
    Raises `ProviderNameError` for a name that cannot be looked up, `DateError` for an unreadable date.

    >>> check("Kestrel VPN", as_of="2025-12-01").state
    'listed'
    >>> check("Kestrel VPN", as_of="2025-11").state
    'cannot tell'
    >>> check("Kestral VPN").near
    ('Kestrel VPN (Nexilium Tech)',)
    """
    register = Register(data)
    day = register.package.as_of if as_of is None else PartialDate.parse(as_of)
    return ask(register, name, day)


def ask(register: Register, name: str, day: PartialDate) -> Answer:
    """`check` against a register that is already read."""
    normal = check_query(name)
    odd = tuple(odd_characters(name))
    spells = [] if odd else register.keys.get(normal, [])
    open_list = register.package.first_list_on.by(day)
    state = register.state_of(spells, day) if open_list else None
    if not spells and open_list:
        state = False
    word = {True: LISTED, False: NOT_LISTED, None: CANNOT_TELL}[state]
    return Answer(
        query=name, as_of=str(day), state=word, reason=_reason(register, name, spells, day, state, odd), normal_form=normal,
        near=_near(register, normal, spells), odd_characters=odd, notes=_notes(register, spells, day),
        list_as_of=str(register.newest_list_on), list_age_days=_age(register, day), **_facts(spells, day),
    )  # fmt: skip


def _facts(spells: list[dict], day: PartialDate) -> dict:
    if not spells:
        return {}
    spell = next((s for s in spells if runs_on(s, day)), spells[-1])
    sources = split_ids([*(s["source_id"] for s in spells), *(s["more_source_ids"] for s in spells)])
    return {
        "matched": spell["licence_id"], "company": " ".join(filter(None, (spell["company"], spell["legal_form"]))),
        "brand": spell["brand"] or "", "instrument": spell["instrument"], "scope": spell["scope"],
        "announced_on": str(min((s["announced_on"] for s in spells), key=lambda d: d.earliest)),
        "source_ids": tuple(sources),
    }  # fmt: skip


def _reason(register: Register, name: str, spells: list[dict], day: PartialDate, state: bool | None, odd: tuple) -> str:
    if odd:
        return f"{_visible(name)!r} holds characters that no listed name has."
    if not spells and state is False:
        return f"no provider in the register is called '{name}'."
    if not register.package.first_list_on.by(day):
        return f"the first list held is of {register.package.first_list_on}."
    first = min((s["announced_on"] for s in spells), key=lambda d: d.earliest)
    who = _label(spells[-1])
    if state is True:
        return f"{who} was announced on {first}." if first.is_day else f"{who} was announced within {first}."
    if state is None:
        return f"the announcement of {who} falls inside that period ({first})."
    return f"{who} was first named on {first}. The grant date was not printed and may be earlier."


def _visible(name: str) -> str:
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in name)


def _label(spell: dict) -> str:
    company = spell["company"]
    return f"{spell['brand']} ({company})" if spell["brand"] else company


def _near(register: Register, normal: str, spells: list[dict]) -> tuple[str, ...]:
    if spells:
        return ()
    labels = [_label(register.keys[k][-1]) for k in near_names(normal, register.keys)]
    return tuple(dict.fromkeys(labels))


def _notes(register: Register, spells: list[dict], day: PartialDate) -> tuple[str, ...]:
    notes = []
    unnamed = [s for s, _ in register.listed_on(day) if not s["company"]] if register.package.first_list_on.by(day) else []
    if unnamed and not spells:
        notes.append("Some licensees counted by PTA are not named in any source held, so 'not listed' is not 'not licensed'.")
    age = _age(register, day)
    if age > 0:
        notes.append(f"The newest list held is of {register.newest_list_on}, {age} days before {day.latest}.")
    return tuple(notes)


def _age(register: Register, day: PartialDate) -> int:
    return max(0, (day.latest - register.newest_list_on.latest).days)


def register_on(day: str | PartialDate, *, ended: bool = False, data: str | os.PathLike | None = None):
    """The register as it stood on a day, month or year: one row a licensing spell, unnamed ones included.

    Parameters: ``day`` ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; ``ended`` keeps spells that were over by then. Returns a
    DataFrame with the columns of ``licences``, ``state`` (``listed``, ``cannot tell`` or ``ended``) and ``adds_low`` and
    ``adds_high``, how many licensees the row adds to the total [licensee]: an unnamed licensee that may be another row
    adds none where it must be one of them. Raises `DateError` for an unreadable date.

    >>> register_on("2025-12-01").query("state == 'listed' and brand == 'Kestrel VPN'").company.item()
    'Nexilium Tech'
    """
    from .tables import to_frame

    register, day = Register(data), PartialDate.parse(day)
    listed = register.listed_on(day)
    states = {s["licence_id"]: LISTED if state else CANNOT_TELL for s, state in listed}
    over = [s for s in register.spells if s["ended_on"] and s["ended_on"].by(day)] if ended else []
    states |= {s["licence_id"]: "ended" for s in over}
    frame = to_frame(register.folder.table("licences"), set(states))
    frame["state"] = [states[i] for i in frame["licence_id"]]
    adds = adds_to_total(listed)
    for n, end in enumerate(("low", "high")):
        frame[f"adds_{end}"] = [adds.get(i, (0, 0))[n] for i in frame["licence_id"]]
    return frame


def adds_to_total(listed: list[tuple[dict, bool | None]]) -> dict[str, tuple[int, int]]:
    """For each licensing spell of one day, the fewest and most licensees it adds to the total [licensee].

    An unnamed licensee that may be a named one adds none or itself; one that must be among other unnamed ones adds none.
    """
    present = {s["licence_id"]: s for s, _ in listed}
    return {s["licence_id"]: _adds(s, state, present) for s, state in listed if s["status"] == "licensed"}


def _adds(spell: dict, state: bool | None, present: dict[str, dict]) -> tuple[int, int]:
    others = [present[i] for i in (spell["may_be"] or "").split(";") if i in present]
    low = spell["n_low"] if state and not others else 0
    high = 0 if any(not o["company"] for o in others) else spell["n_high"]
    return low, high
