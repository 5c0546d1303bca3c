"""What is known of profiles, their identities and linkages once a policy has answered."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from transforms.columnar.factorise import factorise_pairs, mix
from transforms.columnar.link import NO_SEEN
from transforms.columnar.piece import Piece
from transforms.columnar.policy import Flags, Ints, Links, Longs, Resolution
from transforms.columnar.records import NO_TIME


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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def newest(profile, valid, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the last observation of each profile with a value, or -1."""
    out = np.full(profiles, -1, np.int64)
    for row in range(len(profile)):
        if profile[row] >= 0 and valid[row]:
            out[profile[row]] = row
    return out


class Linkages(NamedTuple):
    """Distinct pairs of identities seen in one record, sorted; left is the smaller number."""

    left: Ints
    right: Ints
    records: Longs
    first: Longs  # event time, NO_SEEN where none
    last: Longs  # event time, NO_TIME where none
    first_row: Ints  # observation


def find_linkages(start: Longs, entry: Ints, time: Longs) -> Linkages:
    """Find the linkages of some observations; memory grows with the distinct ones only."""
    found = Linkages(*_linkages(start, entry, time))
    order = np.lexsort((found.right, found.left))
    return Linkages._make(values[order] for values in found)


@njit(cache=True, nogil=True)
def _linkages(start, entry, time):  # type: ignore[no-untyped-def]
    size = 1 << 12
    table = np.full(size, -1, np.int32)
    left = np.empty(size // 2, np.int32)
    right = np.empty(size // 2, np.int32)
    count = np.zeros(size // 2, np.int64)
    first = np.full(size // 2, NO_SEEN, np.int64)
    last = np.full(size // 2, NO_TIME, np.int64)
    first_row = np.empty(size // 2, np.int32)
    pairs = 0
    for row in range(len(start) - 1):
        for i in range(start[row], start[row + 1]):
            for j in range(i + 1, start[row + 1]):
                a = entry[i]
                b = entry[j]
                slot = np.int64(mix(np.uint64(a), np.uint64(b)) & np.uint64(size - 1))
                while table[slot] >= 0 and (left[table[slot]] != a or right[table[slot]] != b):
                    slot = (slot + 1) & (size - 1)
                p = table[slot]
                if p < 0:
                    p = table[slot] = pairs
                    left[p], right[p], first_row[p] = a, b, row
                    pairs += 1
                count[p] += 1
                if time[row] != NO_TIME:
                    first[p] = min(first[p], time[row])
                    last[p] = max(last[p], time[row])
                if pairs == size // 2:
                    size *= 2
                    left = np.concatenate((left, np.empty_like(left)))
                    right = np.concatenate((right, np.empty_like(right)))
                    first_row = np.concatenate((first_row, np.empty_like(first_row)))
                    count = np.concatenate((count, np.zeros_like(count)))
                    first = np.concatenate((first, np.full(size // 4, NO_SEEN, np.int64)))
                    last = np.concatenate((last, np.full(size // 4, NO_TIME, np.int64)))
                    table = np.full(size, -1, np.int32)
                    for q in range(pairs):
                        slot = np.int64(
                            mix(np.uint64(left[q]), np.uint64(right[q])) & np.uint64(size - 1)
                        )
                        while table[slot] >= 0:
                            slot = (slot + 1) & (size - 1)
                        table[slot] = q
    return (
        left[:pairs], right[:pairs], count[:pairs], first[:pairs], last[:pairs], first_row[:pairs]
    )  # fmt: skip


def dropped_rules(linkages: Linkages, dropped: Links) -> NDArray[np.int8]:
    """[linkages] the rule that dropped each, or 0."""
    out = np.zeros(len(linkages.left), np.int8)
    if len(dropped.left):
        code, _ = factorise_pairs(
            np.concatenate([linkages.left, dropped.left]).astype(np.int64),
            np.concatenate([linkages.right, dropped.right]).astype(np.int64),
        )
        out[code[len(out) :]] = dropped.rule
    return out


def orphans(resolution: Resolution) -> Flags:
    """[p] profiles that hold no identity any more."""
    holds = np.zeros(len(resolution.profile_component), bool)
    holds[resolution.held_profile] = True
    return ~holds
