"""The working folder of one attempt at a run, and what earlier attempts left of theirs."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from idweave.pipelines.log import Log
from idweave.pipelines.published.durable import make_folders
from idweave.pipelines.published.owner import OWNER, Owned, is_left_behind
from idweave.transforms.exchange.store import (
    WORK,
    file_systems,
    files_in,
    is_local,
    remove_file,
    remove_folder,
)

_AT_ONCE = 4  # files removed
_TRIES = 100  # to make a folder


@contextlib.contextmanager
def working_folder(
    output: str, run_id: str, sync: bool, log: Log, owner_only: bool = False
) -> Iterator[str]:
    """A folder for one attempt at a run, removed at the end, after a failure too.

    Folders that earlier attempts at any run left behind when they were killed are removed; one of
    a process that still runs, here or on another host, is not touched (see `owner`). What can't be
    removed is a warning: a run that is published stays published.

    Args:
        sync: whether the output folder's own name is to be on the disk, if it is new.
        owner_only: nobody else looks into a local one.
    """
    if is_local(output):
        make_folders(output, sync)
    work = f"{output}/{WORK}"
    attempt = f"{work}/{run_id}/{uuid.uuid4().hex[:12]}"
    if is_local(attempt):
        _make(attempt, 0o700 if owner_only else 0o777)
    try:
        with Owned(attempt):
            with _told(log, work):
                _remove_left_behind(work, attempt)
            yield attempt
    finally:
        with _told(log, attempt):
            _remove_for_good(attempt)
            _remove_if_empty(os.path.dirname(attempt), work)


def _make(attempt: str, mode: int) -> None:
    """Make the folder of an attempt: who ends just now removes what is empty above it."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(FileNotFoundError):
            os.makedirs(attempt, mode)
            return
    os.makedirs(attempt, mode)


@contextlib.contextmanager
def handed_over_removed(folder: str) -> Iterator[None]:
    """Remove what stages handed over while the block waits for the disk; the end takes the rest.

    Local only: a disk that is told of every block that is free takes half a second a gigabyte.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        if is_local(folder):
            for file in files_in(f"{folder}/kept", "**"):
                pool.submit(remove_file, file.path)
        yield


@contextlib.contextmanager
def _told(log: Log, path: str) -> Iterator[None]:
    """What fails while others' or our own temporary files are removed stops nothing."""
    try:
        yield
    except Exception as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        log.warn(f"{path}: {reason}; temporary files may be left there")


def _remove_for_good(attempt: str) -> None:
    """Remove the folder while threads of a stopped run may still write: a file bars the way."""
    if not is_local(attempt):
        remove_folder(attempt)
        return
    moved = f"{attempt}.gone"
    with contextlib.suppress(OSError):
        os.rename(attempt, moved)
        open(attempt, "w").close()
    _remove(moved)
    _remove(attempt)


def _remove_left_behind(work: str, own: str) -> None:
    """Remove what lies two levels below `_work` and is nobody's any more."""
    now, others = _ages(work, own)
    for path, moment in others.items():
        if is_left_behind(path, now - moment):
            _remove(path)
            _remove_if_empty(os.path.dirname(path))


def _ages(work: str, own: str) -> tuple[float, dict[str, float]]:
    """The moment by the clock of the file system, and when each attempt was touched."""
    moments: dict[str, float] = {}
    if is_local(work):
        for run in _listed(work):
            for attempt in _listed(f"{work}/{run}"):
                path = f"{work}/{run}/{attempt}"
                if (moment := _touched(path)) is not None:
                    moments[path] = moment
            _remove_if_empty(f"{work}/{run}")
    else:
        for match in file_systems().match([f"{work}/*/*/{OWNER}"]):
            for file in match.metadata_list:
                path = file.path[: -len(OWNER) - 1]
                moments[path] = file.last_updated_in_seconds
    now = moments.pop(own, 0.0)
    return now, moments


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []  # no folder, or another process removed it just now


def _touched(path: str) -> float | None:
    for file in (f"{path}/{OWNER}", path):
        with contextlib.suppress(OSError):
            return os.stat(file).st_mtime
    return None


def _remove(path: str) -> None:
    """Remove a folder, or the file that barred its way."""
    remove_folder(path)
    with contextlib.suppress(OSError):
        os.unlink(path)


def _remove_if_empty(*folders: str) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # others may be at work beside
