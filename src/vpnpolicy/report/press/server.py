"""The warm parent: imports everything once, then forks one child a report and tells how each ended.

Orders come as lines of JSON on standard input, news goes out as lines of JSON. The parent has one thread and no event
loop, so a child starts as a clean copy of it. When its input ends, it ends every child and itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from ...basis.errors import VpnPolicyError
from ..making import Order
from . import linux
from .child import quiet, work_on


class Server:
    """Children by the number of their order."""

    def __init__(self, news: int):
        self.news, self.running, self.works = news, {}, {}

    def tell(self, **what: object) -> None:
        """One line of news."""
        os.write(self.news, json.dumps(what).encode() + b"\n")

    def start(self, number: int, plain: dict) -> None:
        """Fork a child that makes one report."""
        order = Order.from_dict(plain)
        pid = os.fork()
        if pid == 0:
            self.become_child(order)
        self.running[pid], self.works[pid] = number, order.work
        self.tell(started=number, pid=pid)

    def become_child(self, order: Order) -> None:
        """What the child does until it leaves; it never returns into the parent's loop."""
        code = 70
        try:
            os.setsid()
            linux.die_with_parent()
            signal.set_wakeup_fd(-1)
            os.close(self.news)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            quiet(Path(order.work))
            code = work_on(order)
        finally:
            os._exit(code)

    def kill(self, number: int) -> None:
        """End one child and its group."""
        for pid in [p for p, n in self.running.items() if n == number]:
            linux.kill_group(pid)

    def reap(self) -> None:
        """Tell of every child that ended; what it left running is ended too."""
        ended = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self.running:
                ended = True
                linux.kill_group(pid)
                self.works.pop(pid)
                self.tell(ended=self.running.pop(pid), status=os.waitstatus_to_exitcode(status))
        if ended:
            linux.kill_strays(set(self.running), set(self.works.values()))

    def end(self) -> None:
        """Leave nothing running."""
        for pid in self.running:
            linux.kill_group(pid)
        for pid in list(self.running):
            os.waitpid(pid, 0)
        linux.kill_strays(set(), set())


def serve(server: Server) -> None:
    """Answer orders until the input ends."""
    ended, wake = os.pipe()
    for handle in (ended, wake):
        os.set_blocking(handle, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    rest = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
        server.reap()
        if 0 in ready:
            raw = os.read(0, 1 << 16)
            if not raw:
                return
            *lines, rest = (rest + raw).split(b"\n")
            for line in lines:
                obey(server, json.loads(line))


def obey(server: Server, order: dict) -> None:
    """One order: start a report or end one."""
    if "kill" in order:
        server.kill(order["kill"])
    else:
        server.start(order["number"], order["order"])


def warm_up(data: str, formats: list[str]) -> None:
    """Load what reports use: libraries, the record, fonts, the template. Nothing of it is particular to a report."""
    with without("rfc3987_syntax", "pyarrow.fs"):
        import papermill  # noqa: F401

    import vpnpolicy

    from ...record.schema import Folder
    from ..engine import warm_shell
    from ..manifest import library_versions

    for name in vpnpolicy.__all__:
        getattr(vpnpolicy, name)
    for name in Folder(data).package.resources:
        with contextlib.suppress(VpnPolicyError):  # what is wrong with the record is told by the reports
            vpnpolicy.load_table(name, data)
    library_versions()
    warm_shell()
    warm_charts("svg,png" if "png" in formats else "svg")
    warm_page(formats)


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Let what is imported inside do without optional modules that no report reaches through it; afterwards they are there again.

    jsonschema, which nbformat imports, compiles a grammar of international addresses for a second; no schema of a notebook
    asks for that check. papermill loads a client of Hadoop, and no notebook is read from there.
    """
    absent = [n for n in names if n not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def warm_charts(formats: str) -> None:
    """Draw one throw-away chart of every letter, so that fonts, their widths and the writers of pictures are loaded."""
    import string

    import vpnpolicy

    os.environ["VPNPOLICY_FIGURES"] = formats
    letters = string.printable.strip().replace("$", "")
    bars = vpnpolicy.tornado(lambda **x: sum(x.values()), {n: vpnpolicy.Range(1, 2, 3) for n in (letters, letters[::-1])})
    vpnpolicy.plot_tornado(bars, letters)._repr_mimebundle_()


def warm_page(formats: list[str]) -> None:
    """Compile the template with a page that holds nothing; load the PDF writer where it is wanted."""
    from nbformat.v4 import new_markdown_cell, new_notebook

    from ..export import build_page, render_html
    from ..pdf import pdf_available, render_pdf
    from ..workbook import xlsx_available

    notebook = new_notebook(cells=[new_markdown_cell("# Warm\n\n| a |\n|---|\n| b |")])
    html = render_html(notebook, build_page(notebook))
    if "pdf" in formats and pdf_available():
        render_pdf(html)
    if "xlsx" in formats and xlsx_available():
        import xlsxwriter  # noqa: F401


def main() -> int:
    """The process: ``DATA FORMATS`` on the command line, orders on standard input."""
    data, formats = sys.argv[1:3]
    news = os.dup(1)
    os.set_inheritable(news, False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    linux.die_with_parent()
    linux.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up(data, formats.split(","))
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 10)  # a report is over soon, and most of what it makes lives to its end
    server = Server(news)
    server.tell(ready=True)
    try:
        serve(server)
    finally:
        server.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
