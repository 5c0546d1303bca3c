"""Publishes a run: parts that no reader looks at become a run by one rename, readers start last.

`DIR/current.json` names the current run and is written last. Locally a run appears by renaming its
whole folder; on an object store its files are there before the manifest, and the manifest before
`current.json`. A run that should become current says so by a file until it has: what was stopped in
between is finished when the run is launched again.
"""

import contextlib
import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

from apache_beam.io.filesystems import FileSystems

from idweave.pipelines.errors import RunFailed
from idweave.transforms.exchange.store import (
    is_local,
    open_file,
    remove_file,
    remove_folder,
    write_file,
)

_LOCKED_AFTER = 60.0  # seconds within which a new working folder is locked and gets its name
_PENDING = "_to_become_current"  # in a run's folder; readers of tables skip names with _


def run_folder(output: str, run_id: str) -> str:
    """Where a published run is."""
    return f"{output}/runs/run_id={run_id}"


def read_manifest(output: str, run_id: str) -> dict[str, Any] | None:
    """The manifest of a published run, or None if there is no such run."""
    path = f"{run_folder(output, run_id)}/manifest.json"
    if not _exists(path):
        return None
    with open_file(path) as file:
        manifest: dict[str, Any] = json.loads(file.read())
        return manifest


def _exists(path: str) -> bool:
    return os.path.exists(path) if is_local(path) else bool(FileSystems.exists(path))


@contextlib.contextmanager
def working_folder(output: str, run_id: str) -> Iterator[str]:
    """A folder for one attempt at a run, removed at the end, after a failure too.

    Folders that earlier attempts at any run left behind when they were killed are removed; one of
    a process that still runs is not touched.
    """
    work = f"{output}/_work"
    parent, name = f"{work}/{run_id}", uuid.uuid4().hex[:12]
    attempt = f"{parent}/{name}"
    if not is_local(output):
        try:
            yield attempt
        finally:
            remove_folder(attempt)
        return
    new = f"{parent}/.{name}"  # not to be seen before it is locked
    try:
        os.makedirs(new)
        with open(f"{new}/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.rename(new, attempt)
            for other in os.listdir(work):
                _remove_left_behind(f"{work}/{other}")
            yield attempt
    finally:
        remove_folder(new)  # if it was stopped so early
        _remove_for_good(attempt)
        for folder in (parent, work):
            with contextlib.suppress(OSError):
                os.rmdir(folder)  # others may be at work beside


def _remove_for_good(attempt: str) -> None:
    """Remove the folder while threads of a stopped run may still write: a file bars the way."""
    moved = f"{attempt}.gone"
    with contextlib.suppress(OSError):
        os.rename(attempt, moved)
        open(attempt, "w").close()
    remove_folder(moved)
    remove_folder(attempt)  # if it could not be moved
    with contextlib.suppress(OSError):
        os.unlink(attempt)


def _remove_left_behind(parent: str) -> None:
    try:
        names = os.listdir(parent)
    except OSError:
        return  # no folder, or another process removed it just now
    for name in names:
        if name.startswith(".") and _age(f"{parent}/{name}") < _LOCKED_AFTER:
            continue  # perhaps its process has not locked it yet
        try:
            with open(f"{parent}/{name}/lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # a living process holds it
        except OSError:
            pass  # no lock: a worker that outlived its run wrote there
        remove_folder(f"{parent}/{name}")
    with contextlib.suppress(OSError):
        os.rmdir(parent)


def _age(path: str) -> float:
    """Seconds since a folder was changed; 0 where it is gone."""
    try:
        return time.time() - os.stat(path).st_mtime
    except OSError:
        return 0.0


def publish(output: str, run_id: str, result: str, manifest: dict[str, Any], current: bool) -> str:
    """Make the parts in `result` a run; whoever renames first wins.

    Raises:
        RunFailed: the run was published by another process meanwhile.
    """
    target = run_folder(output, run_id)
    text = json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"
    if is_local(output):
        if current:
            write_file(f"{result}/{_PENDING}", b"")
        write_file(f"{result}/manifest.json", text)
        _sync(result)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            os.rename(result, target)
        except OSError as error:
            if not os.path.isdir(target):
                raise
            raise RunFailed(
                f"--run-id: {run_id}: another process published it meanwhile; nothing was changed"
            ) from error
    else:
        _move_remote(result, target, text, run_id, current)
    if current:
        make_current(output, run_id, os.path.dirname(result))
    return target


def _move_remote(result: str, target: str, manifest: bytes, run_id: str, current: bool) -> None:
    """Files first, the manifest last: without one there is no run."""
    if FileSystems.exists(f"{target}/manifest.json"):
        raise RunFailed(f"--run-id: {run_id}: another process published it meanwhile")
    for match in FileSystems.match([f"{result}/**"]):
        for file in match.metadata_list:
            FileSystems.rename([file.path], [f"{target}/{file.path[len(result) + 1 :]}"])
    if current:
        write_file(f"{target}/{_PENDING}", b"")
    write_file(f"{target}/manifest.json", manifest)


def make_current(output: str, run_id: str, folder: str) -> None:
    """Let readers start at this published run.

    Args:
        folder: the working folder, for what is written before it gets its name.

    Raises:
        RunFailed: readers start where they did before.
    """
    text = json.dumps({"run_id": run_id}).encode() + b"\n"
    try:
        if is_local(output):
            _point_at(output, run_id, folder, text)
        else:
            write_file(f"{output}/current.json", text)
        remove_file(f"{run_folder(output, run_id)}/{_PENDING}")
    except OSError as error:
        raise RunFailed(
            f"{error.filename2 or error.filename}: {error.strerror}; run {run_id} is published but "
            f"not current: mend it and launch again with --run-id {run_id}"
        ) from error


def _point_at(output: str, run_id: str, folder: str, text: bytes) -> None:
    """Move the link, then `current.json`; if the second fails, the link goes back."""
    link, before = f"{output}/current", None
    with contextlib.suppress(OSError):
        before = os.readlink(link)
    write_file(f"{folder}/current.json", text)
    _replace_link(link, f"runs/run_id={run_id}", folder)
    try:
        os.replace(f"{folder}/current.json", f"{output}/current.json")
    except OSError:
        if before is None:
            os.unlink(link)
        else:
            _replace_link(link, before, folder)
        raise


def _replace_link(link: str, target: str, folder: str) -> None:
    new = f"{folder}/{uuid.uuid4().hex}"
    os.symlink(target, new)
    os.replace(new, link)


def waits_to_be_current(output: str, run_id: str) -> bool:
    """Whether a published run was stopped before it became current, and no later one did since."""
    if not _exists(f"{run_folder(output, run_id)}/{_PENDING}"):
        return False
    if not _exists(f"{output}/current.json"):
        return True
    with open_file(f"{output}/current.json") as file:
        current = read_manifest(output, json.loads(file.read())["run_id"])
    own = read_manifest(output, run_id)
    return current is None or own is None or bool(current["ended_at"] < own["ended_at"])


def _sync(folder: str) -> None:
    """Have the files on disk before a name points at them."""
    for path, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(os.path.join(path, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def remove_unfinished(output: str, run_id: str, folder: str) -> None:
    """Remove what is under a run's name without a manifest; a published run is never touched.

    Args:
        folder: the working folder; what is moved there goes with it.
    """
    target = run_folder(output, run_id)
    if read_manifest(output, run_id) is not None:
        return
    if not is_local(target):
        remove_folder(target)
        return
    aside = f"{folder}/unfinished"
    with contextlib.suppress(FileNotFoundError):
        os.rename(target, aside)
        if os.path.exists(f"{aside}/manifest.json"):  # another process published it meanwhile
            os.rename(aside, target)
