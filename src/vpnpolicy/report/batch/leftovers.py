"""What a run that was killed has left in the folder: reports that were finished are saved, the rest is swept away."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from .keys import whole


class Leftovers:
    """Working folders and temporary files that were there before this run."""

    def __init__(self, out: Path):
        self.folders = sorted(out.glob(".work-*"))
        self.paths = [*self.folders, *out.glob(".*.tmp"), *out.glob("*/.*.tmp")]

    def finished(self, name: str, state: str) -> tuple[Path, dict] | None:
        """The working folder and result of a report that was whole, made from what is there now; ``None`` where there is none."""
        for folder in (f for work in self.folders for f in sorted(work.glob(f"{name}.[0-9]*"))):
            with suppress(OSError, ValueError, KeyError, TypeError):
                result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
                if (
                    (folder / "state").read_text(encoding="utf-8") == state
                    and "error" not in result
                    and whole(result, folder / "pieces")
                ):
                    return folder, result
        return None

    def sweep(self) -> None:
        """Take away all of it."""
        for path in self.paths:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
