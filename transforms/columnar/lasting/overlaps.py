"""What profiles of this run and of its base have in common (docs/decisions/lasting-ids.md).

Profiles are named by 16 bytes as two words: those of this run by their birth ids, those of the base
by their ids. Identities are hashes of scope, type and value, so nothing crosses a scope.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise, factorise_pairs
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.components.merge import partition

MOST_HOLDERS = 100  # an identity that more profiles of a scope hold counts nowhere
NOTHING = np.iinfo(np.int16).max  # place of the strongest type where no identity is in common

Places = NDArray[np.int16]


class Holdings(NamedTuple):
    """``m`` times a profile that holds an identity; each pair once."""

    identity: Hashes  # [m, 2]
    profile: Hashes  # [m, 2]


class Common(NamedTuple):
    """``p`` times an identity that a profile of this run and one of the base hold."""

    new: Hashes  # [p, 2] birth id of the profile of this run
    old: Hashes  # [p, 2] id of the base's
    place: Places  # [p] of the identity's type in `link_on`


class Relations(NamedTuple):
    """``r`` pairs of a profile of this run and one of the base that are related; each once."""

    new: Ints  # [r] number of the profile of this run
    new_id: Hashes  # [r, 2] its birth id
    old_id: Hashes  # [r, 2] the id of the base's
    place: Places  # [r] in `link_on` of the strongest type in common, or NOTHING
    of_type: Ints  # [r] values of that type in common
    total: Ints  # [r] identities in common
    same_birth: Flags  # [r] equal birth ids


def find_common(new: Holdings, place: Places, old: Holdings) -> Common:
    """Pair the holders of each identity of one shard; those with too many holders are left out.

    Args:
        place: of the types of `new` in `link_on`.
    """
    code, first = factorise(np.concatenate([new.identity, old.identity]))
    new_code, old_code = code[: len(place)], code[len(place) :]
    new_count = np.bincount(new_code, minlength=len(first))
    old_count = np.bincount(old_code, minlength=len(first))
    used = (new_count <= MOST_HOLDERS) & (old_count <= MOST_HOLDERS)
    by_code = partition(old_code.astype(np.int64), len(first))
    row, old_row = _pair(new_code, np.where(used, old_count, 0), by_code.start, by_code.order)
    return Common(take_rows(new.profile, row), take_rows(old.profile, old_row), place[row])


@kernel
def _pair(code, count, start, order):  # type: ignore[no-untyped-def]
    """Every row of this run with every row of the base of the same code."""
    total = 0
    for i in range(len(code)):
        total += count[code[i]]
    left = np.empty(total, np.int64)
    right = np.empty(total, np.int64)
    at = 0
    for i in range(len(code)):
        for j in range(count[code[i]]):
            left[at] = i
            right[at] = order[start[code[i]] + j]
            at += 1
    return left, right


class Births(NamedTuple):
    """``b`` profiles of the base with the birth ids that they have there; each once."""

    birth: Hashes  # [b, 2]
    old: Hashes  # [b, 2] the id


def relate(new: Hashes, common: Common, births: Births) -> Relations:
    """Put together what is in common, for all profiles of one shard of birth ids.

    Args:
        new: [n, 2] the birth ids of this run's profiles, each once.
        common: of these profiles.
        births: of the base; those that are no birth id of this run are related to nothing.
    """
    same_new, same_old = _equal_births(new, births)
    number = factorise(np.concatenate([new, common.new])).code[len(new) :]
    new_number = np.concatenate([same_new, number]).astype(np.int64)
    old_id = np.concatenate([same_old, common.old])
    old_number = factorise(old_id).code.astype(np.int64)
    code, first = factorise_pairs(new_number, old_number)
    of_common = code[len(same_new) :]
    place, of_type, total = _overlaps(of_common, common.place, len(first))
    return Relations(
        new=new_number[first].astype(np.int32),
        new_id=take_rows(new, new_number[first]),
        old_id=take_rows(old_id, first),
        place=place,
        of_type=of_type,
        total=total,
        same_birth=first < len(same_new),
    )


def _equal_births(new: Hashes, births: Births) -> tuple[Longs, Hashes]:
    """Profiles of this run and ids of the base with equal birth ids."""
    code = factorise(np.concatenate([new, births.birth])).code[len(new) :]
    known = np.flatnonzero(code < len(new))
    return code[known].astype(np.int64), take_rows(births.old, known)


@kernel
def _overlaps(code, place, codes):  # type: ignore[no-untyped-def]
    """Of each pair the strongest type in common, how many values of it, and of all types."""
    strongest = np.full(codes, NOTHING, np.int16)
    of_type = np.zeros(codes, np.int32)
    total = np.zeros(codes, np.int32)
    for i in range(len(code)):
        total[code[i]] += 1
        strongest[code[i]] = min(strongest[code[i]], place[i])
    for i in range(len(code)):
        of_type[code[i]] += place[i] == strongest[code[i]]
    return strongest, of_type, total


def no_common() -> Common:
    """Nothing is in common."""
    none = np.empty((0, 2), np.uint64)
    return Common(none, none, np.empty(0, np.int16))
