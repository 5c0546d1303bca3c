"""Finds which profiles of this run and of the base hold the same identities, by shard of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.columnar.lasting.overlaps import Holdings, find_common
from idweave.transforms.exchange.lasting_files import CommonFile, NewHeldFile, OldHeldFile
from idweave.transforms.job import Done, Job, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.base_pieces import asks_who_holds, base_pieces, claiming_shards

_NONE = np.empty((0, 2), np.uint64)


@dataclass
class FindCommon(beam.PTransform[beam.PCollection[Done], beam.PCollection[Done]]):
    """What is held in both runs to pairs of profiles, for the strategies with a base."""

    job: Job
    held: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]

    def expand(self, base: beam.PCollection[Done]) -> beam.PCollection[Done]:
        sides = (base, self.held, self.resolved)
        strategies = range(len(self.job.strategies))
        held = [NewHeldFile.at(strategy, "").folder for strategy in strategies]
        held += [OldHeldFile.at(strategy, 0).folder for strategy in strategies]
        return (
            base.pipeline
            | "Shards" >> Elements(claiming_shards(self.job), tuple[int, int])
            | "Find" >> in_threads(partial(find_shard, self.job), Done, *sides)
            | "Held" >> ReadOnce(self.job, held, Done)
        )


def find_shard(
    job: Job,
    element: tuple[int, int],
    base: Sequence[Done],
    held: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> Iterator[Done]:
    """Pair the profiles that hold the identities of one shard."""
    strategy, shard = element
    names: set[str] = set()
    if asks_who_holds(job, strategy):
        names = {done.name for done in held if done.of == strategy}
        names |= {of_shard.name for of_shard in resolved if of_shard.of == strategy}
    identity, birth, place = [_NONE], [_NONE], [np.empty(0, np.int16)]
    for name in sorted(names):
        with job.store.open(NewHeldFile.at(strategy, name)) as file:
            low, high = file.start.span(shard)
            identity.append(file.identity[low:high])
            birth.append(file.birth[low:high])
            place.append(file.place[low:high])
    new = Holdings(np.concatenate(identity), np.concatenate(birth))
    common = find_common(new, np.concatenate(place), _of_base(job, strategy, shard))
    by_shard = partition(shard_of_id(common.new, job.exchange_shards), job.exchange_shards)
    order = by_shard.order
    told = CommonFile(
        start=by_shard.start,
        birth=take_rows(common.new, order),
        id=take_rows(common.old, order),
        place=common.place[order],
    )
    job.store.write(CommonFile.at(strategy, shard), told)
    yield Done(strategy, str(shard))


def _of_base(job: Job, strategy: int, shard: int) -> Holdings:
    identity, ids = [_NONE], [_NONE]
    for piece in base_pieces(job, strategy, "identities"):
        with job.store.open(OldHeldFile.at(strategy, piece)) as file:
            low, high = file.start.span(shard)
            identity.append(file.identity[low:high])
            ids.append(file.id[low:high])
    return Holdings(np.concatenate(identity), np.concatenate(ids))
