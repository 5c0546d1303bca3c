"""Hashes the rows of the base's tables that this run's are compared with.

This run's are hashed where they are written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from idweave.transforms.job import Done, Job
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables.changes import OF_PLATFORM
from idweave.transforms.tables.registry import compared_with
from idweave.transforms.tables.row_hashes import RowHashes
from idweave.transforms.views.compared_sources import Source, base_sources, read_batches
from idweave.transforms.views.erased_ids import rows_of_erased


@dataclass
class HashRows(beam.PTransform[beam.Pipeline, beam.PCollection[Done]]):
    """The files of the base's tables to hashes of their rows, by shard of their key."""

    job: Job

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[Done]:
        return (
            pipeline
            | "Of the base" >> Elements(base_sources(self.job), Source)
            | "Hash" >> in_threads(partial(hash_source, self.job), Done)
        )


def hash_source(job: Job, source: Source) -> Iterator[Done]:
    """Hash the rows of one source."""
    hashes = RowHashes(compared_with(job, source.change))
    erasing = job.changes[source.change].table not in OF_PLATFORM
    for rows in read_batches(job, source):
        hashes.add(rows, rows_of_erased(job, rows) if erasing else None)
    hashes.keep(source.name)
    yield Done(source.change, source.name)
