"""Writes assignments, a part a unit, and the drops that were decided when records were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.components.link import DUPLICATE_ROW
from idweave.transforms.columnar.vocabulary import Reason, Rule, Status, texts
from idweave.transforms.exchange.component_files import LinkFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Counts, Done, Job, Linked, Part, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.tables import assignments, drops
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.followed_profiles import with_duplicates
from idweave.transforms.views.row_profiles import RowProfiles, row_profiles
from idweave.transforms.views.unit_graph import read_scopes


@dataclass
class WriteAssignments(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Part]]):
    """Every readable record of every strategy to one row."""

    job: Job
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]
    followed: beam.PCollection[Done]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Part]:
        sides = (linked, self.named, self.resolved, self.followed)
        return (
            linked
            | "Each strategy" >> beam.FlatMap(_each_strategy, self.job)
            | "Spread" >> beam.Reshuffle()
            | "Write" >> in_threads(partial(write_unit, self.job), Part, *sides)
        )


def _each_strategy(unit: Linked, job: Job) -> list[tuple[int, Linked]]:
    return [(i, unit) for i, s in enumerate(job.strategies) if s.graph == unit.graph]


def write_unit(
    job: Job,
    element: tuple[int, Linked],
    linked: Sequence[Linked],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
    followed: Sequence[Done],
) -> Iterator[Part]:
    """Write the assignments of one unit under one strategy, and its drops."""
    strategy, unit = element
    plan = job.strategies[strategy]
    place = sorted(u for u in linked if u.graph == unit.graph).index(unit)
    found = row_profiles(job, strategy, unit, linked, named, resolved)
    losers = np.flatnonzero(found.status == Status.DUPLICATE).astype(np.int32)
    found = with_duplicates(job, strategy, place, losers, followed, found)
    with job.store.open(UnitFile.at(unit.unit)) as kept:
        counts = _counts(job.sources[unit.source].reading.name, found)
        if "assignments" in job.tables:
            rows = assignments.rows(_assignments(job, unit, kept, found))
            output = output_of(job, "assignments", plan.name)
            yield write_part(job.result, output, place, [rows], counts)
        else:
            yield counted("assignments", plan.name, counts)
        yield from _drops(job, strategy, unit, kept, place)


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
    )


def _counts(source: str, found: RowProfiles) -> Counts:
    """Records by status and reason."""
    statuses, reasons = texts(Status), texts(Reason)
    pairs = found.status.astype(np.int64) * len(reasons) + found.reason
    return tuple(
        (("records", source, statuses[pair // len(reasons)], reasons[pair % len(reasons)]), n)
        for pair, n in enumerate(np.bincount(pairs).tolist())
        if n
    )


def _drops(job: Job, strategy: int, unit: Linked, kept: UnitFile, place: int) -> Iterator[Part]:
    """The values of this unit that were refused or lost to a hub; duplicates' are not told."""
    plan = job.strategies[strategy]
    left_out = _left_out(job, plan.graph, unit, kept)
    if not len(left_out.row):
        return
    counts = drop_counts(left_out.rule)
    if "drops" not in job.tables:
        yield counted("drops", plan.name, counts)
        return
    source = job.sources[unit.source].reading.name
    ids, time = kept.record_id[:], kept.time[:]
    rows = drops.of_unit(source, ids, time, job.type_names, left_out)
    yield write_part(job.result, output_of(job, "drops", plan.name), place, [rows], counts)


def _left_out(job: Job, graph: int, unit: Linked, kept: UnitFile) -> drops.UnitDrops:
    """Refused values, then those of hubs."""
    with job.store.open(LinkFile.at(graph, unit.unit)) as link:
        duplicate = link.verdict[:] == DUPLICATE_ROW
        hub_row, hub_identity = link.hub_row[:], link.hub_identity[:]
    row, kind, rule = kept.refused_row[:], kept.refused_type[:], kept.refused_rule[:]
    told, hub_told = ~duplicate[row], ~duplicate[hub_row]
    hub_place = hub_identity[hub_told]
    values = [
        kept.refused_value[:].filter(pa.array(told)).cast(pa.large_string()),
        kept.value[:].take(pa.array(hub_place)).cast(pa.large_string()),
    ]
    return drops.UnitDrops(
        row=np.concatenate([row[told], hub_row[hub_told]]),
        type=np.concatenate([kind[told], kept.type[:][hub_place]]),
        value=pa.concat_arrays(values),
        rule=np.concatenate([rule[told], np.full(len(hub_place), Rule.HUB, np.int8)]),
    )


def counted(table: str, of: str, counts: Counts) -> Part:
    """Counts of a table that wasn't asked for: the manifest has them all the same."""
    return Part(table, of, "", 0, (0, 0), counts)


def drop_counts(rule: np.ndarray) -> Counts:
    """Dropped values by rule."""
    counts = np.bincount(rule).tolist()
    return tuple((("drops", texts(Rule)[code]), n) for code, n in enumerate(counts) if n)
