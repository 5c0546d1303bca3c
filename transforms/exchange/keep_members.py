"""Keeps who is in an audience, for those who write it."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.exchange.audience_files import MembersFile
from idweave.transforms.job import Job


class Members:
    """The members of a strategy's audiences among the profiles of one writer."""

    def __init__(self, job: Job, strategy: int) -> None:
        self._job, self._strategy = job, strategy
        plan = job.strategies[strategy]
        self._scopes = {name: n for n, name in enumerate(job.graphs[plan.graph].scopes)}
        wanted = "audiences" in job.tables
        self._names = [audience.name for audience in plan.audiences] if wanted else []
        none = np.empty((0, 2), np.uint64)
        self._ids = [[none] for _ in self._names]
        self._of_scope = [[np.empty(0, np.int32)] for _ in self._names]

    def add(self, rows: pa.Table, members: dict[str, Flags]) -> None:
        """Add those of one piece.

        Args:
            rows: [p] with lasting ids and scopes.
        """
        for place, name in enumerate(self._names):
            there = rows.select(["profile_id", "scope"]).filter(pa.array(members[name]))
            ids = there["profile_id"].combine_chunks().cast(pa.string())
            self._ids[place].append(id_words(ids) if len(ids) else self._ids[place][0])
            coded = there["scope"].combine_chunks()
            if not isinstance(coded, pa.DictionaryArray):
                coded = coded.dictionary_encode()
            numbers = [self._scopes[scope] for scope in coded.dictionary.to_pylist()]  # few
            self._of_scope[place].append(np.array(numbers, np.int32)[coded.indices.to_numpy()])

    def keep(self, writer: str) -> None:
        """Keep them all by shard of their id."""
        shards = self._job.exchange_shards
        for place in range(len(self._names)):
            ids = np.concatenate(self._ids[place])
            by_shard = partition(shard_of_id(ids, shards), shards)
            file = MembersFile(
                start=by_shard.start,
                id=ids[by_shard.order],
                scope=np.concatenate(self._of_scope[place])[by_shard.order],
            )
            self._job.store.write(MembersFile.at(self._strategy, place, writer), file)
