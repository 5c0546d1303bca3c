"""Puts lasting ids where birth ids were, and writes the tables that waited for them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.lasting.replace_ids import replace_ids, replace_words
from idweave.transforms.exchange.component_files import NamedFile
from idweave.transforms.exchange.keep_groups import Groups
from idweave.transforms.exchange.keep_members import Members
from idweave.transforms.exchange.lasting_files import LastingComponentsFile
from idweave.transforms.exchange.profile_files import ResolvedFile
from idweave.transforms.exchange.table_files import waiting_rows
from idweave.transforms.job import Done, Job, Linked, OutputFile, ResolvedShard
from idweave.transforms.running.counts import StrategyCounts, add_strategies
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables.drafts import draft_keys, judge_drafts
from idweave.transforms.tables.group_rows import GROUP_ROWS
from idweave.transforms.tables.resolved_tables import waiting_tables
from idweave.transforms.tables.write_part import PartWriter, write_part
from idweave.transforms.views.graph_units import of_graph
from idweave.transforms.views.profile_writers import lasting_ids, profile_writers


@dataclass
class ApplyIds(beam.PTransform[beam.PCollection[Done], beam.PCollection[ResolvedShard]]):
    """Answers and tables with birth ids to such with lasting ids, for strategies with a base."""

    job: Job
    linked: beam.PCollection[Linked]
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
        sides = (lasting, self.linked, self.named, self.resolved)
        return (
            lasting.pipeline
            | "Writers" >> Elements(elements, tuple[int, int])
            | "Apply" >> in_threads(partial(apply_ids, job), ResolvedShard, *sides)
        )


def apply_ids(
    job: Job,
    element: tuple[int, int],
    lasting: Sequence[Done],
    linked: Sequence[Linked],
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
    files = list(_write_waiting(job, element, births, ids))
    for place, group in enumerate(plan.groups):
        groups = Groups(job, strategy, place, shard)
        for rows in waiting_rows(job.store, strategy, shard, GROUP_ROWS, group.name):
            groups.add(replace_ids(rows, births, ids))
        groups.keep()
    counts = StrategyCounts()
    if plan.has_rules:
        judged, counts = _judge_waiting(
            job, element, births, ids, len(of_graph(linked, plan.graph))
        )
        files += judged
    yield ResolvedShard(strategy, str(shard), tuple(files), counts)


def _apply_to_answers(job: Job, element: tuple[int, int], births: Hashes, ids: Hashes) -> None:
    with job.store.open(ResolvedFile.born(*element)) as file:
        has_profile, digest = file.has_profile[:], file.digest[:]
        digest[has_profile] = replace_words(take_rows(digest, has_profile), births, ids)
        has_alias, alias = file.has_alias[:], file.alias[:]
        alias[has_alias] = replace_words(take_rows(alias, has_alias), births, ids)
        told = ResolvedFile(
            start=file.start[:],
            row=file.row[:],
            status=file.status[:],
            reason=file.reason[:],
            has_profile=has_profile,
            digest=digest,
            has_alias=has_alias,
            alias=alias,
        )
    job.store.write(ResolvedFile.at(*element), told)


def _write_waiting(
    job: Job, element: tuple[int, int], births: Hashes, ids: Hashes
) -> Iterator[OutputFile]:
    strategy, shard = element
    plan = job.strategies[strategy]
    drafts = draft_keys(plan) if plan.has_rules else []
    for output in waiting_tables(job, plan):
        if (output.table, output.name) in drafts:
            continue
        rows = waiting_rows(job.store, strategy, shard, output.table, output.name)
        pieces = (replace_ids(piece, births, ids) for piece in rows)
        yield from write_part(job.result, output, shard, pieces)


def _judge_waiting(
    job: Job, element: tuple[int, int], births: Hashes, ids: Hashes, units: int
) -> tuple[tuple[OutputFile, ...], StrategyCounts]:
    """Judge the profiles that waited, and write what rules leave of their drafts."""
    strategy, shard = element
    plan = job.strategies[strategy]
    keys = draft_keys(plan)
    members = Members(job, strategy)
    counts = []
    with ExitStack() as stack:
        writers = {
            (output.table, output.name): stack.enter_context(
                PartWriter(job.result, output, shard + (units if output.table == "drops" else 0))
            )
            for output in waiting_tables(job, plan)
            if (output.table, output.name) in keys
        }
        waiting = [waiting_rows(job.store, strategy, shard, *key) for key in keys]
        for pieces in zip(*waiting, strict=True):
            drafts = {
                key: replace_ids(rows, births, ids) for key, rows in zip(keys, pieces, strict=True)
            }
            judgement = judge_drafts(plan, drafts)
            for key, writer in writers.items():
                writer.write(judgement.tables[key])
            members.add(judgement.rows, judgement.members)
            counts.append(judgement.counts)
    members.keep(str(shard))
    return tuple(file for of in writers.values() for file in of.files), add_strategies(counts)
