"""Gives duplicates the profile of the record that replaces them, across units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.exchange.duplicate_and_hub_files import DuplicatesFile
from idweave.transforms.exchange.profile_files import FollowedFile
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Done, Duplicates, Job, Linked, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.views.row_profiles import row_profiles


@dataclass
class FollowDuplicates(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Done]]):
    """Winning records' profiles, kept by the unit of the records that they replace."""

    job: Job
    duplicates: beam.PCollection[Duplicates]
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Done]:
        sides = (linked, self.duplicates, self.named, self.resolved)
        return (
            linked
            | "Each strategy" >> beam.FlatMap(_each_strategy, self.job)
            | "Spread" >> beam.Reshuffle()
            | "Follow" >> in_threads(partial(follow_unit, self.job), Done, *sides)
        )


def _each_strategy(unit: Linked, job: Job) -> list[tuple[int, Linked]]:
    return [(i, unit) for i, s in enumerate(job.strategies) if s.graph == unit.graph]


def follow_unit(
    job: Job,
    element: tuple[int, Linked],
    linked: Sequence[Linked],
    duplicates: Sequence[Duplicates],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> Iterator[Done]:
    """Look up the profiles of the unit's winning records, if it has any."""
    strategy, unit = element
    units = sorted(u for u in linked if u.graph == unit.graph)
    place = units.index(unit)
    parts: dict[str, list[Array]] = {"loser_unit": [], "loser_row": [], "winner_row": []}
    for part in sorted(duplicates):
        with job.store.open(DuplicatesFile.at(part.shard)) as shard:
            low, high = shard.by_winner_start.span(place)
            parts["loser_unit"].append(shard.by_winner_loser_unit[low:high])
            parts["loser_row"].append(shard.by_winner_loser_row[low:high])
            parts["winner_row"].append(shard.by_winner_row[low:high])
    if not sum(len(rows) for rows in parts["winner_row"]):
        return
    loser_unit, loser_row, winner_row = (np.concatenate(arrays) for arrays in parts.values())
    found = row_profiles(job, strategy, unit, linked, named, resolved)
    order = np.argsort(loser_unit, kind="stable")
    profile = found.profile[winner_row[order]]
    none = np.zeros((len(order), 2), np.uint64)
    followed = FollowedFile(
        start=np.searchsorted(loser_unit[order], np.arange(len(units) + 1)).astype(np.int64),
        row=loser_row[order],
        has_profile=profile >= 0,
        digest=found.digest[np.maximum(profile, 0)] if len(found.digest) else none,
    )
    job.store.write(FollowedFile.at(strategy, unit.unit), followed)
    yield Done(strategy, unit.unit)
