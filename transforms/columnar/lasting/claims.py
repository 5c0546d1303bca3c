"""Who gets which id of the base: claims and grants, in two rounds (docs/decisions/lasting-ids.md).

Claims are decided by shard of the claiming profile, grants and followers by shard of the base's;
both are one choice, the best of the rows of a group.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.lasting.overlaps import NOTHING, Relations

LEFT, GRANTED, TAKEN = 0, 1, 2  # the base's id: nobody's yet, this row's profile's, another's


def claim(relations: Relations, profiles: int, open_rows: Flags) -> Longs:
    """[profiles] the row that each profile of this run claims, or -1.

    Args:
        profiles: how many this shard has.
        open_rows: [r] rows that may be claimed: neither side has found its other yet.
    """
    return choose(relations, relations.new, profiles, open_rows, relations.old_id)


def grant(relations: Relations, old: Ints, profiles: int, claimed: Flags) -> Longs:
    """[profiles] the row of the claim that each profile of the base grants, or -1.

    Args:
        old: [r] number of the base's profile.
        claimed: [r]
    """
    return choose(relations, old, profiles, claimed, relations.new_id)


def follow(relations: Relations, old: Ints, profiles: int, lasting: Hashes) -> Longs:
    """[profiles] the row of the profile that follows each one of the base, or -1.

    Args:
        old: [r] number of the base's profile.
        lasting: [r, 2] id of this run's profile.
    """
    return choose(relations, old, profiles, relations.place != NOTHING, lasting)


def choose(of: Relations, group: Ints, groups: int, open_rows: Flags, tie: Hashes) -> Longs:
    """[groups] the best open row of each group, or -1.

    Best is the strongest type in common, then most values of that type, then most identities,
    then equal birth ids, then the smaller id of `tie`.

    Args:
        group: [r]
        tie: [r, 2] an id.
    """
    return _choose(
        group, groups, open_rows, of.place, of.of_type, of.total, of.same_birth, tie.byteswap()
    )


@kernel
def _choose(group, groups, open_rows, place, of_type, total, same_birth, tie):  # type: ignore[no-untyped-def]
    out = np.full(groups, -1, np.int64)
    for i in range(len(group)):
        if not open_rows[i]:
            continue
        best = out[group[i]]
        if best < 0:
            better = True
        elif place[i] != place[best]:
            better = place[i] < place[best]
        elif of_type[i] != of_type[best]:
            better = of_type[i] > of_type[best]
        elif total[i] != total[best]:
            better = total[i] > total[best]
        elif same_birth[i] != same_birth[best]:
            better = same_birth[i]
        elif tie[i, 0] != tie[best, 0]:
            better = tie[i, 0] < tie[best, 0]
        else:
            better = tie[i, 1] < tie[best, 1]
        if better:
            out[group[i]] = i
    return out


def flags_of(rows: Longs, size: int) -> Flags:
    """[size] True at the rows that were chosen; -1 is none."""
    out = np.zeros(size, bool)
    out[rows[rows >= 0]] = True
    return out


def answers(old: Ints, granted: Longs) -> Bytes:
    """[r] what became of each row's profile of the base: LEFT, GRANTED or TAKEN.

    Args:
        old: [r] number of the base's profile.
        granted: [profiles] row, or -1
    """
    out = np.where(granted >= 0, TAKEN, LEFT).astype(np.int8)[old]
    out[granted[granted >= 0]] = GRANTED
    return out


def still_open(relations: Relations, profiles: int, answer: Bytes) -> Flags:
    """[r] rows of which neither side has found its other in the first round.

    Args:
        answer: [r] LEFT, GRANTED or TAKEN.
    """
    settled = np.zeros(profiles, bool)
    settled[relations.new[answer == GRANTED]] = True
    return np.asarray((answer == LEFT) & ~settled[relations.new])
