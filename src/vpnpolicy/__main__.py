"""``python -m vpnpolicy``."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[
            0
        ]  # the working folder: a file named pandas.py beside the user's data is not a library
    from .cli import main

    main()
