"""Finds records that repeat a record id of their source, and says which one counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.identities.duplicates import replaced
from idweave.transforms.exchange.duplicate_and_hub_files import DuplicatesFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Duplicates, Job, Unit
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements


@dataclass
class FindDuplicates(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Duplicates]]):
    """Units to replaced records; nothing to do for sources whose record ids are trusted."""

    job: Job

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Duplicates]:
        sources = [i for i, s in enumerate(self.job.sources) if not s.trusted_ids]
        shards = range(self.job.exchange_shards) if sources else []
        return (
            units.pipeline
            | "Shards" >> Elements(shards, int)
            | "Find" >> in_threads(partial(find_in_shard, self.job), Duplicates, units)
        )


class _Compared(NamedTuple):
    """Records of one shard of record ids, unit by unit."""

    unit: Ints
    row: Ints
    hash: Hashes  # of the record id and its source
    time: Longs
    content: Hashes


def find_in_shard(job: Job, shard: int, units: Sequence[Unit]) -> Iterator[Duplicates]:
    """Compare the record ids of one shard over all units (SEMANTICS 1)."""
    parts = [
        _compared(job, unit, place, shard)
        for place, unit in enumerate(sorted(units))
        if unit.rows and not job.sources[unit.source].trusted_ids
    ]
    if not parts:
        return
    given = _Compared(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    loser, winner = replaced(given.hash, given.time, given.content)
    if not len(loser):
        return
    by_loser = partition(given.unit[loser].astype(np.int64), len(units))
    by_winner = partition(given.unit[winner].astype(np.int64), len(units))
    found = DuplicatesFile(
        by_loser_start=by_loser.start,
        by_loser_row=given.row[loser][by_loser.order],
        by_winner_start=by_winner.start,
        by_winner_row=given.row[winner][by_winner.order],
        by_winner_loser_unit=given.unit[loser][by_winner.order],
        by_winner_loser_row=given.row[loser][by_winner.order],
    )
    job.store.write(DuplicatesFile.at(shard), found)
    yield Duplicates(shard, len(loser))


def _compared(job: Job, unit: Unit, place: int, shard: int) -> _Compared:
    """The records of one unit, which is at a place among all."""
    with job.store.open(UnitFile.at(unit.name)) as file:
        low, high = file.by_id_start.span(shard)
        hashes = file.by_id_hash[low:high]
        hashes[:, 1] += np.uint64(unit.source)  # ids are unique within a source only
        return _Compared(
            np.full(high - low, place, np.int32),
            file.by_id_row[low:high],
            hashes,
            file.by_id_time[low:high],
            file.by_id_content[low:high],
        )
