"""IPython in this process, its outputs kept: what a kernel would send, without a kernel."""

from __future__ import annotations

import base64

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .outputs import CapturedHandles, Outputs, OutputTooBig


class Publisher(DisplayPublisher):
    """Displays, their later updates, and the clearing of outputs."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.shown: dict[str, list[dict]] = {}

    def publish(self, data, metadata=None, *, transient=None, update=False, **others):
        """Keep a display, or change one that was kept under its id."""
        identifier = (transient or {}).get("display_id")
        if update and identifier:
            for output in self.shown.get(identifier, ()):
                output.update(data=_plain(data), metadata=metadata or {})
            return
        output = {"output_type": "display_data", "data": _plain(data), "metadata": metadata or {}}
        self.shell.outputs.add(output)
        if identifier:
            self.shown.setdefault(identifier, []).append(output)

    def clear_output(self, wait=False):
        """Drop the outputs so far, now or with the next one."""
        if wait:
            self.shell.outputs.clear_next = True
        else:
            self.shell.outputs.clear()


class Hook(DisplayHook):
    """The value of a cell's last line."""

    def write_output_prompt(self):
        """No prompt."""

    def finish_displayhook(self):
        """Nothing to flush."""

    def write_format_data(self, format_dict, md_dict=None):
        """Keep the value as the result of the cell."""
        result = {"output_type": "execute_result", "data": _plain(format_dict), "metadata": md_dict or {}}
        self.shell.outputs.add({**result, "execution_count": self.shell.outputs.number})


class Shell(InteractiveShell):
    """A shell without history, terminal or input."""

    outputs = Outputs()

    def enable_gui(self, gui=None):
        """No window system."""

    def init_virtualenv(self):
        """The interpreter is chosen already."""

    def ask_exit(self):
        """There is no session to leave."""

    def raw_input(self, prompt=""):
        """Refuse a question nobody can answer."""
        raise EOFError("input() cannot be answered in a report")

    getpass = raw_input

    def _showtraceback(self, etype, evalue, stb):
        self.outputs.add({"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)})


def make_shell() -> Shell:
    """The shell of this process; its outputs are in ``shell.outputs``."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=config, display_pub_class=Publisher, displayhook_class=Hook)
    shell.set_hook("show_in_pager", lambda self, data, *_: shell.outputs.write("stdout", _page(data)), 99)
    return shell


def _page(data) -> str:
    return data.get("text/plain", "") if isinstance(data, dict) else str(data)


def _plain(data: dict) -> dict:
    """Bytes as base64, as they travel from a kernel."""
    return {k: base64.b64encode(v).decode("ascii") if isinstance(v, bytes) else v for k, v in data.items()}


def run_cell(shell, handles: CapturedHandles, code: str) -> tuple[Outputs, BaseException | None]:
    """Run one cell; its outputs, which hold its number, and the error that ended it.

    The error is also the last output, as a kernel would give it.
    """
    type(shell).outputs = outputs = Outputs(shell.execution_count)
    if not code.strip():
        return outputs, None
    try:
        result = shell.run_cell(code, store_history=True)
        handles.drain(outputs)
        error = result.error_before_exec or result.error_in_exec
    except OutputTooBig as big:
        error = big
        outputs.append({"output_type": "error", "ename": "OutputTooBig", "evalue": str(big), "traceback": []})
    return outputs, error
