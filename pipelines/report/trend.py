"""What the runs of an output folder were like, one after the other, from their manifests."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from idweave.pipelines.log import Log
from idweave.pipelines.published.figures import (
    ended_ids,
    moved_records,
    quarantined,
    risky_profiles,
    shares,
)
from idweave.pipelines.published.list_runs import readable_manifests
from idweave.pipelines.published.run_tables import RunTables

RUNS = 30  # the newest


class PastRun(NamedTuple):
    """One run."""

    run_id: str
    ended_at: str
    records: int
    quarantined: int
    profiles: dict[str, int]  # by strategy
    risky: dict[str, float]  # share, of strategies that looked for risks
    ended_ids: dict[str, float]  # share, of strategies with a base
    moved_records: dict[str, float]  # share


def past_runs(output: str, run: RunTables) -> list[PastRun]:
    """The run and those that ended before it, the oldest first."""
    manifests = [run.manifest, *_others(output, run)]
    before = [m for m in manifests if str(m["ended_at"]) <= str(run.manifest["ended_at"])]
    found = sorted(map(_told, before), key=lambda one: (one.ended_at, one.run_id))
    return found[-RUNS:]


def _others(output: str, run: RunTables) -> Iterator[dict[str, Any]]:
    if run.folder == output:
        return  # it was named by its own folder: its neighbours were not
    for run_id, manifest in readable_manifests(output, Log()):
        if run_id != run.run_id:
            yield manifest


def _told(manifest: Mapping[str, Any]) -> PastRun:
    counts = list(manifest["sources"]["records"].values())
    strategies, unread = manifest["strategies"], quarantined(*counts)
    return PastRun(
        run_id=manifest["run_id"],
        ended_at=str(manifest["ended_at"]),
        records=unread.whole,
        quarantined=unread.part,
        profiles={name: facts["counts"]["profiles"] for name, facts in strategies.items()},
        risky=shares(strategies, risky_profiles),
        ended_ids=shares(strategies, ended_ids),
        moved_records=shares(strategies, moved_records),
    )
