"""Rows of different lengths, as where each starts in one list of items."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel


@kernel
def take_items(start, order):  # type: ignore[no-untyped-def]
    """The items of rows in order: starts, and which of the given items each is."""
    out_start = np.zeros(len(order) + 1, np.int64)
    for i in range(len(order)):
        out_start[i + 1] = out_start[i] + start[order[i] + 1] - start[order[i]]
    out = np.empty(out_start[-1], np.int64)
    at = 0
    for i in range(len(order)):
        for c in range(start[order[i]], start[order[i] + 1]):
            out[at] = c
            at += 1
    return out_start, out
