"""Writes groups: which profiles are in each, and what is known of it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Factorised, Hashes, factorise
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.groups.form_groups import form_groups, group_attributes
from idweave.transforms.columnar.groups.local_groups import group_ids, smallest_in
from idweave.transforms.exchange.group_files import GroupRowsFile
from idweave.transforms.job import Done, Job, ResolvedShard, Written
from idweave.transforms.running.counts import GroupCounts, StrategyCounts
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables import group_attributes as attributes_table
from idweave.transforms.tables import groups as groups_table
from idweave.transforms.tables.plans import GroupPlan
from idweave.transforms.tables.registry import group_outputs
from idweave.transforms.tables.write_part import PartWriter
from idweave.transforms.views.group_pieces import KindOfGroup, group_pieces, kinds_of_group


class _Part(NamedTuple):
    kind: KindOfGroup
    part: int


class _Rows(NamedTuple):
    """The ``m`` profiles of one shard of groups."""

    key: Hashes
    value: pa.Array  # [m], or [0] where the key is the group's id
    profile: Hashes
    scope: Ints
    attribute: dict[str, pa.Array]


@dataclass
class WriteGroups(beam.PTransform[beam.PCollection[ResolvedShard], beam.PCollection[Written]]):
    """Profiles by shard of their group to the tables of groups."""

    job: Job
    spread: beam.PCollection[Done] | None  # None: no kind of group is by identity type

    def expand(self, answered: beam.PCollection[ResolvedShard]) -> beam.PCollection[Written]:
        parts = range(_parts(self.job))
        elements = [_Part(kind, part) for kind in kinds_of_group(self.job) for part in parts]
        sides = [answered] if self.spread is None else [answered, self.spread]
        return (
            answered.pipeline
            | "Parts" >> Elements(elements, _Part)
            | "Write" >> in_threads(partial(write_groups, self.job), Written, *sides)
        )


def _parts(job: Job) -> int:
    return min(job.shards, job.exchange_shards)


def write_groups(
    job: Job, element: _Part, answered: Sequence[ResolvedShard], spread: Sequence[Done] = ()
) -> Iterator[Written]:
    """Write one part of a kind of group: some shards, one after the other."""
    kind, part = element
    plan = job.strategies[kind.strategy]
    group = plan.groups[kind.group]
    pieces = list(group_pieces(job, kind.strategy, answered))
    total = GroupCounts()
    with ExitStack() as stack:
        writers = {
            output.table: stack.enter_context(PartWriter(job.result, output, part))
            for output in group_outputs(job, plan, group)
        }
        for shard in range(job.exchange_shards):
            if shard * _parts(job) // job.exchange_shards != part:
                continue
            rows = _read(job, kind, pieces, shard)
            tables, counts = _tables(job, group, rows, job.graphs[plan.graph].scopes)
            for name, writer in writers.items():
                writer.write(tables[name])
            total = GroupCounts._make(map(sum, zip(total, counts, strict=True)))
    files = tuple(file for writer in writers.values() for file in writer.files)
    yield Written(plan.name, files, StrategyCounts(groups=((group.name, total),)))


def _read(job: Job, kind: KindOfGroup, pieces: Sequence[str], shard: int) -> _Rows:
    """The profiles of one shard from all pieces."""
    names = [rule.name for rule in job.strategies[kind.strategy].groups[kind.group].rules]
    parts: list[_Rows] = []
    for piece in pieces:
        with job.store.open(GroupRowsFile.at(kind.strategy, kind.group, piece)) as file:
            low, high = file.start.span(shard)
            none = kind.graph < 0
            parts.append(
                _Rows(
                    key=file.key[low:high],
                    value=file.value[0:0] if none else file.value[low:high],
                    profile=file.profile[low:high],
                    scope=file.scope[low:high],
                    attribute={name: file.attribute[name][low:high] for name in names},
                )
            )
    no_ids = np.empty((0, 2), np.uint64)
    return _Rows(
        key=np.concatenate([no_ids, *(one.key for one in parts)]),
        value=concat_texts([one.value for one in parts]),
        profile=np.concatenate([no_ids, *(one.profile for one in parts)]),
        scope=np.concatenate([np.empty(0, np.int32), *(one.scope for one in parts)]),
        attribute={name: concat_texts([one.attribute[name] for one in parts]) for name in names},
    )


def _tables(
    job: Job, group: GroupPlan, rows: _Rows, scopes: tuple[str, ...]
) -> tuple[dict[str, pa.Table], GroupCounts]:
    """The rows of both tables, and what was counted."""
    found = factorise(rows.key)
    formed = form_groups(found, _ids(job, group, rows, found, scopes), rows.profile, group.max_size)
    made = group_attributes(formed, rows.attribute, group.rules)
    tables = {
        "groups": groups_table.rows(formed, rows.profile, rows.scope, scopes),
        "group_attributes": attributes_table.rows(formed, rows.scope, scopes, made.values),
    }
    counts = GroupCounts(
        groups=len(formed.ids),
        profiles=len(formed.row),
        too_large=formed.too_large,
        profiles_in_too_large=formed.in_too_large,
        values_not_castable=made.not_castable,
        sums_too_large=made.sums_too_large,
    )
    return tables, counts


def _ids(
    job: Job, group: GroupPlan, rows: _Rows, found: Factorised, scopes: tuple[str, ...]
) -> Hashes:
    """[k, 2] the ids of the groups: made of their smallest values, unless the keys are the ids."""
    if group.type < 0:
        return take_rows(rows.key, found.first)
    at = smallest_in(found.code, rows.value, len(found.first))
    names = pa.array(scopes, pa.string()).take(pa.array(rows.scope[at]))
    return group_ids(names, group.name, rows.value.take(pa.array(at)), job.id_key)
