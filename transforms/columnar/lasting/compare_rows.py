"""Compares two tables by hashes of their rows' keys and of whole rows."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.types import Longs


class Differing(NamedTuple):
    """Rows of both tables between which something has changed."""

    only_old: Longs  # rows of the base's
    only_new: Longs
    other_old: Longs  # [u] rows of the base's with another content than ...
    other_new: Longs  # [u] ... these with the same key
    both_old: Longs  # [b] rows of the base's with the same key as ...
    both_new: Longs  # [b] ... these, whatever their content


def compare_rows(old_key: Hashes, old_row: Hashes, new_key: Hashes, new_row: Hashes) -> Differing:
    """Compare the rows of one shard; no two rows of a table have the same key."""
    code, first = factorise(np.concatenate([old_key, new_key]))
    old = np.full(len(first), -1, np.int64)
    new = np.full(len(first), -1, np.int64)
    old[code[: len(old_key)]] = np.arange(len(old_key))
    new[code[len(old_key) :]] = np.arange(len(new_key))
    both = np.flatnonzero((old >= 0) & (new >= 0))
    changed = both[(old_row[old[both]] != new_row[new[both]]).any(axis=1)]
    return Differing(
        only_old=old[(new < 0)],
        only_new=new[(old < 0)],
        other_old=old[changed],
        other_new=new[changed],
        both_old=old[both],
        both_new=new[both],
    )
