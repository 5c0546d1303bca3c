"""Gives profiles their lasting ids once claims are granted, by shard of birth id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.lasting.claims import GRANTED
from idweave.transforms.columnar.lasting.id_texts import find_ids, shard_of_id
from idweave.transforms.columnar.lasting.name_profiles import Named, NewIds, name_profiles
from idweave.transforms.columnar.lasting.overlaps import Births, no_common, relate
from idweave.transforms.columnar.lasting.remember import IdRows, IdStatus
from idweave.transforms.exchange.lasting_files import LastingFile, NotGrantedFile, OldIdsFile
from idweave.transforms.job import Done, Job, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.base_pieces import old_ids
from idweave.transforms.views.erased_ids import erased_ids
from idweave.transforms.views.profile_writers import profile_writers, remembers
from idweave.transforms.views.relations import (
    NewBirths,
    Related,
    new_births,
    own_answers,
    own_relations,
)


@dataclass
class NameProfiles(beam.PTransform[beam.PCollection[Done], beam.PCollection[Done]]):
    """Profiles and grants to lasting ids, and to what the run has to remember."""

    job: Job
    resolved: beam.PCollection[ResolvedShard]
    granted: beam.PCollection[Done] | None  # without a base nothing is

    def expand(self, named: beam.PCollection[Done]) -> beam.PCollection[Done]:
        job = self.job
        strategies = [n for n, plan in enumerate(job.strategies) if remembers(job, plan)]
        elements = [(n, shard) for n in strategies for shard in range(job.exchange_shards)]
        granted = [] if self.granted is None else [self.granted]
        return (
            named.pipeline
            | "Shards" >> Elements(elements, tuple[int, int])
            | "Name" >> in_threads(partial(name_shard, job), Done, named, self.resolved, *granted)
        )


def name_shard(
    job: Job,
    element: tuple[int, int],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
    granted: Sequence[Done] = (),
) -> Iterator[Done]:
    """Name the profiles of one shard."""
    strategy, shard = element
    base = job.strategies[strategy].base
    births = new_births(job, strategy, shard, profile_writers(job, strategy, named, resolved))
    own, _ = old_ids(job, strategy, shard, OldIdsFile.own)
    related, is_granted = _granted(job, strategy, shard, births)
    found = name_profiles(
        births.birth,
        np.concatenate([take_rows(own.id, own.status == IdStatus.LIVE), erased_ids(job)]),
        related.relations,
        is_granted,
        _first_claims(related, len(births.birth)),
        NewIds("" if base is None else base.run_id, job.id_key),
    )
    if base is not None:
        file = LastingFile(
            start=births.start,
            id=found.lasting,
            relation_id=take_rows(found.lasting, related.relations.new),
            granted=is_granted,
        )
        job.store.write(LastingFile.at(strategy, shard), file)
    _keep_not_granted(job, element, births, found, own)
    yield Done(strategy, str(shard))


def _granted(job: Job, strategy: int, shard: int, births: NewBirths) -> tuple[Related, Flags]:
    """The relations of a shard, and which of them were granted in either round."""
    if not job.strategies[strategy].claims:
        none = np.empty((0, 2), np.uint64)
        relations = relate(births.birth, no_common(), Births(none, none))
        return Related(np.zeros(1, np.int64), relations, np.empty(0, bool)), np.empty(0, bool)
    first, second = (own_answers(job, strategy, turn, shard) for turn in (1, 2))
    related = own_relations(job, strategy, shard)
    return related, np.asarray((first == GRANTED) | (second == GRANTED))


def _first_claims(related: Related, profiles: int) -> np.ndarray:
    """[profiles] the row that each profile claimed first, or -1."""
    first = np.full(profiles, -1, np.int64)
    rows = np.flatnonzero(related.claimed)
    first[related.relations.new[rows]] = rows
    return first


def _keep_not_granted(
    job: Job, element: tuple[int, int], births: NewBirths, found: Named, own: IdRows
) -> None:
    rows = np.flatnonzero(~found.granted)
    ids = take_rows(found.lasting, rows)
    place = find_ids(own.id, ids)
    place = place[place >= 0]
    revived = place[own.status[place] == IdStatus.MERGED]
    shards = job.exchange_shards
    by_shard = partition(shard_of_id(take_rows(own.current, revived), shards), shards)
    revived_ids: Hashes = take_rows(take_rows(own.id, revived), by_shard.order)
    file = NotGrantedFile(
        id=ids,
        birth=take_rows(births.birth, rows),
        scope=births.scope[rows],
        other=take_rows(found.first, rows),
        has_other=found.has_first[rows],
        revived_start=by_shard.start,
        revived=revived_ids,
    )
    job.store.write(NotGrantedFile.at(*element), file)
