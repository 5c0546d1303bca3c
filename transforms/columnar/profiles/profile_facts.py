"""What is known of profiles and their identities once a policy has answered."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.components.link import NO_SEEN
from idweave.transforms.columnar.gathering.piece import Piece
from idweave.transforms.columnar.policies.seam import Resolution
from idweave.transforms.columnar.reading.records import NO_TIME


class Listed(NamedTuple):
    """Which profile lists which identity, with the profile's records that carry it."""

    profile: Ints
    identity: Ints  # number in the piece; those from `linked` on are of other types
    records: Longs
    first: Longs  # event time, NO_SEEN where none
    last: Longs  # event time, NO_TIME where none


class ProfileFacts(NamedTuple):
    """Of ``p`` profiles, from their assigned records."""

    records: Longs
    first: Longs
    last: Longs


def list_identities(piece: Piece, time: Longs, resolution: Resolution) -> Listed:
    """List the identities that profiles hold, and those of other types that their records carry.

    Args:
        time: [n] of the observations.
    """
    held = len(resolution.held_profile)
    profile, identity, row = _carried(
        resolution.profile,
        piece.observations.start,
        piece.observations.identity,
        piece.other_start,
        piece.other,
    )
    code, first = factorise_pairs(
        np.concatenate([resolution.held_profile, profile]).astype(np.int64),
        np.concatenate([resolution.held_identity, identity]).astype(np.int64),
    )
    count, first_seen, last_seen = _seen(code[held:], time[row], len(first))
    all_profiles = np.concatenate([resolution.held_profile, profile])[first]
    all_identities = np.concatenate([resolution.held_identity, identity])[first]
    known = len(piece.identities.component)
    listed = (np.arange(len(first)) < held) | (all_identities >= known)
    component = resolution.profile_component[all_profiles[listed]]
    order = np.lexsort((all_identities[listed], all_profiles[listed], component))
    at = np.flatnonzero(listed)[order]
    return Listed(
        all_profiles[at].astype(np.int32),
        all_identities[at].astype(np.int32),
        count[at],
        first_seen[at],
        last_seen[at],
    )


@kernel
def _carried(of_row, start, entry, other_start, other):  # type: ignore[no-untyped-def]
    """Profile, identity and row of everything that assigned records carry."""
    total = 0
    for row in range(len(of_row)):
        if of_row[row] >= 0:
            total += start[row + 1] - start[row] + other_start[row + 1] - other_start[row]
    profile = np.empty(total, np.int32)
    identity = np.empty(total, np.int32)
    rows = np.empty(total, np.int32)
    at = 0
    for row in range(len(of_row)):
        if of_row[row] < 0:
            continue
        for e in range(start[row], start[row + 1]):
            profile[at], identity[at], rows[at] = of_row[row], entry[e], row
            at += 1
        for e in range(other_start[row], other_start[row + 1]):
            profile[at], identity[at], rows[at] = of_row[row], other[e], row
            at += 1
    return profile, identity, rows


@kernel
def _seen(code, time, codes):  # type: ignore[no-untyped-def]
    count = np.zeros(codes, np.int64)
    first = np.full(codes, NO_SEEN, np.int64)
    last = np.full(codes, NO_TIME, np.int64)
    for i in range(len(code)):
        c = code[i]
        count[c] += 1
        if time[i] != NO_TIME:
            first[c] = min(first[c], time[i])
            last[c] = max(last[c], time[i])
    return count, first, last


def profile_facts(profile: Ints, time: Longs, profiles: int) -> ProfileFacts:
    """Count the records of each profile; `profile` is -1 where a record has none."""
    has = profile >= 0
    return ProfileFacts(*_seen(profile[has], time[has], profiles))


def orphans(resolution: Resolution) -> Flags:
    """[p] profiles that hold no identity any more."""
    holds = np.zeros(len(resolution.profile_component), bool)
    holds[resolution.held_profile] = True
    return ~holds
