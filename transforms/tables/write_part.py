"""Writes the parts of the result: Parquet files that don't depend on attempts."""

from collections.abc import Iterable
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.arrays.row_digest import add_digests, row_digest
from idweave.transforms.exchange.store import AtomicFile
from idweave.transforms.job import Counts, Part

_OF_FEW_NAMES = {
    "source", "scope", "status", "reason", "identity_type", "left_type", "right_type", "rule",
    "request", "first_source", "detail", "file",
}  # fmt: skip
_INCOMPRESSIBLE = {
    "profile_id", "component_id", "linked_from", "event_time", "first_seen", "last_seen",
}  # fmt: skip
_ROW_GROUP = 131_072  # rows; small enough that a reader of one component reads little


def part_folder(result: str, table: str, of: str) -> str:
    """Where the parts of a table are; `of` is its strategy or platform."""
    if table == "platforms":
        return f"{result}/platforms/{of}"
    return f"{result}/{table}/strategy={of}" if of else f"{result}/{table}"


class PartWriter:
    """Writes one part a piece at a time; strings may come as dictionaries.

    The file appears under its name when the block ends well, so writing it again changes nothing.
    """

    def __init__(self, result: str, table: str, of: str, number: int, schema: pa.Schema) -> None:
        name = f"part-{number:05d}.parquet"
        self.part = Part(table, of, name, 0, (0, 0), ())
        self._target = AtomicFile(f"{part_folder(result, table, of)}/{name}")
        self._schema = schema
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "PartWriter":
        self._file = self._target.__enter__()
        return self

    def write(self, piece: pa.Table) -> None:
        """Add rows; every piece has the same columns and types."""
        if self._writer is None:
            self._writer = _writer(self._file, piece.schema)
        digest = add_digests(self.part.digest, row_digest(piece))
        self.part = self.part._replace(rows=self.part.rows + piece.num_rows, digest=digest)
        self._writer.write_table(piece, row_group_size=_ROW_GROUP)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            if self._writer is None:
                self._writer = _writer(self._file, self._schema)
            self._writer.close()
        self._target.__exit__(kind, error, trace)


def write_part(
    result: str,
    table: str,
    of: str,
    number: int,
    schema: pa.Schema,
    pieces: Iterable[pa.Table],
    counts: Counts = (),
) -> Part:
    """Write one whole part."""
    with PartWriter(result, table, of, number, schema) as writer:
        for piece in pieces:
            writer.write(piece)
    return writer.part._replace(counts=counts)


def _writer(file: object, schema: pa.Schema) -> pq.ParquetWriter:
    """Strings that come as dictionaries are written as plain ones: no reader sees the difference.

    Only columns of few names get dictionary pages; with ids each row group would repeat them all.
    Ids and times are not compressed: Snappy takes a third of the time of writing to save a tenth.
    """
    return pq.ParquetWriter(
        file,
        schema,
        compression={n: "none" if n in _INCOMPRESSIBLE else "snappy" for n in schema.names},
        use_dictionary=[name for name in schema.names if name in _OF_FEW_NAMES] or False,
        store_schema=False,
        write_page_index=True,
    )
