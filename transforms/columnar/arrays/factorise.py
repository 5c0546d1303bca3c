"""Numbers distinct hashes densely, in the order in which they are first seen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.mix import finalise
from idweave.transforms.columnar.arrays.types import Ints

Hashes = NDArray[np.uint64]  # [n, 2] 128 bits a value


class Factorised(NamedTuple):
    """``n`` values, ``k`` of them distinct."""

    code: Ints  # [n] 0..k-1
    first: Ints  # [k] the place where a code is first seen, ascending


def factorise(hashes: Hashes) -> Factorised:
    """Number distinct 128-bit hashes; equality is by all 128 bits. O(n), 8 to 16 bytes a slot."""
    code, first, distinct = _factorise(np.ascontiguousarray(hashes), _slots(len(hashes)))
    return Factorised(code, first[:distinct].copy())


def factorise_pairs(left: NDArray[np.int64], right: NDArray[np.int64]) -> Factorised:
    """Number distinct pairs of integers."""
    pairs = np.empty((len(left), 2), np.uint64)
    pairs[:, 0] = left.astype(np.uint64)
    pairs[:, 1] = right.astype(np.uint64)
    return factorise(pairs)


def _slots(values: int) -> int:
    """A power of two at least 1.5 times the number of values."""
    return 1 << max(4, int(values * 3 // 2).bit_length())


@kernel
def mix(high: np.uint64, low: np.uint64) -> np.uint64:
    """Spread 128 bits over 64 (the finaliser of splitmix64)."""
    return finalise(high ^ (low * np.uint64(0x9E3779B97F4A7C15)))


@kernel
def _factorise(hashes, slots):  # type: ignore[no-untyped-def]
    mask = np.uint64(slots - 1)
    table = np.full(slots, -1, np.int32)  # where a hash is first seen
    code = np.empty(len(hashes), np.int32)
    first = np.empty(len(hashes), np.int32)
    distinct = 0
    for i in range(len(hashes)):
        high = hashes[i, 0]
        low = hashes[i, 1]
        slot = mix(high, low) & mask
        while True:
            seen = table[slot]
            if seen < 0:
                table[slot] = i
                first[distinct] = i
                code[i] = distinct
                distinct += 1
                break
            if hashes[seen, 0] == high and hashes[seen, 1] == low:
                code[i] = code[seen]
                break
            slot = (slot + np.uint64(1)) & mask
    return code, first, distinct
