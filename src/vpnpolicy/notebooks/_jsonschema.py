"""Import jsonschema without a grammar of web addresses that takes a second to build.

nbformat imports jsonschema, which uses the grammar only where a schema asks for its formats; the
schema of notebooks does not.
"""

import sys

_SLOW = "rfc3987_syntax"
if _SLOW not in sys.modules:
    sys.modules[_SLOW] = None  # type: ignore[assignment]
    import jsonschema  # noqa: F401

    del sys.modules[_SLOW]
