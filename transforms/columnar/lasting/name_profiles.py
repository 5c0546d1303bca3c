"""Lasting ids of this run's profiles, once claims are granted (docs/decisions/lasting-ids.md)."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags, Longs
from idweave.transforms.columnar.lasting.id_texts import again, find_ids
from idweave.transforms.columnar.lasting.overlaps import NOTHING, Relations


class Named(NamedTuple):
    """The ids of ``n`` profiles of this run."""

    lasting: Hashes  # [n, 2]
    granted: Flags  # [n] the id is that of a profile of the base
    first: Hashes  # [n, 2] the id of the base that it claimed first, zeros where none
    has_first: Flags  # [n] it claimed one with which it has an identity in common


class NewIds(NamedTuple):
    """How ids are made that no profile of the base gives."""

    base_run: str  # "": there is no base
    key: bytes  # of keyed ids, or nothing


def name_profiles(
    births: Hashes, taken: Hashes, relations: Relations, granted: Flags, first: Longs, new: NewIds
) -> Named:
    """Name the profiles of one shard of birth ids.

    Args:
        births: [n, 2] of this run's profiles, each once.
        taken: [t, 2] ids that are live in the base, or erased.
        relations: of these profiles.
        granted: [r] rows that were granted, in either round.
        first: [n] the row that each profile claimed first, or -1.
    """
    lasting = births.copy()
    refused = np.flatnonzero(find_ids(taken, births) >= 0)
    while len(refused):  # twice only where what `again` gives is erased, too
        lasting[refused] = again(take_rows(lasting, refused), new.base_run, new.key)
        refused = refused[find_ids(taken, take_rows(lasting, refused)) >= 0]
    lasting[relations.new[granted]] = take_rows(relations.old_id, granted)
    is_granted = np.zeros(len(births), bool)
    is_granted[relations.new[granted]] = True
    has_first = np.zeros(len(births), bool)
    has_first[first >= 0] = relations.place[first[first >= 0]] != NOTHING
    of_first = np.zeros((len(births), 2), np.uint64)
    of_first[has_first] = take_rows(relations.old_id, first[has_first])
    return Named(lasting, is_granted, of_first, has_first)
