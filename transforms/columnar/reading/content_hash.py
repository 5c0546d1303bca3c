"""Hashes what was read of a record, so that two copies can be told from two contents.

The key is fixed: the hash is the same in every run and may be the record's id.
"""

import hashlib

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.siphash import Key, absorb, absorb_longs
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.reading.read_rows import Rows
from idweave.transforms.columnar.reading.read_text import texts


def hash_content(rows: Rows, time_column: str | None, time: Longs) -> Hashes:
    """Hash all columns of each row: names and canonical texts; null is not the empty text.

    Args:
        rows: [n] as read.
        time_column: counts as the time that was read from it, however it was written.
        time: [n] that time.

    Returns:
        [n, 2], whatever the format and the batch that a record came in.
    """
    hashes = np.zeros((len(rows.position), 2), np.uint64)
    for name in sorted({*rows.whole, *rows.flat}):  # the source's columns: a few
        tag = _tag(name)
        if name == time_column:
            absorb_longs(time, tag, hashes)
        elif name in rows.flat:
            absorb(rows.flat[name].text, rows.flat[name].row, tag, hashes)
        else:
            _absorb_whole(rows.whole[name], tag, hashes)
    return hashes


def content_ids(hashes: Hashes) -> pa.Array:
    """Write each hash as 32 lower-case hex digits."""
    digits = np.ascontiguousarray(hashes).astype(">u8").tobytes().hex().encode()
    starts = np.arange(len(hashes) + 1, dtype=np.int32) * np.int32(32)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(digits)]
    return pa.Array.from_buffers(pa.string(), len(hashes), buffers)


def _absorb_whole(column: pa.Array, tag: Key, hashes: Hashes) -> None:
    text = texts(column).text
    if text.null_count:
        valid = np.asarray(text.is_valid().to_numpy(zero_copy_only=False))
        row, text = np.flatnonzero(valid).astype(np.int32), text.drop_null()
    else:
        row = np.arange(len(text), dtype=np.int32)
    absorb(text, row, tag, hashes)


def _tag(name: str) -> Key:
    digest = hashlib.blake2b(name.encode(), digest_size=16, person=b"idweave content").digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
