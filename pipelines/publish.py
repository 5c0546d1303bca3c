"""Publishes a run: parts that no reader looks at become a run by one rename, readers start last.

`DIR/current.json` names the current run and is written last. Locally a run appears by renaming its
whole folder; on an object store its files are there before the manifest, and the manifest before
`current.json`.
"""

import contextlib
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from typing import Any

from apache_beam.io.filesystems import FileSystems

from pipelines.errors import RunFailed
from transforms.store import is_local, open_file, remove_folder, write_file


def run_folder(output: str, run_id: str) -> str:
    """Where a published run is."""
    return f"{output}/runs/run_id={run_id}"


def read_manifest(output: str, run_id: str) -> dict[str, Any] | None:
    """The manifest of a published run, or None if there is no such run."""
    path = f"{run_folder(output, run_id)}/manifest.json"
    if not (os.path.exists(path) if is_local(path) else FileSystems.exists(path)):
        return None
    with open_file(path) as file:
        manifest: dict[str, Any] = json.loads(file.read())
        return manifest


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
    for name in os.listdir(parent):
        if name.startswith("."):
            continue
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


def publish(output: str, run_id: str, result: str, manifest: dict[str, Any], current: bool) -> str:
    """Make the parts in `result` a run; whoever renames first wins.

    Raises:
        RunFailed: the run was published by another process meanwhile.
    """
    target = run_folder(output, run_id)
    text = json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"
    if is_local(output):
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
        _move_remote(result, target, text, run_id)
    if current:
        make_current(output, run_id)
    return target


def _move_remote(result: str, target: str, manifest: bytes, run_id: str) -> None:
    """Files first, the manifest last: without one there is no run."""
    if FileSystems.exists(f"{target}/manifest.json"):
        raise RunFailed(f"--run-id: {run_id}: another process published it meanwhile")
    for match in FileSystems.match([f"{result}/**"]):
        for file in match.metadata_list:
            FileSystems.rename([file.path], [f"{target}/{file.path[len(result) + 1 :]}"])
    write_file(f"{target}/manifest.json", manifest)


def make_current(output: str, run_id: str) -> None:
    """Let readers start at this published run."""
    if is_local(output):
        link = f"{output}/.current.{uuid.uuid4().hex}"
        os.symlink(f"runs/run_id={run_id}", link)
        os.replace(link, f"{output}/current")
    write_file(f"{output}/current.json", json.dumps({"run_id": run_id}).encode() + b"\n")


def _sync(folder: str) -> None:
    """Have the files on disk before a name points at them."""
    for path, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(os.path.join(path, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def remove_run(output: str, run_id: str) -> None:
    """Remove what an unfinished publication left under a run's name: it has no manifest."""
    folder = run_folder(output, run_id)
    if is_local(folder):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        remove_folder(folder)
