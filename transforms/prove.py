"""Proves before a run is published that no table shows people who are erased (SEMANTICS 12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from idweave.transforms.columnar.privacy.search import Search
from idweave.transforms.job import Job, OutputFile, Proved, Written
from idweave.transforms.running.counts import tally
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.tables.registry import TABLES
from idweave.transforms.views.erased_ids import listed_erased
from idweave.transforms.views.search_file import search_file
from idweave.transforms.views.suppressed import listed_identities


@dataclass
class Prove(beam.PTransform[beam.PCollection[Written], beam.PCollection[Written]]):
    """Files of the result to what is shown there of people who are erased."""

    job: Job

    def expand(self, parts: beam.PCollection[Written]) -> beam.PCollection[Written]:
        files = beam.FlatMap(_files).with_output_types(OutputFile)
        search = in_threads(partial(prove_file, self.job), Written)
        return parts | "Files" >> files | "Spread" >> Spread() | "Search" >> search


def _files(written: Written) -> tuple[OutputFile, ...]:
    return written.files


def prove_file(job: Job, file: OutputFile) -> Iterator[Written]:
    """Search one file of this run."""
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
    found = search_file(f"{job.result}/{folder}/{file.file}", file.table, search, True)
    proved = Proved(folder, file.rows if found.looked else 0, tally(found.shown.items()))
    yield Written("", (), proved=(proved,))
