"""Who is on the list on a day. Works without pandas, so that one question is answered in a tenth of a second."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta

from ..dates import PartialDate
from ..formatting import split_ids
from . import reasons
from .answer import CANNOT_TELL, LISTED, NOT_LISTED, Answer
from .clocks import Clocks
from .names import check_query, normal_name, odd_characters
from .schema import Folder, Table

STANDING = ("licensed", "permitted")


class Register:
    """The licensing spells of a data folder as one could know them by a day, ready for questions."""

    def __init__(self, folder: str | os.PathLike | None = None, known_on: str | PartialDate | None = None):
        self.folder = Folder(folder)
        self.package = self.folder.package
        clocks = Clocks.at(self.folder, known_on=known_on)
        self.known_on = clocks.known_on
        table = self.folder.checked("licences")
        self.spells = [s for r in table.rows() if (s := _as_known(r, table, clocks))["known"] is not False]
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

    def has_list_on(self, day: PartialDate) -> bool | None:
        """Whether a list was held by ``day``."""
        return self.package.first_list_on.by(day) if self.spells else None

    @property
    def newest_list_on(self) -> PartialDate | None:
        """The latest day a licence row was announced."""
        return max((s["announced_on"] for s in self.spells), key=lambda d: d.latest, default=None)

    def age_on(self, day: PartialDate) -> int:
        """Days from the newest list to ``day`` [day]."""
        return max(0, (day.latest - self.newest_list_on.latest).days) if self.newest_list_on else 0


def _as_known(spell: dict, table: Table, clocks: Clocks) -> dict:
    """A spell as one could know it: an end that was reported later is not there yet."""
    end_known = clocks.any_known(split_ids([spell["ended_source_id"]]))
    return {**spell, "known": clocks.known(table, spell), "ended_on": spell["ended_on"] if end_known else None}


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
    return True if begun and over is False and spell["known"] else None


def _any(states: Iterable[bool | None]) -> bool | None:
    seen = set(states)
    return True if True in seen else (None if None in seen else False)


def _each_day(day: PartialDate) -> Iterator[PartialDate]:
    for n in range((day.latest - day.earliest).days + 1):
        yield PartialDate.parse(day.earliest + timedelta(n))


def check(
    name: str,
    as_of: str | PartialDate | None = None,
    *,
    known_on: str | PartialDate | None = None,
    data: str | os.PathLike | None = None,
) -> Answer:
    """Whether a provider is on the list held here, on a day, month or year.

    Parameters: ``name`` brand or company as text; ``as_of`` ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, by default the
    day the record was compiled to; ``known_on`` leaves out what was published later; ``data`` another data folder.
    Returns an `Answer`; ``answer.stale`` says that the newest list is older than the record allows.
    Raises `ProviderNameError` for a name that cannot be looked up, `DateError` for an unreadable date.

    >>> check("Kestrel VPN", as_of="2025-12-01").state
    'listed'
    >>> check("Kestrel VPN", as_of="2025-11").state
    'cannot tell'
    >>> check("Kestrel VPN", as_of="2025-12-01", known_on="2025-11-01").state
    'not listed'
    """
    register = Register(data, known_on)
    return ask(register, name, register.package.as_of if as_of is None else PartialDate.parse(as_of))


def ask(register: Register, name: str, day: PartialDate) -> Answer:
    """`check` against a register that is already read."""
    normal = check_query(name)
    odd = tuple(odd_characters(name))
    spells = [] if odd else register.keys.get(normal, [])
    has_list = register.has_list_on(day)
    state = register.state_of(spells, day) if has_list else None
    word = {True: LISTED, False: NOT_LISTED, None: CANNOT_TELL}[state]
    age = register.age_on(day)
    return Answer(
        query=name, as_of=str(day), state=word, reason=reasons.explain(register, name, spells, day, state, odd), normal_form=normal,
        near=() if spells else reasons.hints(register, normal), odd_characters=odd, notes=reasons.notes(register, spells, day),
        list_as_of=str(register.newest_list_on or ""), list_age_days=age, stale=age > register.package.max_age_days,
        known_on=str(register.known_on or ""),
        **_facts(spells, day),
    )  # fmt: skip


def _facts(spells: list[dict], day: PartialDate) -> dict:
    if not spells:
        return {}
    spell = next((s for s in spells if runs_on(s, day)), spells[-1])
    return {
        "matched": spell["licence_id"], "company": " ".join(filter(None, (spell["company"], spell["legal_form"]))),
        "brand": spell["brand"] or "", "instrument": spell["instrument"], "scope": spell["scope"],
        "announced_on": str(min((s["announced_on"] for s in spells), key=lambda d: d.earliest)),
        "source_ids": tuple(split_ids([*(s["source_id"] for s in spells), *(s["more_source_ids"] for s in spells)])),
    }  # fmt: skip


def register_on(
    day: str | PartialDate,
    *,
    known_on: str | PartialDate | None = None,
    ended: bool = False,
    data: str | os.PathLike | None = None,
):
    """The register as it stood on a day, month or year: one row a licensing spell, unnamed ones included.

    Parameters: ``day`` ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; ``known_on`` leaves out what was published later;
    ``ended`` keeps spells that were over by then. Returns a DataFrame with the columns of ``licences`` (``named_by`` says whether PTA
    or the press named a licensee), ``state`` (``listed``, ``cannot tell`` or ``ended``) and ``adds_low`` and ``adds_high``, how many licensees the row adds to the total [licensee]: an unnamed licensee that may be another row
    adds none where it must be one of them. Raises `DateError` for an unreadable date.

    >>> register_on("2025-12-01").query("state == 'listed' and brand == 'Kestrel VPN'").company.item()
    'Nexilium Tech'
    """
    from .tables import to_frame

    register, day = Register(data, known_on), PartialDate.parse(day)
    listed = register.listed_on(day)
    states = {s["licence_id"]: LISTED if state else CANNOT_TELL for s, state in listed}
    over = [s for s in register.spells if s["ended_on"] and s["ended_on"].by(day)] if ended else []
    states |= {s["licence_id"]: "ended" for s in over}
    frame = to_frame(register.folder.table("licences"), set(states))
    known_ends = {s["licence_id"] for s in register.spells if s["ended_on"]}
    frame.loc[~frame["licence_id"].isin(known_ends), ["ended_on", "ended_source_id"]] = None
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
