"""The working folder: the one place where arrays are kept between stages, by reference.

A stage writes its arrays under a name and sends a small description through Beam; the next stage
reads the slices that it needs. Names don't depend on attempts, and a file appears under its name
only when it is complete, so a repeated bundle writes the same file again and nothing else.
On a cluster the folder is one that all workers share (any of Beam's FileSystems).
"""

import contextlib
import glob
import os
import shutil
import stat
import threading
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from idweave.transforms.exchange.raw_arrays import RawArrays, write_arrays
from idweave.transforms.exchange.working_file import Address, F

if TYPE_CHECKING:
    from apache_beam.io.filesystems import FileSystems

WORK = "_work"  # below the output folder; a folder a run id, in it one an attempt
_LARGE = 2**20  # bytes: from here on the disk is asked to begin with a file that lasts


class _KeptHere(threading.local):
    bytes = 0


kept_here = _KeptHere()  # what this thread has kept in the working folder


def is_local(path: str) -> bool:
    """Whether the path is one of this machine's file system."""
    return "://" not in path


def file_systems() -> "type[FileSystems]":
    """Beam's file systems, read when a path needs them: they take seconds."""
    from apache_beam.io.filesystems import FileSystems

    return FileSystems


def open_file(path: str) -> BinaryIO:
    """Open a file to read bytes; compression is left to the reader."""
    if is_local(path):
        return open(path, "rb")
    from apache_beam.io.filesystem import CompressionTypes

    return file_systems().open(path, compression_type=CompressionTypes.UNCOMPRESSED)


class Found(NamedTuple):
    """A file that a pattern names."""

    path: str
    bytes: int


def files_in(folder: str, pattern: str) -> list[Found]:
    """The files in a folder that a pattern names, in the order of their paths.

    Args:
        pattern: names with `*`, parted by `/`; `**` alone or last: all files, however deep.
    """
    if is_local(folder):
        names = glob.iglob(pattern, root_dir=folder, recursive=True)
        found = [_file_at(f"{folder}/{name}") for name in names]
        return sorted(file for file in found if file is not None)
    (match,) = file_systems().match([f"{folder}/{pattern}"])
    return sorted(Found(file.path, file.size_in_bytes) for file in match.metadata_list)


def _file_at(path: str) -> Found | None:
    """A local file; None: it is none, or another process or thread removed it just now."""
    try:
        there = os.stat(path)
    except OSError:
        return None
    return Found(path, there.st_size) if stat.S_ISREG(there.st_mode) else None


def _make_folders_above(path: str) -> None:
    """Make the folders above a local file, but never that of an attempt at a run.

    Whoever begins an attempt makes its folder. Where it is gone the run has ended, and a worker
    that nobody waits for any more must not bring it back.
    """
    folder = os.path.dirname(path) or "."
    if os.path.isdir(folder):
        return
    above, found, below = folder.rpartition(f"/{WORK}/")
    if not found:
        os.makedirs(folder, exist_ok=True)
        return
    run_id, attempt, *names = below.split("/")
    made = f"{above}{found}{run_id}/{attempt}"
    for name in names:
        made = f"{made}/{name}"
        with contextlib.suppress(FileExistsError):
            os.mkdir(made)


def write_file(path: str, data: bytes) -> None:
    """Write a whole file that appears at once."""
    with AtomicFile(path) as file:
        file.write(data)


class AtomicFile:
    """A file to write that appears under its name when the block ends well."""

    def __init__(self, path: str, owner_only: bool = False, lasts: bool = False) -> None:
        """Make nothing yet.

        Args:
            owner_only: nobody else reads a local one, whatever the umask leaves to others.
            lasts: outlives the run; the disk begins to write a large one when it is complete.
        """
        self._path, self._mode, self._lasts = path, 0o600 if owner_only else 0o666, lasts
        self._local = is_local(path)
        self._written = f"{path}.{uuid.uuid4().hex}.tmp" if self._local else path

    def __enter__(self) -> BinaryIO:
        if self._local:
            _make_folders_above(self._path)
            self._file: Any = open(self._written, "wb", opener=self._open)
        else:
            from apache_beam.io.filesystem import CompressionTypes

            self._file = file_systems().create(
                self._written, compression_type=CompressionTypes.UNCOMPRESSED
            )
        return self._file  # type: ignore[no-any-return]

    def _open(self, path: str, flags: int) -> int:
        return os.open(path, flags, self._mode)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._lasts and self._local and kind is None and self._file.tell() >= _LARGE:
                _begin_to_disk(self._file)
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


def _begin_to_disk(file: BinaryIO) -> None:
    """Let the disk begin to write a file: who waits for it at the end waits less."""
    if hasattr(os, "posix_fadvise"):
        file.flush()
        descriptor = os.dup(file.fileno())
        try:
            threading.Thread(target=_write_back, args=(descriptor,), daemon=True).start()
        except RuntimeError:  # no thread more: the disk begins at the end
            os.close(descriptor)


def _write_back(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # advice: whoever has to know waits for the disk
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def remove_file(path: str) -> None:
    """Remove a file; nothing happens if there is none."""
    if is_local(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    elif file_systems().exists(path):
        file_systems().delete([path])


def remove_folder(path: str) -> None:
    """Remove a folder and all in it; nothing happens if there is none."""
    if is_local(path):
        shutil.rmtree(path, ignore_errors=True)
    elif file_systems().exists(path):
        file_systems().delete([path])


@dataclass(frozen=True)
class Store:
    """The working folder of one run."""

    folder: str

    def write(self, address: Address[F], contents: F) -> None:
        """Write a file that appears at once."""
        with AtomicFile(f"{self.folder}/{address.path}") as file:
            kept_here.bytes += write_arrays(file, contents.parts())

    def open(self, address: Address[F]) -> F:
        """Open a file to read fields of it; close it by a `with` block."""
        return address.kind.of(RawArrays(open_file(f"{self.folder}/{address.path}")))
