"""What the ordered replays share: growing lists, and the profiles that are left at the end."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.policies.seam import (
    Drops,
    Flags,
    Identities,
    Ints,
    Links,
    Observations,
    Resolution,
    no_links,
)


@kernel
def grown(array):  # type: ignore[no-untyped-def]
    """The array with room for twice as many values."""
    out = np.empty(2 * len(array), array.dtype)
    out[: len(array)] = array
    return out


@kernel
def root_of(parent, profile):  # type: ignore[no-untyped-def]
    """The profile that a profile was merged into, halving the way to it."""
    while parent[profile] != profile:
        parent[profile] = parent[parent[profile]]
        profile = parent[profile]
    return profile


@kernel
def roots(parent, profiles):  # type: ignore[no-untyped-def]
    """Which profile each is in the end; -1 stays."""
    out = np.empty(len(profiles), np.int32)
    for i in range(len(profiles)):
        out[i] = -1 if profiles[i] < 0 else root_of(parent, profiles[i])
    return out


class Replayed(NamedTuple):
    """How a replay ended; profiles are numbered as they were created, merged ones among them."""

    parent: Ints  # [created]
    birth: Ints  # [created] the creating observation
    profile: Ints  # [n] as it was when the record came
    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    held_profile: Ints
    held_identity: Ints
    drop_observation: Ints
    drop_identity: Ints
    drop_rule: NDArray[np.int8]


def resolution_of(
    observations: Observations, identities: Identities, replayed: Replayed
) -> Resolution:
    """Number the profiles that are left; earlier records have moved along with mergers."""
    left: Flags = replayed.parent == np.arange(len(replayed.parent))
    number = np.full(len(left) + 1, -1, np.int32)  # one place more for -1
    number[:-1][left] = np.arange(int(left.sum()), dtype=np.int32)
    birth = replayed.birth[left]
    held = number[roots(replayed.parent, replayed.held_profile)]
    pairs = np.unique(np.stack([held, replayed.held_identity], axis=1), axis=0).astype(np.int32)
    count = len(birth)
    no_change = np.full(len(replayed.drop_rule), -1, np.int32)
    links: Links = no_links()
    return Resolution(
        number[roots(replayed.parent, replayed.profile)],
        replayed.status,
        replayed.reason,
        observations.component[birth],
        birth,
        np.full(count, -1, np.int32),
        np.zeros(count, bool),
        np.full(count, -1, np.int32),
        pairs[:, 0].copy(),
        pairs[:, 1].copy(),
        Drops(replayed.drop_observation, replayed.drop_identity, no_change, replayed.drop_rule),
        links,
    )
