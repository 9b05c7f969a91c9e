"""The life of a process that makes one report: quiet surroundings, the work, a result on disk, the end."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import traceback
from pathlib import Path

from ...basis.errors import DiskError, ReportError
from ..making import Order, make


def work_on(order: Order) -> int:
    """Make one report and leave ``result.json`` in its folder; the exit code is 0 even where the report failed, 74 for a full disk."""
    folder = Path(order.work)
    try:
        result = make(order)
    except ReportError as error:
        result = {"error": f"{order.job.name}: {error}"}
    except MemoryError:
        result = {"error": f"{order.job.name}: memory: not enough of it to make the page."}
    except OSError as error:
        result = {
            "error": f"{order.job.name}: {error.strerror or error}",
            "disk": error.errno in DISK,
            "trace": traceback.format_exc(),
        }
    except Exception as error:
        result = {"error": f"{order.job.name}: export: {type(error).__name__}: {error}", "trace": traceback.format_exc()}
    temporary = folder / "result.tmp"
    try:
        temporary.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
        temporary.replace(folder / "result.json")
    except OSError as error:
        return DiskError.exit_code if error.errno in DISK else 70
    return 0


DISK = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO}


def quiet(folder: Path) -> None:
    """Signals as in a new process; random numbers that no other report had; noise into a file of the run."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    log = os.open(folder / "process.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def main(path: str) -> int:
    """A fresh process for one report; ``path`` is the order as JSON."""
    order = Order.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
    quiet(Path(order.work))
    return work_on(order)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
