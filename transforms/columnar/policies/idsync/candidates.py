"""`resolve` of `idsync`: which profile an observation's identities name (SEMANTICS 3.3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inlined, inner
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.policies.idsync.nodes import holds
from idweave.transforms.columnar.policies.idsync.state import END, NO_IDENTITY, NOT_UNIQUE
from idweave.transforms.columnar.policies.seam import NOBODY, Observations

_GROUP = np.dtype([("low", np.int32), ("high", np.int32)])


class Scratch(NamedTuple):
    """Room for what one observation needs; a kernel without refcounts can't make arrays."""

    group: NDArray[np.void]  # [w] of _GROUP: its identities of one type that narrow candidates
    known: Ints  # [n] eligible known profiles
    kept: Ints  # [w] the identities that a log-out uses


def new_scratch(observations: Observations) -> Scratch:
    """Room for any of some observations."""
    n = len(observations.component)
    widest = int(np.diff(observations.start).max(initial=0))
    return Scratch(
        group=np.empty(widest + 1, _GROUP),
        known=np.empty(n + 1, np.int32),
        kept=np.empty(widest + 1, np.int32),
    )


@inner
def resolve(s, scratch, ids, row, only_anonymous):  # type: ignore[no-untyped-def]
    """The profile that some identities name, or NOBODY; and whether a direct one named it.

    A candidate that is left alone stays the only one whatever types follow, so no step stops early:
    each type narrows the candidates if it can. They are the known ones in `scratch.known`, and all
    anonymous ones that hold one of each group.
    """
    for i in range(len(ids)):
        if s.identity[ids[i]].direct:
            return _owner(s, ids, ids[i], only_anonymous), True
    known = 0 if only_anonymous else _find_known(s, scratch, ids, row)
    groups = 0
    best = NOBODY  # the anonymous candidate used last
    low = 0
    while low < len(ids):
        high = _end_of_type(s, ids, low)
        scratch.group[groups].low = low
        scratch.group[groups].high = high
        found = NOBODY
        if (groups == 0 or best != NOBODY) and not s.identity[ids[low]].login:
            found = _last_anonymous(s, scratch, ids, groups + 1)
        if found != NOBODY or _count_holders(s, scratch, ids, low, high, known) > 0:
            groups += 1
            best = found
            known = _keep_holders(s, scratch, ids, low, high, known)
        low = high
    for j in range(known):
        profile = scratch.known[j]
        if best == NOBODY or s.profile[profile].used > s.profile[best].used:
            best = profile
    return best if groups > 0 else NOBODY, False


@inlined
def _owner(s, ids, key, only_anonymous):  # type: ignore[no-untyped-def]
    """The profile with a direct key, if it may be found."""
    profile = s.identity[key].owner
    if profile == NOBODY or (only_anonymous and s.profile[profile].logins > 0):
        return NOBODY
    return NOBODY if holds_counterpart(s, profile, ids) else profile


@inlined
def _end_of_type(s, ids, low):  # type: ignore[no-untyped-def]
    """Where the identities of one type end."""
    high = low + 1
    while high < len(ids) and s.identity[ids[high]].type == s.identity[ids[low]].type:
        high += 1
    return high


@inner
def _holds_one(s, profile, ids, low, high):  # type: ignore[no-untyped-def]
    for i in range(low, high):
        if holds(s, profile, ids[i]):
            return True
    return False


@inlined
def _count_holders(s, scratch, ids, low, high, known):  # type: ignore[no-untyped-def]
    count = 0
    for j in range(known):
        count += _holds_one(s, scratch.known[j], ids, low, high)
    return count


@inlined
def _keep_holders(s, scratch, ids, low, high, known):  # type: ignore[no-untyped-def]
    """Leave only those known candidates that hold one of some identities: how many are left."""
    kept = 0
    for j in range(known):
        if _holds_one(s, scratch.known[j], ids, low, high):
            scratch.known[kept] = scratch.known[j]
            kept += 1
    return kept


@inner
def _find_known(s, scratch, ids, row):  # type: ignore[no-untyped-def]
    """The eligible known profiles: how many. All hold a login value of `ids`."""
    count = 0
    for i in range(len(ids)):
        if not s.identity[ids[i]].login:
            continue
        place = s.identity[ids[i]].head
        while place != END:
            profile = s.node[place].profile
            place = s.node[place].after
            if s.profile[profile].looked_at == row:
                continue
            s.profile[profile].looked_at = row
            if _may_be_found(s, ids, profile):
                scratch.known[count] = profile
                count += 1
    return count


@inner
def _may_be_found(s, ids, profile):  # type: ignore[no-untyped-def]
    """One of the profile's immutable values must be carried, if any; no other of its type."""
    has = False
    carried = False
    for u in range(len(s.immutable)):
        value = s.value[profile, u]
        if not s.immutable[u] or value == NO_IDENTITY:
            continue
        has = True
        for i in range(len(ids)):
            if ids[i] == value:
                carried = True
            elif s.identity[ids[i]].unique == u:
                return False
    return (carried or not has) and not holds_counterpart(s, profile, ids)


@inner
def _last_anonymous(s, scratch, ids, groups):  # type: ignore[no-untyped-def]
    """The anonymous profile used last of those that hold an identity of every group, or NOBODY.

    The group with the fewest holders is walked, in order of use where there is one.
    """
    walked = _fewest_holders(s, scratch, ids, groups)
    best = NOBODY
    for i in range(scratch.group[walked].low, scratch.group[walked].high):
        best = _first_in_order(s, scratch, ids, groups, walked, s.identity[ids[i]].head, best)
        place = s.identity[ids[i]].loose
        while place != END:
            profile = s.node[place].profile
            if best == NOBODY or s.profile[profile].used > s.profile[best].used:
                if _in_all(s, scratch, ids, groups, walked, profile):
                    best = profile
            place = s.node[place].after
    return best


@inlined
def _fewest_holders(s, scratch, ids, groups):  # type: ignore[no-untyped-def]
    """The group whose identities have the fewest anonymous holders."""
    fewest = 0
    least = -1
    for g in range(groups):
        total = 0
        for i in range(scratch.group[g].low, scratch.group[g].high):
            total += s.identity[ids[i]].length
        if least < 0 or total < least:
            fewest = g
            least = total
    return fewest


@inlined
def _first_in_order(s, scratch, ids, groups, walked, place, best):  # type: ignore[no-untyped-def]
    """The first of an ordered list that is in all groups, unless `best` was used later."""
    while place != END:
        profile = s.node[place].profile
        if best != NOBODY and s.profile[profile].used <= s.profile[best].used:
            return best
        if _in_all(s, scratch, ids, groups, walked, profile):
            return profile
        place = s.node[place].after
    return best


@inner
def _in_all(s, scratch, ids, groups, walked, profile):  # type: ignore[no-untyped-def]
    """Whether a profile of one group may be found, and is in all others."""
    for g in range(groups):
        group = scratch.group[g]
        if g != walked and not _holds_one(s, profile, ids, group.low, group.high):
            return False
    return not holds_counterpart(s, profile, ids)


@inner
def holds_counterpart(s, profile, ids):  # type: ignore[no-untyped-def]
    """Whether a profile holds what is apart from one of some identities."""
    if len(s.apart) == 0:
        return False
    for i in range(len(ids)):
        for c in range(s.apart_start[ids[i]], s.apart_start[ids[i] + 1]):
            if holds(s, profile, s.apart[c]):
                return True
    return False


@inlined
def holds_immutable_of(s, profile, ids):  # type: ignore[no-untyped-def]
    """Whether an immutable value of the profile is among some identities."""
    for i in range(len(ids)):
        u = s.identity[ids[i]].unique
        if u != NOT_UNIQUE and s.immutable[u] and s.value[profile, u] == ids[i]:
            return True
    return False


@inlined
def holds_login_of(s, profile, ids):  # type: ignore[no-untyped-def]
    """Whether the profile holds a login value that is among some identities."""
    for i in range(len(ids)):
        if s.identity[ids[i]].login and holds(s, profile, ids[i]):
            return True
    return False
