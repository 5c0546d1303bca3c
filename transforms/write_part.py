"""Writes the parts of the result: Parquet files that don't depend on attempts."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.columnar.row_digest import add_digests, row_digest
from transforms.job import Counts, Part
from transforms.store import AtomicFile

_ROW_GROUP = 131_072  # rows; small enough that a reader of one component reads little


def part_folder(result: str, table: str, of: str) -> str:
    """Where the parts of a table are; `of` is its strategy or platform."""
    if table == "platforms":
        return f"{result}/platforms/{of}"
    return f"{result}/{table}/strategy={of}" if of else f"{result}/{table}"


def write_part(
    result: str,
    table: str,
    of: str,
    number: int,
    schema: pa.Schema,
    pieces: Iterable[pa.Table],
    counts: Counts = (),
) -> Part:
    """Write one part, a piece at a time; strings may come as dictionaries.

    The file appears under its name when it is complete, so writing it again changes nothing.
    """
    name = f"part-{number:05d}.parquet"
    rows, digest = 0, (0, 0)
    with AtomicFile(f"{part_folder(result, table, of)}/{name}") as file:
        writer = None
        for piece in pieces:
            if writer is None:
                writer = _writer(file, piece.schema)
            digest = add_digests(digest, row_digest(piece))
            rows += piece.num_rows
            writer.write_table(piece, row_group_size=_ROW_GROUP)
        if writer is None:
            writer = _writer(file, schema)
        writer.close()
    return Part(table, of, name, rows, digest, counts)


def _writer(file: object, schema: pa.Schema) -> pq.ParquetWriter:
    """Dictionaries are written as plain columns: no reader sees how the strings came."""
    coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return pq.ParquetWriter(
        file,
        schema,
        compression="snappy",
        use_dictionary=coded or False,
        store_schema=False,
        write_page_index=True,
    )
