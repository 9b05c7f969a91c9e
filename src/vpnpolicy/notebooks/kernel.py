"""Jupyter kernels for reports: ipykernel, forked from a process that has imported everything.

papermill and nbclient run unchanged. Only the start differs: instead of starting an interpreter,
the provisioner hands the command line to a process that was forked beforehand. Where the system
cannot fork, the same kernel starts as an ordinary program. Kernels listen on sockets in a private
folder, so that no TCP port is open; Windows has no such sockets and uses TCP on 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import import_module
from importlib.util import source_from_cache
from pathlib import Path
from queue import Empty

from ipykernel import compiler, iostream, kernelapp
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import DottedObjectName, Type
from traitlets.config import Config

from ..workers import processes

START_LIMIT_S = 60
_LATE = (
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
)
INPUTS = "VPNPOLICY_INPUTS"
"""Environment variable: file to which a kernel writes the paths it opens below its folder."""


class WaitingKernel:
    """A forked process that becomes a kernel once it is sent a command line.

    It has the attributes and methods of `subprocess.Popen` that jupyter_client uses.
    """

    stdin = stdout = stderr = None

    def __init__(self, log: Path):
        reader, self._orders = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._orders)
            processes.lead_session()
            processes.redirect_output(log)
            with os.fdopen(reader) as orders:
                text = orders.read()
            try:
                if text:
                    run_kernel(**json.loads(text))
            except BaseException:
                with log.open("a", encoding="utf-8") as file:
                    traceback.print_exc(file=file)
                os._exit(70)
            os._exit(0)
        os.close(reader)

    def start(self, arguments: list[str], folder: str) -> None:
        """Send the arguments of the kernel and its working folder."""
        with suppress(BrokenPipeError), os.fdopen(self._orders, "w") as orders:  # its end is seen
            json.dump({"arguments": arguments, "folder": folder}, orders)

    def poll(self) -> int | None:
        """Return the exit code, or ``None`` while the process runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the process."""
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkedProvisioner(LocalProvisioner):
    """Provide a kernel from a `WaitingKernel` of this process."""

    waiting: WaitingKernel | None = None

    async def launch_kernel(self, cmd, **kwargs):
        """Start the waiting kernel; ``cmd`` is the command line of the kernel."""
        self.process = type(self).waiting
        self.process.start(cmd[cmd.index("-f") :], kwargs.get("cwd") or os.getcwd())
        self.pid = self.pgid = self.process.pid
        names = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
        files = [f"{self.connection_info['ip']}-{self.connection_info[n]}" for n in names]
        end = time.monotonic() + START_LIMIT_S
        # a socket that is connected before it is bound waits a tenth of a second to try again
        while not all(map(os.path.exists, files)) and time.monotonic() < end:
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.002)
        return self.connection_info


class ReportKernelClient(AsyncKernelClient):
    """A client that asks more often whether its kernel is ready."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on the shell and the output channel.

        Raises
        ------
        RuntimeError
            The kernel died, or did not answer within ``timeout`` [s].
        """
        end = time.monotonic() + (timeout or float("inf"))
        self.kernel_info()
        while True:
            try:
                reply = await self.shell_channel.get_msg(timeout=0.5)
                await self.iopub_channel.get_msg(timeout=0.05)
                break
            except Empty:
                self.kernel_info()
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")
        self._handle_kernel_info_reply(reply)
        try:
            while True:
                await self.iopub_channel.get_msg(timeout=0.005)
        except Empty:
            return


class ReportKernelManager(AsyncKernelManager):
    """A manager whose kernel is always this interpreter."""

    client_class = DottedObjectName(f"{__name__}.ReportKernelClient")
    client_factory = Type(klass=f"{__name__}.ReportKernelClient")

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the kernel specification: forked if a kernel waits, else a program."""
        argv = [sys.executable, "-P", "-m", __name__, "-f", "{connection_file}"]
        name = "forked" if ForkedProvisioner.waiting else "local-provisioner"
        provisioner = {"kernel_provisioner": {"provisioner_name": name}}
        return KernelSpec(
            argv=argv, display_name="Python 3", language="python", metadata=provisioner
        )


class _Registered:
    """The entry point of `ForkedProvisioner`, as the factory of provisioners expects it."""

    name, value = "forked", f"{__name__}:ForkedProvisioner"

    @staticmethod
    def load() -> type:
        return ForkedProvisioner


def preload() -> None:
    """Load what kernels load only at their start, so that forked ones have it."""
    KernelProvisionerFactory.instance()
    for name in _LATE:
        import_module(name)


def kernel_manager(work: Path) -> ReportKernelManager:
    """Return a manager for one report whose sockets and files lie in ``work``."""
    KernelProvisionerFactory.instance().provisioners["forked"] = _Registered  # type: ignore[assignment]
    sockets = work / "sockets"
    sockets.mkdir(mode=0o700)
    config = Config()
    if os.name == "posix":  # the path of a socket is limited to about a hundred characters
        ip = os.path.join(_short(str(sockets)), "k")
        config.ReportKernelManager = Config({"transport": "ipc", "ip": ip})
    return ReportKernelManager(connection_file=str(sockets / "kernel.json"), config=config)


def _short(path: str) -> str:
    """Return the shorter form of a path: absolute, or relative to the working folder."""
    return min(path, os.path.relpath(path), key=len)


class _IOPubThread(iostream.IOPubThread):
    """Take the output of forked children from a socket in the private folder, not from TCP."""

    sockets = ""

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(iostream.zmq.PULL)
        pipe.linger = 0
        pipe.bind(f"ipc://{_short(self.sockets)}/f")
        self._pipe_in = iostream.ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self):
        context = iostream.zmq.Context()
        pipe = context.socket(iostream.zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(f"ipc://{_short(self.sockets)}/f")
        return context, pipe


class OutStream(iostream.OutStream):
    """Take what subprocesses wrote before what the kernel prints next, so that the order is kept."""

    def __init__(self, *args, **options):
        self._reading = threading.RLock()
        super().__init__(*args, **options)

    def _watch_pipe_fd(self) -> None:
        while self._should_watch:
            select.select([self._fid], [], [])
            self._read_pipe()

    def _read_pipe(self) -> None:
        if not self._should_watch or not self._is_master_process():
            return
        with self._reading:
            while select.select([self._fid], [], [], 0)[0]:
                raw = os.read(self._fid, 1 << 16)
                os.write(self._original_stdstream_copy, raw)
                super().write(raw.decode(errors="replace"))

    def write(self, string: str) -> int | None:  # type: ignore[override]
        self._read_pipe()
        if isinstance(string, str):  # half of a surrogate pair cannot be sent
            string = string.encode("utf-8", "backslashreplace").decode("utf-8")
        return super().write(string)

    def flush(self) -> None:
        self._read_pipe()
        super().flush()


def run_kernel(arguments: list[str], folder: str) -> None:
    """Run a kernel until it is told to end; ``folder`` is the working folder of its cells."""
    if os.name == "posix":
        _IOPubThread.sockets = os.path.dirname(
            os.path.abspath(arguments[arguments.index("-f") + 1])
        )
        kernelapp.IOPubThread = _IOPubThread  # type: ignore[misc]
    # in place of a folder named after the process; absolute, or pdb does not find the source
    compiler.get_tmp_directory = lambda: os.path.abspath("/ipykernel")
    asyncio.set_event_loop(asyncio.new_event_loop())
    orphan = os.name == "posix" and sys.platform != "linux"  # which ends it with its parent
    parent = [f"--IPKernelApp.parent_handle={os.getppid()}"] if orphan else []
    app = kernelapp.IPKernelApp.instance(outstream_class=f"{OutStream.__module__}.OutStream")
    app.initialize([*arguments, "--quiet", *parent])
    os.chdir(folder)
    sys.argv = ["ipykernel_launcher.py", "-f", "kernel.json"]
    if (
        "pandas" in sys.modules
    ):  # imported before there was a kernel, it has the defaults of a terminal
        sys.modules["pandas"].set_option("display.max_columns", 20, "display.encoding", "UTF-8")
    if log := os.environ.get(INPUTS):
        sys.dont_write_bytecode = True  # nothing is left in the user's folder
        places = [n for n, path in enumerate(sys.path) if path.endswith("-packages")]
        sys.path.insert(
            min(places, default=0), folder
        )  # as Jupyter does: after the standard library
        _record_inputs(log, folder)
    app.start()


def _record_inputs(log: str, folder: str) -> None:
    """Write the path of every file that Python opens for reading below ``folder``."""
    seen: set[str] = set()

    def hook(event: str, args: tuple) -> None:
        if event != "open" or not isinstance(args[0], str) or args[0] in seen:
            return
        if args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        seen.add(args[0])
        path = os.path.abspath(args[0])
        if path.startswith(f"{folder}{os.sep}") and not path.startswith((sys.prefix, log)):
            with suppress(ValueError):  # for files that are not compiled code
                path = source_from_cache(path) if path.endswith(".pyc") else path
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps(path) + "\n")

    sys.addaudithook(hook)


if __name__ == "__main__":
    cells_folder = os.getcwd()
    file = Path(sys.argv[sys.argv.index("-f") + 1])
    os.chdir(file.parents[1])  # where the short paths of sockets begin
    run_kernel(sys.argv[1:], cells_folder)
