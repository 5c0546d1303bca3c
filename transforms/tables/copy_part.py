"""Carries a part of an earlier run on where its rows stay as they are: its pages are copied."""

from typing import BinaryIO

import pyarrow.parquet as pq

from idweave.transforms.exchange.store import AtomicFile, open_file
from idweave.transforms.job import OutputFile
from idweave.transforms.tables.registry import OutputTable

_RUN = b"idweave.run_id"
_AT_ONCE = 2**20  # bytes
_END = 8  # bytes after the footer: its length, and the magic number
_MAGIC = b"PAR1"


def copy_part(
    path: str, result: str, output: OutputTable, rows: int, digest: tuple[int, int]
) -> tuple[OutputFile, ...]:
    """Copy a file as the only part of a table; of its footer only the run that it names is new.

    Places in a Parquet file count from its begin, and the footer comes last, so nothing moves.

    Returns:
        No file if it is not one that this run would write.
    """
    name = "part-00000.parquet"
    with open_file(path) as file:
        size = file.seek(0, 2)
        file.seek(size - _END)
        pages = size - _END - int.from_bytes(file.read(4), "little")
        file.seek(pages)
        footer = _of_run(file, output, file.read(size - _END - pages))
        if footer is None:
            return ()
        file.seek(0)
        with AtomicFile(f"{result}/{output.folder}/{name}", output.owner_only, lasts=True) as copy:
            for at in range(0, pages, _AT_ONCE):
                copy.write(file.read(min(_AT_ONCE, pages - at)))
            copy.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)
    return (OutputFile(output.table, output.strategy, output.name, name, rows, digest),)


def _of_run(file: BinaryIO, output: OutputTable, footer: bytes) -> bytes | None:
    """The footer with the run of the table; None: it tells of another table."""
    parquet = pq.ParquetFile(file)
    told, wanted = dict(parquet.metadata.metadata or {}), output.schema.metadata or {}
    before, now = told.get(_RUN, b""), wanted.get(_RUN, b"")
    same_columns = parquet.schema_arrow.equals(output.schema, check_metadata=False)
    if not before or told | {_RUN: now} != wanted or not same_columns:
        return None
    old = _pair(before)
    return footer.replace(old, _pair(now)) if footer.count(old) == 1 else None


def _pair(run: bytes) -> bytes:
    """The run as a footer names it: a Thrift struct of two texts, in the compact protocol."""
    return b"".join(b"\x18" + _length(len(text)) + text for text in (_RUN, run)) + b"\0"


def _length(of: int) -> bytes:
    """A number as a varint: seven bits a byte, the lowest first."""
    return bytes([of]) if of < 128 else bytes([of & 127 | 128]) + _length(of >> 7)
