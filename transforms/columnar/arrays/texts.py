"""Arrow's texts as the plain arrays that kernels read."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def text_buffers(values: pa.Array) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Where each text starts ([n + 1] int32 or int64, from 0) and the bytes; both read-only.

    Nothing is copied but the starts of a slice. A null is as long as its slot, mostly empty.
    """
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    width: type[Any] = np.int64 if wide else np.int32
    _, offsets, data = values.buffers()
    if offsets is None or len(values) == 0:
        starts, taken = np.zeros(len(values) + 1, width), np.empty(0, np.uint8)
    else:
        begin = values.offset * np.dtype(width).itemsize
        starts = np.frombuffer(offsets, width, len(values) + 1, begin)
        first, last = int(starts[0]), int(starts[-1])
        if first:
            starts = starts - width(first)
        if last > first:
            taken = np.frombuffer(data, np.uint8, last - first, first)
        else:
            taken = np.empty(0, np.uint8)
    # One signature for the kernels, whether Arrow's buffers may be written to or not.
    starts.flags.writeable = False
    taken.flags.writeable = False
    return starts, taken


def concat_texts(arrays: list[pa.Array]) -> pa.Array:
    """One array of strings out of several; more than 2 GB of text make it a large_string."""
    if not arrays:
        return pa.array([], pa.string())
    wide = sum(array.nbytes for array in arrays) >= 2**31
    kind = pa.large_string() if wide else pa.string()
    return pa.concat_arrays([array.cast(kind) for array in arrays])


def text_array(
    start: NDArray[Any], data: NDArray[np.uint8], valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Strings from their starts and bytes; 32-bit offsets where they are enough."""
    wide = len(data) >= 2**31
    kind = pa.large_string() if wide else pa.string()
    starts = np.ascontiguousarray(start - start[0], np.int64 if wide else np.int32)
    mask = None
    if valid is not None:
        mask = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [mask, pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(kind, len(start) - 1, buffers)


def byte_ranks(values: pa.Array) -> NDArray[np.int64]:
    """[n] the place of each text, none null, once all are sorted by their UTF-8 bytes."""
    rank = np.empty(len(values), np.int64)
    rank[pc.sort_indices(values).to_numpy()] = np.arange(len(rank))
    return rank


def is_text(kind: pa.DataType) -> bool:
    """Whether values of an Arrow type lie as starts and bytes."""
    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )
