"""What a panel can be asked with: controls in words, without widgets. Each checks its value, typed or given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Control:
    """One input of a panel: its name in code, its label for readers, and where it starts."""

    name: str
    label: str
    value: object
    width: ClassVar[str] = "auto"
    widget: ClassVar[str] = ""

    def check(self, value):
        """The value as the answer takes it. Raises `UsageError` for one that this control cannot hold."""
        return value

    def options(self) -> dict:
        """Arguments of the widget beside label and value."""
        return {}


@dataclass(frozen=True)
class Words(Control):
    """A line of text, heard when Enter is pressed or the box is left."""

    hint: str = ""
    width: str = "22em"  # type: ignore[misc]  # a class variable of other controls
    widget: ClassVar[str] = "Text"

    def check(self, value) -> str:
        """Any text."""
        return "" if value is None else str(value).strip()

    def options(self) -> dict:
        """A hint in the empty box."""
        return {"placeholder": self.hint, "continuous_update": False}


@dataclass(frozen=True)
class Choice(Control):
    """One of a few: values by the words that readers choose."""

    choices: Mapping[str, object]
    widget: ClassVar[str] = "Dropdown"

    def check(self, value):
        """One of the values, or the words it stands under."""
        if value in self.choices.values():
            return value
        if value in self.choices:
            return self.choices[value]
        raise UsageError(
            f"{self.name} cannot be {value!r}. {did_you_mean(str(value), self.choices.values())}"
        )

    def options(self) -> dict:
        """Words and values in order."""
        return {"options": list(self.choices.items())}


@dataclass(frozen=True)
class Slide(Choice):
    """One of many in an order, moved along by mouse or arrow keys."""

    width: ClassVar[str] = "34em"
    widget: ClassVar[str] = "SelectionSlider"


@dataclass(frozen=True)
class Number(Control):
    """A number between two bounds."""

    low: float
    high: float
    step: float
    widget: ClassVar[str] = "BoundedFloatText"

    def check(self, value) -> Any:
        """Return a number within the bounds."""
        return self._within(value)

    def _within(self, value) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not self.low <= value <= self.high
        ):
            raise UsageError(
                f"{self.name} is a number from {self.low:,g} to {self.high:,g}; found {value!r}."
            )
        return value

    def options(self) -> dict:
        """Bounds and step."""
        return {"min": self.low, "max": self.high, "step": self.step}


@dataclass(frozen=True)
class Span(Number):
    """Two numbers between two bounds, the lower first."""

    width: ClassVar[str] = "46em"
    widget: ClassVar[str] = "FloatRangeSlider"

    def check(self, value) -> tuple[float, float]:
        """Two numbers in order."""
        low, high = sorted(self._within(v) for v in value)
        return low, high

    def options(self) -> dict:
        """Bounds, step, and as many digits as the step has."""
        return {
            **super().options(),
            "readout_format": f",.{max(0, -math.floor(math.log10(self.step)))}f",
        }
