"""Writes the tables `changes/…`: the rows that differ from the base's, and what to do with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.types import Bytes, Longs
from idweave.transforms.exchange.change_files import ChangedRowsFile
from idweave.transforms.job import Done, Job, Written
from idweave.transforms.running.counts import StrategyCounts, add_strategies
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables.changes import OPS
from idweave.transforms.tables.columns import chosen
from idweave.transforms.tables.registry import changes_output
from idweave.transforms.tables.write_part import PartWriter
from idweave.transforms.views.compared_sources import of_change, read_batches

_RECORDS = "assignments"


@dataclass
class WriteChanges(beam.PTransform[beam.PCollection[Done], beam.PCollection[Written]]):
    """Places of rows to the rows, a part for each shard of the output."""

    job: Job
    parts: beam.PCollection[Written]

    def expand(self, compared: beam.PCollection[Done]) -> beam.PCollection[Written]:
        job = self.job
        shards = range(job.shards)
        elements = [(number, shard) for number in range(len(job.changes)) for shard in shards]
        return (
            compared.pipeline
            | "Shards" >> Elements(elements, tuple[int, int])
            | "Write" >> in_threads(partial(write_shard, job), Written, compared, self.parts)
        )


def write_shard(
    job: Job, element: tuple[int, int], compared: Sequence[Done], parts: Sequence[Written]
) -> Iterator[Written]:
    """Write the changed rows of some sources: one part, if there are any."""
    change, shard = element
    plan = job.changes[change]
    sources = of_change(job, parts, change)
    output = changes_output(job, plan)
    with PartWriter(job.result, output, shard) as writer:
        for place in range(shard * len(sources) // job.shards,
                           (shard + 1) * len(sources) // job.shards):  # fmt: skip
            position, op = _changed(job, change, place)
            if len(position):
                for rows, ops in _picked(read_batches(job, sources[place]), position, op):
                    rows = _without_erased(rows, ops)
                    writer.write(rows.append_column("op", chosen(ops, OPS)))
    counts = _counts(compared, change) if plan.table == _RECORDS and shard == 0 else []
    yield Written(plan.strategy, writer.files, add_strategies(counts))


def _counts(compared: Sequence[Done], change: int) -> list[StrategyCounts]:
    """Churn of records; both figures are there, though nothing is in both runs."""
    none = StrategyCounts(churn=(("records_in_both", 0), ("moved_records", 0)))
    return [none, *(done.counts for done in compared if done.of == change)]


def _changed(job: Job, change: int, place: int) -> tuple[Longs, Bytes]:
    """The rows of one source, in its order, with their ops."""
    positions, ops = [], []
    for shard in range(job.exchange_shards):
        with job.store.open(ChangedRowsFile.at(change, shard)) as file:
            low, high = file.start.span(place)
            positions.append(file.position[low:high])
            ops.append(file.op[low:high])
    position, op = np.concatenate(positions), np.concatenate(ops)
    order = np.argsort(position)
    return position[order], op[order]


def _without_erased(rows: pa.Table, ops: Bytes) -> pa.Table:
    """Of erased profiles the id alone."""
    stays = ops != OPS.index("erase")
    if stays.all():
        return rows
    kept = pa.array(stays)
    columns = [
        column if name == "profile_id" else pc.if_else(kept, column, pa.scalar(None, column.type))
        for name, column in zip(rows.column_names, rows.columns, strict=True)
    ]
    return pa.table(columns, names=rows.column_names)


def _picked(
    batches: Iterator[pa.Table], position: Longs, op: Bytes
) -> Iterator[tuple[pa.Table, Bytes]]:
    """Rows at ascending positions of batches that follow each other."""
    before = 0
    for batch in batches:
        low, high = np.searchsorted(position, (before, before + batch.num_rows)).tolist()
        if low < high:
            rows = batch.take(pa.array(position[low:high] - before)).combine_chunks()
            yield rows, op[low:high]
        before += batch.num_rows
