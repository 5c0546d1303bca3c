"""Gathers the identities of each record: sorted, and once each."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel

_SMALL = 32  # a record's identities up to this number are sorted by insertion


@kernel
def assemble(row, code, records, most):  # type: ignore[no-untyped-def]
    """Gather the identities of each record.

    Args:
        row, code: [v] record and identity of each value, in any order.
        records: n
        most: a record with more identities keeps none.

    Returns:
        start [n + 1], identity [e] ascending and distinct within a record, too_many [n]
    """
    begin, of_row = _by_row(row, code, records)
    start = np.zeros(records + 1, np.int64)
    too_many = np.zeros(records, np.bool_)
    out = 0
    for r in range(records):
        low, high = begin[r], begin[r + 1]
        _sort(of_row, low, high)
        kept = out
        for i in range(low, high):
            if i == low or of_row[i] != of_row[i - 1]:
                of_row[kept] = of_row[i]
                kept += 1
        if kept - out > most:
            too_many[r] = True
        else:
            out = kept
        start[r + 1] = out
    return start, of_row[:out].copy(), too_many


@kernel
def _by_row(row, code, records):  # type: ignore[no-untyped-def]
    """The codes by row, and where each row's begin: [records + 1], [v]."""
    fill = np.zeros(records + 1, np.int64)
    for i in range(len(row)):
        fill[row[i] + 1] += 1
    for r in range(records):
        fill[r + 1] += fill[r]
    begin = fill.copy()
    out = np.empty(len(row), np.int32)
    for i in range(len(row)):
        out[fill[row[i]]] = code[i]
        fill[row[i]] += 1
    return begin, out


@kernel
def _sort(values, low, high):  # type: ignore[no-untyped-def]
    """Sort a few values in place; heapsort where they are more than a few."""
    if high - low > _SMALL:
        count = high - low
        for top in range(count // 2 - 1, -1, -1):
            _sift(values, low, top, count)
        for last in range(count - 1, 0, -1):
            values[low], values[low + last] = values[low + last], values[low]
            _sift(values, low, 0, last)
        return
    for i in range(low + 1, high):
        value = values[i]
        j = i - 1
        while j >= low and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value


@kernel
def _sift(values, low, top, count):  # type: ignore[no-untyped-def]
    """Let the value at `top` sink until none below it in the heap is greater."""
    value = values[low + top]
    child = 2 * top + 1
    while child < count:
        if child + 1 < count and values[low + child + 1] > values[low + child]:
            child += 1
        if values[low + child] <= value:
            break
        values[low + top] = values[low + child]
        top, child = child, 2 * child + 1
    values[low + top] = value
