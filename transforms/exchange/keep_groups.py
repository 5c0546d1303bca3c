"""Keeps what groups are made of, a piece of profiles after the other."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.groups.local_groups import group_ids, local_groups
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.exchange.group_files import GroupRowsFile, GroupValuesFile
from idweave.transforms.job import Job


def piece_name(writer: int, piece: int) -> str:
    """Of one piece of one writer of profiles; names are in the order of both."""
    return f"{writer:06d}.{piece:06d}"


class Groups:
    """What one kind of group has of the profiles of one writer, which come a piece at a time."""

    def __init__(self, job: Job, strategy: int, group: int, writer: int) -> None:
        self._job, self._at, self._writer = job, (strategy, group), writer
        plan = job.strategies[strategy]
        self._plan = plan.groups[group]
        self._scopes = pa.array(job.graphs[plan.graph].scopes, pa.string())
        self._pieces = 0

    def add(self, rows: pa.Table) -> None:
        """Keep a piece.

        Args:
            rows: as `tables/group_rows.py` makes them, with lasting ids.
        """
        columns = rows.combine_chunks()
        values = columns["values"].combine_chunks()
        profile, value = pc.list_parent_indices(values).to_numpy(), pc.list_flatten(values)
        scope = columns["scope"].to_numpy()
        scopes = self._scopes.take(pa.array(scope[profile]))
        key = group_ids(scopes, self._plan.name, value, self._job.id_key)
        name = piece_name(self._writer, self._pieces)
        if self._plan.type >= 0:
            self._keep_values(name, columns, profile, key, value)
        else:
            self._keep_rows(name, columns.take(pa.array(profile)), key)
        self._pieces += 1

    def _keep_rows(self, name: str, rows: pa.Table, key: Hashes) -> None:
        """Keep the profiles that have a value by shard of their group, which it names."""
        shards = self._job.exchange_shards
        by_shard = partition(shard_of_id(key, shards), shards)
        rows = rows.take(pa.array(by_shard.order))
        file = GroupRowsFile(
            start=by_shard.start,
            key=take_rows(key, by_shard.order),
            value=pa.array([], pa.string()),
            profile=_ids(rows),
            scope=rows["scope"].to_numpy(),
            attribute=self._attributes(rows),
        )
        self._job.store.write(GroupRowsFile.at(*self._at, name), file)

    def _keep_values(
        self, name: str, rows: pa.Table, profile: Longs, hashes: Hashes, value: pa.Array
    ) -> None:
        """Keep the profiles that hold values with their components, and these by shard of hash."""
        holders, of = np.unique(profile, return_inverse=True)
        found = local_groups(of.astype(np.int32), hashes, value)
        component = np.empty(len(holders), np.int32)
        component[of] = found.component
        held, shards = take_rows(hashes, found.value), self._job.exchange_shards
        by_shard = partition(shard_of_id(held, shards), shards)
        rows = rows.take(pa.array(holders))
        file = GroupValuesFile(
            profile=_ids(rows),
            scope=rows["scope"].to_numpy(),
            component=component,
            attribute=self._attributes(rows),
            start=by_shard.start,
            hash=take_rows(held, by_shard.order),
            value_component=found.component[found.value][by_shard.order],
            smallest=value.take(pa.array(found.smallest)),
        )
        self._job.store.write(GroupValuesFile.at(*self._at, name), file)

    def _attributes(self, rows: pa.Table) -> dict[str, pa.Array]:
        names = [rule.name for rule in self._plan.rules]
        return {name: rows[f"attribute.{name}"].combine_chunks() for name in names}

    def keep(self) -> None:
        """Say that there are no more pieces: those that had no profiles get files, too."""
        kinds = {rule.name: pa.string() for rule in self._plan.rules}
        empty = pa.table(
            {
                "profile_id": pa.array([], pa.string()),
                "scope": pa.array([], pa.int32()),
                "values": pa.array([], pa.list_(pa.large_string())),
            }
            | {f"attribute.{name}": pa.array([], kind) for name, kind in kinds.items()}
        )
        while self._pieces < self._job.pieces:
            self.add(empty)


def _ids(rows: pa.Table) -> Hashes:
    """[n, 2] of the profiles."""
    if not rows.num_rows:
        return np.empty((0, 2), np.uint64)
    return id_words(rows["profile_id"].combine_chunks())
