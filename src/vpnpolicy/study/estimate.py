"""A number that follows from the record, with its range, its working and its sources."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

from ..basis.numerals import format_money, plain_number


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
        text = f"{self.quantity}: {format_money(self.central, self.unit)}"
        return text if self.is_exact else f"{text} ({format_money(self.low, self.unit)} to {format_money(self.high, self.unit)})"

    def __str__(self) -> str:
        sources = [f"Sources: {', '.join(self.source_ids)}"] if self.source_ids else []
        return "\n  ".join([self.headline(), *self.working, *self.notes, *sources])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        items = "".join(f"<li>{html.escape(line)}</li>" for line in str(self).split("\n  ")[1:])
        return {
            "text/html": f"<div class='vp-estimate'><p><strong>{html.escape(self.headline())}</strong></p><ul>{items}</ul></div>",
            "text/plain": str(self),
        }


def _plain(value):
    return value if hasattr(value, "__len__") else plain_number(value)
