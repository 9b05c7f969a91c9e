"""Why an answer is what it is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dates import PartialDate
from ..errors import clipped
from .names import near_names

if TYPE_CHECKING:
    from .register import Register

UNNAMED = "Some licensees counted by PTA are not named in any source held, so 'not listed' is not 'not licensed'."


def label(spell: dict) -> str:
    """Brand and company of a spell."""
    return f"{spell['brand']} ({spell['company']})" if spell["brand"] else spell["company"]


def hints(register: Register, normal: str) -> tuple[str, ...]:
    """Listed names spelt much like this one."""
    return tuple(dict.fromkeys(label(register.keys[k][-1]) for k in near_names(normal, register.keys)))


def explain(register: Register, name: str, spells: list[dict], day: PartialDate, state: bool | None, odd: tuple) -> str:
    """The reason of an answer in one sentence."""
    if odd:
        return f"{clipped(visible(name))!r} holds characters that no listed name has."
    if not register.has_list_on(day):
        return f"the first list held is of {register.package.first_list_on}." if register.spells else "no list was known by then."
    if not spells:
        return nobody(name)
    first = min((s["announced_on"] for s in spells), key=lambda d: d.earliest)
    who = label(spells[-1])
    if state is True:
        return f"{who} was announced {'on' if first.is_day else 'within'} {first}."
    if state is None:
        return f"the announcement of {who} falls inside that period ({first})."
    if first.by(day):
        return f"the spell of {who} ended on {spells[-1]['ended_on']}."
    return f"{who} was first named on {first}. The grant date was not printed and may be earlier."


def nobody(name: str) -> str:
    """That a name is in no list held."""
    return f"no provider in the register is called '{clipped(name)}'."


def visible(name: str) -> str:
    """A name with characters that cannot be seen written out."""
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in name)


def notes(register: Register, spells: list[dict], day: PartialDate) -> tuple[str, ...]:
    """What a reader must know beside the answer."""
    found = []
    unnamed = [s for s, _ in register.listed_on(day) if not s["company"]] if register.has_list_on(day) else []
    if unnamed and not spells:
        found.append(UNNAMED)
    age = register.age_on(day)
    if age:
        found.append(f"The newest list held is of {register.newest_list_on}, {age} days before {day.latest}.")
    if age > register.package.max_age_days:
        found.append(
            f"That is older than the {register.package.max_age_days} days this record allows: grants and withdrawals since then are not known here."
        )
    return tuple(found)
