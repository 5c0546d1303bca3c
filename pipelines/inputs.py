"""Lists the input files of every source, and says by a digest which files they are."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apache_beam.io.filesystems import FileSystems

from pipelines.errors import WrongUsage
from transforms.store import is_local, open_file

_FORMATS = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_COMPRESSED = (".gz", ".zst")
_PARTITION = re.compile(r"^([^=/]+)=([^/]*)$")


class InputFile(NamedTuple):
    """One file of one source; files sort by (source, path)."""

    source: str
    path: str
    format: str
    size: int  # bytes
    digest: str
    partitions: tuple[tuple[str, str], ...]  # of `key=value` folders


def list_files(
    source: str, paths: Sequence[str], format: str | None, digest: str
) -> list[InputFile]:
    """Find the files of a source.

    Args:
        paths: files, folders (everything below with a known suffix) or globs.
        format: of all files; None: each by its suffix.
        digest: `metadata` (size and time, or etag) or `content` (SHA-256).

    Raises:
        WrongUsage: nothing matches, or a format is unknown.
    """
    found: dict[str, tuple[int, str]] = {}
    for path in paths:
        matched = dict(_match(path))
        if not matched:
            raise WrongUsage(
                f"sources.{source}.path: {path}: no file is there; allowed: a file, folder or glob"
            )
        found |= matched
    return [
        InputFile(
            source,
            path,
            format or _format(source, path),
            size,
            _content(path) if digest == "content" else stamp,
            _partitions(path),
        )
        for path, (size, stamp) in sorted(found.items())
    ]


def _match(path: str) -> Iterator[tuple[str, tuple[int, str]]]:
    """Paths with size and a stamp that changes when the file does."""
    if is_local(path):
        yield from _match_local(path)
        return
    pattern = path
    if path.endswith("/") or (not os.path.splitext(path)[1] and "*" not in path):
        pattern = path.rstrip("/") + "/**"
    for result in FileSystems.match([pattern]):
        for file in result.metadata_list:
            if _is_data(file.path):
                stamp = f"{file.size_in_bytes}-{file.last_updated_in_seconds}"
                yield file.path, (file.size_in_bytes, stamp)


def _match_local(path: str) -> Iterator[tuple[str, tuple[int, str]]]:
    import glob

    for match in sorted(glob.glob(path, recursive=True)) or [path]:
        if os.path.isdir(match):
            for folder, folders, names in os.walk(match, followlinks=True):
                folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
                for name in names:
                    if _is_data(name):
                        yield from _stat(os.path.join(folder, name))
        elif os.path.exists(match):
            yield from _stat(match)


def _stat(path: str) -> Iterator[tuple[str, tuple[int, str]]]:
    stat = os.stat(path)
    yield path, (stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}")


def _is_data(path: str) -> bool:
    name = os.path.basename(path)
    return not name.startswith((".", "_")) and _suffix(name) in _FORMATS


def _suffix(path: str) -> str:
    stem, suffix = os.path.splitext(path)
    return os.path.splitext(stem)[1] if suffix in _COMPRESSED else suffix


def _format(source: str, path: str) -> str:
    if (suffix := _suffix(path)) in _FORMATS:
        return _FORMATS[suffix]
    known = ", ".join(sorted(set(_FORMATS.values())))
    raise WrongUsage(
        f"sources.{source}.format: not set, and the suffix of {path} says nothing; allowed: {known}"
    )


def _partitions(path: str) -> tuple[tuple[str, str], ...]:
    matches = (_PARTITION.match(part) for part in path.split("/")[:-1])
    return tuple((m.group(1), m.group(2)) for m in matches if m)


def _content(path: str) -> str:
    digest = hashlib.sha256()
    with open_file(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def inputs_digest(files: Sequence[InputFile]) -> str:
    """SHA-256 of which files there are and what is in them."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.source}\0{file.path}\0{file.digest}\n".encode())
    return digest.hexdigest()
