"""A number that follows from the record, with its range, its working and its sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..formatting import format_money, format_number, note_html, plain_number


@dataclass(frozen=True)
class Estimate:
    """What a quantity comes to: low, central and high in one unit, how it was worked out and from which sources."""

    quantity: str
    low: Any
    central: Any
    high: Any
    unit: str
    inputs: dict = field(default_factory=dict)
    working: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether low and high are one value."""
        return bool(self.low == self.high)

    def to_dict(self) -> dict:
        """Plain values with a ``schema`` field; exact whole numbers stay whole."""
        numbers = {f"{k}_{self.unit.lower()}": _plain(getattr(self, k)) for k in ("low", "central", "high")}
        return {
            "schema": "vpnpolicy.estimate/1", "quantity": self.quantity, "unit": self.unit, **numbers,
            f"{self.quantity}_{self.unit.lower()}": _plain(self.central), "inputs": self.inputs,
            "working": list(self.working), "source_ids": list(self.source_ids), "notes": list(self.notes),
        }  # fmt: skip

    def to_frame(self):
        """One row a value; arrays give one row an element."""
        import pandas as pd

        values = {f"{k}_{self.unit.lower()}": _plain(getattr(self, k)) for k in ("low", "central", "high")}
        return pd.DataFrame(values, index=None if hasattr(self.central, "__len__") else [0])

    def headline(self) -> str:
        """The value in words, with its range where there is one."""
        if hasattr(self.central, "__len__"):
            return f"{self.quantity}: {len(self.central)} values [{self.unit}]"
        low, central, high = (self._words(v) for v in (self.low, self.central, self.high))
        return f"{self.quantity}: {central}" if self.is_exact else f"{self.quantity}: {central} ({low} to {high})"

    def _words(self, value) -> str:
        return format_money(value, self.unit) if self.unit in ("USD", "PKR") else f"{format_number(value)} {self.unit}"

    def details(self) -> list[str]:
        """Working, remarks and sources, a line each."""
        sources = [f"Sources: {', '.join(self.source_ids)}"] if self.source_ids else []
        return [*self.working, *self.notes, *sources]

    def __str__(self) -> str:
        return "\n  ".join([self.headline(), *self.details()])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/html": note_html("vp-estimate", self.headline(), self.details()), "text/plain": str(self)}


def _plain(value):
    return value if hasattr(value, "__len__") else plain_number(value)
