"""Writes the parts of the result: Parquet files that don't depend on attempts."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.arrays.row_digest import add_digests, row_digest
from idweave.transforms.exchange.store import AtomicFile
from idweave.transforms.job import OutputFile
from idweave.transforms.tables.columns import dense
from idweave.transforms.tables.parquet_options import parquet_options
from idweave.transforms.tables.registry import TABLES, OutputTable
from idweave.transforms.tables.row_hashes import RowHashes
from idweave.transforms.tables.table import about

ROW_GROUP = 131_072  # rows at least, and less than twice as many; a smaller part is one group


class WrongRows(Exception):
    """Rows that are not of their table; `args[0]` says which table and column, no contents."""


def table_folder(run: str, table: str, name: str) -> str:
    """Where the files of a table are; `name` is its strategy or platform."""
    return f"{run}/{TABLES[table].folder(name)}"


class PartWriter:
    """Writes one part a piece at a time; strings may come as dictionaries.

    The file appears under its name when the block ends well, so writing it again changes nothing.
    A part without rows has none.
    """

    def __init__(self, result: str, output: OutputTable, number: int) -> None:
        name = f"part-{number:05d}.parquet"
        path = f"{result}/{output.folder}/{name}"
        self._target = AtomicFile(path, output.owner_only, lasts=True)
        self._output = output
        self._file = OutputFile(output.table, output.strategy, output.name, name, 0, (0, 0))
        self._hashes = RowHashes(output.compared) if output.compared else None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []  # less than ROW_GROUP rows
        self._open = ExitStack()

    @property
    def files(self) -> tuple[OutputFile, ...]:
        """What was written."""
        return (self._file,) if self._writer is not None else ()

    def __enter__(self) -> "PartWriter":
        return self

    def write(self, piece: pa.Table) -> None:
        """Add rows.

        Raises:
            WrongRows: they have other columns, or nulls where the table has none.
        """
        check_rows(self._output, piece)
        if not piece.num_rows:
            return
        fields = zip(self._output.schema, piece.schema, strict=True)
        schema = pa.schema([declared.with_type(given.type) for declared, given in fields])
        rows = pa.Table.from_arrays(piece.columns, schema=schema)
        digest = self._hashes.add(rows) if self._hashes else row_digest(rows)
        digest = add_digests(self._file.digest, digest)
        self._file = self._file._replace(rows=self._file.rows + rows.num_rows, digest=digest)
        self._waiting.append(_with_dense_ids(rows))
        if sum(waiting.num_rows for waiting in self._waiting) >= ROW_GROUP:
            self._write_waiting()

    def _write_waiting(self) -> None:
        """Write what waits, in row groups of one size."""
        if not self._waiting:
            return
        rows = self._waiting[0]
        if len(self._waiting) > 1:
            rows = pa.concat_tables(self._waiting).unify_dictionaries()
        self._waiting = []
        groups = max(1, rows.num_rows // ROW_GROUP)
        looked_up = TABLES[self._output.table].looked_up if rows.num_rows >= ROW_GROUP else ()
        writer = self.start(rows.schema, looked_up)
        writer.write_table(rows, row_group_size=-(-rows.num_rows // groups))

    def start(self, schema: pa.Schema, looked_up: Sequence[str] = ()) -> pq.ParquetWriter:
        """Open the file, unless it is; one that is never written to has columns and no rows.

        Args:
            looked_up: columns with bloom filters; a part of one small row group needs none.
        """
        if self._writer is None:
            opened = self._open.enter_context(self._target)
            options = parquet_options(schema, looked_up, 2 * ROW_GROUP)
            self._writer = pq.ParquetWriter(opened, schema, **options)
            self._writer.add_key_value_metadata(self._output.schema.metadata or {})
            self._open.callback(self._writer.close)  # before the file, also after an error
        return self._writer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._open.__exit__(kind, error, trace)
            return
        with self._open:
            self._write_waiting()
        if self._hashes is not None and self.files:
            self._hashes.keep(self._file.file)


def _with_dense_ids(rows: pa.Table) -> pa.Table:
    """Ids as the strings that they are written as: Arrow takes longer to look them up."""
    for place, field in enumerate(rows.schema):
        if about(field, "stored") in ("ids", "sorted_ids") and pa.types.is_dictionary(field.type):
            chunks = [dense(chunk) for chunk in rows.column(place).chunks]
            values = pa.chunked_array(chunks, field.type.value_type)
            rows = rows.set_column(place, field.with_type(values.type), values)
    return rows


def write_part(
    result: str, output: OutputTable, number: int, pieces: Iterable[pa.Table]
) -> tuple[OutputFile, ...]:
    """Write one whole part; no file if it has no rows."""
    with PartWriter(result, output, number) as writer:
        for piece in pieces:
            writer.write(piece)
    return writer.files


def write_empty(result: str, output: OutputTable) -> OutputFile:
    """Write the file of a table without rows: its columns."""
    with PartWriter(result, output, 0) as writer:
        writer.start(output.schema)
    (file,) = writer.files
    return file


def check_rows(output: OutputTable, rows: pa.Table) -> None:
    """Compare rows with the columns of their table. Raises WrongRows."""
    place = f"table {output.folder}"
    if rows.schema.names != output.schema.names:
        raise WrongRows(f"{place}: columns {rows.schema.names}, not {output.schema.names}")
    for field, column in zip(output.schema, rows.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if kind != field.type:
            raise WrongRows(f"{place}: {field.name}: {kind}, not {field.type}")
        if not field.nullable and column.null_count:
            raise WrongRows(f"{place}: {field.name}: {column.null_count} nulls where none may be")
