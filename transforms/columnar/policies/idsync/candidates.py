"""`resolve` of `idsync`: which profile an observation's identities name (SEMANTICS 3.3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import lean
from idweave.transforms.columnar.policies.idsync.state import holds
from idweave.transforms.columnar.policies.seam import Flags, Ints


class Types(NamedTuple):
    """What the rules say of each identity."""

    kind: NDArray[np.int16]  # [k] place in `link_on`
    direct: Flags  # [k]
    immutable: Flags  # [unique types]


class Scratch(NamedTuple):
    """Room for what one observation needs; a kernel without refcounts can't make arrays."""

    low: Ints  # [w + 1] the groups of its identities, one a type
    high: Ints
    kept: Ints  # [w + 1] the identities that a log-out uses
    touched: Ints  # [2 c] identities that changes are about
    now: Flags  # [2 c] whether the profile holds them after the changes
    values: Ints  # [unique types] what it holds then


def new_scratch(widest: int, changes: int, unique_types: int) -> Scratch:
    """Room for observations of so many identities and changes at most."""
    low, high, kept = (np.zeros(widest + 1, np.int32) for _ in range(3))
    return Scratch(
        low,
        high,
        kept,
        np.zeros(2 * changes, np.int32),
        np.zeros(2 * changes, bool),
        np.zeros(max(1, unique_types), np.int32),
    )


@lean
def resolve(s, types, scratch, ids, row, only_anonymous):  # type: ignore[no-untyped-def]
    """The profile that some identities name, or -1; and whether a direct one named it.

    A candidate that is left alone stays the only one whatever types follow, so no step stops early:
    each type narrows the candidates if it can.
    """
    for i in range(len(ids)):
        if types.direct[ids[i]]:
            profile = s.owner[ids[i]]
            if profile >= 0 and only_anonymous and s.logins[profile] > 0:
                profile = -1
            return profile, True
    known = 0 if only_anonymous else _known(s, types, ids, row)
    groups = 0
    best = -1
    anonymous = True
    low = 0
    while low < len(ids):
        high = low + 1
        while high < len(ids) and types.kind[ids[high]] == types.kind[ids[low]]:
            high += 1
        left = 0
        for j in range(known):
            left += _holds_one(s, s.known[j], ids, low, high)
        scratch.low[groups], scratch.high[groups] = low, high
        found = -1
        if anonymous and not s.login[ids[low]]:
            found = _anonymous(s, ids, scratch, groups + 1)
        if left > 0 or found >= 0:
            groups += 1
            anonymous = found >= 0
            best = found
            kept = 0
            for j in range(known):
                if _holds_one(s, s.known[j], ids, low, high):
                    s.known[kept] = s.known[j]
                    kept += 1
            known = kept
        low = high
    if groups == 0:
        return -1, False
    for j in range(known):
        if best < 0 or s.used[s.known[j]] > s.used[best]:
            best = s.known[j]
    return best, False


@lean
def _holds_one(s, profile, ids, low, high):  # type: ignore[no-untyped-def]
    for i in range(low, high):
        if holds(s, profile, ids[i]):
            return True
    return False


@lean
def _known(s, types, ids, row):  # type: ignore[no-untyped-def]
    """The eligible known profiles into `s.known`: how many. All hold a login value of `ids`."""
    count = 0
    for i in range(len(ids)):
        if not s.login[ids[i]]:
            continue
        node = s.head[ids[i]]
        while node >= 0:
            profile = s.node_profile[node]
            node = s.after[node]
            if s.stamp[profile] == row:
                continue
            s.stamp[profile] = row
            if _may_be_found(s, types, ids, profile):
                s.known[count] = profile
                count += 1
    return count


@lean
def _may_be_found(s, types, ids, profile):  # type: ignore[no-untyped-def]
    """Immutable values: one of the profile's must be carried, and no other of its type."""
    has = False
    carried = False
    for u in range(len(types.immutable)):
        value = s.value[profile, u]
        if not types.immutable[u] or value < 0:
            continue
        has = True
        for i in range(len(ids)):
            if ids[i] == value:
                carried = True
            elif s.unique[ids[i]] == u:
                return False
    return carried or not has


@lean
def _anonymous(s, ids, scratch, groups):  # type: ignore[no-untyped-def]
    """The anonymous profile used last of those that hold an identity of every group, or -1.

    The group with the fewest holders is walked, in order of use where there is one.
    """
    fewest = -1
    size = 0
    for g in range(groups):
        total = 0
        for i in range(scratch.low[g], scratch.high[g]):
            total += s.length[ids[i]]
        if fewest < 0 or total < size:
            fewest = g
            size = total
    best = -1
    for i in range(scratch.low[fewest], scratch.high[fewest]):
        node = s.head[ids[i]]
        while node >= 0:
            profile = s.node_profile[node]
            if best >= 0 and s.used[profile] <= s.used[best]:
                break
            if _in_all(s, profile, ids, scratch, groups, fewest):
                best = profile
                break
            node = s.after[node]
        node = s.loose[ids[i]]
        while node >= 0:
            profile = s.node_profile[node]
            newer = best < 0 or s.used[profile] > s.used[best]
            if newer and _in_all(s, profile, ids, scratch, groups, fewest):
                best = profile
            node = s.after[node]
    return best


@lean
def _in_all(s, profile, ids, scratch, groups, walked):  # type: ignore[no-untyped-def]
    for g in range(groups):
        if g != walked and not _holds_one(s, profile, ids, scratch.low[g], scratch.high[g]):
            return False
    return True


@lean
def holds_immutable_of(s, types, ids, profile):  # type: ignore[no-untyped-def]
    """Whether an immutable value of the profile is among some identities."""
    for i in range(len(ids)):
        u = s.unique[ids[i]]
        if u >= 0 and types.immutable[u] and s.value[profile, u] == ids[i]:
            return True
    return False


@lean
def holds_login_of(s, ids, profile):  # type: ignore[no-untyped-def]
    """Whether the profile holds a login value that is among some identities."""
    for i in range(len(ids)):
        if s.login[ids[i]] and holds(s, profile, ids[i]):
            return True
    return False
