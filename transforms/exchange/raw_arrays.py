"""How arrays lie in a file of the working folder: their bytes one after another, then a directory.

The directory is JSON, with the dtype, offset and shape of each array; its length is in the last
8 bytes. Readers take the rows that they need and nothing else.
"""

import json
import math
import os
from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np

Array = np.ndarray[Any, Any]
_ALIGN = 8


def write_arrays(file: BinaryIO, arrays: Iterable[tuple[str, Array]]) -> int:
    """Write arrays under their keys; returns the bytes that they take."""
    directory: dict[str, Any] = {}
    at = 0
    for key, given in arrays:
        values = np.ascontiguousarray(given)
        directory[key] = (values.dtype.str, at, values.shape)
        padding = -values.nbytes % _ALIGN
        if values.nbytes:
            file.write(values.data.cast("B"))
        file.write(b"\0" * padding)
        at += values.nbytes + padding
    tail = json.dumps(directory).encode()
    file.write(tail + len(tail).to_bytes(8, "little"))
    return at


class RawArrays:
    """The arrays of one file, read when they are asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        size = file.seek(0, os.SEEK_END)
        guess = min(size, 4096)
        file.seek(size - guess)
        tail = file.read(guess)
        length = int.from_bytes(tail[-8:], "little")
        if length + 8 > guess:
            file.seek(size - length - 8)
            tail = file.read(length + 8)
        self._directory: dict[str, Any] = json.loads(tail[-length - 8 : -8])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._directory

    def read(self, key: str, low: int = 0, high: int | None = None) -> Array:
        """Rows low..high of an array."""
        dtype_name, at, shape = self._directory[key]
        dtype = np.dtype(dtype_name)
        high = shape[0] if high is None else high
        row = dtype.itemsize * math.prod(shape[1:])
        out = np.empty((high - low, *shape[1:]), dtype)
        if out.nbytes:
            self._file.seek(at + low * row)
            _read_into(self._file, out.data.cast("B"))
        return out


def _read_into(file: BinaryIO, view: memoryview) -> None:
    """Fill the view from the file, or fail: a short file is a broken one."""
    filled = 0
    while filled < len(view):
        chunk = view[filled:]
        if hasattr(file, "readinto"):
            got = file.readinto(chunk)
        else:
            data = file.read(len(chunk))
            got = len(data)
            chunk[:got] = data
        if not got:
            raise OSError("a file of the working folder ends too early")
        filled += got
