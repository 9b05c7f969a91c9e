"""``python -m tests.fuzz``: every target for a while, then a table. A fault's input is put beside the kept ones, where the quick tests meet it."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
LIMITS = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1"]


def fuzz(name: str, seconds: int, seed: int, keep: bool) -> tuple[int, int, int, list[Path]]:
    """Runs, inputs known at the end, places of code reached, and inputs that are a fault."""
    with tempfile.TemporaryDirectory(prefix=f"vpnpolicy-fuzz-{name}-") as folder:
        grown, faults = Path(folder, "corpus"), Path(folder, "faults")
        shutil.copytree(CORPUS / name, grown)
        faults.mkdir()
        said = worker(name, f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={faults}/", str(grown))
        runs = int((re.findall(r"stat::number_of_executed_units: (\d+)|^#(\d+)\s+DONE", said, re.M) or [("0", "")])[-1][0] or 0)
        reached = max(map(int, re.findall(r"\b(?:cov|ft): (\d+)", said)), default=0)
        found = [kept(path, name) for path in sorted(faults.iterdir()) if not path.name.startswith("slow-unit")]
        if found:
            print(said[-4000:], file=sys.stderr)
        if keep and not found:
            shrink(name, grown, Path(folder, "small"))
        return runs, len(list(grown.iterdir())), reached, found


def worker(name: str, *options: str) -> str:
    """What a fuzzing process says."""
    line = [sys.executable, "-m", "tests.fuzz.worker", name, *LIMITS, *options]
    done = subprocess.run(line, capture_output=True, text=True, errors="replace", cwd=HERE.parents[1], check=False)
    return done.stdout + done.stderr


def kept(path: Path, name: str) -> Path:
    """An input that is a fault, moved beside the kept ones."""
    place = CORPUS / name / f"fault-{path.name.rpartition('-')[2][:12]}"
    shutil.copyfile(path, place)
    return place


def shrink(name: str, grown: Path, small: Path) -> None:
    """Keep the fewest and smallest inputs that reach what the grown ones do, sixty at most."""
    small.mkdir()
    worker(name, "-merge=1", str(small), str(CORPUS / name), str(grown))
    named = {p.name for p in (CORPUS / name).iterdir() if not re.fullmatch(r"[0-9a-f]{40}", p.name)}
    for path in (CORPUS / name).iterdir():
        if path.name not in named:
            path.unlink()
    fresh = sorted((p for p in small.iterdir() if p.stat().st_size <= 1024), key=lambda p: (p.stat().st_size, p.name))
    for path in fresh[:60]:
        shutil.copyfile(path, CORPUS / name / path.name)


def main() -> int:
    """Run and print; 1 where a fault was found, 2 where atheris is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="some of them; all without")
    parser.add_argument("--seconds", type=int, default=60, help="time for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep what was learnt, made small")
    options = parser.parse_args()
    if find_spec("atheris") is None:
        print(
            "Nothing was fuzzed: atheris is not installed. It is among the tools: make tools (it has no build for every system)."
        )
        return 2
    names = options.targets or sorted(p.name for p in CORPUS.iterdir() if p.is_dir())
    print(f"{'Target':<12} {'Runs':>10} {'Reached':>8} {'Inputs':>7}  Faults", flush=True)
    bad = 0
    for name in names:
        runs, inputs, reached, found = fuzz(name, options.seconds, options.seed, options.keep)
        bad += len(found) + (runs == 0)
        told = ", ".join(str(f.relative_to(HERE.parents[1])) for f in found) or ("none" if runs else "did not run")
        print(f"{name:<12} {runs:>10,} {reached:>8,} {inputs:>7,}  {told}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
