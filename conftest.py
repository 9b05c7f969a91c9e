"""What a run need not import: modules of the package without an example, and test files of a layer that is left out."""

import re

_LAYER = re.compile(r"^pytestmark = (?:\[\s*)?pytest\.mark\.(\w+)", re.M)
_LEFT_OUT = re.compile(r"not \(([\w ]+)\)")


def pytest_ignore_collect(collection_path, config):
    """Look before importing, which takes seconds with everything that tests use."""
    if collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    if "src" in collection_path.relative_to(config.rootpath).parts:
        return True if ">>>" not in text else None
    layer, without = _LAYER.search(text), _LEFT_OUT.fullmatch(config.option.markexpr)
    return True if layer and without and layer[1] in without[1].split(" or ") else None
