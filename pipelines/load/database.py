"""What `load` needs of a database: one transaction, statements, rows in batches."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pyarrow as pa


class Database(Protocol):
    """A database that is open; each kind of one is a module of this folder."""

    keeps_tables: bool  # whether a table that is replaced is emptied, else it is dropped and made

    def transaction(self) -> AbstractContextManager[None]:
        """All of the block or nothing of it, for readers and after a crash. One load at a time."""

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; returns the rows of its answer."""

    def insert(self, table: str, columns: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows to a table; `columns` are those of the batches."""

    def insert_files(self, table: str, columns: Mapping[str, str], paths: Sequence[str]) -> bool:
        """Add the rows of Parquet files, if the database reads these itself, which is faster.

        Args:
            columns: what is in each column of the table, as an expression of those of the files.

        Returns:
            Whether it did; False: it can't read them, nothing was done.
        """

    def type_name(self, kind: pa.DataType) -> str:
        """What the database calls a type."""

    def stored(self, field: pa.Field) -> str:
        """What a new table says of how a column is stored; empty: nothing."""

    def changes_table(self) -> str:
        """The name of the temporary table that changes are put in."""

    def indexes(self, table: str, key: Sequence[str], columns: pa.Schema) -> list[str]:
        """The statements that make a table's primary key and indexes, once it has its rows."""


def reader_of(
    columns: pa.Schema, batches: Iterator[pa.RecordBatch], failed: list[Exception]
) -> pa.RecordBatchReader:
    """Batches for a driver, which tells in its own words of what goes wrong with them.

    Args:
        failed: gets what went wrong.
    """
    schema = pa.schema([pa.field(field.name, field.type) for field in columns])

    def watched() -> Iterator[pa.RecordBatch]:
        try:
            for batch in batches:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
        except Exception as error:
            failed.append(error)
            raise

    return pa.RecordBatchReader.from_batches(schema, watched())


def quoted_name(name: str) -> str:
    """A name in a statement."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
