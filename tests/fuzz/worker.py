"""``python -m tests.fuzz.worker TARGET [options of libFuzzer]``: one target under atheris, until it is told to stop or finds a fault."""

import sys


def main() -> None:
    """Watch our code alone; what it imports runs as it is."""
    import atheris

    with atheris.instrument_imports(include=["vpnpolicy"]):
        from .targets import TARGETS

    chosen = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, chosen)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
