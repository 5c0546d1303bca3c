"""One round of contraction on one shard of edges."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.arrays.union_find import flatten, join_edges
from idweave.transforms.columnar.components.merge import partition


def random_shard(left: Longs, right: Longs, shards: int) -> NDArray[np.int64]:
    """[n] the shard of each edge: that of its smaller end, in a random order of the nodes."""
    return _random_shard(left, right, shards)


@kernel
def _scramble(node):  # type: ignore[no-untyped-def]
    x = np.uint64(node) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))


@kernel
def _random_shard(left, right, shards):  # type: ignore[no-untyped-def]
    out = np.empty(len(left), np.int64)
    for i in range(len(left)):
        smaller = min(_scramble(left[i]), _scramble(right[i]))
        # other bits than the order's: the smaller ends would crowd into the first shards
        out[i] = np.int64((smaller * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(33)) % shards
    return out


def spread_edges(left: Longs, right: Longs, shards: int) -> tuple[Longs, Longs, Longs]:
    """Sort edges by their shard; with one shard they stay as they are.

    Returns:
        left [e], right [e], and start [shards + 1] of each shard.
    """
    if shards == 1:
        return left, right, np.array([0, len(left)], np.int64)
    by_shard = partition(random_shard(left, right, shards), shards)
    return left[by_shard.order], right[by_shard.order], by_shard.start


def contract(left: Longs, right: Longs) -> tuple[Longs, Longs, int]:
    """Find the components of some edges.

    Returns:
        node [k] distinct ends, component [k] from 0, and the number of components.
    """
    ends = np.concatenate([left, right])
    code, first = factorise_pairs(ends, ends)
    parent = np.arange(len(first), dtype=np.int32)
    join_edges(parent, code[: len(left)], code[len(left) :])
    flatten(parent)
    is_root = parent == np.arange(len(first))
    number = np.cumsum(is_root) - 1
    return ends[first], number[parent].astype(np.int64), int(is_root.sum())
