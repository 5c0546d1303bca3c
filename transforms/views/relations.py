"""The relations of profiles of both runs, as the shards of either side see them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.lasting.overlaps import Relations
from idweave.transforms.exchange.lasting_files import (
    GrantsFile,
    NewBirthsFile,
    RelationsFile,
)
from idweave.transforms.job import Job


class NewBirths(NamedTuple):
    """The ``n`` profiles of this run of one shard of birth ids, by writer."""

    start: Longs  # [writers + 1]
    birth: Hashes  # [n, 2]
    scope: Ints  # [n] of the graph


def new_births(job: Job, strategy: int, shard: int, writers: Sequence[str]) -> NewBirths:
    """Read what the writers made."""
    births = [np.empty((0, 2), np.uint64)]
    scopes = [np.empty(0, np.int32)]
    for writer in writers:
        with job.store.open(NewBirthsFile.at(strategy, writer)) as file:
            low, high = file.start.span(shard)
            births.append(file.birth[low:high])
            scopes.append(file.scope[low:high])
    start = np.cumsum([len(part) for part in births]).astype(np.int64)
    return NewBirths(start, np.concatenate(births), np.concatenate(scopes))


class Related(NamedTuple):
    """Relations with the claims of the first round; ``start`` by the other side's shard."""

    start: Longs  # [shards + 1]
    relations: Relations
    claimed: Flags  # [r]


def own_relations(job: Job, strategy: int, shard: int) -> Related:
    """Those of one shard of birth ids, by shard of the base's id."""
    with job.store.open(RelationsFile.at(strategy, shard)) as file:
        return Related(file.start[:], _relations(file, 0, None), file.claimed[:])


def _relations(file: RelationsFile, low: int, high: int | None) -> Relations:
    return Relations(
        new=file.new[low:high],
        new_id=file.birth[low:high],
        old_id=file.id[low:high],
        place=file.place[low:high],
        of_type=file.of_type[low:high],
        total=file.total[low:high],
        same_birth=file.same_birth[low:high],
    )


def relations_of_base(job: Job, strategy: int, shard: int) -> Related:
    """Those of one shard of the base's ids, by shard of birth id."""
    parts, claimed, sizes = [], [], [0]
    for of in range(job.exchange_shards):
        with job.store.open(RelationsFile.at(strategy, of)) as file:
            low, high = file.start.span(shard)
            parts.append(_relations(file, low, high))
            claimed.append(file.claimed[low:high])
            sizes.append(high - low)
    relations = Relations._make(map(np.concatenate, zip(*parts, strict=True)))
    return Related(np.cumsum(sizes).astype(np.int64), relations, np.concatenate(claimed))


def number_old(relations: Relations) -> tuple[Ints, int]:
    """[r] numbers of the base's profiles, and how many there are."""
    found = factorise(relations.old_id)
    return found.code, len(found.first)


def own_answers(job: Job, strategy: int, turn: int, shard: int) -> Bytes:
    """[r] what the base's shards answered to the relations of one shard, in their order."""
    parts = []
    for of in range(job.exchange_shards):
        with job.store.open(GrantsFile.at(strategy, turn, of)) as file:
            low, high = file.start.span(shard)
            parts.append(file.answer[low:high])
    return np.concatenate(parts)
