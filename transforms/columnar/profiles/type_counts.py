"""Counts what profiles list by identity type, of rows that lie profile by profile."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Ints, Longs


class TypeCounts(NamedTuple):
    """Of ``p`` profiles."""

    start: Longs  # [p] row of the first identity of each
    size: Longs  # [p] identities
    mask: NDArray[np.uint64]  # [p] a bit for each type that it has
    values: Longs  # [types, most + 1] profiles by how many values of a type: the last or more
    largest: Longs  # [types] values of the profile with the most


def count_types(ids: Hashes, kind: Ints, types: int, most: int) -> TypeCounts:
    """Count the identities of each profile by type; equal ids stand together.

    Args:
        ids: [n, 2] the profile of each identity.
        kind: [n] its type, below `types`, which are 64 at most.
        most: values that are told apart.
    """
    return TypeCounts(*_count_types(ids, kind, types, most))


@kernel
def _count_types(ids, kind, types, most):  # type: ignore[no-untyped-def]
    start, size = np.empty(len(ids), np.int64), np.empty(len(ids), np.int64)
    mask = np.empty(len(ids), np.uint64)
    values, largest = np.zeros((types, most + 1), np.int64), np.zeros(types, np.int64)
    of_type = np.zeros(types, np.int64)
    profiles = at = 0
    while at < len(ids):
        of_type[:] = 0
        begin, bits = at, np.uint64(0)
        while at < len(ids) and ids[at, 0] == ids[begin, 0] and ids[at, 1] == ids[begin, 1]:
            of_type[kind[at]] += 1
            bits |= np.uint64(1) << np.uint64(kind[at])
            at += 1
        for t in range(types):
            values[t, min(of_type[t], most)] += 1
            largest[t] = max(largest[t], of_type[t])
        start[profiles], size[profiles], mask[profiles] = begin, at - begin, bits
        profiles += 1
    return start[:profiles], size[:profiles], mask[:profiles], values, largest
