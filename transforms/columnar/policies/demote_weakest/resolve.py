"""Policy `demote_weakest`: a record loses its weakest identities until its profiles fit.

SEMANTICS 3.4, like Segment Unify. An ordered replay; profiles are disjoint sets of identities, so a
union-find with counts by type holds the whole state: O(entries) but for records that demote.
"""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import inner, lean
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.arrays.union_find import find
from idweave.transforms.columnar.policies.apart import (
    Apart,
    hold,
    hold_all,
    holds_both,
    new_apart,
)
from idweave.transforms.columnar.policies.demote_weakest.rules import DemoteWeakest
from idweave.transforms.columnar.policies.drop_list import DropList, drop_identity, new_drop_list
from idweave.transforms.columnar.policies.merging_profiles import (
    Profiles,
    add_profile,
    create,
    merge,
    new_profiles,
    oldest,
    resolution_of,
)
from idweave.transforms.columnar.policies.seam import (
    NOBODY,
    Decisions,
    Identities,
    Observations,
    Resolution,
    nothing_decided,
)
from idweave.transforms.columnar.vocabulary import Rule

_DEMOTED, _FULL = int(Rule.DEMOTED), int(Rule.PROFILE_FULL)
_NO_LIMIT = np.iinfo(np.int32).max


class _State(NamedTuple):
    profiles: Profiles
    drops: DropList
    apart: Apart
    type: Ints  # [k]
    limit: Ints  # [types] most values of a profile
    holder: Ints  # [k] the profile that it was given to, or NOBODY
    values: Ints  # [profiles, types] values held
    found: Ints  # [w] scratch: profiles that hold what an observation carries
    total: Longs  # [types] scratch: their values together with the observation's


def resolve(
    observations: Observations,
    identities: Identities,
    rules: DemoteWeakest,
    decisions: Decisions | None = None,
) -> Resolution:
    """Replay the observations in order."""
    decisions = decisions or nothing_decided(observations, identities)
    n, types = len(observations.component), len(rules.max_values)
    state = _State(
        profiles=new_profiles(n),
        drops=new_drop_list(len(observations.identity)),
        apart=new_apart(decisions, n, len(observations.identity)),
        type=identities.type.astype(np.int32),
        limit=np.array(rules.max_values, np.int32),
        holder=np.full(len(identities.type), NOBODY, np.int32),
        values=np.zeros((n, types), np.int32),
        found=np.empty(int(np.diff(observations.start).max(initial=1)), np.int32),
        total=np.empty(types, np.int64),
    )
    _replay(state, observations, np.int64(rules.max_profile_values or _NO_LIMIT))
    held = np.flatnonzero(state.holder != NOBODY).astype(np.int32)
    return resolution_of(observations, state.profiles, state.holder[held], held, state.drops)


@lean
def _replay(s, o, most):  # type: ignore[no-untyped-def]
    """Take the observations in order.

    Args:
        most: identities of a profile.
    """
    for row in range(len(o.creates)):
        carried = o.identity[o.start[row] : o.start[row + 1]]
        size, count = _demote(s, row, carried)
        ids = carried[:size]
        if count > 0:
            s.profiles.of_observation[row] = _join(s, row, ids, count, most)
        elif o.creates[row]:
            s.profiles.of_observation[row] = _create(s, row, ids, most)


@inner
def _demote(s, row, ids):  # type: ignore[no-untyped-def]
    """Take the weakest identities away until all fits: how many are left, and profiles found."""
    size = len(ids)
    count = _find(s, ids)
    while not _fits(s, ids, count):
        size -= 1
        drop_identity(s.drops, row, ids[size], _DEMOTED)
        ids = ids[:size]
        count = _find(s, ids)
    return size, count


@inner
def _find(s, ids):  # type: ignore[no-untyped-def]
    """The distinct profiles that hold some identities, into `found`: how many."""
    count = 0
    for i in range(len(ids)):
        if s.holder[ids[i]] != NOBODY:
            count = add_profile(s.found, count, find(s.profiles.parent, s.holder[ids[i]]))
    return count


@inner
def _fits(s, ids, count):  # type: ignore[no-untyped-def]
    """Whether the profiles found, together with some identities, keep all limits but that on all.

    `total` gets their values by type.
    """
    for t in range(len(s.total)):
        s.total[t] = 0
        for j in range(count):
            s.total[t] += s.values[s.found[j], t]
    for i in range(len(ids)):
        if s.holder[ids[i]] == NOBODY:
            s.total[s.type[ids[i]]] += 1
    for t in range(len(s.total)):
        if s.total[t] > s.limit[t]:
            return False
    return not holds_both(s.apart, s.found, count, ids)


@inner
def _create(s, row, ids, most):  # type: ignore[no-untyped-def]
    """A new profile with the strongest identities that it has room for."""
    profile = create(s.profiles, row)
    for i in range(len(ids)):
        if i < most:
            s.holder[ids[i]] = profile
            hold(s.apart, profile, ids[i])
            s.values[profile, s.type[ids[i]]] += 1
        else:
            drop_identity(s.drops, row, ids[i], _FULL)
    return profile


@inner
def _join(s, row, ids, count, most):  # type: ignore[no-untyped-def]
    """The oldest profile found: all others and the identities join it, if it has room for all."""
    into = oldest(s.found, count)
    together = 0
    for t in range(len(s.total)):
        together += s.total[t]
    if together > most:
        for i in range(len(ids)):
            holder = s.holder[ids[i]]
            if holder == NOBODY or find(s.profiles.parent, holder) != into:
                drop_identity(s.drops, row, ids[i], _FULL)
        return into
    merge(s.profiles, s.found, count, into)
    for j in range(count):
        hold_all(s.apart, s.found[j], into)
    for i in range(len(ids)):
        if s.holder[ids[i]] == NOBODY:
            s.holder[ids[i]] = into
            hold(s.apart, into, ids[i])
    for t in range(len(s.total)):
        s.values[into, t] = s.total[t]
    return into
