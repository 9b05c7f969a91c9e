"""Provider names: a normal form for answers, near names for hints, odd characters by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from ..errors import ProviderNameError

LEGAL_WORDS = ("smc", "pvt", "private", "ltd", "limited")
GENERIC_WORDS = ("vpn", "vpns")
NEAR_SCORE = 75
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63]")
_EDGE = re.compile(r"[\s.,;:()\-]+$")


def normal_name(name: str) -> str:
    """Return the form that all spellings of one listed name share.

    NFC, case, dashes and spaces folded, legal suffixes of Pakistani companies left out.
    Full-width and look-alike letters stay as they are, so they never match.

    >>> normal_name("  Nexilium  Tech (SMC\u2011Pvt.) Ltd. ")
    'nexilium tech'
    """
    text = unicodedata.normalize("NFC", name).casefold()
    text = " ".join(_DASHES.sub("-", unicodedata.normalize("NFC", text)).split())
    while True:
        shorter = _without_legal_word(text)
        if shorter == text:
            return text
        text = shorter


def _without_legal_word(text: str) -> str:
    bare = _EDGE.sub("", text)
    for word in LEGAL_WORDS:
        if bare.endswith(word) and len(bare) > len(word) and bare[-len(word) - 1] in " (-.":
            return _EDGE.sub("", bare[: -len(word)])
    return text if bare not in LEGAL_WORDS else ""


def name_keys(licence: dict) -> list[str]:
    """Return the normal forms under which a licence is found: company, brand, variants."""
    variants = (licence["company_as_printed"] or "").split("|")
    names = [licence["company"], licence["brand"], *variants]
    return list(dict.fromkeys(normal_name(n) for n in names if n))


def core_name(normal: str) -> str:
    """Return a normal form without the words that every provider uses.

    >>> core_name("crest vpn")
    'crest'
    """
    return " ".join(w for w in normal.split() if w not in GENERIC_WORDS)


def odd_characters(name: str) -> list[str]:
    """Return characters that hide, reverse text or imitate letters, each with code and name.

    >>> odd_characters("Cr\u0435st VPN")
    ['U+0435 CYRILLIC SMALL LETTER IE (mixed script)']
    """
    latin = any(_script(c) == "LATIN" for c in name)
    found = []
    for char in dict.fromkeys(name):
        kind = _oddity(char, latin)
        if kind:
            found.append(f"U+{ord(char):04X} {unicodedata.name(char, 'UNNAMED')} ({kind})")
    return found


def _oddity(char: str, latin: bool) -> str:
    if unicodedata.category(char) in ("Cf", "Cc", "Co", "Cs", "Cn"):
        return "invisible"
    if unicodedata.east_asian_width(char) == "F" or "FULLWIDTH" in unicodedata.name(char, ""):
        return "full-width"
    plain = char.isspace() or _DASHES.match(char)
    if unicodedata.decomposition(char).startswith("<") and not plain:
        return "look-alike"
    return "mixed script" if latin and char.isalpha() and _script(char) != "LATIN" else ""


def _script(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0] if char.isalpha() else ""


def check_query(name: str) -> str:
    """Return the normal form of a name that was asked for.

    Raises `ProviderNameError` where the name is empty or has no distinguishing word.
    """
    if not isinstance(name, str):
        raise ProviderNameError(f"name: found {type(name).__name__}; expected text.")
    normal = normal_name(name)
    hint = "Type the brand or company name, for example 'Crest VPN'."
    if not any(c.isalnum() for c in name):
        raise ProviderNameError(f"the name is empty. {hint}")
    if not core_name(normal):
        found = f"'{name}' has no distinguishing word beside 'VPN' and company suffixes"
        raise ProviderNameError(f"{found}. {hint}")
    return normal


def near_names(normal: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return known normal forms with a similar spelling, nearest first: hints, never answers.

    >>> near_names("kestral vpn", ["kestrel vpn", "crest vpn"])
    ['kestrel vpn']
    """
    from rapidfuzz import fuzz, process

    cores = {name: core_name(name) for name in known}
    options: dict[str, Any] = {"scorer": fuzz.ratio, "score_cutoff": NEAR_SCORE, "limit": limit}
    whole = process.extract(normal, list(cores), **options)
    part = process.extract(core_name(normal), cores, **options)
    scores: dict[str, float] = {}
    for found, score in [(w[0], w[1]) for w in whole] + [(p[2], p[1]) for p in part]:
        scores[found] = max(scores.get(found, 0), score)
    return sorted(scores, key=lambda n: (-scores[n], n))[:limit]
