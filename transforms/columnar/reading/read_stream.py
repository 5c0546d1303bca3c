"""Reads files as streams of bytes, unpacked by the suffix of their path."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import pyarrow as pa

from idweave.transforms.columnar.reading.records import BadFile

_SUFFIXES = {".gz": "gzip", ".zst": "zstd"}


def compression_of(path: str) -> str | None:
    """Name the compression that a path's suffix says."""
    return next((name for suffix, name in _SUFFIXES.items() if path.endswith(suffix)), None)


def chunks(
    open_file: Callable[[], BinaryIO], compression: str | None, size: int
) -> Iterator[bytes]:
    """Read a file in pieces of up to ``size`` bytes, unpacked.

    Raises BadFile where the compressed data is truncated or damaged, after what comes before it.
    """
    with open_file() as file:
        stream = file
        if compression:
            # Arrow's streams notice what is truncated, and read one member after the other.
            raw = pa.PythonFile(file, "r")
            stream = cast(BinaryIO, pa.CompressedInputStream(raw, compression))
        try:
            while data := stream.read(size):
                yield data
        except OSError:
            if not compression:
                raise
            raise BadFile(f"truncated or damaged {compression} data") from None
        if compression and file.tell() == 0:
            raise BadFile(f"empty, not even {compression} data")
