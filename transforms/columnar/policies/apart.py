"""Pairs of identities that no profile may hold both of, where profiles are sets that merge.

Each profile has a list of those of its identities that are in such a pair. People decide on few, so
lists are short, and empty where nobody decided anything.
"""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import inner
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.policies.seam import Decisions

_END = -1


class Apart(NamedTuple):
    """The pairs, and what each profile holds of them."""

    start: Longs  # [k + 1] identity i is apart from ...
    other: Ints  # ... other[start[i]:start[i + 1]]
    first: Ints  # [profiles] first place of the profile's list, or _END
    identity: Ints  # [places]
    after: Ints  # [places] next place, or _END
    size: Longs  # [1] places in use


def new_apart(decisions: Decisions, profiles: int, held: int) -> Apart:
    """The pairs of some decisions; no profile holds anything.

    Args:
        held: how many times a profile may get an identity.
    """
    places = held if len(decisions.apart) else 0
    return Apart(
        start=decisions.apart_start,
        other=decisions.apart,
        first=np.full(profiles if len(decisions.apart) else 0, _END, np.int32),
        identity=np.empty(places, np.int32),
        after=np.empty(places, np.int32),
        size=np.zeros(1, np.int64),
    )


@inner
def hold(apart, profile, identity):  # type: ignore[no-untyped-def]
    """Note that a profile holds an identity."""
    if apart.start[identity] == apart.start[identity + 1] or _holds(apart, profile, identity):
        return
    place = apart.size[0]
    apart.identity[place] = identity
    apart.after[place] = apart.first[profile]
    apart.first[profile] = place
    apart.size[0] += 1


@inner
def hold_all(apart, profile, into):  # type: ignore[no-untyped-def]
    """Note that one profile holds what another one held."""
    if len(apart.other) == 0 or profile == into or apart.first[profile] == _END:
        return
    last = apart.first[profile]
    while apart.after[last] != _END:
        last = apart.after[last]
    apart.after[last] = apart.first[into]
    apart.first[into] = apart.first[profile]
    apart.first[profile] = _END


@inner
def _holds(apart, profile, identity):  # type: ignore[no-untyped-def]
    place = apart.first[profile]
    while place != _END:
        if apart.identity[place] == identity:
            return True
        place = apart.after[place]
    return False


@inner
def holds_counterpart(apart, profile, identity):  # type: ignore[no-untyped-def]
    """Whether a profile holds what is apart from an identity."""
    for c in range(apart.start[identity], apart.start[identity + 1]):
        if _holds(apart, profile, apart.other[c]):
            return True
    return False


@inner
def _is_there(apart, found, count, ids, identity):  # type: ignore[no-untyped-def]
    """Whether what is apart from an identity is among others, or held by a profile found."""
    for c in range(apart.start[identity], apart.start[identity + 1]):
        for i in range(len(ids)):
            if ids[i] == apart.other[c]:
                return True
    for j in range(count):
        if holds_counterpart(apart, found[j], identity):
            return True
    return False


@inner
def holds_both(apart, found, count, ids):  # type: ignore[no-untyped-def]
    """Whether the profiles found, together with some identities, hold two that are apart."""
    if len(apart.other) == 0:
        return False
    for i in range(len(ids)):
        if _is_there(apart, found, count, ids, ids[i]):
            return True
    for j in range(count):
        place = apart.first[found[j]]
        while place != _END:
            if _is_there(apart, found, count, ids, apart.identity[place]):
                return True
            place = apart.after[place]
    return False
