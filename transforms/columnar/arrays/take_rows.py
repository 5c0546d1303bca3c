"""Rows of two-dimensional arrays, hashes and ids say, by place or by flag; places of runs."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs

T = TypeVar("T", bound=np.generic)


def take_rows(rows: NDArray[T], chosen: Ints | Longs | Flags) -> NDArray[T]:
    """`rows[chosen]`, a copy: NumPy's own indexing takes ten times as long for short rows.

    Args:
        rows: [n, k]
        chosen: places, or [n] flags.
    """
    if chosen.dtype == np.bool_:
        return rows.compress(chosen, axis=0)
    return rows.take(chosen, axis=0)


def in_places(rows: NDArray[T], at: Ints | Longs) -> NDArray[T]:
    """[n, k] rows so ordered that the i-th of those given comes to stand at `at[i]`.

    Args:
        rows: [n, k]
        at: a permutation of their places.
    """
    order = np.empty(len(at), np.int64)
    order[at] = np.arange(len(at))
    return take_rows(rows, order)


def places_of_runs(first: Longs, count: Longs) -> Longs:
    """The places of some runs, one run after the other: `count[i]` from `first[i]` on."""
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(np.repeat(first, count) + within)
