"""Puts lasting ids where birth ids were, and writes the tables that waited for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.lasting.replace_ids import replace_ids, replace_words
from idweave.transforms.exchange.component_files import NamedFile
from idweave.transforms.exchange.lasting_files import LastingComponentsFile
from idweave.transforms.exchange.profile_files import ResolvedFile
from idweave.transforms.exchange.table_files import waiting_rows
from idweave.transforms.job import Done, Job, OutputFile, ResolvedShard
from idweave.transforms.running.counts import StrategyCounts
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.tables.resolved_tables import waiting_tables
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.profile_writers import lasting_ids, profile_writers


@dataclass
class ApplyIds(beam.PTransform[beam.PCollection[Done], beam.PCollection[ResolvedShard]]):
    """Answers and tables with birth ids to such with lasting ids, for strategies with a base."""

    job: Job
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]

    def expand(self, lasting: beam.PCollection[Done]) -> beam.PCollection[ResolvedShard]:
        job = self.job
        elements = [
            (number, shard)
            for number, plan in enumerate(job.strategies)
            if plan.base is not None
            for shard in range(job.exchange_shards if plan.moves_no_records else job.shards)
        ]
        sides = (lasting, self.named, self.resolved)
        return (
            lasting.pipeline
            | "Writers" >> beam.Create(elements, reshuffle=False).with_output_types(tuple[int, int])
            | "Spread" >> Spread()
            | "Apply" >> in_threads(partial(apply_ids, job), ResolvedShard, *sides)
        )


def apply_ids(
    job: Job,
    element: tuple[int, int],
    lasting: Sequence[Done],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> Iterator[ResolvedShard]:
    """Apply the ids to what one writer of profiles made."""
    strategy, shard = element
    plan = job.strategies[strategy]
    writers = profile_writers(job, strategy, named, resolved)
    if str(shard) not in writers:
        return  # no input at all
    births, ids = lasting_ids(job, strategy, str(shard), writers)
    if plan.moves_no_records:
        with job.store.open(NamedFile.at(plan.graph, shard)) as file:
            start, digest = file.start[:], file.digest[:]
        told = LastingComponentsFile(start=start, digest=replace_words(digest, births, ids))
        job.store.write(LastingComponentsFile.at(strategy, shard), told)
        yield ResolvedShard(strategy, str(shard), (), StrategyCounts())
        return
    _apply_to_answers(job, element, births, ids)
    files = tuple(_write_waiting(job, element, births, ids))
    yield ResolvedShard(strategy, str(shard), files, StrategyCounts())


def _apply_to_answers(job: Job, element: tuple[int, int], births: Hashes, ids: Hashes) -> None:
    with job.store.open(ResolvedFile.born(*element)) as file:
        has_profile, digest = file.has_profile[:], file.digest[:]
        digest[has_profile] = replace_words(digest[has_profile], births, ids)
        told = ResolvedFile(
            start=file.start[:],
            row=file.row[:],
            status=file.status[:],
            reason=file.reason[:],
            has_profile=has_profile,
            digest=digest,
        )
    job.store.write(ResolvedFile.at(*element), told)


def _write_waiting(
    job: Job, element: tuple[int, int], births: Hashes, ids: Hashes
) -> Iterator[OutputFile]:
    strategy, shard = element
    for output in waiting_tables(job, job.strategies[strategy]):
        rows = waiting_rows(job.store, strategy, shard, output.table, output.name)
        pieces = (replace_ids(piece, births, ids) for piece in rows)
        yield from write_part(job.result, output, shard, pieces)
