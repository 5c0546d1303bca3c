"""Writes audiences: who is a member, and since when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import NoId, id_words
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.lasting.id_texts import find_ids, id_order, shard_of_id
from idweave.transforms.columnar.reading.records import BadFile
from idweave.transforms.exchange.audience_files import MembersFile
from idweave.transforms.exchange.store import open_file
from idweave.transforms.job import Job, ResolvedShard, Written
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables import audiences
from idweave.transforms.tables.plans import AudiencePlan
from idweave.transforms.tables.registry import audience_output
from idweave.transforms.tables.write_part import PartWriter

_Part = tuple[int, int, int]  # strategy, audience, part


@dataclass
class WriteAudiences(beam.PTransform[beam.PCollection[ResolvedShard], beam.PCollection[Written]]):
    """What writers of profiles kept of members to the tables of audiences."""

    job: Job

    def expand(self, answered: beam.PCollection[ResolvedShard]) -> beam.PCollection[Written]:
        job = self.job
        elements = [
            (number, audience, part)
            for number, plan in enumerate(job.strategies)
            for audience in range(len(plan.audiences))
            for part in range(_parts(job))
        ]
        return (
            answered.pipeline
            | "Parts" >> Elements(elements, _Part)
            | "Write" >> in_threads(partial(write_audience, job), Written, answered)
        )


def _parts(job: Job) -> int:
    return min(job.shards, job.exchange_shards)


def write_audience(
    job: Job, element: _Part, answered: Sequence[ResolvedShard]
) -> Iterator[Written]:
    """Write one part of an audience: some shards of ids, one after the other."""
    strategy, number, part = element
    plan = job.strategies[strategy]
    audience = plan.audiences[number]
    writers = sorted({shard.name for shard in answered if shard.of == strategy}, key=int)
    scopes = job.graphs[plan.graph].scopes
    with PartWriter(job.result, audience_output(job, plan, audience), part) as writer:
        for shard in range(job.exchange_shards):
            if shard * _parts(job) // job.exchange_shards != part:
                continue
            ids, scope = [np.empty((0, 2), np.uint64)], [np.empty(0, np.int32)]
            for name in writers:
                with job.store.open(MembersFile.at(strategy, number, name)) as file:
                    low, high = file.start.span(shard)
                    ids.append(file.id[low:high])
                    scope.append(file.scope[low:high])
            members = np.concatenate(ids)
            order = id_order(members)
            members = np.ascontiguousarray(members[order])
            since = _since(job, audience, shard, members)
            writer.write(audiences.rows(members, np.concatenate(scope)[order], scopes, since))
    yield Written(plan.name, writer.files)


def _since(job: Job, audience: AudiencePlan, shard: int, members: Hashes) -> Longs:
    """[n] since when each is a member: as the base says, else as of now."""
    since = np.full(len(members), job.as_of, np.int64)
    for path in audience.base if len(members) else ():
        try:
            old, moments = _read(path, shard, job.exchange_shards)
        except (pa.ArrowException, NoId, KeyError, OSError, ValueError) as error:
            raise BadFile(
                f"{path}: the base run can't be read there (damaged, or removed meanwhile); take "
                "another one by --base"
            ) from error
        place = find_ids(old, members)
        since = np.where(place >= 0, moments[place] if len(old) else since, since)
    return since


def _read(path: str, shard: int, shards: int) -> tuple[Hashes, Longs]:
    """The members of one shard of ids in a file of the base, and since when they are such."""
    ids, moments = [np.empty((0, 2), np.uint64)], [np.empty(0, np.int64)]
    with open_file(path) as file:
        parquet = pq.ParquetFile(file)
        for group in range(parquet.num_row_groups):
            if not _may_have(parquet.metadata.row_group(group), shard, shards):
                continue
            table = parquet.read_row_group(
                group, columns=["profile_id", "member_since"], use_threads=False
            )
            words = id_words(table["profile_id"].combine_chunks())
            own = np.flatnonzero(shard_of_id(words, shards) == shard)
            ids.append(words[own])
            times = table["member_since"].combine_chunks().cast(pa.timestamp("us", tz="UTC"))
            moments.append(times.cast(pa.int64()).to_numpy()[own])
    return np.concatenate(ids), np.concatenate(moments)


def _may_have(group: pq.RowGroupMetaData, shard: int, shards: int) -> bool:
    """Whether ids of a shard may be in a row group, by its smallest and largest."""
    if not group.num_rows:
        return False
    told = group.column(0).statistics
    if told is None or not told.has_min_max:
        return True
    first, last = shard_of_id(id_words(pa.array([told.min, told.max])), shards)
    return bool(first <= shard <= last)
