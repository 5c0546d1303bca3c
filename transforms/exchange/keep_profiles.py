"""Keeps the profiles of one writer, and what they hold, by shard for the claims."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.exchange.lasting_files import NewBirthsFile, NewHeldFile
from idweave.transforms.job import Job


def keep_births(job: Job, strategy: int, writer: str, births: Hashes, scope: Ints) -> None:
    """Keep the profiles that a writer made.

    Args:
        births: [n, 2] birth ids, each once.
        scope: [n] of the graph.
    """
    shards = job.exchange_shards
    by_shard = partition(shard_of_id(births, shards), shards)
    order = by_shard.order
    file = NewBirthsFile(
        start=by_shard.start, birth=take_rows(births, order), scope=scope[order].astype(np.int32)
    )
    job.store.write(NewBirthsFile.at(strategy, writer), file)


def keep_held(
    job: Job,
    strategy: int,
    name: str,
    identity: Hashes,
    births: Hashes,
    place: NDArray[np.int16],
) -> None:
    """Keep which profiles hold which linked identities.

    Args:
        identity: [m, 2] hashes, with the scope in them.
        births: [m, 2] of the profiles.
        place: [m] of the identities' types in `link_on`.
    """
    shards = job.exchange_shards
    by_shard = partition(shard_of(identity[:, 0], shards), shards)
    order = by_shard.order
    file = NewHeldFile(
        start=by_shard.start,
        identity=take_rows(identity, order),
        birth=take_rows(births, order),
        place=place[order].astype(np.int16),
    )
    job.store.write(NewHeldFile.at(strategy, name), file)


class Made:
    """The profiles that one writer made so far, a piece after the other."""

    def __init__(self) -> None:
        self._births: list[Hashes] = []
        self._scopes: list[Ints] = []
        self._held: list[tuple[Hashes, Hashes, NDArray[np.int16]]] = []

    def add(
        self,
        births: Hashes,
        scope: Ints,
        held_profile: Ints,
        identity: Hashes,
        place: NDArray[np.int16],
    ) -> None:
        """Add the profiles of one piece.

        Args:
            births: [p, 2] birth ids.
            scope: [p] of the graph.
            held_profile: [h] which of them holds ...
            identity: [h, 2] ... which identity, as its hash.
            place: [h] of its type in `link_on`.
        """
        self._births.append(births)
        self._scopes.append(scope)
        self._held.append((identity, take_rows(births, held_profile), place))

    def keep(self, job: Job, strategy: int, writer: str) -> None:
        """Write all of them; what they hold only if there is a base to compare with."""
        none, few = np.empty((0, 2), np.uint64), np.empty(0, np.int32)
        scopes = np.concatenate([few, *self._scopes])
        keep_births(job, strategy, writer, np.concatenate([none, *self._births]), scopes)
        if job.strategies[strategy].claims:
            held = [(none, none, np.empty(0, np.int16)), *self._held]
            columns = (np.concatenate(column) for column in zip(*held, strict=True))
            keep_held(job, strategy, writer, *columns)
