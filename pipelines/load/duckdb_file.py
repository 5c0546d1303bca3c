"""DuckDB: a database in one file. `--to duckdb:FILE`."""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.load.database import quoted_name, reader_of
from idweave.pipelines.published.database import NO_EXTENSIONS
from idweave.pipelines.published.scan import opens, parquet_files
from idweave.transforms.tables.table import about

_MEMORY = "500MB"  # of DuckDB; batches and Python take the rest of a gigabyte
_WRITE_SECONDS = 0.5
_SETTINGS = NO_EXTENSIONS | {
    "memory_limit": _MEMORY,
    "block_allocator_memory": _MEMORY,  # blocks are used again: fewer page faults
    "preserve_insertion_order": False,
}
_TYPES = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT",
    pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.binary(): "BLOB",
}


@contextlib.contextmanager
def open_duckdb(path: str) -> Iterator["DuckDBFile"]:
    """Open a file, or make it.

    Raises:
        RunFailed: it can't be opened, or DuckDB refused something.
    """
    try:
        connection = duckdb.connect(path, config=_SETTINGS)
    except duckdb.Error as error:
        raise RunFailed(
            f"--to: duckdb:{path}: {_opening(error)}; no other process may have it open"
        ) from error
    try:
        with _written_early(path), connection:
            yield DuckDBFile(connection)
    except duckdb.Error as error:  # its text may quote values
        raise RunFailed(
            f"duckdb:{path}: DuckDB refused ({type(error).__name__}); nothing was changed there; "
            "run again with --debug for where"
        ) from error


@contextlib.contextmanager
def _written_early(path: str) -> Iterator[None]:
    """Let what a load adds to a file go to the disk meanwhile: a commit waits for all of it.

    The file is closed after DuckDB has closed it, for that ends this process's locks on it.
    """
    if not os.path.isfile(path):  # :memory:
        yield
        return
    done = threading.Event()
    with open(path, "rb") as file:

        def write() -> None:
            while not done.wait(_WRITE_SECONDS):
                with contextlib.suppress(OSError):  # DuckDB's own commit is told of it, too
                    os.fsync(file.fileno())

        thread = threading.Thread(target=write, name="idweave-written-early")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _opening(error: duckdb.Error) -> str:
    """The first sentence of what DuckDB says of a file that it can't open."""
    return str(error).split("\n")[0].split(". ")[0].removeprefix("IO Error: ")


class DuckDBFile:
    """An open file. It has no keys or indexes: they take four times as long as the rows."""

    keeps_tables = False

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it."""
        self._connection.begin()
        try:
            yield
            self._connection.commit()
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self._connection.rollback()
            raise

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; returns the rows of its answer."""
        return list(self._connection.execute(statement).fetchall())

    def insert(self, table: str, columns: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows to a table; `columns` are those of the batches."""
        failed: list[Exception] = []
        names = ", ".join(quoted_name(name) for name in columns.names)
        self._connection.register("idweave_rows", reader_of(columns, batches, failed))
        try:
            self._connection.execute(f"INSERT INTO {table} ({names}) FROM idweave_rows")
        except Exception as error:
            if failed:  # DuckDB tells in its own words of what it was given
                raise failed[0] from error
            raise
        self._connection.unregister("idweave_rows")

    def insert_files(self, table: str, columns: Mapping[str, str], paths: Sequence[str]) -> bool:
        """Add the rows of Parquet files of this machine; False: they are elsewhere.

        Its own reader takes a third less of CPU than batches of Arrow, and uses all cores.
        """
        if not opens(paths):
            return False
        names = ", ".join(map(quoted_name, columns))
        rows = f"SELECT {', '.join(columns.values())} FROM {parquet_files(paths)}"
        self.execute(f"INSERT INTO {table} ({names}) {rows}")
        return True

    def type_name(self, kind: pa.DataType) -> str:
        """What DuckDB calls a type."""
        if pa.types.is_timestamp(kind):
            return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
        if pa.types.is_list(kind):
            return f"{self.type_name(kind.value_type)}[]"
        if pa.types.is_struct(kind):
            fields = (f'"{field.name}" {self.type_name(field.type)}' for field in kind)
            return f"STRUCT({', '.join(fields)})"
        if pa.types.is_decimal(kind):
            return f"DECIMAL({kind.precision}, {kind.scale})"
        return _TYPES[kind]

    def stored(self, field: pa.Field) -> str:
        """What a new table says of how a column is stored.

        Compressing texts that are other ones in most rows takes longer than all else, for half
        their size.
        """
        differs = field.name.endswith("_id") or about(field, "personal") == "yes"
        return "USING COMPRESSION uncompressed" if differs and field.type == pa.string() else ""

    def changes_table(self) -> str:
        """The name of the temporary table that changes are put in."""
        return "temp.idweave_changes"

    def indexes(self, table: str, key: Sequence[str], columns: pa.Schema) -> list[str]:
        """None: a scan of the columns that a look-up needs is fast enough."""
        return []
