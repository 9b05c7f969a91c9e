"""A panel: controls above, the answer below, redrawn when a control changes; without widgets, the answer alone."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Callable, Iterable

from ..errors import UsageError, VpnPolicyError, did_you_mean
from ..formatting import note_html
from ..plot.style import ChartAxes, render_figure
from .controls import Control

STYLE = (
    "<style>.vp-panel{margin:.4em 0 1em;max-width:64em;line-height:1.45}.vp-panel figure{margin:0 0 1em}"
    ".vp-panel img{display:block;max-width:100%;height:auto;background:#fff}.vp-panel p{margin:.3em 0}.vp-panel ul{margin:.3em 0;padding-left:1.3em}"
    ".vp-panel .vp-answer,.vp-panel .vp-estimate,.vp-panel .vp-refusal{border-left:4px solid #767676;padding:.1em 1em;margin:0 0 1em}"
    ".vp-panel .vp-listed{border-left-color:#009e73}.vp-panel .vp-not-listed,.vp-panel .vp-refusal{border-left-color:#d55e00}"
    ".vp-panel table{border-collapse:collapse;margin:0 0 1em}.vp-panel td,.vp-panel th{padding:.25em .8em .25em 0;border-bottom:1px solid #80808080}"
    ".vp-panel caption{padding-bottom:.3em}</style>"
)


class Refusal:
    """Why a panel has no answer, in one line."""

    def __init__(self, error: Exception):
        self.text = f"internal error: {type(error).__name__}: {error}"
        if isinstance(error, VpnPolicyError):
            self.text = error.one_line()

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {
            "text/html": note_html("vp-refusal", self.text, (), role="alert"),
            "text/plain": self.text,
        }


class Panel:
    """Controls and what they answer.

    Shows in a notebook as widgets; where ipywidgets is missing, in a terminal and in a report, as the answer to the
    values it starts with. ``answer`` gives results that show themselves: text, notes, tables, charts.
    """

    def __init__(self, title: str, controls: Iterable[Control], answer: Callable[..., Iterable]):
        self.title, self.answer = title, answer
        self.controls = {c.name: c for c in controls}
        self.values = {c.name: c.value for c in self.controls.values()}

    def start(self, **values) -> Panel:
        """Set where controls start. Raises `UsageError` for a control it does not have, or a value it cannot hold."""
        for name, value in values.items():
            if name not in self.controls:
                raise UsageError(
                    f"this panel has no control '{name}'. {did_you_mean(name, self.controls)}"
                )
            self.values[name] = self.controls[name].check(value)
        return self

    def parts(self, **changed) -> list:
        """The answer to the values of the controls, ``changed`` ones in their place; a refusal where there is none."""
        try:
            values = {n: self.controls[n].check(v) for n, v in {**self.values, **changed}.items()}
            return list(self.answer(**values))
        except Exception as error:
            return [Refusal(error)]

    def to_html(self, **changed) -> str:
        """The answer as one piece of HTML."""
        body = "".join(part_html(p) for p in self.parts(**changed))
        return f'{STYLE}<section class="vp-panel" aria-label="{html.escape(self.title, quote=True)}">{body}</section>'

    def widget(self):
        """The panel as an ipywidgets box. Raises `UsageError` where ipywidgets is missing."""
        from .widgets import build

        return build(self)

    def __repr__(self) -> str:
        return "\n\n".join([self.title, *(part_text(p) for p in self.parts())])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if is_live():
            widget = self.widget()
            bundle = {"text/plain": self.title, "text/html": widget.children[-1].value}
            display({**widget._repr_mimebundle_(), **bundle}, raw=True)
        else:
            display(*self.parts())


def is_live() -> bool:
    """Whether widgets can work: ipywidgets is there, and a kernel with a reader; not a terminal, not a report."""
    from IPython import get_ipython

    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel") and "VPNPOLICY_READS" not in os.environ


def part_html(part) -> str:
    """One result as HTML: a chart as a picture with its alt text, all others as they show themselves."""
    if isinstance(part, ChartAxes):
        src = base64.b64encode(render_figure(part, "svg")).decode()
        return f'<figure><img src="data:image/svg+xml;base64,{src}" alt="{html.escape(part.alt, quote=True)}"></figure>'
    bundle = part._repr_mimebundle_()
    return (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]


def part_text(part) -> str:
    """One result as plain text; of a chart, its alt text."""
    return part.alt if isinstance(part, ChartAxes) else str(part)
