"""Hashes the rows of tables that are compared with the base's, by shard of their key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.row_digest import row_hashes
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.identities.observe import type_key
from idweave.transforms.exchange.change_files import RowHashesFile
from idweave.transforms.job import Done, Job, Written
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements, Spread
from idweave.transforms.tables.changes import LEFT_OUT
from idweave.transforms.tables.registry import TABLES
from idweave.transforms.views.compared_sources import (
    Source,
    base_sources,
    new_sources,
    read_batches,
)

_NONE = np.empty((0, 2), np.uint64)


@dataclass
class HashRows(beam.PTransform[beam.PCollection[Written], beam.PCollection[Done]]):
    """The files of the base's tables and this run's parts to hashes of their rows."""

    job: Job

    def expand(self, parts: beam.PCollection[Written]) -> beam.PCollection[Done]:
        job = self.job
        base = (
            parts.pipeline
            | "Of the base" >> Elements(base_sources(job), Source)
            | "Hash base" >> in_threads(partial(hash_source, job), Done)
        )
        new = (
            parts
            | "Of this run" >> beam.FlatMap(_of_written, job).with_output_types(Source)
            | "Spread" >> Spread()
            | "Hash" >> in_threads(partial(hash_source, job), Done)
        )
        return (base, new) | "Both" >> beam.Flatten().with_output_types(Done)


def _of_written(written: Written, job: Job) -> Sequence[Source]:
    return new_sources(job, [written])


def hash_source(job: Job, source: Source) -> Iterator[Done]:
    """Hash the rows of one source."""
    plan = job.changes[source.change]
    of_records = plan.table == "assignments"
    key, row, profile, position = [_NONE], [_NONE], [_NONE], [np.empty(0, np.int64)]
    before = 0
    for table in read_batches(job, source):
        kept, places = _told(table, of_records)
        key.append(_hashes(job, kept.select(TABLES[plan.table].key)))
        row.append(_hashes(job, kept))
        if of_records:
            profile.append(_hashes(job, kept.select(["profile_id"])))
        position.append(places + before)
        before += table.num_rows
    _keep(
        job,
        source,
        np.concatenate(key),
        np.concatenate(row),
        np.concatenate(profile),
        np.concatenate(position),
    )
    yield Done(source.change, source.name)


def _hashes(job: Job, table: pa.Table) -> Hashes:
    return row_hashes(table, type_key(job.run_key, "rows"))


def _told(table: pa.Table, of_records: bool) -> tuple[pa.Table, Longs]:
    """The rows that changes tell of, and their places."""
    if not of_records:
        return table, np.arange(table.num_rows, dtype=np.int64)
    status = table["status"].combine_chunks()
    status = status.cast(pa.string()) if isinstance(status, pa.DictionaryArray) else status
    left_out = pc.is_in(status, pa.array(LEFT_OUT)).to_numpy(zero_copy_only=False)
    places = np.flatnonzero(~left_out).astype(np.int64)
    return table if len(places) == table.num_rows else table.take(pa.array(places)), places


def _keep(
    job: Job, source: Source, key: Hashes, row: Hashes, profile: Hashes, position: Longs
) -> None:
    by_shard = partition(shard_of(key[:, 0], job.exchange_shards), job.exchange_shards)
    order = by_shard.order
    file = RowHashesFile(
        start=by_shard.start,
        key=key[order],
        row=row[order],
        profile=profile[order] if len(profile) else profile,
        position=position[order],
    )
    job.store.write(RowHashesFile.at(source.change, source.name), file)
