"""Writes assignments, a part a unit, and the drops that were decided when records were read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.components.link import DUPLICATE_ROW
from idweave.transforms.columnar.vocabulary import Reason, Rule, Status, texts
from idweave.transforms.exchange.component_files import LinkFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Job, Linked, OutputFile, ResolvedShard, Written
from idweave.transforms.running.counts import NO_REASON, StrategyCounts, by_word
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.tables import assignments, drops
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.decided import open_decided, touched
from idweave.transforms.views.followed_profiles import with_duplicates
from idweave.transforms.views.graph_units import place_in_graph
from idweave.transforms.views.row_profiles import RowProfiles, row_profiles
from idweave.transforms.views.suppressed import suppressed_of
from idweave.transforms.views.unit_graph import read_scopes


@dataclass
class WriteAssignments(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Written]]):
    """Every readable record of every strategy to one row."""

    job: Job
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]
    followed: beam.PCollection[Done]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Written]:
        sides = (linked, self.named, self.resolved, self.followed)
        return (
            linked
            | "Each strategy" >> beam.FlatMap(_each_strategy, self.job)
            | "Spread" >> Spread()
            | "Write" >> in_threads(partial(write_unit, self.job), Written, *sides)
        )


def _each_strategy(unit: Linked, job: Job) -> list[tuple[int, Linked]]:
    """What people link is no record."""
    if unit.source == job.decided_source:
        return []
    return [(i, unit) for i, s in enumerate(job.strategies) if s.graph == unit.graph]


def write_unit(
    job: Job,
    element: tuple[int, Linked],
    linked: Sequence[Linked],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
    followed: Sequence[Done],
) -> Iterator[Written]:
    """Write the assignments of one unit under one strategy, and its drops."""
    strategy, unit = element
    plan = job.strategies[strategy]
    place = place_in_graph(linked, unit)
    found = row_profiles(job, strategy, unit, linked, named, resolved)
    losers = np.flatnonzero(found.status == Status.DUPLICATE).astype(np.int32)
    found = with_duplicates(job, strategy, place, losers, followed, found)
    with open_decided(job, unit.graph, unit.unit, UnitFile.at(unit.unit)) as kept:
        left_out = _left_out(job, plan.graph, unit, kept)
        tables = _tables(job, unit, kept, found, left_out)
        files = tuple(_write(job, plan.name, place, tables))
    records = _records(job, unit, found)
    counts = StrategyCounts(records=records, drops=by_word(left_out.rule, Rule))
    yield Written(plan.name, files, counts)


def _tables(
    job: Job, unit: Linked, kept: UnitFile, found: RowProfiles, left_out: drops.UnitDrops
) -> Iterator[tuple[str, pa.Table]]:
    """The rows of the tables that were asked for; where nothing was dropped there are none."""
    if "assignments" in job.tables:
        told = _assignments(job, unit, kept, found)
        suppressed = suppressed_of(job, unit.source, unit.unit)
        told = assignments.with_suppressed(told, *suppressed)
        yield "assignments", assignments.rows(told)
    if "drops" in job.tables and len(left_out.row):
        source = job.sources[unit.source].reading.name
        ids, time = kept.record_id[:], kept.time[:]
        yield "drops", drops.of_unit(source, ids, time, job.type_names, left_out)


def _write(
    job: Job, strategy: str, place: int, tables: Iterable[tuple[str, pa.Table]]
) -> Iterator[OutputFile]:
    for name, rows in tables:
        yield from write_part(job.result, output_of(job, name, strategy), place, [rows])


def _assignments(
    job: Job, unit: Linked, kept: UnitFile, found: RowProfiles
) -> assignments.AssignmentRows:
    graph = job.graphs[unit.graph]
    return assignments.AssignmentRows(
        source=job.sources[unit.source].reading.name,
        record_id=kept.record_id[:],
        time=kept.time[:],
        scope=read_scopes(job, graph, unit.source, kept, len(found.status)),
        scopes=graph.scopes,
        profile=found.profile,
        digest=found.digest,
        status=found.status,
        reason=found.reason,
        has_alias=found.has_alias,
        alias=found.alias,
    )


def _records(job: Job, unit: Linked, found: RowProfiles) -> tuple[tuple[str, str, str, int], ...]:
    """Records by status and reason."""
    source = job.sources[unit.source].reading.name
    statuses, reasons = texts(Status), texts(Reason)
    suppressed = np.full(len(suppressed_of(job, unit.source, unit.unit)[0]), Status.SUPPRESSED)
    status = np.concatenate([found.status, suppressed]).astype(np.int64)
    reason = np.concatenate([found.reason, np.full(len(suppressed), Reason.NONE)])
    return tuple(
        (source, statuses[pair // len(reasons)], reasons[pair % len(reasons)] or NO_REASON, n)
        for pair, n in enumerate(np.bincount(status * len(reasons) + reason).tolist())
        if n
    )


def _left_out(job: Job, graph: int, unit: Linked, kept: UnitFile) -> drops.UnitDrops:
    """Refused values, then those that are apart, then hubs; duplicates' are not told."""
    with job.store.open(LinkFile.at(graph, unit.unit)) as link:
        duplicate = link.verdict[:] == DUPLICATE_ROW
        hub_row, hub_identity = link.hub_row[:], link.hub_identity[:]
    apart_row, apart_identity = np.empty(0, np.int32), np.empty(0, np.int32)
    if (decided := touched(kept)) is not None:
        apart_row, apart_identity = decided.left_row, decided.left_identity
    row, kind, rule = kept.refused_row[:], kept.refused_type[:], kept.refused_rule[:]
    told, apart_told, hub_told = (~duplicate[of] for of in (row, apart_row, hub_row))
    place = np.concatenate([apart_identity[apart_told], hub_identity[hub_told]])
    values = [
        kept.refused_value[:].filter(pa.array(told)).cast(pa.large_string()),
        kept.value[:].take(pa.array(place)).cast(pa.large_string()),
    ]
    rules = np.repeat([Rule.APART, Rule.HUB], [apart_told.sum(), hub_told.sum()]).astype(np.int8)
    return drops.UnitDrops(
        row=np.concatenate([row[told], apart_row[apart_told], hub_row[hub_told]]),
        type=np.concatenate([kind[told], kept.type[:][place]]),
        value=pa.concat_arrays(values),
        rule=np.concatenate([rule[told], rules]),
    )
