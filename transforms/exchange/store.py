"""The working folder: the one place where arrays are kept between stages, by reference.

A stage writes its arrays under a name and sends a small description through Beam; the next stage
reads the slices that it needs. Names don't depend on attempts, and a file appears under its name
only when it is complete, so a repeated bundle writes the same file again and nothing else.
On a cluster the folder is one that all workers share (any of Beam's FileSystems).

A file is the arrays' bytes one after another, then a JSON directory, then the directory's length
in 8 bytes.
"""

import contextlib
import json
import os
import shutil
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from apache_beam.io.filesystems import FileSystems

from idweave.transforms.columnar.arrays.texts import text_buffers

Array = np.ndarray[Any, Any]
_ALIGN = 8


class _KeptHere(threading.local):
    bytes = 0


kept_here = _KeptHere()  # what this thread has kept in the working folder


def is_local(path: str) -> bool:
    """Whether the path is one of this machine's file system."""
    return "://" not in path


def open_file(path: str) -> BinaryIO:
    """Open a file to read bytes; compression is left to the reader."""
    if is_local(path):
        return open(path, "rb")
    from apache_beam.io.filesystem import CompressionTypes

    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def write_file(path: str, data: bytes) -> None:
    """Write a whole file that appears at once."""
    with AtomicFile(path) as file:
        file.write(data)


class AtomicFile:
    """A file to write that appears under its name when the block ends well."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = is_local(path)
        self._written = f"{path}.{uuid.uuid4().hex}.tmp" if self._local else path

    def __enter__(self) -> BinaryIO:
        if self._local:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._file: Any = open(self._written, "wb")
        else:
            from apache_beam.io.filesystem import CompressionTypes

            self._file = FileSystems.create(
                self._written, compression_type=CompressionTypes.UNCOMPRESSED
            )
        return self._file  # type: ignore[no-any-return]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._file.close()  # writes what is buffered
        except OSError as failed:
            kind, error = type(failed), failed
            raise
        finally:
            self._settle(kind, error)

    def _settle(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        """The file appears, or nothing is left of it and the error says which it was."""
        if self._local and kind is None:
            os.replace(self._written, self._path)
        elif self._local:
            os.unlink(self._written)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = self._path  # a full disk doesn't say whose it is


def remove_file(path: str) -> None:
    """Remove a file; nothing happens if there is none."""
    if is_local(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    elif FileSystems.exists(path):
        FileSystems.delete([path])


def remove_folder(path: str) -> None:
    """Remove a folder and all in it; nothing happens if there is none."""
    if is_local(path):
        shutil.rmtree(path, ignore_errors=True)
    elif FileSystems.exists(path):
        FileSystems.delete([path])


@dataclass(frozen=True)
class Store:
    """The working folder of one run."""

    folder: str

    def write(self, name: str, arrays: Mapping[str, Array | pa.Array]) -> None:
        """Keep arrays under a name. Strings may be null; other arrays are NumPy's."""
        with AtomicFile(f"{self.folder}/{name}") as file:
            directory: dict[str, Any] = {}
            at = 0
            for key, array in arrays.items():
                for part, values in _parts(key, array):
                    directory[part] = (values.dtype.str, at, values.shape)
                    padding = -values.nbytes % _ALIGN
                    if values.nbytes:
                        file.write(values.data.cast("B"))
                    file.write(b"\0" * padding)
                    at += values.nbytes + padding
            tail = json.dumps(directory).encode()
            file.write(tail + len(tail).to_bytes(8, "little"))
        kept_here.bytes += at

    def open(self, name: str) -> "Kept":
        """Read what is kept under a name; close it, or use it in a `with` block."""
        return Kept(open_file(f"{self.folder}/{name}"))


def _parts(key: str, array: Array | pa.Array) -> list[tuple[str, Array]]:
    """The plain arrays that stand for an array."""
    if isinstance(array, np.ndarray):
        return [(key, np.ascontiguousarray(array))]
    start, data = text_buffers(array)
    parts = [(f"{key}.start", start), (f"{key}.data", data)]
    if array.null_count:
        valid = np.asarray(array.is_valid().to_numpy(zero_copy_only=False))
        parts.append((f"{key}.valid", valid))
    return parts


def text_array(start: Array, data: Array, valid: Array | None = None) -> pa.Array:
    """Strings from their starts and bytes; 32-bit offsets where they are enough."""
    wide = len(data) >= 2**31
    kind = pa.large_string() if wide else pa.string()
    starts = np.ascontiguousarray(start - start[0], np.int64 if wide else np.int32)
    mask = None
    if valid is not None:
        mask = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [mask, pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(kind, len(start) - 1, buffers)


class Kept:
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

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._directory or f"{key}.start" in self._directory

    def read(self, key: str, low: int = 0, high: int | None = None) -> Array:
        """Rows low..high of an array of numbers."""
        dtype_name, at, shape = self._directory[key]
        dtype = np.dtype(dtype_name)
        high = shape[0] if high is None else high
        row = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        out = np.empty((high - low, *shape[1:]), dtype)
        if out.nbytes:
            self._file.seek(at + low * row)
            read_into(self._file, out.data.cast("B"))
        return out

    def texts(self, key: str, low: int = 0, high: int | None = None) -> pa.Array:
        """Rows low..high of an array of strings."""
        start = self.read(f"{key}.start", low, None if high is None else high + 1)
        data = self.read(f"{key}.data", int(start[0]), int(start[-1]))
        valid = None
        if f"{key}.valid" in self._directory:
            valid = self.read(f"{key}.valid", low, high)
        return text_array(start, data, valid)


def read_into(file: BinaryIO, view: memoryview) -> None:
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
