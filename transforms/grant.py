"""Grants claims, by shard of the base's id: each profile of the base grants one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.lasting.claims import answers, grant
from idweave.transforms.exchange.lasting_files import ClaimsFile, GrantsFile, RelationsFile
from idweave.transforms.job import Done, Job
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.base_pieces import claiming_shards
from idweave.transforms.views.relations import number_old, relations_of_base


@dataclass
class Grant(beam.PTransform[beam.PCollection[Done], beam.PCollection[Done]]):
    """The claims of one round to answers."""

    job: Job
    turn: int  # 1 or 2

    def expand(self, claimed: beam.PCollection[Done]) -> beam.PCollection[Done]:
        return (
            claimed.pipeline
            | "Shards" >> Elements(claiming_shards(self.job), tuple[int, int])
            | "Grant" >> in_threads(partial(grant_shard, self.job, self.turn), Done, claimed)
        )


def grant_shard(
    job: Job, turn: int, element: tuple[int, int], claimed: Sequence[Done]
) -> Iterator[Done]:
    """Answer the claims on the ids of one shard."""
    strategy, shard = element
    related = relations_of_base(job, strategy, shard)
    old, profiles = number_old(related.relations)
    claims = related.claimed if turn == 1 else _second_claims(job, strategy, shard)
    rows = grant(related.relations, old, profiles, claims)
    answer = answers(old, rows)
    file = GrantsFile(start=related.start, answer=answer)
    job.store.write(GrantsFile.at(strategy, turn, shard), file)
    yield Done(strategy, str(shard))


def _second_claims(job: Job, strategy: int, shard: int) -> Flags:
    parts = []
    for of in range(job.exchange_shards):
        with job.store.open(RelationsFile.at(strategy, of)) as relations:
            low, high = relations.start.span(shard)
        with job.store.open(ClaimsFile.at(strategy, of)) as claims:
            parts.append(claims.claimed[low:high])
    return np.concatenate(parts)
