"""A panel as ipywidgets, which is imported here and nowhere else."""

from __future__ import annotations

from ..errors import UsageError
from .controls import Control

_STYLE = {"description_width": "initial"}


def build(panel):
    """A box of the panel's controls above its answer; each change redraws the answer.

    Raises `UsageError` where ipywidgets is missing.
    """
    try:
        import ipywidgets
    except ImportError:
        raise UsageError(
            'controls need ipywidgets. Install with: pip install "vpnpolicy[lab]"'
        ) from None
    made = {name: _make(ipywidgets, c, panel.values[name]) for name, c in panel.controls.items()}
    answer = ipywidgets.HTML(panel.to_html())

    def renew(_change) -> None:
        answer.value = panel.to_html(**{name: widget.value for name, widget in made.items()})

    for widget in made.values():
        widget.observe(renew, "value")
    row = ipywidgets.Box(
        tuple(made.values()),
        layout={"display": "flex", "flex_flow": "row wrap", "grid_gap": "4px 20px"},
    )
    return ipywidgets.VBox((row, answer))


def _make(ipywidgets, control: Control, value):
    layout = {"width": control.width, "max_width": "100%"}
    kind = getattr(ipywidgets, control.widget)
    return kind(
        value=value, description=control.label, style=_STYLE, layout=layout, **control.options()
    )
