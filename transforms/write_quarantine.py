"""Writes the records that could not be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.reading.records import QUARANTINE_REASONS
from idweave.transforms.job import Job, Part, Unit
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.tables.schemas import QUARANTINE, chosen
from idweave.transforms.tables.write_part import write_part


@dataclass
class WriteQuarantine(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Part]]):
    """One part for each unit with unreadable records."""

    job: Job

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Part]:
        return (
            units
            | "With unreadable records" >> beam.Filter(_has_unreadable)
            | "Spread" >> beam.Reshuffle()
            | "Write" >> in_threads(partial(write_unit, self.job), Part, units)
        )


def _has_unreadable(unit: Unit) -> bool:
    return unit.quarantined > 0


def write_unit(job: Job, unit: Unit, units: Sequence[Unit]) -> Iterator[Part]:
    """Write the quarantine of one unit."""
    number = sorted(filter(_has_unreadable, units)).index(unit)
    with job.store.open(f"unit/{unit.name}") as kept:
        rows = unit.quarantined
        file = kept.read("quarantine.file").tobytes().decode()
        one = np.zeros(rows, np.int32)
        table = pa.table(
            {
                "source": chosen(one, (job.sources[unit.source].reading.name,)),
                "file": chosen(one, (file,)),
                "position": kept.read("quarantine.position"),
                "reason": chosen(kept.read("quarantine.reason"), QUARANTINE_REASONS),
                "raw_text": kept.texts("quarantine.raw_text").cast(pa.string()),
            }
        )
    yield write_part(job.result, "quarantine", "", number, QUARANTINE, [table])
