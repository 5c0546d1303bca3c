"""Compares two tables by hashes of their rows' keys and of whole rows.

Most rows of a run stand where they stood in its base, some rows further on: they are paired by
walking both tables at once, and only the rest by a hash table.
"""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Longs

_AHEAD = 16  # rows that the walk looks ahead for the partner of one that has none beside it
_MISSES = 64  # rows without a partner that the walk bears, and half of those it has passed


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
    partner = _walk(old_key, new_key)
    of_old, of_new = np.flatnonzero(partner < 0), _others(partner, len(new_key))
    code, distinct = factorise(
        np.concatenate([take_rows(old_key, of_old), take_rows(new_key, of_new)])
    )
    old = np.full(len(distinct), -1, np.int64)
    new = np.full(len(distinct), -1, np.int64)
    old[code[: len(of_old)]] = of_old
    new[code[len(of_old) :]] = of_new
    found = (old >= 0) & (new >= 0)
    walked = np.flatnonzero(partner >= 0)
    both_old = np.concatenate([walked, old[found]])
    both_new = np.concatenate([partner[walked], new[found]])
    first, second = (old_row[both_old, word] != new_row[both_new, word] for word in (0, 1))
    changed = first | second
    return Differing(
        only_old=old[new < 0],
        only_new=new[old < 0],
        other_old=both_old[changed],
        other_new=both_new[changed],
        both_old=both_old,
        both_new=both_new,
    )


def _others(partner: Longs, rows: int) -> Longs:
    """The new rows that no old one has as its partner, ascending."""
    left = np.ones(rows, bool)
    left[partner[partner >= 0]] = False
    return np.flatnonzero(left)


@kernel
def _walk(old, new):  # type: ignore[no-untyped-def]
    """[o] the new row of the same key that a walk finds, looking a few rows ahead, or -1.

    Tables in other orders are not worth it: it stops where most rows find none.
    """
    partner = np.full(len(old), -1, np.int64)
    i = j = missed = 0
    while i < len(old) and j < len(new) and missed <= _MISSES + i // 2:
        ahead = 0
        while ahead < _AHEAD:
            if j + ahead < len(new) and _same(old, i, new, j + ahead):
                j += ahead
                break
            if i + ahead < len(old) and _same(old, i + ahead, new, j):
                i += ahead
                break
            ahead += 1
        if ahead < _AHEAD:
            partner[i] = j
        else:
            missed += 1
        i += 1
        j += 1
    return partner


@kernel
def _same(left, i, right, j):  # type: ignore[no-untyped-def]
    return left[i, 0] == right[j, 0] and left[i, 1] == right[j, 1]
