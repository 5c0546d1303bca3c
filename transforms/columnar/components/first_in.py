"""Which record is first in, of several candidates for one component (SEMANTICS 1, "Order")."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.arrays.types import Ints, Longs


class FirstIn(NamedTuple):
    """The best of ``m`` candidates for each of ``c`` labels."""

    label: Ints  # [m] 0..c-1
    best: Ints  # [c] a candidate that no other precedes
    tied: Ints  # other candidates that equal the best in all that was compared


def first_in(
    label: Longs, event_time: Longs, source: NDArray[np.int32], prefix: NDArray[np.uint64]
) -> FirstIn:
    """Compare candidates by event time, source and the first 16 bytes of the record id.

    Args:
        label: [m] whatever names the component
        event_time: [m]
        source: [m] place in the order of sources' names
        prefix: [m, 2] of the record id, see `birth.prefixes`
    """
    code, first = factorise_pairs(label, label)
    best = first.copy()
    tied = _compete(code, best, event_time, source, prefix)
    return FirstIn(code, best, np.flatnonzero(tied).astype(np.int32))


@kernel
def _compete(code, best, time, source, prefix):  # type: ignore[no-untyped-def]
    for i in range(len(code)):
        if _order(i, best[code[i]], time, source, prefix) < 0:
            best[code[i]] = i
    tied = np.zeros(len(code), np.bool_)
    for i in range(len(code)):
        b = best[code[i]]
        tied[i] = i != b and _order(i, b, time, source, prefix) == 0
    return tied


@kernel
def _order(a, b, time, source, prefix):  # type: ignore[no-untyped-def]
    if time[a] != time[b]:
        return -1 if time[a] < time[b] else 1
    if source[a] != source[b]:
        return -1 if source[a] < source[b] else 1
    for word in range(2):
        if prefix[a, word] != prefix[b, word]:
            return -1 if prefix[a, word] < prefix[b, word] else 1
    return 0
