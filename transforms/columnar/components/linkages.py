"""The linkages of some observations: distinct pairs of identities seen in one record."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs, mix
from idweave.transforms.columnar.components.link import NO_SEEN
from idweave.transforms.columnar.policies.seam import Ints, Links, Longs
from idweave.transforms.columnar.reading.records import NO_TIME


class Linkages(NamedTuple):
    """Distinct pairs of identities seen in one record, sorted; left is the smaller number."""

    left: Ints
    right: Ints
    records: Longs
    first: Longs  # event time, NO_SEEN where none
    last: Longs  # event time, NO_TIME where none
    first_row: Ints  # observation


def find_linkages(start: Longs, entry: Ints, time: Longs) -> Linkages:
    """Find the linkages of some observations; memory grows with the distinct ones only."""
    found = Linkages(*_linkages(start, entry, time))
    order = np.lexsort((found.right, found.left))
    return Linkages._make(values[order] for values in found)


@kernel
def _linkages(start, entry, time):  # type: ignore[no-untyped-def]
    size = 1 << 12
    table = np.full(size, -1, np.int32)
    left = np.empty(size // 2, np.int32)
    right = np.empty(size // 2, np.int32)
    count = np.zeros(size // 2, np.int64)
    first = np.full(size // 2, NO_SEEN, np.int64)
    last = np.full(size // 2, NO_TIME, np.int64)
    first_row = np.empty(size // 2, np.int32)
    pairs = 0
    for row in range(len(start) - 1):
        for i in range(start[row], start[row + 1]):
            for j in range(i + 1, start[row + 1]):
                a = entry[i]
                b = entry[j]
                slot = np.int64(mix(np.uint64(a), np.uint64(b)) & np.uint64(size - 1))
                while table[slot] >= 0 and (left[table[slot]] != a or right[table[slot]] != b):
                    slot = (slot + 1) & (size - 1)
                p = table[slot]
                if p < 0:
                    p = table[slot] = pairs
                    left[p], right[p], first_row[p] = a, b, row
                    pairs += 1
                count[p] += 1
                if time[row] != NO_TIME:
                    first[p] = min(first[p], time[row])
                    last[p] = max(last[p], time[row])
                if pairs == size // 2:
                    size *= 2
                    left = np.concatenate((left, np.empty_like(left)))
                    right = np.concatenate((right, np.empty_like(right)))
                    first_row = np.concatenate((first_row, np.empty_like(first_row)))
                    count = np.concatenate((count, np.zeros_like(count)))
                    first = np.concatenate((first, np.full(size // 4, NO_SEEN, np.int64)))
                    last = np.concatenate((last, np.full(size // 4, NO_TIME, np.int64)))
                    table = np.full(size, -1, np.int32)
                    for q in range(pairs):
                        slot = np.int64(
                            mix(np.uint64(left[q]), np.uint64(right[q])) & np.uint64(size - 1)
                        )
                        while table[slot] >= 0:
                            slot = (slot + 1) & (size - 1)
                        table[slot] = q
    return (
        left[:pairs], right[:pairs], count[:pairs], first[:pairs], last[:pairs], first_row[:pairs]
    )  # fmt: skip


def dropped_rules(linkages: Linkages, dropped: Links) -> NDArray[np.int8]:
    """[linkages] the rule that dropped each, or 0."""
    out = np.zeros(len(linkages.left), np.int8)
    if len(dropped.left):
        code, _ = factorise_pairs(
            np.concatenate([linkages.left, dropped.left]).astype(np.int64),
            np.concatenate([linkages.right, dropped.right]).astype(np.int64),
        )
        out[code[len(out) :]] = dropped.rule
    return out
