"""Removes runs whole: for readers a run is there or it is not."""

import datetime
import os
from collections.abc import Iterator, Sequence

from idweave.pipelines.log import Log
from idweave.pipelines.published.current import current_run
from idweave.pipelines.published.list_runs import PublishedRun
from idweave.pipelines.published.runs import run_folder
from idweave.pipelines.published.working_folder import working_folder
from idweave.transforms.exchange.store import is_local, remove_file, remove_folder


def to_remove(
    runs: Sequence[PublishedRun],
    keep: int | None,
    older_than: datetime.timedelta | None,
    now: datetime.datetime,
) -> list[PublishedRun]:
    """The runs that go: those beyond the newest `keep` and older than `older_than`, both if both.

    Args:
        runs: the newest first; the current one stays, whatever its place.
    """
    old = [
        run
        for place, run in enumerate(runs)
        if (keep is None or place >= keep)
        and (older_than is None or now - _ended(run) > older_than)
    ]
    return [run for run in old if not run.current]


def _ended(run: PublishedRun) -> datetime.datetime:
    return datetime.datetime.fromisoformat(run.ended_at)


def prune(output: str, runs: Sequence[PublishedRun], log: Log) -> Iterator[PublishedRun]:
    """Remove the runs, each named when it is gone; one that became current meanwhile stays.

    Raises:
        OSError: one can't be removed; those after it stay.
    """
    with working_folder(output, "prune", False, log) as folder:
        for run in runs:
            if run.run_id == current_run(output):
                log.warn(f"run {run.run_id} became the current one meanwhile; it stays")
                continue
            target = run_folder(output, run.run_id)
            if is_local(target) and os.path.islink(target):
                log.warn(f"{target}: a link; what it leads to stays: {os.path.realpath(target)}")
            _remove(output, run.run_id, folder)
            yield run


def _remove(output: str, run_id: str, folder: str) -> None:
    """Take a run away by one rename; on an object store its manifest first, then the rest."""
    target = run_folder(output, run_id)
    if is_local(output):
        os.rename(target, f"{folder}/{run_id}")
        return
    remove_file(f"{target}/manifest.json")
    remove_folder(target)
