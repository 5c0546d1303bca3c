"""Reads row groups of Parquet files."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.reading.read_nested import (
    flat_values,
    leaf_of,
    locate,
    whole_of,
    without_views,
)
from idweave.transforms.columnar.reading.read_rows import (
    Flat,
    Rows,
    constant,
    flat_columns,
    flat_of,
    joined,
    partition_value,
    raw_text_of,
    refuse_twins,
    whole_columns,
)
from idweave.transforms.columnar.reading.read_stream import opened, other_kind, unpacked
from idweave.transforms.columnar.reading.read_text import json_text, plain_values
from idweave.transforms.columnar.reading.records import BadFile, SourceReading

_CHUNK = 2**20  # bytes
_MAGIC = 8  # bytes that tell what a file is
_ENCRYPTED = b"PARE"  # the last bytes of Parquet with an encrypted footer
_DAMAGED = "not Parquet, truncated or damaged"

OpenFile = Callable[[], BinaryIO]


class ParquetLayout(NamedTuple):
    """What a Parquet file's footer says of its row groups."""

    schema: pa.Schema
    rows: tuple[int, ...]
    bytes: tuple[int, ...]  # of the text and numbers, before compression


def parquet_layout(open_file: OpenFile) -> ParquetLayout:
    """Read the footer. Raises BadFile."""
    with _opened(open_file) as file:
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        return ParquetLayout(
            file.schema_arrow,
            tuple(group.num_rows for group in groups),
            tuple(group.total_byte_size for group in groups),
        )


def read_parquet(
    source: SourceReading,
    open_file: OpenFile,
    row_groups: tuple[int, ...] | None,
    split_rows: int,
    partitions: dict[str, str],
) -> Iterator[Rows]:
    """Read the columns that a source needs, a unit at a time.

    Args:
        row_groups: which ones, None: all.
        split_rows: most rows of a unit; larger row groups are cut.
        partitions: columns that the folders' names give, where the file lacks them.

    Raises:
        BadFile: not Parquet, truncated or damaged.
    """
    with _opened(open_file) as file:
        schema, metadata = file.schema_arrow, file.metadata
        groups = range(metadata.num_row_groups) if row_groups is None else row_groups
        wanted = {*whole_columns(source), *flat_columns(source)}
        refuse_twins(schema.names, wanted)
        places = {column: locate(schema, column) for column in wanted}
        leaves = sorted({leaf_of(schema, place) for place in places.values() if place is not None})
        sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        parts = [np.arange(start[i], start[i + 1], dtype=np.int64) for i in groups]
        position = np.concatenate([np.empty(0, np.int64), *parts])
        whole = len(position) <= split_rows or not leaves
        at = 0
        for table in _tables(file, list(groups), leaves, None if whole else split_rows):
            rows = table.num_rows if leaves else len(position)
            if at + rows > len(position):
                raise BadFile("damaged: more rows than its footer says")
            columns = {name: _array(table.column(name)) for name in table.column_names}
            yield _rows(source, columns, position[at : at + rows], partitions)
            at += rows
        if at < len(position):
            raise BadFile("damaged: fewer rows than its footer says")


def _tables(
    file: pq.ParquetFile, groups: list[int], leaves: list[str], rows: int | None
) -> Iterator[pa.Table]:
    """The rows of some row groups, at most so many at once; None: all."""
    if rows is None:
        yield file.read_row_groups(groups, columns=leaves, use_threads=False)
        return
    for batch in file.iter_batches(rows, groups, leaves, use_threads=False):
        yield pa.Table.from_batches([batch])


def _rows(
    source: SourceReading,
    columns: dict[str, pa.Array],
    position: np.ndarray,
    partitions: dict[str, str],
) -> Rows:
    count = len(position)
    schema = pa.schema([(name, array.type) for name, array in columns.items()])

    def whole(column: str) -> pa.Array:
        place = locate(schema, column)
        if place is None:
            return constant(partition_value(partitions, column), count)
        return whole_of(columns[place.top], place)

    def flat(column: str) -> Flat:
        place = locate(schema, column)
        if place is None:
            value = constant(partition_value(partitions, column), count)
            return flat_of(np.arange(count, dtype=np.int32), value)
        return flat_values(columns[place.top], place)

    def raw_text(row: Ints) -> list[str]:
        taken = pa.array(row)
        parts = {name: plain_values(array.take(taken)) for name, array in columns.items()}
        read = [
            dict(zip(parts, values, strict=True)) for values in zip(*parts.values(), strict=True)
        ]
        return [raw_text_of(json_text(values).encode()) for values in read or [{}] * len(row)]

    return Rows(
        position,
        {column: whole(column) for column in whole_columns(source)},
        {column: flat(column) for column in flat_columns(source)},
        raw_text,
        [],
    )


def _array(column: pa.ChunkedArray) -> pa.Array:
    kind = without_views(column.type)
    if kind != column.type:
        column = column.cast(kind)
    return joined(column.chunks) if column.num_chunks else pa.array([], kind)


@contextmanager
def _opened(open_file: OpenFile) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file; what is packed as a whole is unpacked in memory.

    Whatever is thrown while the file is read is about the file. INT96 is read in microseconds:
    nanoseconds don't reach from year 1 to 9999.
    """
    with opened(open_file) as (file, compression):
        whole = file
        if compression is not None:
            whole = io.BytesIO(b"".join(unpacked(file, compression, _CHUNK)))
        try:
            yield pq.ParquetFile(
                whole,
                pre_buffer=False,
                coerce_int96_timestamp_unit="us",
                page_checksum_verification=True,
            )
        except BadFile:
            raise
        except Exception as error:
            # Arrow's words may quote what is in the file.
            what = _told_by_bytes(whole)
            raise BadFile(what or f"{_DAMAGED} ({type(error).__name__})") from None


def _told_by_bytes(file: BinaryIO) -> str | None:
    """What a file is that can't be read as Parquet, if its first or last bytes say so."""
    with suppress(Exception):
        file.seek(0)
        head = file.read(_MAGIC)
        if not head:
            return "empty: not Parquet, which has a footer at least"
        file.seek(-len(_ENCRYPTED), io.SEEK_END)
        if file.read() == _ENCRYPTED:
            return "encrypted Parquet; write it without encryption"
        if not head.startswith(b"PAR1"):
            other = "ORC; write it as Parquet" if head.startswith(b"ORC") else other_kind(head)
            return other and f"not Parquet but {other}"
    return None
