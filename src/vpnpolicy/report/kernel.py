"""The kernel of a report: ipykernel without a port.

ipykernel listens on a TCP port of its own for what forked children print, whatever its transport is. Any user of the
machine reaches that port, so here it is not opened, and what a forked child prints is dropped, as in the warm engine.
"""

from __future__ import annotations


def main() -> None:
    """Run the kernel until it is told to end."""
    from ipykernel import kernelapp
    from ipykernel.iostream import IOPubThread

    class PortlessThread(IOPubThread):
        def __init__(self, socket, pipe=False, **options):
            super().__init__(socket, **options)

        def send_multipart(self, *args, **kwargs):
            if self._is_master_process():
                super().send_multipart(*args, **kwargs)

    kernelapp.IOPubThread = PortlessThread
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
