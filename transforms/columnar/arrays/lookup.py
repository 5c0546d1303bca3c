"""Finds values in small sorted sets: thousands of them, against any number of values."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Ints, Longs


def places_of(values: Longs, wanted: Longs) -> NDArray[np.int64]:
    """[n] the place of each value among those wanted, which ascend; -1 where it isn't."""
    if not len(wanted):
        return np.full(len(values), -1, np.int64)
    place = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.where(wanted[place] == values, place, -1)


def hash_places(hashes: Hashes, wanted: Hashes) -> Ints:
    """[n] the place of each hash among those wanted, each of which stands once; -1: nowhere."""
    if not len(wanted):
        return np.full(len(hashes), -1, np.int32)
    order = np.argsort(wanted[:, 0])
    ascending = take_rows(wanted, order)
    place = np.minimum(np.searchsorted(ascending[:, 0], hashes[:, 0]), len(wanted) - 1)
    return np.where((take_rows(ascending, place) == hashes).all(axis=1), order[place], -1).astype(
        np.int32
    )
