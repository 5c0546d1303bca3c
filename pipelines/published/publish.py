"""Publishes a run: parts that no reader looks at become a run by one rename, readers start last.

`DIR/current.json` names the current run and is written last. Locally a run appears by renaming its
whole folder; on an object store its files are there before the manifest, and the manifest before
`current.json`. A run that should become current says so by a file until it has: what was stopped in
between is finished when the run is launched again. Of two runs at once the later one is current;
one that was made on the current run is refused if another became current meanwhile (`turn`).
Locally everything is on the disk before a name points at it, unless the user doesn't want to wait.
"""

import contextlib
import json
import os
from typing import Any, NamedTuple

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.log import Log
from idweave.pipelines.published.current import PENDING, current_run, make_current
from idweave.pipelines.published.durable import make_folders, sync_folder, sync_tree
from idweave.pipelines.published.runs import read_manifest, run_folder
from idweave.pipelines.published.turn import turn
from idweave.transforms.exchange.store import file_systems, is_local, remove_folder, write_file


class Manner(NamedTuple):
    """How a run is published."""

    current: bool  # readers are to start at it
    sync: bool  # wait until the disk has it
    log: Log
    follows: bool = False  # it was made on what was current, and that must be so still: on ...
    base: str | None = None  # ... this run, or on none


def publish(output: str, run_id: str, result: str, manifest: dict[str, Any], manner: Manner) -> str:
    """Make the parts in `result` a run; whoever renames first wins.

    Returns:
        The run's folder.

    Raises:
        RunFailed: the run was published by another process meanwhile, or another run became
            current that it doesn't build on.
    """
    target, folder = run_folder(output, run_id), os.path.dirname(result)
    text = json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"
    if is_local(output):
        if manner.current:
            write_file(f"{result}/{PENDING}", b"")
        write_file(f"{result}/manifest.json", text)
        if manner.sync:
            sync_tree(result)
    with turn(output, folder):
        if manner.follows and (now := current_run(output)) != manner.base:
            raise RunFailed(
                f"{output}/current.json: run {now} became current while this run was made on "
                f"{manner.base or 'no base'}; nothing was published: launch again"
            )
        if is_local(output):
            _move(result, target, run_id, manner.sync)
        else:
            _move_remote(result, target, text, run_id, manner.current)
        if manner.current:
            make_current(output, run_id, folder, manner.sync, manner.log)
    return target


def _move(result: str, target: str, run_id: str, sync: bool) -> None:
    """One rename; the disk has what it names."""
    runs = os.path.dirname(target)
    make_folders(runs, sync)
    try:
        os.rename(result, target)
    except OSError as error:
        if not os.path.isdir(target):
            raise
        raise _other_process(run_id) from error
    if sync:
        sync_folder(runs)


def _move_remote(result: str, target: str, manifest: bytes, run_id: str, current: bool) -> None:
    """Files first, the manifest last: without one there is no run."""
    if file_systems().exists(f"{target}/manifest.json"):
        raise _other_process(run_id)
    for match in file_systems().match([f"{result}/**"]):
        for file in match.metadata_list:
            file_systems().rename([file.path], [f"{target}/{file.path[len(result) + 1 :]}"])
    if current:
        write_file(f"{target}/{PENDING}", b"")
    write_file(f"{target}/manifest.json", manifest)


def _other_process(run_id: str) -> RunFailed:
    return RunFailed(
        f"--run-id: {run_id}: another process published it meanwhile; nothing was changed"
    )


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
