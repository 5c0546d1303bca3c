"""Writes the records that could not be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from idweave.transforms.columnar.reading.records import Quarantined
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Job, Unit, Written
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.tables import quarantine
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part


@dataclass
class WriteQuarantine(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Written]]):
    """One part for each unit with unreadable records."""

    job: Job

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Written]:
        return (
            units
            | "With unreadable records" >> beam.Filter(_has_unreadable)
            | "Spread" >> Spread()
            | "Write" >> in_threads(partial(write_unit, self.job), Written, units)
        )


def _has_unreadable(unit: Unit) -> bool:
    return unit.quarantined > 0


def write_unit(job: Job, unit: Unit, units: Sequence[Unit]) -> Iterator[Written]:
    """Write the quarantine of one unit."""
    number = sorted(filter(_has_unreadable, units)).index(unit)
    with job.store.open(UnitFile.at(unit.name)) as kept:
        paths = tuple(kept.quarantine_path[:].to_pylist())
        unreadable = Quarantined(
            kept.quarantine_position[:],
            kept.quarantine_reason[:],
            kept.quarantine_text[:],
            kept.quarantine_file[:],
        )
    rows = quarantine.rows(job.sources[unit.source].reading.name, paths, unreadable)
    yield Written("", write_part(job.result, output_of(job, "quarantine"), number, [rows]))
