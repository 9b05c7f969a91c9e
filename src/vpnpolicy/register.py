"""Who is on the list on a day. Imports no pandas, so that one question is answered at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from .answers import CANNOT_TELL, LISTED, NOT_LISTED, UNNAMED, Answer, first_day, label, not_found
from .data.asof import View
from .data.names import check_query, name_keys, near_names, odd_characters
from .data.package import Day, PathLike
from .data.tables import Folder
from .dates import PartialDate
from .errors import clipped
from .formatting import split_ids

if TYPE_CHECKING:
    import pandas as pd

VALID_STATUS = ("licensed", "permitted")


class Register:
    """The licence periods of a data folder as known on a day."""

    def __init__(self, data: PathLike | None = None, known_on: Day | None = None) -> None:
        self.folder = Folder(data)
        self.package = self.folder.package
        view = View.at(self.folder, known_on=known_on)
        self.known_on = view.known_on
        table = self.folder.checked("licences")
        self.licences: list[dict] = []
        self.keys: dict[str, list[dict]] = {}
        for row in table.rows():
            known = view.known(table, row)
            if known is False:
                continue
            if not view.any_known(split_ids([row["ended_source_id"]])):
                row["ended_on"] = None  # the end was reported later
            self.licences.append({**row, "known": known})
        for licence in self.licences:
            for key in name_keys(licence):
                self.keys.setdefault(key, []).append(licence)

    def state_of(self, licences: Iterable[dict], day: PartialDate) -> bool | None:
        """Return whether one of these licences runs through the whole of ``day``."""
        valid = [s for s in licences if s["status"] in VALID_STATUS]
        states = {_any(runs_on(s, d) for s in valid) for d in _each_day(day)}
        return states.pop() if len(states) == 1 else None

    def listed_on(self, day: PartialDate) -> list[tuple[dict, bool | None]]:
        """Return every licence that runs or may run on ``day``, with yes or ``None``."""
        found = [(s, self.state_of([s], day)) for s in self.licences]
        return [(s, state) for s, state in found if state is not False]

    def has_list_on(self, day: PartialDate) -> bool | None:
        """Return whether the record has a list by ``day``."""
        return self.package.first_list_on.by(day) if self.licences else None

    @property
    def newest_list_on(self) -> PartialDate | None:
        """The latest day on which a licence was announced."""
        days = [s["announced_on"] for s in self.licences]
        return max(days, key=lambda d: d.latest, default=None)

    def age_on(self, day: PartialDate) -> int:
        """Return the days from the newest list to ``day`` [day]."""
        newest = self.newest_list_on
        return max(0, (day.latest - newest.latest).days) if newest else 0


def runs_on(licence: dict, day: PartialDate) -> bool | None:
    """Return whether a licence has been announced and has not ended by ``day``."""
    begun = licence["announced_on"].by(day)
    over = licence["ended_on"].by(day) if licence["ended_on"] else False
    if begun is False or over is True:
        return False
    return True if begun and over is False and licence["known"] else None


def _any(states: Iterable[bool | None]) -> bool | None:
    seen = set(states)
    return True if True in seen else (None if None in seen else False)


def _each_day(day: PartialDate) -> Iterator[PartialDate]:
    for n in range((day.latest - day.earliest).days + 1):
        yield PartialDate.parse(day.earliest + timedelta(n))


def check(
    name: str,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    data: PathLike | None = None,
) -> Answer:
    """Check whether a provider is on the list in this record on a day, month or year.

    Parameters
    ----------
    name : str
        Brand or company.
    as_of : str or date, optional
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; by default the day the record was compiled to.
    known_on : str or date, optional
        Leave out what was published after this day.
    data : path, optional
        Another data folder.

    Returns
    -------
    Answer
        ``answer.stale`` says that the newest list is older than the record allows.

    Raises
    ------
    ProviderNameError
        For a name that cannot be looked up; `DateError` for an unreadable date.

    Examples
    --------
    >>> check("Kestrel VPN", as_of="2025-12-01").state
    'listed'
    >>> check("Kestrel VPN", as_of="2025-11").state
    'cannot tell'
    >>> check("Kestrel VPN", as_of="2025-12-01", known_on="2025-11-01").state
    'not listed'
    """
    register = Register(data, known_on)
    return ask(register, name, register.package.day(as_of))


def ask(register: Register, name: str, day: PartialDate) -> Answer:
    """Return the answer of `check` from a register that is already read."""
    normal = check_query(name)
    odd = tuple(odd_characters(name))
    licences = [] if odd else register.keys.get(normal, [])
    state = register.state_of(licences, day) if register.has_list_on(day) else None
    age = register.age_on(day)
    return Answer(
        query=name,
        as_of=str(day),
        state={True: LISTED, False: NOT_LISTED, None: CANNOT_TELL}[state],
        reason=explain(register, name, licences, day, state, bool(odd)),
        normal_form=normal,
        near=() if licences else hints(register, normal),
        odd_characters=odd,
        notes=tuple(notes(register, licences, day)),
        list_as_of=str(register.newest_list_on or ""),
        list_age_days=age,
        stale=age > register.package.max_age_days,
        known_on=str(register.known_on or ""),
        **_facts(licences, day),
    )


def _facts(licences: list[dict], day: PartialDate) -> dict:
    if not licences:
        return {}
    found = next((s for s in licences if runs_on(s, day)), licences[-1])
    sources = [s[c] for c in ("source_id", "more_source_ids") for s in licences]
    return {
        "matched": found["licence_id"],
        "company": " ".join(filter(None, (found["company"], found["legal_form"]))),
        "brand": found["brand"] or "",
        "instrument": found["instrument"],
        "scope": found["scope"],
        "announced_on": str(first_day(licences)),
        "source_ids": tuple(split_ids(sources)),
    }


def register_on(
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    ended: bool = False,
    data: PathLike | None = None,
) -> pd.DataFrame:
    """Return the register on a day, month or year: one row per licence period.

    Parameters
    ----------
    as_of : str or date, optional
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; by default the day the record was compiled to.
    known_on : str or date, optional
        Leave out what was published after this day.
    ended : bool
        Keep licences that had ended by then.
    data : path, optional
        Another data folder.

    Returns
    -------
    pandas.DataFrame
        The columns of ``licences``, unnamed licensees included; ``state`` (``listed``,
        ``cannot tell`` or ``ended``); ``adds_low`` and ``adds_high``, how many licensees the row
        adds to the total [licensee]: an unnamed licensee that must be another row adds none.

    Raises
    ------
    DateError
        For an unreadable date.

    Examples
    --------
    >>> register_on(as_of="2025-12-01").query("brand == 'Kestrel VPN'").company.item()
    'Nexilium Tech'
    """
    from .data.frames import add_columns, to_frame

    register = Register(data, known_on)
    day = PartialDate.parse(register.package.as_of if as_of is None else as_of)
    listed = register.listed_on(day)
    states = {s["licence_id"]: LISTED if state else CANNOT_TELL for s, state in listed}
    ends = {s["licence_id"]: s["ended_on"] for s in register.licences if s["ended_on"]}
    if ended:
        states |= {i: "ended" for i, end in ends.items() if end.by(day)}
    frame = to_frame(register.folder.table("licences"), set(states))
    ids = frame["licence_id"]
    frame.loc[~ids.isin(list(ends)), ["ended_on", "ended_source_id"]] = None
    adds = adds_to_total(listed)
    low, high = ([adds.get(i, (0, 0))[n] for i in ids] for n in (0, 1))
    return add_columns(frame, state=[states[i] for i in ids], adds_low=low, adds_high=high)


def adds_to_total(listed: list[tuple[dict, bool | None]]) -> dict[str, tuple[int, int]]:
    """Return the fewest and most licensees that each licence of one day adds [licensee].

    An unnamed licensee that may be a named one adds none or itself; one that must be among other
    unnamed ones adds none.
    """
    present = {s["licence_id"]: s for s, _ in listed}
    found = {}
    for licence, state in listed:
        if licence["status"] == "licensed":
            others = [present[i] for i in (licence["may_be"] or "").split(";") if i in present]
            low = licence["n_low"] if state and not others else 0
            high = 0 if any(not o["company"] for o in others) else licence["n_high"]
            found[licence["licence_id"]] = low, high
    return found


def hints(register: Register, normal: str) -> tuple[str, ...]:
    """Return listed names with a similar spelling."""
    found = near_names(normal, register.keys)
    return tuple(dict.fromkeys(label(register.keys[key][-1]) for key in found))


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
