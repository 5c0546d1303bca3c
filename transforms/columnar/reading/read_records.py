"""Reads files of records, a unit of work at a time: Parquet, JSON lines and CSV."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from idweave.transforms.columnar.reading.csv_header import what_is_meant
from idweave.transforms.columnar.reading.read_csv import csv_header, read_csv
from idweave.transforms.columnar.reading.read_fields import records_of
from idweave.transforms.columnar.reading.read_json import read_json
from idweave.transforms.columnar.reading.read_nested import locate
from idweave.transforms.columnar.reading.read_parquet import (
    ParquetLayout,
    parquet_layout,
    read_parquet,
)
from idweave.transforms.columnar.reading.read_rows import (
    Rows,
    flat_columns,
    refuse_twins,
    whole_columns,
)
from idweave.transforms.columnar.reading.records import BadFile, Records, SourceReading

__all__ = [
    "Limits",
    "ParquetLayout",
    "columns_of",
    "missing_columns",
    "parquet_layout",
    "peek_columns",
    "read_split",
    "what_is_meant",
]


class Limits(NamedTuple):
    """What a unit has at most, nearly."""

    bytes: int
    rows: int


def read_split(
    source: SourceReading,
    path: str,
    open_file: Callable[[], BinaryIO],
    row_groups: tuple[int, ...] | None,
    limits: Limits,
    partitions: dict[str, str],
) -> Iterator[Records]:
    """Read a piece of a file: row groups of Parquet, or all of another file from its beginning.

    Args:
        source: how to read it; says the format.
        path: of the file.
        open_file: opens it for reading bytes, as often as it is called.
        row_groups: of Parquet, ascending; None: all.
        partitions: columns that the names of the folders give, used where the file lacks them.

    Returns:
        One or more Records, the same ones every time.

    Raises:
        BadFile: the file is not what it should be, truncated or damaged; perhaps after some units.
    """
    with _about_the_file():  # what is damaged may show only when it is looked at
        for rows in read_rows(source, path, open_file, row_groups, limits, partitions):
            yield records_of(source, rows)


def read_rows(
    source: SourceReading,
    path: str,
    open_file: Callable[[], BinaryIO],
    row_groups: tuple[int, ...] | None,
    limits: Limits,
    partitions: dict[str, str],
) -> Iterator[Rows]:
    """Read a piece of a file as `read_split` does, and leave what its rows mean open."""
    with _about_the_file():
        if source.format == "parquet":
            yield from read_parquet(source, open_file, row_groups, limits.rows, partitions)
        else:
            read = read_csv if source.format == "csv" else read_json
            yield from read(source, path, open_file, limits.bytes, limits.rows, partitions)


@contextmanager
def _about_the_file() -> Iterator[None]:
    """Whatever is thrown while a file is read is about the file; its words may quote the file."""
    try:
        yield
    except BadFile:
        raise
    except Exception as error:
        raise BadFile(f"damaged, or of no kind that can be read ({type(error).__name__})") from None


def columns_of(source: SourceReading) -> tuple[str, ...]:
    """Name all columns that a source reads, each once, sorted."""
    return tuple(sorted({*whole_columns(source), *flat_columns(source)}))


def missing_columns(
    source: SourceReading, schema: pa.Schema, partitions: dict[str, str]
) -> list[str]:
    """Name the columns that a source reads and neither a file nor its folders have.

    Raises BadFile where one of them is there twice.
    """
    columns = columns_of(source)
    refuse_twins(schema.names, columns)
    return [name for name in columns if name not in partitions and locate(schema, name) is None]


def peek_columns(
    source: SourceReading, path: str, open_file: Callable[[], BinaryIO]
) -> tuple[str, ...] | None:
    """Name the columns of a CSV file; None: in JSON only reading tells. Raises BadFile."""
    if source.format != "csv":
        return None
    header = csv_header(source.csv, path, open_file)
    refuse_twins(header, columns_of(source))
    return header
