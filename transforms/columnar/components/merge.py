"""Merging units by identity: who writes an identity, and which local components it ties."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.types import Flags, Longs


class Tied(NamedTuple):
    """What one shard of identities says about ``m`` appearances of identities in units."""

    owner: Flags  # [m] the first unit that has the identity
    left: Longs  # [t] edges between components: each once in a row
    right: Longs  # [t]


def tie(hashes: Hashes, component: Longs) -> tuple[Tied, NDArray[np.int32]]:
    """Tie the local components that one identity is in.

    Args:
        hashes: [m, 2] of the identities, the units one after another.
        component: [m] global number of the local component.

    Returns:
        The ties, and [m] the appearance that owns the identity.
    """
    code, first = factorise(hashes)
    of_owner = first.take(code)
    owner = of_owner == np.arange(len(code), dtype=np.int32)
    left, right = component.take(of_owner), component
    apart = left != right
    left, right = left[apart], right[apart]
    once = np.ones(len(left), bool)
    once[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return Tied(owner, left[once], right[once]), of_owner


@kernel
def merge_seen(of_owner, count, first, last):  # type: ignore[no-untyped-def]
    """Add the counts and bounds of all appearances up at the owner's, in place."""
    for i in range(len(of_owner)):
        owner = of_owner[i]
        if owner != i:
            count[owner] += count[i]
            first[owner] = min(first[owner], first[i])
            last[owner] = max(last[owner], last[i])


class Partitioned(NamedTuple):
    """A stable order by shard."""

    order: NDArray[np.int64]  # [n] places of the values, by shard
    start: Longs  # [shards + 1]


def partition(shard: NDArray[np.int64], shards: int) -> Partitioned:
    """Sort places by shard (counting sort)."""
    order, start = _partition(shard, shards)
    return Partitioned(order, start)


@kernel
def _partition(shard, shards):  # type: ignore[no-untyped-def]
    start = np.zeros(shards + 1, np.int64)
    for i in range(len(shard)):
        start[shard[i] + 1] += 1
    for s in range(shards):
        start[s + 1] += start[s]
    at = start.copy()
    order = np.empty(len(shard), np.int64)
    for i in range(len(shard)):
        order[at[shard[i]]] = i
        at[shard[i]] += 1
    return order, start


def shard_of(word: NDArray[np.uint64], shards: int) -> NDArray[np.int64]:
    """Shard of a hash by its upper 32 bits: a range, so shards keep the order of the words."""
    return ((word >> np.uint64(32)) * np.uint64(shards) >> np.uint64(32)).astype(np.int64)
