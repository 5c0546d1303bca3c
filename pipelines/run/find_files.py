"""Finds the files that a path of a source means: a file, everything in a folder, or a glob."""

import errno
import fnmatch
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from idweave.transforms.exchange.store import file_systems

_MAGIC = re.compile(r"[*?[]")
_ESCAPED = re.compile(r"\[([*?[])\]")  # how `glob.escape` writes a character of a pattern


class Found(NamedTuple):
    """One file, and a stamp that changes when it does."""

    path: str
    size: int  # bytes
    stamp: str


class FoundFiles:
    """The files of one source, each once, and which others were skipped for which reason."""

    def __init__(self, counts: Callable[[str], bool]) -> None:
        """``counts``: whether a file of a folder is data, by its name."""
        self.skipped: dict[str, set[str]] = {}
        self._counts = counts
        self._by_real_path: dict[str, Found] = {}

    def files(self) -> list[Found]:
        """What was found, by path."""
        return sorted(self._by_real_path.values())

    def add(self, path: str) -> int:
        """Find what one path means.

        Returns:
            How many files it has, those included that are there already.

        Raises:
            OSError: a folder can't be listed, or a file is not there or a pipe or device.
            ValueError: the path can't be one.
        """
        found = 0
        for match in _matches(path):
            if os.path.isdir(match):
                found += sum(map(self._add_of_folder, _below(match)))
            elif os.path.lexists(match):
                found += self._add_named(match, is_pattern=bool(_split(path)[1]))
        return found

    def add_remote(self, path: str) -> int:
        """Find what a path of one of Beam's file systems means. Raises BeamIOError."""
        folder = path.rstrip("/")
        for pattern in (path, f"{folder}/**") if not _MAGIC.search(path) else (path,):
            root = len("/".join(_split(pattern)[0]))
            found = 0
            for result in file_systems().match([pattern]):
                for file in result.metadata_list:
                    if _is_hidden(file.path[root:]):
                        continue
                    if pattern != path and not self._is_data(file.path):
                        continue
                    found += 1
                    stamp = f"{file.size_in_bytes}-{file.last_updated_in_seconds}"
                    self._by_real_path[file.path] = Found(file.path, file.size_in_bytes, stamp)
            if found:
                return found
        return 0

    def _add_of_folder(self, path: str) -> int:
        if not self._is_data(path):
            return 0
        return self._add_named(path, is_pattern=True)

    def _add_named(self, path: str, is_pattern: bool) -> int:
        """Add what is there under a path: a file; a pipe or device can't be read again."""
        if stat.S_ISREG(os.stat(path).st_mode):
            self._add(path)
            return 1
        if not is_pattern:
            raise OSError(errno.EINVAL, "a pipe or device; write what it gives to a file", path)
        self._skip("not_a_file", path)
        return 0

    def _is_data(self, path: str) -> bool:
        counts = self._counts(os.path.basename(path))
        if not counts:
            self._skip("unknown_suffix", path)
        return counts

    def _skip(self, reason: str, path: str) -> None:
        self.skipped.setdefault(reason, set()).add(path)

    def _add(self, path: str) -> None:
        real = os.path.realpath(path)
        known = self._by_real_path.get(real)
        if known is not None and known.path != path:
            self._skip("linked_twice", path)
        if known is None or _preference(path, real) < _preference(known.path, real):
            of = os.stat(path)
            self._by_real_path[real] = Found(path, of.st_size, f"{of.st_size}-{of.st_mtime_ns}")


def _preference(path: str, real: str) -> tuple[bool, str]:
    """Of several paths of a file its own one, else the first."""
    return path != real, path


def _split(path: str) -> tuple[list[str], list[str]]:
    """The parts of a path up to the first with a pattern, and those from there on."""
    parts = path.split("/")
    literal = [_MAGIC.search(_ESCAPED.sub("", part)) is None for part in parts]
    at = literal.index(False) if False in literal else len(parts)
    return [_ESCAPED.sub(r"\1", part) for part in parts[:at]], parts[at:]


def _matches(path: str) -> list[str]:
    """What a local path or pattern stands for; one that matches nothing stands for itself."""
    root, pattern = _split(path)
    itself = _ESCAPED.sub(r"\1", path)
    if not pattern:
        return [itself]
    return sorted(_expand("/".join(root) or ("/" if path.startswith("/") else ""), pattern)) or [
        itself
    ]


def _expand(root: str, pattern: list[str]) -> Iterator[str]:
    """Everything below a folder that a pattern matches; `**` goes through each folder once."""
    seen: set[tuple[str, int]] = set()
    to_do, links = deque([(root, 0)]), deque[tuple[str, int]]()
    while to_do or links:
        folder, at = (to_do or links).popleft()
        if pattern[at:] in ([], ["**"]):
            yield folder
            continue
        if not os.path.isdir(folder or "."):
            continue
        if pattern[at] == "**":
            key = os.path.realpath(folder), at
            if key in seen:
                continue
            seen.add(key)
            to_do.append((folder, at + 1))
        for entry in _entries(folder):
            inner = os.path.join(folder, entry.name)
            if pattern[at] == "**" and _is_folder(entry):
                (links if entry.is_symlink() else to_do).append((inner, at))
            elif fnmatch.fnmatchcase(entry.name, pattern[at]):
                to_do.append((inner, at + 1))


def _below(root: str) -> Iterator[str]:
    """All files below a folder; each real folder is gone through once, links to it come last."""
    seen: set[str] = set()
    folders, links = [root], deque[str]()
    while folders or links:
        folder = folders.pop() if folders else links.popleft()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        for entry in _entries(folder):
            path = os.path.join(folder, entry.name)
            if not _is_folder(entry):
                yield path
            elif entry.is_symlink():
                links.append(path)
            else:
                folders.append(path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder, sorted, but for what is hidden."""
    with os.scandir(folder or ".") as entries:
        return sorted(
            (entry for entry in entries if not _is_hidden(entry.name)), key=lambda entry: entry.name
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in path.split("/"))
