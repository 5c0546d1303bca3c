"""The profiles of a replay in which profiles merge, and what is left of them at the end."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import inner, kernel
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.arrays.union_find import find
from idweave.transforms.columnar.policies.drop_list import DropList, drops_of
from idweave.transforms.columnar.policies.seam import NOBODY, Observations, Resolution, no_links
from idweave.transforms.columnar.vocabulary import Reason, Status


class Profiles(NamedTuple):
    """Profiles, numbered as they are created; at most one for each of ``n`` observations."""

    parent: Ints  # [n] the profile that it merged into, or itself
    birth: Ints  # [n] the creating observation
    created: Longs  # [1] how many
    of_observation: Ints  # [n] as it was when the observation came, or NOBODY


def new_profiles(observations: int) -> Profiles:
    """No profiles."""
    return Profiles(
        parent=np.empty(observations, np.int32),
        birth=np.empty(observations, np.int32),
        created=np.zeros(1, np.int64),
        of_observation=np.full(observations, NOBODY, np.int32),
    )


@inner
def create(profiles, observation):  # type: ignore[no-untyped-def]
    """Make a profile."""
    profile = profiles.created[0]
    profiles.parent[profile] = profile
    profiles.birth[profile] = observation
    profiles.created[0] += 1
    return profile


@inner
def add_profile(found, count, profile):  # type: ignore[no-untyped-def]
    """Add a profile to those found, if it isn't among them: how many there are."""
    for j in range(count):
        if found[j] == profile:
            return count
    found[count] = profile
    return count + 1


@inner
def oldest(found, count):  # type: ignore[no-untyped-def]
    """The profile created first, of one or more."""
    first = found[0]
    for j in range(1, count):
        first = min(first, found[j])
    return first


@inner
def merge(profiles, found, count, into):  # type: ignore[no-untyped-def]
    """Merge all profiles found into one, which may be among them."""
    for j in range(count):
        profiles.parent[found[j]] = into


@kernel
def _roots(parent, profiles):  # type: ignore[no-untyped-def]
    out = np.empty(len(profiles), np.int32)
    for i in range(len(profiles)):
        out[i] = NOBODY if profiles[i] == NOBODY else find(parent, profiles[i])
    return out


def _distinct(profile: Ints, identity: Ints) -> tuple[Ints, Ints]:
    most = int(identity.max(initial=0)) + 1
    pairs = np.unique(profile.astype(np.int64) * most + identity)
    return (pairs // most).astype(np.int32), (pairs % most).astype(np.int32)


def resolution_of(
    observations: Observations,
    profiles: Profiles,
    held_profile: Ints,
    held_identity: Ints,
    drops: DropList,
    repeats: bool = False,
) -> Resolution:
    """Number the profiles that are left; earlier records have moved along with mergers.

    Args:
        held_profile, held_identity: [h] who was given what, as it was then.
        repeats: a profile may have been given an identity several times.
    """
    created = int(profiles.created[0])
    parent, birth = profiles.parent[:created], profiles.birth[:created]
    left: Flags = parent == np.arange(created)
    number = np.full(created + 1, NOBODY, np.int32)  # one place more for NOBODY
    number[:-1][left] = np.arange(int(left.sum()), dtype=np.int32)
    birth = birth[left]
    held = number[_roots(parent, held_profile)]
    if repeats:
        held, held_identity = _distinct(held, held_identity)
    profile = number[_roots(parent, profiles.of_observation)]
    has = profile != NOBODY
    return Resolution(
        profile=profile,
        status=np.where(has, Status.ASSIGNED, Status.UNASSIGNED).astype(np.int8),
        reason=np.where(has, Reason.NONE, Reason.UPDATE_ONLY).astype(np.int8),
        profile_component=observations.component[birth],
        birth_observation=birth,
        birth_identity=np.full(len(birth), -1, np.int32),
        known=np.zeros(len(birth), bool),
        linked_from=np.full(len(birth), NOBODY, np.int32),
        held_profile=held,
        held_identity=held_identity,
        drops=drops_of(drops),
        links=no_links(),
    )
