"""Gives duplicates the profile of the record that replaces them, across units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.policies.seam import Ints
from idweave.transforms.exchange.store import Array
from idweave.transforms.find_duplicates import Duplicates
from idweave.transforms.job import Done, Job, Linked, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.views.row_profiles import RowProfiles, row_profiles


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
        with job.store.open(f"duplicates/{part.shard}") as kept:
            low, high = kept.read("by_winner.start", place, place + 2).tolist()
            for key, read in parts.items():
                read.append(kept.read(f"by_winner.{key}", low, high))
    if not sum(len(rows) for rows in parts["winner_row"]):
        return
    loser_unit, loser_row, winner_row = (np.concatenate(arrays) for arrays in parts.values())
    found = row_profiles(job, strategy, unit, linked, named, resolved)
    order = np.argsort(loser_unit, kind="stable")
    profile = found.profile[winner_row[order]]
    none = np.zeros((len(order), 2), np.uint64)
    arrays = {
        "start": np.searchsorted(loser_unit[order], np.arange(len(units) + 1)).astype(np.int64),
        "row": loser_row[order],
        "has_profile": profile >= 0,
        "digest": found.digest[np.maximum(profile, 0)] if len(found.digest) else none,
    }
    job.store.write(f"followed/{strategy}/{unit.unit}", arrays)
    yield Done(strategy, unit.unit, ())


def follow(
    job: Job,
    strategy: int,
    place: int,
    losers: Ints,
    followed: Sequence[Done],
    found: RowProfiles,
) -> RowProfiles:
    """Fill in the profiles of a unit's duplicates; `place` is the unit's."""
    if not len(losers):
        return found
    digests = [found.digest]
    size = len(found.digest)
    for done in sorted(followed):
        if done.of != strategy:
            continue
        with job.store.open(f"followed/{strategy}/{done.name}") as kept:
            low, high = kept.read("start", place, place + 2).tolist()
            row, has = kept.read("row", low, high), kept.read("has_profile", low, high)
            digests.append(kept.read("digest", low, high))
        found.profile[row] = np.where(has, np.arange(size, size + len(row)), -1)
        size += len(row)
    return found._replace(digest=np.concatenate(digests))
