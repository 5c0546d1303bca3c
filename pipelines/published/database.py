"""DuckDB for what is larger than memory: bounded, on temporary files, without a network."""

import contextlib
import tempfile
from collections.abc import Iterator

import duckdb
import pyarrow as pa

NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@contextlib.contextmanager
def database(memory_mb: int = 1000) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database that goes away with the block; beyond `memory_mb` it uses the disk."""
    with tempfile.TemporaryDirectory(prefix="idweave-") as folder:
        settings = NO_EXTENSIONS | {
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(config=settings) as connection:
            yield connection


def connect() -> duckdb.DuckDBPyConnection:
    """An empty database in memory to ask files of a run: no extensions, rows in order, UTC."""
    connection = duckdb.connect(config=NO_EXTENSIONS)
    connection.sql("SET TimeZone = 'UTC'")
    return connection


def as_table(database: duckdb.DuckDBPyConnection, query: str, *values: object) -> pa.Table:
    """The answer of a query as one table."""
    return pa.table(database.sql(query, params=list(values)).to_arrow_table())


def as_batches(
    database: duckdb.DuckDBPyConnection, query: str, rows: int
) -> Iterator[pa.RecordBatch]:
    """The answer of a query, some rows at a time."""
    reader: pa.RecordBatchReader = database.sql(query).to_arrow_reader(rows)
    yield from reader


def one_row(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    """The only row of a query's answer: whole numbers."""
    (row,) = database.execute(query).fetchall()
    return tuple(map(int, row))
