"""What many profiles list, in a few numbers: how often types appear, the commonest values."""

import numpy as np

from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.profiles.profile_facts import Listed


def appearances(listed: Listed, type_of: Ints, linked: int, types: int) -> tuple[Longs, Longs]:
    """How often values of each type stand in assigned records, and the commonest linked value.

    Args:
        type_of: [identities] the type of each; those from `linked` on link nothing.

    Returns:
        [types] appearances of all values, and of the linked value that appears most.
    """
    of_identity = np.zeros(len(type_of), np.int64)
    np.add.at(of_identity, listed.identity, listed.records)
    total, most = np.zeros(types, np.int64), np.zeros(types, np.int64)
    np.add.at(total, type_of, of_identity)
    np.maximum.at(most, type_of[:linked], of_identity[:linked])
    return total, most


def two_largest(profile: Ints) -> tuple[int, int]:
    """Identities of the profile that lists most, and of the next; 0: there is none."""
    sizes = np.bincount(profile, minlength=2)
    last = np.partition(sizes, len(sizes) - 2)[-2:]
    return int(last[1]), int(last[0])
