"""Which of several records with one id counts (SEMANTICS 1)."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.types import Ints, Longs


def replaced(hashes: Hashes, event_time: Longs, content: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Find the records that another one replaces.

    The later event time wins, then the larger content hash, then the first in (path, position).

    Args:
        hashes: [m, 2] of source and record id, by (path, position).
        event_time: [m]
        content: [m, 2] hash of all columns read.

    Returns:
        loser [d], winner [d]: places.
    """
    code, first = factorise(hashes)
    if len(first) == len(code):
        none = np.empty(0, np.int32)
        return none, none
    best = _winners(code, first, event_time, content)
    winner = best[code]
    loser = np.flatnonzero(winner != np.arange(len(code))).astype(np.int32)
    return loser, winner[loser]


@kernel
def _winners(code, first, event_time, content):  # type: ignore[no-untyped-def]
    best = first.copy()
    for i in range(len(code)):
        b = best[code[i]]
        if event_time[i] != event_time[b]:
            if event_time[i] > event_time[b]:
                best[code[i]] = i
        elif content[i, 0] != content[b, 0]:
            if content[i, 0] > content[b, 0]:
                best[code[i]] = i
        elif content[i, 1] > content[b, 1]:
            best[code[i]] = i
    return best
