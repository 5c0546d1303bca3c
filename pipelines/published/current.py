"""Which run is the current one: `current.json` says it, the link `current` follows."""

import contextlib
import json
import os
import uuid

from idweave.pipelines.errors import RunFailed, shown
from idweave.pipelines.log import Log
from idweave.pipelines.published.durable import sync_file, sync_folder
from idweave.pipelines.published.runs import exists, is_run_id, read_json, read_manifest, run_folder
from idweave.transforms.exchange.store import is_local, remove_file, write_file

PENDING = "_to_become_current"  # in a run's folder; readers of tables skip names with _
_POINT = "write it anew by `idweave runs DIR --make-current RUN_ID`"
_MOST_LOOKS = 100  # at a link that others move at the same time


def current_run(output: str) -> str | None:
    """The run that readers start at, or None. Raises RunFailed: `current.json` is damaged."""
    path = f"{output}/current.json"
    if not exists(path):
        return None
    found = read_json(path, _POINT)
    run_id = found.get("run_id") if isinstance(found, dict) else None
    if not isinstance(run_id, str) or not is_run_id(run_id):
        raise RunFailed(f"{path}: not what idweave writes: damaged; {_POINT}")
    return run_id


def names_no_run(output: str, run_id: str) -> RunFailed:
    """What is to be said where the current run is not there."""
    return RunFailed(
        f"{output}/current.json: names run {shown(run_id)}, which is not in {output}/runs; {_POINT}"
    )


def make_current(output: str, run_id: str, folder: str, sync: bool, log: Log) -> None:
    """Let readers start at this published run.

    Args:
        folder: the working folder, for what is written before it gets its name.
        sync: whether to wait until the disk has it.

    Raises:
        RunFailed: readers start where they did before.
    """
    text = json.dumps({"run_id": run_id}).encode() + b"\n"
    try:
        if is_local(output):
            write_file(f"{folder}/current.json", text)
            if sync:
                sync_file(f"{folder}/current.json")
            os.replace(f"{folder}/current.json", f"{output}/current.json")
        else:
            write_file(f"{output}/current.json", text)
    except OSError as error:
        raise RunFailed(
            f"{error.filename2 or error.filename or output}: {error.strerror or 'not written'}; "
            f"run {run_id} is published but not current: mend it and launch again with "
            f"--run-id {run_id}"
        ) from error
    _after(output, run_id, folder, sync, log)


def _after(output: str, run_id: str, folder: str, sync: bool, log: Log) -> None:
    """What follows when readers start at the run already: nothing of it may fail the run."""
    try:
        remove_file(f"{run_folder(output, run_id)}/{PENDING}")
        if is_local(output) and sync:
            sync_folder(output)
    except Exception as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        log.warn(f"{output}: {reason}; run {run_id} is current all the same")
    mend_link(output, folder, log)


def mend_link(output: str, folder: str, log: Log) -> None:
    """Let the link `current` name the run that `current.json` names.

    Whoever writes either calls this afterwards, and looks again after moving the link: so the last
    of several processes leaves both alike. A killed one may not; the next launch of any run does.

    Args:
        folder: the working folder, where a new link is made before it gets its name.
    """
    if not is_local(output):
        return
    link = f"{output}/current"
    try:
        for _ in range(_MOST_LOOKS):
            if (run_id := current_run(output)) is None:
                return
            target = f"runs/run_id={run_id}"
            with contextlib.suppress(OSError):
                if os.readlink(link) == target:
                    return
            new = f"{folder}/{uuid.uuid4().hex}"
            os.symlink(target, new)
            os.replace(new, link)
    except (OSError, RunFailed) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        log.warn(f"{link}: {reason}; there is no such link to the run, current.json names it")


def waits_to_be_current(output: str, run_id: str) -> bool:
    """Whether a published run was stopped before it became current, and no later one did since."""
    if not exists(f"{run_folder(output, run_id)}/{PENDING}"):
        return False
    of_current = current_run(output)
    if of_current is None:
        return True
    current, own = read_manifest(output, of_current), read_manifest(output, run_id)
    return current is None or own is None or bool(current["ended_at"] < own["ended_at"])
