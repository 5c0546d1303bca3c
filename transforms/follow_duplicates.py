"""Gives duplicates the profile of the record that replaces them, across units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.exchange.duplicate_and_hub_files import DuplicatesFile
from idweave.transforms.exchange.profile_files import FollowedFile
from idweave.transforms.job import Done, Duplicates, Job, Linked, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.views.graph_units import of_graph, place_in_graph
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
            | "Spread" >> Spread()
            | "Follow" >> in_threads(partial(follow_unit, self.job), Done, *sides)
        )


def _each_strategy(unit: Linked, job: Job) -> list[tuple[int, Linked]]:
    return [(i, unit) for i, s in enumerate(job.strategies) if s.graph == unit.graph]


class _Replaced(NamedTuple):
    """Records that those of one unit replace."""

    unit: Ints  # place of the replaced record's unit
    row: Ints  # of that unit
    winner_row: Ints


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
    given = _replaced(job, duplicates, place_in_graph(linked, unit))
    if not len(given.winner_row):
        return
    found = row_profiles(job, strategy, unit, linked, named, resolved)
    by_unit = partition(given.unit.astype(np.int64), len(of_graph(linked, unit.graph)))
    profile = found.profile[given.winner_row[by_unit.order]]
    none = np.zeros((len(profile), 2), np.uint64)
    followed = FollowedFile(
        start=by_unit.start,
        row=given.row[by_unit.order],
        has_profile=profile >= 0,
        digest=found.digest[np.maximum(profile, 0)] if len(found.digest) else none,
    )
    job.store.write(FollowedFile.at(strategy, unit.unit), followed)
    yield Done(strategy, unit.unit)


def _replaced(job: Job, duplicates: Sequence[Duplicates], place: int) -> _Replaced:
    """The records that those of the unit at a place replace, shard by shard."""
    none = np.empty(0, np.int32)
    parts = [_Replaced(none, none, none)]
    for part in sorted(duplicates):
        with job.store.open(DuplicatesFile.at(part.shard)) as shard:
            low, high = shard.by_winner_start.span(place)
            parts.append(
                _Replaced(
                    shard.by_winner_loser_unit[low:high],
                    shard.by_winner_loser_row[low:high],
                    shard.by_winner_row[low:high],
                )
            )
    return _Replaced(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
