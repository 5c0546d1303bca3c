"""Writes what the next run has to remember of ids, and what this run did to them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.lasting.claims import follow
from idweave.transforms.columnar.lasting.id_texts import find_ids
from idweave.transforms.columnar.lasting.remember import (
    ChangeRows,
    Followers,
    IdChange,
    IdRows,
    IdStatus,
    Live,
    ThisRun,
    remember,
)
from idweave.transforms.exchange.lasting_files import (
    LastingFile,
    NotGrantedFile,
    OldIdsFile,
    RelationsFile,
)
from idweave.transforms.job import Done, Job, Written
from idweave.transforms.running.counts import StrategyCounts, Tally, add_strategies
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables import id_changes, ids
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import PartWriter
from idweave.transforms.views.base_pieces import join_names, old_ids, shift
from idweave.transforms.views.erased_ids import erased_ids
from idweave.transforms.views.profile_writers import REMEMBERED, remembers
from idweave.transforms.views.relations import number_old, relations_of_base


@dataclass
class RememberIds(beam.PTransform[beam.PCollection[Done], beam.PCollection[Written]]):
    """Lasting ids to the tables `ids` and `id_changes`, and to what is counted of both."""

    job: Job

    def expand(self, lasting: beam.PCollection[Done]) -> beam.PCollection[Written]:
        job = self.job
        parts = min(job.shards, job.exchange_shards)
        strategies = [n for n, plan in enumerate(job.strategies) if remembers(job, plan)]
        elements = [(number, part) for number in strategies for part in range(parts)]
        return (
            lasting.pipeline
            | "Parts" >> Elements(elements, tuple[int, int])
            | "Remember" >> in_threads(partial(remember_part, job), Written, lasting)
        )


def remember_part(job: Job, element: tuple[int, int], lasting: Sequence[Done]) -> Iterator[Written]:
    """Write one part of both tables: some shards of ids, one after the other."""
    strategy, number = element
    name = job.strategies[strategy].name
    parts = min(job.shards, job.exchange_shards)
    counts: list[StrategyCounts] = []
    with ExitStack() as stack:
        writers = {
            table: stack.enter_context(PartWriter(job.result, output_of(job, table, name), number))
            for table in sorted(REMEMBERED & set(job.tables))
        }
        shards = range(job.exchange_shards)
        for shard in (s for s in shards if s * parts // job.exchange_shards == number):
            rows, changes, names, churn = _remember(job, strategy, shard)
            counts.append(StrategyCounts(churn=churn))
            if "ids" in writers:
                writers["ids"].write(ids.rows(rows, names))
            if "id_changes" in writers:
                writers["id_changes"].write(id_changes.rows(changes, names, job))
    files = tuple(file for of in writers.values() for file in of.files)
    claims = job.strategies[strategy].claims
    yield Written(name, files, add_strategies(counts) if claims else StrategyCounts())


def _remember(job: Job, strategy: int, shard: int) -> tuple[IdRows, ChangeRows, pa.Array, Tally]:
    """What is remembered of one shard of ids, the names that rows refer to, and churn."""
    scopes = job.graphs[job.strategies[strategy].graph].scopes
    own, own_names = old_ids(job, strategy, shard, OldIdsFile.own)
    following, following_names = old_ids(job, strategy, shard, OldIdsFile.following)
    known = pa.array([*scopes, job.run_id], pa.string())
    own = shift(own, len(known))
    names = join_names([known, *own_names])
    following = shift(following, len(names))
    names = join_names([names, *following_names])
    live, followers, revived = _not_granted(job, strategy, shard), _no_followers(), [_NONE]
    if job.strategies[strategy].claims:
        granted, followers = _of_relations(job, strategy, shard, own)
        both = zip(live, granted, strict=True)
        live = Live._make(np.concatenate([one, other]) for one, other in both)
        revived = _revived(job, strategy, shard)
    this = ThisRun(len(scopes), job.as_of, erased_ids(job))
    rows, changes = remember(own, following, np.concatenate(revived), live, followers, this)
    return rows, changes, names, _churn(own, rows, changes)


_NONE = np.empty((0, 2), np.uint64)


def _no_followers() -> Followers:
    return Followers(_NONE, _NONE)


def _not_granted(job: Job, strategy: int, shard: int) -> Live:
    with job.store.open(NotGrantedFile.at(strategy, shard)) as file:
        return Live(file.id[:], file.birth[:], file.scope[:], file.other[:], file.has_other[:])


def _revived(job: Job, strategy: int, shard: int) -> list[np.ndarray]:
    out = []
    for of in range(job.exchange_shards):
        with job.store.open(NotGrantedFile.at(strategy, of)) as file:
            low, high = file.revived_start.span(shard)
            out.append(file.revived[low:high])
    return out


def _of_relations(job: Job, strategy: int, shard: int, own: IdRows) -> tuple[Live, Followers]:
    """The profiles that have ids of this shard from the base, and who follows the others."""
    related = relations_of_base(job, strategy, shard)
    lasting, granted = [], []
    for of in range(job.exchange_shards):
        with job.store.open(RelationsFile.at(strategy, of)) as relations:
            low, high = relations.start.span(shard)
        with job.store.open(LastingFile.at(strategy, of)) as file:
            lasting.append(file.relation_id[low:high])
            granted.append(file.granted[low:high])
    ids_now, is_granted = np.concatenate(lasting), np.concatenate(granted)
    relations_now = related.relations
    old, profiles = number_old(relations_now)
    chosen = follow(relations_now, old, profiles, ids_now)
    chosen = chosen[chosen >= 0]
    old_id = take_rows(relations_now.old_id, is_granted)
    live = Live(
        id=old_id,
        birth=take_rows(relations_now.new_id, is_granted),
        scope=own.scope[find_ids(own.id, old_id)],
        other=np.zeros_like(old_id),
        has_other=np.zeros(len(old_id), bool),
    )
    return live, Followers(take_rows(relations_now.old_id, chosen), take_rows(ids_now, chosen))


def _churn(own: IdRows, rows: IdRows, changes: ChangeRows) -> Tally:
    """What became of the ids that were live in the base, and which are new."""
    was_live = take_rows(own.id, own.status == IdStatus.LIVE)
    now_live = take_rows(rows.id, rows.status == IdStatus.LIVE)
    kept = int(np.count_nonzero(find_ids(was_live, now_live) >= 0))
    churn = [("live_in_base", len(was_live)), ("kept", kept)]
    of_live = find_ids(was_live, changes.id) >= 0
    for change in IdChange:
        new = change in (IdChange.CREATED, IdChange.SPLIT, IdChange.REVIVED)
        of_change = (changes.change == change) & (of_live | new)
        churn.append((change.name.lower(), int(np.count_nonzero(of_change))))
    return tuple(churn)
