"""YAML without surprises: what is written is what is read.

No aliases, no tags, no key twice, no depth without end. A plain word or number stays the text that was written, so that
``NO``, ``010`` and ``2025-02`` mean in YAML what they mean in CSV and on the command line.
"""

from __future__ import annotations

from ...basis.errors import DataError, Problem


def read_yaml(text: str, name: str, most: int) -> tuple[object, list[int]]:
    """The content of a document, and the line of each item of its list of reports.

    Raises `DataError` with line and column, and what PyYAML raises for text that is no YAML.
    """
    import yaml

    for token in yaml.scan(text, Loader=yaml.SafeLoader):  # before a node is made: an alias could unfold without end
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            raise DataError([_fault(name, token.start_mark, "yaml-alias", f"'{token.value}'", "values written out")])
        if isinstance(token, yaml.TagToken):
            raise DataError([_fault(name, token.start_mark, "yaml-tag", f"'{''.join(filter(None, token.value))}'", "no tags")])
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return _plain(node, name, most), _lines(node)


def _fault(name: str, mark, *rule: str) -> Problem:
    return Problem(name, mark.line + 1, mark.column + 1, *rule)


def _plain(node, name: str, depth: int):
    if node is None:
        return None
    if depth == 0:
        raise DataError([_fault(name, node.start_mark, "yaml-depth", "lists or maps too deep", "a flat plan")])
    if node.id == "scalar":
        return None if node.style is None and node.value in ("", "null", "~") else node.value
    if node.id == "sequence":
        return [_plain(item, name, depth - 1) for item in node.value]
    found: dict = {}
    for key, value in node.value:
        if key.id != "scalar" or key.value in found:
            rule = (
                ("duplicate-key", f"'{key.value}' twice", "each key once")
                if key.id == "scalar"
                else ("key", "a map as key", "a word")
            )
            raise DataError([_fault(name, key.start_mark, *rule)])
        found[key.value] = _plain(value, name, depth - 1)
    return found


def _lines(node) -> list[int]:
    """Lines of the rows: of a list, or of the list under ``reports``."""
    if node is not None and node.id == "mapping":
        node = next((v for k, v in node.value if k.value == "reports"), None)
    return [item.start_mark.line + 1 for item in node.value] if node is not None and node.id == "sequence" else []
