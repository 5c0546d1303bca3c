"""Writes assignments, a part a unit, and the drops that were decided when records were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.components.birth import hex_texts
from idweave.transforms.columnar.components.link import DUPLICATE_ROW
from idweave.transforms.columnar.policies.seam import REASONS, RULE, RULES, STATUSES
from idweave.transforms.exchange.store import Kept
from idweave.transforms.follow_duplicates import follow
from idweave.transforms.job import Counts, Done, Job, Linked, Part, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.tables.schemas import ASSIGNMENTS, DROPS, chosen, coded, times
from idweave.transforms.tables.write_part import write_part
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
    losers = np.flatnonzero(found.status == STATUSES.index("duplicate")).astype(np.int32)
    found = follow(job, strategy, place, losers, followed, found)
    with job.store.open(f"unit/{unit.unit}") as kept:
        counts = _counts(job.sources[unit.source].reading.name, found)
        if "assignments" in job.tables:
            table = _assignments(job, unit, kept, found)
            yield write_part(
                job.result, "assignments", plan.name, place, ASSIGNMENTS, [table], counts
            )
        else:
            yield counted("assignments", plan.name, counts)
        yield from _drops(job, strategy, unit, kept, place)


def _assignments(job: Job, unit: Linked, kept: Kept, found: RowProfiles) -> pa.Table:
    graph = job.graphs[unit.graph]
    rows = len(found.status)
    ids = hex_texts(found.digest.view(np.uint8).reshape(-1, 16))
    scope = read_scopes(job, graph, kept, rows)
    source = job.sources[unit.source].reading.name
    return pa.table(
        {
            "source": chosen(np.zeros(rows, np.int32), (source,)),
            "record_id": kept.texts("record_id"),
            "event_time": times(kept.read("time")),
            "scope": chosen(np.where(scope < 0, len(graph.scopes), scope), (*graph.scopes, "")),
            "profile_id": coded(found.profile, ids),
            "status": chosen(found.status, STATUSES),
            "reason": chosen(found.reason, REASONS, null=0),
        }
    )


def _counts(source: str, found: RowProfiles) -> Counts:
    """Records by status and reason."""
    pairs = found.status.astype(np.int64) * len(REASONS) + found.reason
    return tuple(
        (("records", source, STATUSES[pair // len(REASONS)], REASONS[pair % len(REASONS)]), n)
        for pair, n in enumerate(np.bincount(pairs).tolist())
        if n
    )


def _drops(
    job: Job,
    strategy: int,
    unit: Linked,
    kept: Kept,
    place: int,
) -> Iterator[Part]:
    """The values of this unit that were refused or lost to a hub; duplicates' are not told."""
    graph = job.strategies[strategy].graph
    with job.store.open(f"link/{graph}/{unit.unit}") as of_graph:
        duplicate = of_graph.read("verdict") == DUPLICATE_ROW
        hub_row = of_graph.read("entry_row").astype(np.int32)
        hub_identity = of_graph.read("entry_identity").astype(np.int32)
    row, kind, rule = (kept.read(f"refused.{key}") for key in ("row", "type", "rule"))
    told, hub_told = ~duplicate[row], ~duplicate[hub_row]
    hub_place = hub_identity[hub_told]
    row = np.concatenate([row[told], hub_row[hub_told]])
    if not len(row):
        return
    kind = np.concatenate([kind[told], kept.read("type")[hub_place]])
    rule = np.concatenate([rule[told], np.full(len(hub_place), RULE["hub"], np.int8)])
    if "drops" not in job.tables:
        yield counted("drops", job.strategies[strategy].name, drop_counts(rule))
        return
    value = pa.concat_arrays(
        [
            kept.texts("refused.value").filter(pa.array(told)).cast(pa.large_string()),
            kept.texts("value").take(pa.array(hub_place)).cast(pa.large_string()),
        ]
    )
    order = np.argsort(row, kind="stable")
    row, kind, rule = row[order], kind[order], rule[order]
    table = pa.table(
        {
            "source": chosen(
                np.zeros(len(row), np.int32), (job.sources[unit.source].reading.name,)
            ),
            "record_id": kept.texts("record_id").take(pa.array(row)),
            "event_time": times(kept.read("time")[row]),
            "identity_type": chosen(kind, job.type_names),
            "identity_value": value.take(pa.array(order)).cast(pa.string()),
            "rule": chosen(rule, RULES),
            "detail": pa.nulls(len(row), pa.string()),
        }
    )
    name = job.strategies[strategy].name
    counts = drop_counts(rule)
    yield write_part(job.result, "drops", name, place, DROPS, [table], counts)


def counted(table: str, of: str, counts: Counts) -> Part:
    """Counts of a table that wasn't asked for: the manifest has them all the same."""
    return Part(table, of, "", 0, (0, 0), counts)


def drop_counts(rule: np.ndarray) -> Counts:
    """Dropped values by rule."""
    counts = np.bincount(rule, minlength=len(RULES)).tolist()
    return tuple((("drops", RULES[code]), n) for code, n in enumerate(counts) if n)
