"""Data files of Iceberg tables: written from rows, and read without those that go."""

import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, parquet_file_to_data_file, schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table, Transaction

from idweave.pipelines.load.loaded_tables import LoadedTable
from idweave.transforms.tables.parquet_options import parquet_options
from idweave.transforms.tables.write_part import ROW_GROUP

_FILE_ROWS = 8 * ROW_GROUP


def write_files(
    transaction: Transaction, table: LoadedTable, batches: Iterable[pa.RecordBatch]
) -> Iterator[DataFile]:
    """Write rows with all columns of a table; no snapshot has the files yet."""
    groups = _row_groups(batches)
    metadata = transaction.table_metadata
    io = transaction._table.io  # a transaction shows it in no other way
    schema = schema_to_pyarrow(metadata.schema())
    stored = {field.name: field.metadata for field in table.columns}
    of_options = pa.schema([field.with_metadata(stored[field.name]) for field in schema])
    options = parquet_options(of_options, table.table.looked_up, 2 * ROW_GROUP)
    options["write_statistics"] = True  # metadata of Iceberg has them of all columns
    for first in groups:
        path = f"{metadata.location}/data/idweave-{uuid.uuid4()}.parquet"
        more = itertools.islice(groups, _FILE_ROWS // ROW_GROUP - 1)
        with (
            io.new_output(path).create() as file,
            pq.ParquetWriter(file, schema, **options) as writer,
        ):
            for group in itertools.chain([first], more):
                writer.write_table(group.select(schema.names).cast(schema))
        yield parquet_file_to_data_file(io, metadata, path)


def _row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows in tables of at least ROW_GROUP rows, but for the last."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROW_GROUP:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if any(one.num_rows for one in waiting):
        yield pa.Table.from_batches(waiting)


def read_file(table: Table, task: FileScanTask, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of one data file, without those that were deleted from it."""
    schema = table.schema().select(*columns)
    yield from ArrowScan(table.metadata, table.io, schema, AlwaysTrue()).to_record_batches([task])
