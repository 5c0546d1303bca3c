"""Proves before a run is published that no table shows people who are erased (SEMANTICS 12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import pyarrow.parquet as pq

from idweave.transforms.columnar.privacy.search import Search, columns_of, find_people
from idweave.transforms.exchange.store import open_file
from idweave.transforms.job import Job, OutputFile, Proved, Written
from idweave.transforms.running.counts import tally
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.tables.registry import TABLES
from idweave.transforms.views.erased_ids import listed_erased
from idweave.transforms.views.suppressed import listed_identities


@dataclass
class Prove(beam.PTransform[beam.PCollection[Written], beam.PCollection[Written]]):
    """Files of the result to what is shown there of people who are erased."""

    job: Job

    def expand(self, parts: beam.PCollection[Written]) -> beam.PCollection[Written]:
        files = beam.FlatMap(_files).with_output_types(OutputFile)
        search = in_threads(partial(search_file, self.job), Written)
        return parts | "Files" >> files | "Spread" >> Spread() | "Search" >> search


def _files(written: Written) -> tuple[OutputFile, ...]:
    return written.files


def search_file(job: Job, file: OutputFile) -> Iterator[Written]:
    """Search one file, a row group after the other."""
    privacy = job.privacy
    if privacy is None:
        raise AssertionError("a run that erases nobody has nothing to prove")
    search = Search(
        key=privacy.key,
        types=tuple(job.type_names[place] for place in privacy.types),
        identities=listed_identities(job),
        records=None,
        erased=listed_erased(job),
    )
    folder = TABLES[file.table].folder(file.name or file.strategy)
    found: list[tuple[str, int]] = []
    with open_file(f"{job.result}/{folder}/{file.file}") as opened:
        parquet = pq.ParquetFile(opened)
        columns = columns_of(file.table, parquet.schema_arrow.names, search)
        for group in range(parquet.num_row_groups if columns else 0):
            rows = parquet.read_row_group(group, columns=columns, use_threads=False)
            found += find_people(file.table, rows.combine_chunks(), search, True).items()
    proved = Proved(folder, file.rows if columns else 0, tally(found))
    yield Written("", (), proved=(proved,))
