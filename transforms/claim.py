"""Claims ids of the base, by shard of the claiming profile's birth id: twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.lasting.claims import claim, flags_of, still_open
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.columnar.lasting.overlaps import Births, Common, Relations, relate
from idweave.transforms.exchange.lasting_files import (
    ClaimsFile,
    CommonFile,
    OldBirthsFile,
    RelationsFile,
)
from idweave.transforms.job import Done, Job, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.base_pieces import base_pieces, claiming_shards
from idweave.transforms.views.profile_writers import profile_writers
from idweave.transforms.views.relations import new_births, own_answers, own_relations

_NONE = np.empty((0, 2), np.uint64)


@dataclass
class Claim(beam.PTransform[beam.PCollection[Done], beam.PCollection[Done]]):
    """Pairs of profiles to relations, and each profile's first claim."""

    job: Job
    base: beam.PCollection[Done]
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]

    def expand(self, common: beam.PCollection[Done]) -> beam.PCollection[Done]:
        sides = (common, self.base, self.named, self.resolved)
        return (
            common.pipeline
            | "Shards" >> Elements(claiming_shards(self.job), tuple[int, int])
            | "Claim" >> in_threads(partial(claim_shard, self.job), Done, *sides)
        )


@dataclass
class ClaimAgain(beam.PTransform[beam.PCollection[Done], beam.PCollection[Done]]):
    """The claims of the profiles that were granted nothing in the first round."""

    job: Job
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]

    def expand(self, granted: beam.PCollection[Done]) -> beam.PCollection[Done]:
        sides = (granted, self.named, self.resolved)
        return (
            granted.pipeline
            | "Shards" >> Elements(claiming_shards(self.job), tuple[int, int])
            | "Claim" >> in_threads(partial(claim_shard_again, self.job), Done, *sides)
        )


def claim_shard(
    job: Job,
    element: tuple[int, int],
    common: Sequence[Done],
    base: Sequence[Done],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> Iterator[Done]:
    """Find the relations of the profiles of one shard; each claims one."""
    strategy, shard = element
    writers = profile_writers(job, strategy, named, resolved)
    births = new_births(job, strategy, shard, writers).birth
    found = relate(births, _common(job, strategy, shard), _old_births(job, strategy, shard))
    by_shard = partition(shard_of_id(found.old_id, job.exchange_shards), job.exchange_shards)
    found = Relations._make(take_rows(column, by_shard.order) for column in found)
    first = claim(found, len(births), np.ones(len(found.new), bool))
    file = RelationsFile(
        start=by_shard.start,
        new=found.new,
        birth=found.new_id,
        id=found.old_id,
        place=found.place,
        of_type=found.of_type,
        total=found.total,
        same_birth=found.same_birth,
        claimed=flags_of(first, len(found.new)),
    )
    job.store.write(RelationsFile.at(strategy, shard), file)
    yield Done(strategy, str(shard))


def _common(job: Job, strategy: int, shard: int) -> Common:
    birth, ids, place = [_NONE], [_NONE], [np.empty(0, np.int16)]
    for of in range(job.exchange_shards):
        with job.store.open(CommonFile.at(strategy, of)) as file:
            low, high = file.start.span(shard)
            birth.append(file.birth[low:high])
            ids.append(file.id[low:high])
            place.append(file.place[low:high])
    return Common(np.concatenate(birth), np.concatenate(ids), np.concatenate(place))


def _old_births(job: Job, strategy: int, shard: int) -> Births:
    birth: list[Hashes] = [_NONE]
    ids: list[Hashes] = [_NONE]
    for piece in base_pieces(job, strategy, "ids"):
        with job.store.open(OldBirthsFile.at(strategy, piece)) as file:
            low, high = file.start.span(shard)
            birth.append(file.birth[low:high])
            ids.append(file.id[low:high])
    return Births(np.concatenate(birth), np.concatenate(ids))


def claim_shard_again(
    job: Job,
    element: tuple[int, int],
    granted: Sequence[Done],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> Iterator[Done]:
    """Claim once more, for the profiles of one shard that are left."""
    strategy, shard = element
    writers = profile_writers(job, strategy, named, resolved)
    profiles = len(new_births(job, strategy, shard, writers).birth)
    relations = own_relations(job, strategy, shard).relations
    left = still_open(relations, profiles, own_answers(job, strategy, 1, shard))
    rows = claim(relations, profiles, left)
    file = ClaimsFile(claimed=flags_of(rows, len(relations.new)))
    job.store.write(ClaimsFile.at(strategy, shard), file)
    yield Done(strategy, str(shard))
