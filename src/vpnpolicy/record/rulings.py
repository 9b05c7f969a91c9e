"""What we hold where claims differ, and which rulings a new claim has unsettled."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Problem
from .schema import Folder


def topics(ruling: dict) -> list[tuple[str, str]]:
    """The (subject, property) pairs a ruling is about."""
    return [tuple(topic.split(".", 1)) for topic in ruling["about"].split(";")]


def unsettled(folder: Folder) -> Iterator[tuple[dict, int, list[str]]]:
    """Rulings that claims have outgrown: the ruling, its row and the claims it had not seen."""
    claims = [c for c in folder.table("claims").rows() if c["claim_id"]]
    for n, ruling in enumerate(folder.table("rulings").rows()):
        if ruling["status"] == "superseded" or not ruling["about"]:
            continue
        seen = set((ruling["expect"] or "").split(";"))
        about = set(ruling["about"].split(";"))
        new = [c["claim_id"] for c in claims if f"{c['subject']}.{c['property']}" in about and c["claim_id"] not in seen]
        if new:
            yield ruling, n, new


def ruling_problems(folder: Folder) -> Iterator[Problem]:
    """Each ruling that a new claim bears on, and each that names a property nobody can claim."""
    table = folder.table("rulings")
    known = {f"{p['subject']}.{p['property']}" for p in folder.table("properties").rows()}
    for n, about in enumerate(table.columns["about"]):
        for topic in (about or "").split(";"):
            if topic and topic not in known:
                yield table.fault(n, "about", "foreign-key", f"'{topic}'", "a row of properties")
    for ruling, n, new in unsettled(folder):
        found = f"{ruling['ruling_id']} ({ruling['question']}) had not seen {', '.join(new)}"
        yield table.fault(n, "expect", "ruling-unsettled", found, "a fresh look, then the claims added to expect")
