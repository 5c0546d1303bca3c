"""Finds records that repeat a record id of their source, and says which one counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.identities.duplicates import replaced
from idweave.transforms.columnar.policies.seam import Ints
from idweave.transforms.job import Job, Unit
from idweave.transforms.running.in_threads import in_threads


class Duplicates(NamedTuple):
    """What one shard of record ids found: file `duplicates/SHARD`."""

    shard: int
    rows: int


@dataclass
class FindDuplicates(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Duplicates]]):
    """Units to replaced records; nothing to do for sources whose record ids are trusted."""

    job: Job

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Duplicates]:
        sources = [i for i, s in enumerate(self.job.sources) if not s.trusted_ids]
        shards = range(self.job.exchange_shards) if sources else []
        return (
            units.pipeline
            | "Shards" >> beam.Create(list(shards)).with_output_types(int)
            | "Spread" >> beam.Reshuffle()
            | "Find" >> in_threads(partial(find_in_shard, self.job), Duplicates, units)
        )


def find_in_shard(job: Job, shard: int, units: Sequence[Unit]) -> Iterator[Duplicates]:
    """Compare the record ids of one shard over all units (SEMANTICS 1)."""
    units = sorted(units)
    parts: dict[str, list[np.ndarray]] = {
        key: [] for key in ("unit", "source", "row", "hash", "time", "content")
    }
    for number, unit in enumerate(units):
        if job.sources[unit.source].trusted_ids or not unit.rows:
            continue
        with job.store.open(f"unit/{unit.name}") as kept:
            low, high = kept.read("by_id.start", shard, shard + 2).tolist()
            for key in ("row", "hash", "time", "content"):
                parts[key].append(kept.read(f"by_id.{key}", low, high))
        parts["unit"].append(np.full(high - low, number, np.int32))
        parts["source"].append(np.full(high - low, unit.source, np.uint64))
    if not parts["unit"]:
        return
    all_of = {key: np.concatenate(arrays) for key, arrays in parts.items()}
    all_of["hash"][:, 1] += all_of["source"]  # ids are unique within a source only
    loser, winner = replaced(all_of["hash"], all_of["time"], all_of["content"])
    if not len(loser):
        return
    arrays = {}
    for side, by in (("loser", loser), ("winner", winner)):
        order = np.argsort(all_of["unit"][by], kind="stable")
        ends = np.searchsorted(all_of["unit"][by][order], np.arange(len(units) + 1))
        arrays[f"by_{side}.start"] = ends.astype(np.int64)
        arrays[f"by_{side}.loser_unit"] = all_of["unit"][loser][order]
        arrays[f"by_{side}.loser_row"] = all_of["row"][loser][order]
        arrays[f"by_{side}.winner_row"] = all_of["row"][winner][order]
    job.store.write(f"duplicates/{shard}", arrays)
    yield Duplicates(shard, len(loser))


def losing_rows(
    job: Job, unit: Unit, units: Sequence[Unit], duplicates: Sequence[Duplicates]
) -> Ints:
    """Rows of the unit that another record replaces."""
    found = [np.empty(0, np.int32)]
    place = sorted(units).index(unit)
    for part in sorted(duplicates):
        with job.store.open(f"duplicates/{part.shard}") as kept:
            low, high = kept.read("by_loser.start", place, place + 2).tolist()
            found.append(kept.read("by_loser.loser_row", low, high))
    return np.sort(np.concatenate(found))
