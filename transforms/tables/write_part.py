"""Writes the parts of the result: Parquet files that don't depend on attempts."""

from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.arrays.row_digest import add_digests, row_digest
from idweave.transforms.exchange.store import AtomicFile
from idweave.transforms.job import OutputFile
from idweave.transforms.tables.registry import TABLES, OutputTable
from idweave.transforms.tables.table import about

_ROW_GROUP = 131_072  # rows; small enough that a reader of one component reads little


class WrongRows(Exception):
    """Rows that are not of their table; `args[0]` says which table and column, no contents."""


def table_folder(run: str, table: str, name: str) -> str:
    """Where the files of a table are; `name` is its strategy or platform."""
    return f"{run}/{TABLES[table].folder(name)}"


class PartWriter:
    """Writes one part a piece at a time; strings may come as dictionaries.

    The file appears under its name when the block ends well, so writing it again changes nothing.
    """

    def __init__(self, result: str, output: OutputTable, number: int) -> None:
        name = f"part-{number:05d}.parquet"
        self.file = OutputFile(output.table, output.strategy, output.name, name, 0, (0, 0))
        self._target = AtomicFile(f"{result}/{output.folder}/{name}")
        self._output = output
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "PartWriter":
        self._open = ExitStack()
        self._opened = self._open.enter_context(self._target)
        return self

    def write(self, piece: pa.Table) -> None:
        """Add rows.

        Raises:
            WrongRows: they have other columns, or nulls where the table has none.
        """
        check_rows(self._output, piece)
        fields = zip(self._output.schema, piece.schema, strict=True)
        schema = pa.schema([declared.with_type(given.type) for declared, given in fields])
        rows = pa.Table.from_arrays(piece.columns, schema=schema)
        writer = self._writer or self._start(schema)
        digest = add_digests(self.file.digest, row_digest(rows))
        self.file = self.file._replace(rows=self.file.rows + rows.num_rows, digest=digest)
        writer.write_table(rows, row_group_size=_ROW_GROUP)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._writer is None:
            self._start(self._output.schema)
        self._open.__exit__(kind, error, trace)

    def _start(self, schema: pa.Schema) -> pq.ParquetWriter:
        self._writer = _writer(self._opened, schema)
        self._open.callback(self._writer.close)  # before the file, also after an error
        return self._writer


def write_part(
    result: str, output: OutputTable, number: int, pieces: Iterable[pa.Table]
) -> OutputFile:
    """Write one whole part."""
    with PartWriter(result, output, number) as writer:
        for piece in pieces:
            writer.write(piece)
    return writer.file


def check_rows(output: OutputTable, rows: pa.Table) -> None:
    """Compare rows with the columns of their table. Raises WrongRows."""
    place = f"table {output.table}" + (f" of {output.name or output.strategy}" * bool(output.name))
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


def _writer(file: object, schema: pa.Schema) -> pq.ParquetWriter:
    """Strings that come as dictionaries are written as plain ones: no reader sees the difference.

    Only columns of few names get dictionary pages; with ids each row group would repeat them all.
    Ids and times are not compressed: Snappy takes a third of the time of writing to save a tenth.
    """
    plain = {field.name for field in schema if about(field, "stored") in ("ids", "times")}
    return pq.ParquetWriter(
        file,
        pa.schema(field.remove_metadata() for field in schema),
        compression={n: "none" if n in plain else "snappy" for n in schema.names},
        use_dictionary=[f.name for f in schema if about(f, "stored") == "names"] or False,
        store_schema=False,
        write_page_index=True,
    )
