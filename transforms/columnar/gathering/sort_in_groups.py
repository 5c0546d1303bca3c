"""Sorts inside groups by two numbers and a text: the order of observations, of identities."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.components.birth import Text, compare
from idweave.transforms.columnar.components.merge import partition

_SMALL = 12  # a group up to this size is sorted by insertion


def sort_in_groups(
    group: Ints, groups: int, first: Longs, second: Ints, text: Text
) -> NDArray[np.int64]:
    """Sort by group, then first number, second number, text's bytes; stable. O(n log n).

    Args:
        group: [n] 0..groups-1
        first, second, text: [n]

    Returns:
        [n] places in order.
    """
    by_group = partition(group.astype(np.int64), groups)
    _sort(by_group.order, by_group.start, first, second, text, np.empty(len(group), np.int64))
    return by_group.order


@kernel
def _after(a, b, first, second, text):  # type: ignore[no-untyped-def]
    """Whether a comes strictly after b."""
    if first[a] != first[b]:
        return first[a] > first[b]
    if second[a] != second[b]:
        return second[a] > second[b]
    start = text.start
    order = compare(text.data, start[a], start[a + 1], text.data, start[b], start[b + 1])
    return order > 0


@kernel
def _sort(order, start, first, second, text, spare):  # type: ignore[no-untyped-def]
    for g in range(len(start) - 1):
        low, high = start[g], start[g + 1]
        for block in range(low, high, _SMALL):
            end = min(block + _SMALL, high)
            for i in range(block + 1, end):
                value = order[i]
                j = i - 1
                while j >= block and _after(order[j], value, first, second, text):
                    order[j + 1] = order[j]
                    j -= 1
                order[j + 1] = value
        width = _SMALL
        while width < high - low:
            for left in range(low, high, 2 * width):
                middle = min(left + width, high)
                end = min(left + 2 * width, high)
                _merge(order, left, middle, end, first, second, text, spare)
            width *= 2


@kernel
def _merge(order, low, middle, high, first, second, text, spare):  # type: ignore[no-untyped-def]
    """Merge two sorted runs; nothing to do where they are in order already."""
    if middle >= high or not _after(order[middle - 1], order[middle], first, second, text):
        return
    for at in range(low, middle):  # a slice would take half of the compilation
        spare[at] = order[at]
    i, j, out = low, middle, low
    while i < middle and j < high:
        if _after(spare[i], order[j], first, second, text):
            order[out] = order[j]
            j += 1
        else:
            order[out] = spare[i]
            i += 1
        out += 1
    while i < middle:
        order[out] = spare[i]
        i += 1
        out += 1
