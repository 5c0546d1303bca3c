"""Reads files as streams of bytes; how they are packed is told by their first bytes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import pyarrow as pa

from idweave.transforms.columnar.reading.records import BadFile

_HEAD = 10  # bytes that say what a file is
_PACKED = (  # first bytes: compression, in Arrow's words
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x50\x2a\x4d\x18", "zstd"),  # a frame to skip, as parallel packers write first
    *((b"BZh%d1AY&SY" % level, "bz2") for level in range(1, 10)),
    *((b"BZh%d\x17rE8P\x90" % level, "bz2") for level in range(1, 10)),  # nothing, packed
)
_NO_TEXT = (
    (b"PAR1\x15", "Parquet, not text; set format: parquet"),
    (b"PK\x03\x04", "a ZIP archive, perhaps a spreadsheet; unpack or export it"),
    (b"\xfd7zXZ\x00", "packed with xz; pack it with gzip, zstd or bzip2"),
    (b"Obj\x01", "Avro; write it as Parquet"),
    (b"ARROW1\0\0", "an Arrow file; write it as Parquet"),
)
_SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_WRONG = OSError, EOFError, ValueError, MemoryError


def compression_of(head: bytes) -> str | None:
    """Name the compression of a file that begins so; None: it isn't packed."""
    return next((name for magic, name in _PACKED if head.startswith(magic)), None)


def other_kind(head: bytes) -> str | None:
    """Name what is no text, by its first bytes, and what can be done about it."""
    return next((what for magic, what in _NO_TEXT if head.startswith(magic)), None)


def chunks(path: str, open_file: Callable[[], BinaryIO], size: int) -> Iterator[bytes]:
    """Read a text file in pieces of up to ``size`` bytes, unpacked.

    Raises BadFile where the file can't be opened or read on or is none of text, and where packed
    data is truncated or damaged, after what comes before it.
    """
    with opened(open_file) as (file, compression):
        pieces = unpacked(file, compression, size)
        first = next(pieces, b"")
        if not compression and (name := _said(path)) and (not first or b"\0" in first[:4096]):
            raise BadFile(f"{'no' if first else 'empty, not even'} {name} data")
        if what := other_kind(first):
            raise BadFile(what)
        yield first
        yield from pieces


@contextmanager
def opened(open_file: Callable[[], BinaryIO]) -> Iterator[tuple[BinaryIO, str | None]]:
    """Open a file at its beginning and say how it is packed. Raises BadFile."""
    try:
        file = open_file()
        compression = compression_of(file.read(_HEAD))
        if file.seekable():
            file.seek(0)
        else:
            file.close()
            file = open_file()
    except OSError as error:
        raise BadFile(error.strerror or type(error).__name__) from None
    with file:
        yield file, compression


def unpacked(file: BinaryIO, compression: str | None, size: int) -> Iterator[bytes]:
    """Read an opened file in pieces. Raises BadFile."""
    stream = file
    try:
        if compression:
            # Arrow's streams notice what is truncated, and read one member after the other.
            stream = cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(file, "r"), compression))
        while data := stream.read(size):
            yield data
    except _WRONG as error:
        if compression:
            raise BadFile(f"truncated or damaged {compression} data") from None
        raise BadFile(getattr(error, "strerror", None) or type(error).__name__) from None


def _said(path: str) -> str | None:
    """The compression that a path's suffix says."""
    lower = path.lower()
    return next((name for suffix, name in _SUFFIXES.items() if lower.endswith(suffix)), None)
