"""A traffic series out of Parquet, in blocks. The footer is judged before anything is unfolded: a few bytes can stand for gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import DataError, Problem, UsageError
from .blocks import Block, Layout, frame_block

BLOCK = 1 << 18
MAX_ROWS, MAX_GROUP, MAX_TEXT = 1_000_000_000, 512 * 2**20, 64
"""Rows of a file; size of a row group, unfolded [B]; length of a time or number as text [B]."""


def read_parquet(path: Path, layout: Layout) -> tuple[str, str, Iterator[Block]]:
    """Name of the file, of its value column, and its blocks. Raises `DataError` for a file that is damaged, too big or of other types."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError('Parquet files need pyarrow: pip install "vpnpolicy[traffic]".') from None
    damage = (pa.ArrowException, OSError, ValueError)
    try:
        with pq.ParquetFile(path) as file:
            names = layout.columns(file.schema_arrow.names)
            texts = [n for n in names if _kind(file.schema_arrow.field(n).type) == "text"]
            faults = list(_faults(path.name, file, names))
    except UsageError:
        raise
    except damage:
        raise DataError(
            [Problem(path.name, 0, 0, "not-parquet", _what(path), "a whole Parquet file")]
        ) from None
    if faults:
        raise DataError(faults)

    def blocks() -> Iterator[Block]:
        row = 1
        try:
            with pq.ParquetFile(path, pre_buffer=False, read_dictionary=texts) as file:
                for batch in file.iter_batches(BLOCK, columns=list(names)):
                    yield _block(path.name, batch, names, row, layout)
                    row += batch.num_rows
        except damage as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                [
                    Problem(
                        path.name,
                        row,
                        0,
                        "damaged",
                        f"rows from {row:,} on that cannot be read",
                        "a whole Parquet file",
                    )
                ]
            ) from None

    return path.name, names[1], blocks()


def _what(path: Path) -> str:
    with path.open("rb") as file:
        return (
            "a Parquet file without its end"
            if file.read(4) == b"PAR1"
            else "a file that is no Parquet"
        )


def _kind(column) -> str:
    """``time``, ``text``, ``number`` or nothing that is read."""
    from pyarrow import types

    if types.is_dictionary(column):
        column = column.value_type
    if types.is_timestamp(column):
        return "time"
    if types.is_string(column) or types.is_large_string(column):
        return "text"
    return (
        "number"
        if types.is_integer(column) or types.is_floating(column) or types.is_decimal(column)
        else ""
    )


def _faults(name: str, file, names: tuple[str, str]) -> Iterator[Problem]:
    rows = file.metadata.num_rows
    if rows > MAX_ROWS:
        yield Problem(
            name, 0, 0, "too-many-rows", f"{rows:,} by its footer", f"at most {MAX_ROWS:,}"
        )
    for n, (column, wanted) in enumerate(
        zip(names, (("time", "text"), ("number", "text")), strict=True), 1
    ):
        if _kind(file.schema_arrow.field(column).type) not in wanted:
            yield Problem(
                name,
                0,
                n,
                "column-type",
                f"{file.schema_arrow.field(column).type} in '{column}'",
                " or ".join(wanted),
            )
    for group in map(file.metadata.row_group, range(file.metadata.num_row_groups)):
        if (
            group.total_byte_size > MAX_GROUP
        ):  # of single columns it is not asked: pyarrow ends the process on a spoiled one
            found = f"{group.total_byte_size / 2**20:,.0f} MiB in a row group of {group.num_rows:,} rows"
            yield Problem(
                name, 0, 0, "too-big", found, f"row groups of at most {MAX_GROUP // 2**20} MiB"
            )
            return


def _block(name: str, batch, names: tuple[str, str], row: int, layout: Layout) -> Block:
    """A batch without a copy where times carry a zone and nothing is missing; else by way of a DataFrame."""
    import pyarrow as pa

    columns = [_plain(name, batch.column(n), row) for n in names]
    times, values = columns
    if (
        pa.types.is_timestamp(times.type)
        and times.type.tz
        and not times.null_count
        and not values.null_count
        and pa.types.is_floating(values.type)
    ):
        numbers = values.cast("float64").to_numpy(zero_copy_only=False)
        if np.isfinite(numbers).all() and numbers.min(initial=0.0) >= 0:
            per = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[times.type.unit]
            stamps = times.cast("int64").to_numpy()
            return Block(
                stamps if per == 1 else stamps * per, numbers, np.arange(row, row + len(stamps))
            )
    frame = pa.table(columns, names=["time", "value"]).to_pandas()
    return frame_block(name, frame["time"], frame["value"], row, layout.zone)


def _plain(name: str, column, row: int):
    """A column of short texts written out; the lengths are known before a text is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return column
    longest = (
        pc.max(pc.binary_length(column.dictionary)).as_py()
        if _kind(column.type) == "text" and len(column.dictionary)
        else 0
    )
    if longest and longest > MAX_TEXT:
        raise DataError(
            [
                Problem(
                    name,
                    row,
                    0,
                    "cell-too-big",
                    f"a cell of {longest:,} bytes",
                    f"at most {MAX_TEXT}",
                )
            ]
        )
    return column.dictionary_decode()
