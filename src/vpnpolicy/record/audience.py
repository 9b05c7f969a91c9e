"""For whom a term is written, and the regimes that are compared."""

from __future__ import annotations

from ..errors import UsageError, did_you_mean

REGIMES = ["unregistered-use", "registration-portal", "data-class-licence", "idcs-draft"]
WHO = {
    "user": ("user",), "freelancer": ("freelancer", "user"), "business": ("business", "user"), "provider": ("provider",),
}  # fmt: skip


def check_who(who: str) -> tuple[str, ...]:
    """Whom the terms for ``who`` are written for. Raises `UsageError` with the nearest word."""
    if who not in WHO:
        raise UsageError(f"there is nothing on '{who}'. {did_you_mean(who, WHO)}")
    return WHO[who]
