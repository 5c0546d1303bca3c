"""The linkages of some observations: distinct pairs of identities seen in one record."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs, mix
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.components.link import NO_SEEN
from idweave.transforms.columnar.policies.seam import Links, Observations
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


class _Pairs(NamedTuple):
    """Growing columns of the linkages found so far; as `Linkages`."""

    left: Ints
    right: Ints
    records: Longs
    first: Longs
    last: Longs
    first_row: Ints


@kernel
def _linkages(start, entry, time):  # type: ignore[no-untyped-def]
    size = 1 << 12
    table, pairs = np.full(size, -1, np.int32), _no_pairs(size // 2)
    found = 0
    for row in range(len(start) - 1):
        for i in range(start[row], start[row + 1]):
            for j in range(i + 1, start[row + 1]):
                slot = _slot(table, pairs, entry[i], entry[j])
                p = table[slot]
                if p < 0:
                    p = table[slot] = found
                    pairs.left[p], pairs.right[p], pairs.first_row[p] = entry[i], entry[j], row
                    found += 1
                pairs.records[p] += 1
                if time[row] != NO_TIME:
                    pairs.first[p] = min(pairs.first[p], time[row])
                    pairs.last[p] = max(pairs.last[p], time[row])
                if found == len(pairs.left):
                    pairs = _doubled(pairs)
                    table = _filled(np.full(2 * len(table), -1, np.int32), pairs, found)
    return _Pairs(
        pairs.left[:found],
        pairs.right[:found],
        pairs.records[:found],
        pairs.first[:found],
        pairs.last[:found],
        pairs.first_row[:found],
    )


@kernel
def _no_pairs(size):  # type: ignore[no-untyped-def]
    return _Pairs(
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.zeros(size, np.int64),
        np.full(size, NO_SEEN, np.int64),
        np.full(size, NO_TIME, np.int64),
        np.empty(size, np.int32),
    )


@kernel
def _slot(table, pairs, a, b):  # type: ignore[no-untyped-def]
    """Where a pair is in the table, or would be."""
    last = len(table) - 1
    slot = np.int64(mix(np.uint64(a), np.uint64(b)) & np.uint64(last))
    while table[slot] >= 0 and (pairs.left[table[slot]] != a or pairs.right[table[slot]] != b):
        slot = (slot + 1) & last
    return slot


@kernel
def _doubled(pairs):  # type: ignore[no-untyped-def]
    more = _no_pairs(len(pairs.left))
    return _Pairs(
        np.concatenate((pairs.left, more.left)),
        np.concatenate((pairs.right, more.right)),
        np.concatenate((pairs.records, more.records)),
        np.concatenate((pairs.first, more.first)),
        np.concatenate((pairs.last, more.last)),
        np.concatenate((pairs.first_row, more.first_row)),
    )


@kernel
def _filled(table, pairs, found):  # type: ignore[no-untyped-def]
    for p in range(found):
        table[_slot(table, pairs, pairs.left[p], pairs.right[p])] = p
    return table


def decided_records(linkages: Linkages, observations: Observations, decided: Flags) -> Longs:
    """[linkages] how many of the records that show each were made by people."""
    out = np.zeros(len(linkages.left), np.int64)
    rows = np.flatnonzero(decided & (np.diff(observations.start) == 2))
    if len(rows):
        left = observations.identity[observations.start[rows]]
        right = observations.identity[observations.start[rows] + 1]
        code, _ = factorise_pairs(
            np.concatenate([linkages.left, left]).astype(np.int64),
            np.concatenate([linkages.right, right]).astype(np.int64),
        )
        np.add.at(out, code[len(out) :], 1)
    return out


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
