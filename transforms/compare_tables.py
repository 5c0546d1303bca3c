"""Finds the rows in which tables differ from the base's, by shard of their key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.types import Bytes, Ints, Longs, Words
from idweave.transforms.columnar.lasting.compare_rows import Differing, compare_rows
from idweave.transforms.exchange.change_files import ChangedRowsFile, RowHashesFile
from idweave.transforms.job import Done, Job, Written
from idweave.transforms.running.counts import StrategyCounts
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables.changes import OF_PLATFORM, OPS
from idweave.transforms.views.compared_sources import of_change


class _Rows(NamedTuple):
    """``m`` rows of one side, or of one source."""

    source: Ints  # [m] place among the table's sources
    position: Longs  # [m]
    key: Hashes  # [m, 2]
    row: Hashes  # [m, 2]
    profile: Words  # [m], or nothing


@dataclass
class CompareTables(beam.PTransform[beam.PCollection[Done], beam.PCollection[Done]]):
    """Hashes of rows to the places of those that something is to be done with."""

    job: Job
    parts: beam.PCollection[Written]

    def expand(self, hashed: beam.PCollection[Done]) -> beam.PCollection[Done]:
        job = self.job
        shards = range(job.exchange_shards)
        elements = [(number, shard) for number in range(len(job.changes)) for shard in shards]
        hashes = [RowHashesFile.at(number, "").folder for number in range(len(job.changes))]
        return (
            hashed.pipeline
            | "Shards" >> Elements(elements, tuple[int, int])
            | "Compare" >> in_threads(partial(compare_shard, job), Done, hashed, self.parts)
            | "Hashes" >> ReadOnce(job, hashes, Done)
        )


def compare_shard(
    job: Job, element: tuple[int, int], hashed: Sequence[Done], parts: Sequence[Written]
) -> Iterator[Done]:
    """Compare the rows of one shard of keys."""
    change, shard = element
    sources = of_change(job, parts, change)
    sides: dict[bool, list[_Rows]] = {True: [_no_rows()], False: [_no_rows()]}
    erased = [_no_rows()]
    for place, source in enumerate(sources):
        with job.store.open(RowHashesFile.at(change, source.name)) as file:
            low, high = file.start.span(shard)
            told = job.changes[change].table == "assignments"
            rows = _Rows(
                np.full(high - low, place, np.int32),
                file.position[low:high],
                file.key[low:high],
                file.row[low:high],
                file.profile[low:high] if told else file.profile[0:0],
            )
            low, high = file.erased_start.span(shard)
            gone = np.full(high - low, place, np.int32), file.erased_position[low:high]
            ids = file.erased[low:high]
        sides[source.of_base].append(rows)
        erased.append(_Rows(*gone, ids, ids, np.empty(0, np.uint64)))
    old, new = (_joined(sides[of_base]) for of_base in (True, False))
    differing = compare_rows(old.key, old.row, new.key, new.row)
    told_rows = _told(job.changes[change].table, old, new, differing)
    _keep(job, element, len(sources), _with_erased(told_rows, _joined(erased)))
    yield Done(change, str(shard), _churn(old, new, differing))


def _no_rows() -> _Rows:
    none = np.empty((0, 2), np.uint64)
    return _Rows(np.empty(0, np.int32), np.empty(0, np.int64), none, none, np.empty(0, np.uint64))


def _joined(parts: Sequence[_Rows]) -> _Rows:
    return _Rows._make(map(np.concatenate, zip(*parts, strict=True)))


def _told(table: str, old: _Rows, new: _Rows, differing: Differing) -> tuple[Ints, Longs, Bytes]:
    """Source, position and op of each row of the table of changes."""
    if table in OF_PLATFORM:
        chosen = [
            (old, np.concatenate([differing.only_old, differing.other_old]), "remove"),
            (new, np.concatenate([differing.only_new, differing.other_new]), "add"),
        ]
    else:
        chosen = [
            (old, differing.only_old, "delete"),
            (new, differing.only_new, "insert"),
            (new, differing.other_new, "update"),
        ]
    return (
        np.concatenate([side.source[rows] for side, rows, _ in chosen]),
        np.concatenate([side.position[rows] for side, rows, _ in chosen]),
        np.concatenate([np.full(len(rows), OPS.index(op), np.int8) for _, rows, op in chosen]),
    )


def _with_erased(told: tuple[Ints, Longs, Bytes], erased: _Rows) -> tuple[Ints, Longs, Bytes]:
    """The same with a row for each erased profile: the first that the base has of it."""
    first = factorise(erased.key).first
    op = np.full(len(first), OPS.index("erase"), np.int8)
    return (
        np.concatenate([told[0], erased.source[first]]),
        np.concatenate([told[1], erased.position[first]]),
        np.concatenate([told[2], op]),
    )


def _keep(
    job: Job, element: tuple[int, int], sources: int, told: tuple[Ints, Longs, Bytes]
) -> None:
    source, position, op = told
    order = np.lexsort((position, source))
    start = np.searchsorted(source[order], np.arange(sources + 1)).astype(np.int64)
    file = ChangedRowsFile(start=start, position=position[order], op=op[order])
    job.store.write(ChangedRowsFile.at(*element), file)


def _churn(old: _Rows, new: _Rows, differing: Differing) -> StrategyCounts:
    """Records of both runs, and how many of them have another profile; of assignments only."""
    if not len(old.profile) or not len(new.profile):
        return StrategyCounts()
    before, now = old.profile[differing.both_old], new.profile[differing.both_new]
    moved = int(np.count_nonzero(before != now))
    return StrategyCounts(churn=(("records_in_both", len(now)), ("moved_records", moved)))
