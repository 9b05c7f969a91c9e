"""``python -m tests.fuzz.worker TARGET [options of libFuzzer]``: one target under atheris, until it is told to stop or finds a fault."""

import sys

import atheris

with atheris.instrument_imports(include=["vpnpolicy"]):
    from .targets import TARGETS

if __name__ == "__main__":
    chosen = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, chosen)
    atheris.Fuzz()
