"""All runs that are published in a folder, and what is told of each."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.log import Log
from idweave.pipelines.published.current import names_no_run
from idweave.pipelines.published.figures import ENDED_IDS, NEW_IDS
from idweave.pipelines.published.runs import exists, read_manifest, run_folder
from idweave.transforms.exchange.store import files_in

NO_MANIFEST = (
    "no manifest.json, so it is no run, though files are there; bring it back, or remove the "
    "folder if no run is being published"
)


class PublishedRun(NamedTuple):
    """One run, as lists tell of it. None: its manifest does not say."""

    run_id: str
    base: str | None
    ended_at: str
    input_records: int
    profiles: int
    ids_ended: int | None  # none without a base
    ids_new: int | None
    bytes: int
    current: bool


def list_runs(output: str, current: str | None, log: Log) -> list[PublishedRun]:
    """The published runs, the one that ended last first; of damaged ones a warning tells.

    Raises:
        RunFailed: all are damaged.
    """
    manifests = list(readable_manifests(output, log))
    found = [_told(output, run_id, told, run_id == current) for run_id, told in manifests]
    if current is not None and not exists(f"{run_folder(output, current)}/manifest.json"):
        log.warn(str(names_no_run(output, current)))
    for folder in without_manifest(output):
        log.warn(f"{folder}: {NO_MANIFEST}")
    return sorted(found, key=lambda run: (run.ended_at, run.run_id), reverse=True)


def readable_manifests(output: str, log: Log) -> Iterator[tuple[str, dict[str, Any]]]:
    """The published runs with their manifests; of damaged ones a warning tells.

    Raises:
        RunFailed: all are damaged.
    """
    damaged, run_ids = 0, all_run_ids(output)
    for run_id in run_ids:
        try:
            manifest = read_manifest(output, run_id)
        except RunFailed as error:
            damaged += 1
            if damaged == len(run_ids):
                raise
            log.warn(str(error))
            continue
        if manifest is not None:  # else another process is publishing or removing it
            yield run_id, manifest


def all_run_ids(output: str) -> list[str]:
    """The ids of all published runs."""
    names = (file.path.split("/")[-2] for file in files_in(f"{output}/runs", "*/manifest.json"))
    return [name.removeprefix("run_id=") for name in names if name.startswith("run_id=")]


def without_manifest(output: str) -> list[str]:
    """Folders of runs that have files, but no manifest."""
    runs = f"{output}/runs"
    names = {file.path[len(runs) + 1 :].split("/")[0] for file in files_in(runs, "*/*/**")}
    known = {f"run_id={run_id}" for run_id in all_run_ids(output)}
    return [f"{runs}/{name}" for name in sorted(names - known)]


def _told(output: str, run_id: str, manifest: Mapping[str, Any], is_current: bool) -> PublishedRun:
    strategies = manifest.get("strategies", {}).values()
    churn = [facts["churn"] for facts in strategies if "churn" in facts]
    records = manifest.get("sources", {}).get("records", {}).values()
    return PublishedRun(
        run_id=run_id,
        base=manifest.get("base"),
        ended_at=str(manifest.get("ended_at", "")),
        input_records=sum(of.get("read", 0) + of.get("quarantined", 0) for of in records),
        profiles=sum(facts.get("counts", {}).get("profiles", 0) for facts in strategies),
        ids_ended=sum(of[key] for of in churn for key in ENDED_IDS) if churn else None,
        ids_new=sum(of[key] for of in churn for key in NEW_IDS) if churn else None,
        bytes=run_bytes(output, run_id),
        current=is_current,
    )


def run_bytes(output: str, run_id: str) -> int:
    """The size of all files of a run."""
    return sum(file.bytes for file in files_in(run_folder(output, run_id), "**"))
