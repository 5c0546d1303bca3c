"""Lists the input files of every source, and says by a digest which files they are."""

import hashlib
import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from idweave.pipelines.errors import RunFailed, WrongUsage, one_line, shown
from idweave.pipelines.run.find_files import Found, FoundFiles
from idweave.pipelines.settings import Settings
from idweave.pipelines.settings.check_inputs import DECISIONS
from idweave.transforms.columnar.reading.read_text import is_unicode
from idweave.transforms.exchange.store import is_local, open_file

FORMATS = {  # suffix: format
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
}
DECISION_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".yaml": "yaml",
                    ".yml": "yaml"}  # fmt: skip
REQUESTS = "privacy.requests"
COMPRESSED = (".gz", ".zst", ".bz2")
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


class Listed(NamedTuple):
    """The files of some sources, by (source, path), and how many were skipped and why."""

    files: list[InputFile]
    skipped: dict[str, dict[str, int]]  # source -> reason -> files
    decisions: tuple[InputFile, ...] = ()  # those of decisions
    requests: tuple[InputFile, ...] = ()  # those of people who ask of their own data

    @property
    def all(self) -> list[InputFile]:
        """The files of which the run is made."""
        return sorted([*self.files, *self.decisions, *self.requests])


class Kind(NamedTuple):
    """What files are listed for."""

    key: str  # of the configuration, for errors
    formats: Mapping[str, str]  # suffix: format
    packed: tuple[str, ...] = ()  # suffixes that may follow


def list_inputs(settings: Settings) -> Listed:
    """Find the files of all sources, and of decisions. Raises as `list_files` does."""
    files: list[InputFile] = []
    skipped: dict[str, dict[str, int]] = {}
    digest = settings.input_digest
    for name, source in settings.sources.items():
        listed = list_files(name, source.path, source.format, digest)
        files += listed.files
        skipped |= listed.skipped
    decisions: list[InputFile] = []
    requests: list[InputFile] = []
    if settings.decisions is not None:
        kind = Kind(DECISIONS, DECISION_FORMATS)
        decisions = list_files(DECISIONS, settings.decisions, None, digest, kind).files
    if settings.privacy is not None:
        kind = Kind(REQUESTS, {".jsonl": "jsonl", ".ndjson": "jsonl"})
        requests = list_files(REQUESTS, settings.privacy.requests, None, digest, kind).files
    return Listed(sorted(files), skipped, tuple(sorted(decisions)), tuple(sorted(requests)))


def list_files(
    source: str,
    paths: Sequence[str],
    format: str | None,
    digest: str,
    kind: Kind | None = None,
) -> Listed:
    """Find the files of a source.

    Args:
        paths: files, folders (everything below that is not hidden) or globs.
        format: of all files; None: each by its suffix, those of folders without one are skipped.
        digest: `metadata` (size and time, or etag) or `content` (SHA-256).
        kind: None: records.

    Raises:
        WrongUsage: nothing matches, or a format is unknown.
        RunFailed: the files can't be listed.
    """
    kind = kind or Kind(f"sources.{source}.path", FORMATS, COMPRESSED)
    found = FoundFiles(lambda name: format is not None or format_of(name, kind) is not None)
    for path in paths:
        check_path(kind.key, path)
        try:
            count = found.add(path) if is_local(path) else found.add_remote(path)
        except OSError as error:
            where = error.filename if error.filename is not None else path
            raise RunFailed(f"{kind.key}: {named(str(where))}: {error.strerror or error}") from None
        except ValueError as error:
            raise RunFailed(f"{kind.key}: {shown(path)}: {error}") from None
        if not count:
            raise WrongUsage(_nothing(kind, path, found))
    skipped = {reason: len(of) for reason, of in sorted(found.skipped.items())}
    files = [
        _input_file(source, file, format or format_of(file.path, kind), digest, kind)
        for file in found.files()
    ]
    return Listed(files, {source: skipped} if skipped else {})


def _nothing(kind: Kind, path: str, found: FoundFiles) -> str:
    """That a path leads to no file, and why."""
    skipped = found.skipped.get("unknown_suffix", ())
    mend = "set format, or allowed" if kind.packed else "allowed"
    only = f" but {len(skipped):,} with other suffixes; {mend}" if skipped else "; allowed"
    packed = f", each also {', '.join(kind.packed)}" if kind.packed else ""
    return (
        f"{kind.key}: {named(path)}: no file is there{only}: a file, folder or "
        f"glob ({', '.join(kind.formats)}{packed}); names that begin with "
        "_ or . are hidden"
    )


def _input_file(source: str, file: Found, format: str | None, digest: str, kind: Kind) -> InputFile:
    """Describe one file. Raises WrongUsage, RunFailed."""
    if not is_unicode(file.path):
        raise RunFailed(f"{kind.key}: {named(file.path)}: a name that is not UTF-8; rename it")
    if format is None:
        known = ", ".join(dict.fromkeys(kind.formats.values()))
        if not kind.packed:
            raise WrongUsage(
                f"{kind.key}: {named(file.path)}: an unknown suffix; "
                f"allowed: {', '.join(kind.formats)}"
            )
        raise WrongUsage(
            f"sources.{source}.format: not set, and the suffix of {named(file.path)} says nothing; "
            f"allowed: {known}"
        )
    stamp = _content(file.path) if digest == "content" else file.stamp
    return InputFile(source, file.path, format, file.size, stamp, _partitions(file.path))


def named(path: str) -> str:
    """A path as an error shows it: bytes that are not UTF-8 as \\xe4."""
    return one_line(os.fsencode(path).decode("utf-8", "backslashreplace"))


def check_path(key: str, path: str) -> None:
    """Whether there is a file system for a path.

    Raises:
        WrongUsage: there is none; the text names the key.
    """
    wrong = f"{key}: {shown(path)}: "
    if not path or "\0" in path:
        raise WrongUsage(f"{wrong}no path; allowed: a local path, or SCHEME://…")
    if path.split("/")[0].startswith("~"):  # DuckDB and Arrow would look elsewhere than Python
        raise WrongUsage(f"{wrong}the shell left `~` as it is; write $HOME, or ./~ if it is a name")
    if is_local(path):
        return
    scheme = path.split("://")[0]
    if scheme in _STORES:
        extra, module = _STORES[scheme]
        if not _is_installed(module):
            raise WrongUsage(f"{wrong}Beam can't open {scheme}://; install apache-beam[{extra}]")
        return
    from apache_beam.io.filesystem import FileSystem

    if scheme not in {system.scheme() for system in FileSystem.get_all_subclasses()}:
        known = ", ".join(f"{name}://" for name in _STORES)
        raise WrongUsage(f"{wrong}unknown scheme; allowed: a local path, {known}")


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it
        return False


def format_of(path: str, kind: Kind) -> str | None:
    """What the suffix of a path says, in any case of letters; None: nothing."""
    stem, suffix = os.path.splitext(path.lower())
    return kind.formats.get(os.path.splitext(stem)[1] if suffix in kind.packed else suffix)


def _partitions(path: str) -> tuple[tuple[str, str], ...]:
    matches = (_PARTITION.match(part) for part in path.split("/")[:-1])
    return tuple((_decoded(m.group(1)), _decoded(m.group(2))) for m in matches if m)


def _decoded(text: str) -> str:
    """Percent-decoded, as Hive and Spark write folders; what is no UTF-8 then stays as it is."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _content(path: str) -> str:
    """SHA-256 of a file. Raises RunFailed."""
    digest = hashlib.sha256()
    try:
        with open_file(path) as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise RunFailed(f"{named(path)}: {error.strerror or type(error).__name__}") from None
    return digest.hexdigest()


def inputs_digest(files: Sequence[InputFile]) -> str:
    """SHA-256 of which files there are and what is in them."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.source}\0{file.path}\0{file.digest}\n".encode())
    return digest.hexdigest()
