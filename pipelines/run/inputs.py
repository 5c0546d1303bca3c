"""Lists the input files of every source, and says by a digest which files they are."""

import hashlib
import importlib.util
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apache_beam.io.filesystem import BeamIOError, FileSystem
from apache_beam.io.filesystems import FileSystems

from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.transforms.exchange.store import is_local, open_file

_FORMATS = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_COMPRESSED = (".gz", ".zst")
_PARTITION = re.compile(r"^([^=/]+)=([^/]*)$")


_STORES = {  # scheme: Beam's extra, and a module that comes with it
    "s3": ("aws", "boto3"),
    "gs": ("gcp", "google.cloud.storage"),
    "hdfs": ("hadoop", "hdfs"),
    "azfs": ("azure", "azure.storage.blob"),
}


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
        RunFailed: the files can't be listed.
    """
    found: dict[str, tuple[int, str]] = {}
    for path in paths:
        check_path(f"sources.{source}.path", path)
        try:
            matched = dict(_match(path))
        except (BeamIOError, ValueError) as error:
            raise RunFailed(f"sources.{source}.path: {shown(path)}: {error}") from None
        if not matched:
            raise WrongUsage(
                f"sources.{source}.path: {shown(path)}: no file is there; "
                "allowed: a file, folder or glob"
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


def check_path(key: str, path: str) -> None:
    """Whether there is a file system for a path.

    Raises:
        WrongUsage: there is none; the text names the key.
    """
    wrong = f"{key}: {shown(path)}: "
    if not path or "\0" in path:
        raise WrongUsage(f"{wrong}no path; allowed: a local path, or SCHEME://…")
    if is_local(path):
        return
    scheme = path.split("://")[0]
    if scheme in _STORES:
        extra, module = _STORES[scheme]
        if not _is_installed(module):
            raise WrongUsage(f"{wrong}Beam can't open {scheme}://; install apache-beam[{extra}]")
    elif scheme not in {system.scheme() for system in FileSystem.get_all_subclasses()}:
        known = ", ".join(f"{name}://" for name in _STORES)
        raise WrongUsage(f"{wrong}unknown scheme; allowed: a local path, {known}")


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it
        return False


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
