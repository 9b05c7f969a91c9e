"""The data dictionary: every column of every table, as the schema has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .package import Field, Package, Resource, read_package

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["table", "column", "title", "type", "unit", "required", "allowed", "refers_to"]


def dictionary(table: str | None = None, *, data: str | Path | None = None) -> pd.DataFrame:
    """Every column of every table, or of one: title, type, unit, allowed values and what its keys stand in.

    Returns a frame of ``table``, ``column``, ``title``, ``type``, ``unit``, ``required``, ``allowed`` and ``refers_to``.
    Raises `UsageError` for an unknown table and `DataError` for a schema that cannot be read. Source: ``datapackage.json``.

    >>> import vpnpolicy as vp
    >>> vp.dictionary("traffic").set_index("column").unit["vpn_gbps"]
    'Gbps'
    """
    import pandas as pd

    return pd.DataFrame(_rows(_chosen(read_package(data), table)), columns=COLUMNS)


def to_markdown(data: str | Path | None = None) -> str:
    """The whole dictionary as a page: a heading and a table for each file."""
    package = read_package(data)
    head = (
        "# Data dictionary\n\nEvery column of the record, generated from `data/datapackage.json` by `make dictionary`. How cells are to be read\n"
        "stands in [the record's own page](record.md); `vpnpolicy dictionary TABLE` prints the same for any record.\n"
    )
    return "\n".join([head, *(_section(r) for r in package.resources.values())])


def _chosen(package: Package, table: str | None) -> list[Resource]:
    return list(package.resources.values()) if table is None else [package.resource(table)]


def _rows(resources: list[Resource]) -> Iterator[tuple]:
    for resource in resources:
        targets = _targets(resource)
        for field in resource.fields:
            key = field.name in resource.primary_key
            yield (
                resource.name, field.name, field.title, _type(field), _unit(field), field.required or key, _allowed(field),
                targets.get(field.name, ""),
            )  # fmt: skip


def _targets(resource: Resource) -> dict[str, str]:
    keys = {f: f"{k.table}.{t}" for k in resource.foreign_keys for f, t in zip(k.fields, k.targets, strict=True)}
    return keys | {f.name: f.list_of for f in resource.fields if f.list_of}


def _type(field: Field) -> str:
    if field.is_partial_date:
        return "date, month, year or span"
    return "list of keys" if field.list_of else field.type


def _unit(field: Field) -> str:
    return f"in {field.unit_column}" if field.unit_column else field.unit


def _allowed(field: Field) -> str:
    ends = [f"{word} {end:g}" for word, end in (("at least", field.minimum), ("at most", field.maximum)) if end is not None]
    shape = [field.pattern] if field.pattern and not field.is_partial_date else []
    parts = [", ".join(field.enum), " and ".join(ends), *shape, "unique" if field.unique else ""]
    return "; ".join(p for p in parts if p)


def _section(resource: Resource) -> str:
    lines = [
        f"## {resource.path}",
        "",
        f"{resource.title}. Key: {', '.join(f'`{k}`' for k in resource.primary_key)}.",
        "",
        "| column | is | type | unit | must be there | allowed | stands in |",
        "|---|---|---|---|---|---|---|",
    ]
    for field, (_, column, title, kind, unit, required, allowed, target) in zip(resource.fields, _rows([resource]), strict=True):
        shown = (allowed.replace(field.pattern, f"`{field.pattern}`") if field.pattern else allowed).replace("|", "\\|")
        lines.append(f"| `{column}` | {title} | {kind} | {unit} | {'yes' if required else ''} | {shown} | {target} |")
    return "\n".join([*lines, ""])
