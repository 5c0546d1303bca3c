"""Who holds what in a replay of `no_guess`.

Who holds an identity is a linked list of profiles; an entry that a merger made double is taken out
when it is met, so finding two different holders costs constant time in the long run.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inner
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.arrays.union_find import find
from idweave.transforms.columnar.policies.apart import Apart, hold, new_apart
from idweave.transforms.columnar.policies.drop_list import DropList, new_drop_list
from idweave.transforms.columnar.policies.merging_profiles import Profiles, new_profiles
from idweave.transforms.columnar.policies.no_guess.rules import NoGuess
from idweave.transforms.columnar.policies.seam import NOBODY, Decisions, Identities, Observations

_END = -1
_HOLDING = np.dtype([("profile", np.int32), ("identity", np.int32), ("after", np.int32)])


class State(NamedTuple):
    """``k`` identities, ``n`` profiles at most, ``e`` entries of observations."""

    profiles: Profiles
    drops: DropList
    apart: Apart
    unique: Ints  # [k] number of its unique type, or -1
    value: Ints  # [n, unique types] value held; of anonymous profiles none
    holding: NDArray[np.void]  # [e] of _HOLDING: a profile was given an identity
    given: Longs  # [1] how many of them
    head: Ints  # [k] the identity's last one, or _END
    anonymous_of: Ints  # [k] the identity's anonymous profile, or NOBODY
    in_anonymous: Flags  # [k] whether an anonymous profile holds it
    found: Ints  # [w] scratch: profiles that hold a free identity of the observation
    shared: Flags  # [w] scratch: of its identities
    union: Ints  # [unique types] scratch: values of the profiles found and the observation


def new_state(
    observations: Observations, identities: Identities, rules: NoGuess, decisions: Decisions
) -> State:
    """Nobody holds anything."""
    n, entries, k = len(observations.component), len(observations.identity), len(identities.type)
    types = max(int(identities.type.max(initial=0)), *rules.unique, 0) + 1
    number = np.full(types, -1, np.int32)
    number[list(rules.unique)] = np.arange(len(rules.unique))
    widest = int(np.diff(observations.start).max(initial=1))
    return State(
        profiles=new_profiles(n),
        drops=new_drop_list(entries),
        apart=new_apart(decisions, n, entries),
        unique=number[identities.type],
        value=np.empty((n, len(rules.unique)), np.int32),
        holding=np.empty(entries, _HOLDING),
        given=np.zeros(1, np.int64),
        head=np.full(k, _END, np.int32),
        anonymous_of=np.full(k, NOBODY, np.int32),
        in_anonymous=np.zeros(k, bool),
        found=np.empty(widest, np.int32),
        shared=np.empty(widest, bool),
        union=np.empty(len(rules.unique), np.int32),
    )


@inner
def one_holder(s, identity):  # type: ignore[no-untyped-def]
    """Whether at most one profile holds an identity; and that one, or one of several, or NOBODY."""
    place = s.head[identity]
    if place == _END:
        return True, NOBODY
    first = find(s.profiles.parent, s.holding[place].profile)
    before = place
    place = s.holding[place].after
    while place != _END:
        if find(s.profiles.parent, s.holding[place].profile) != first:
            return False, first
        place = s.holding[place].after
        s.holding[before].after = place
    return True, first


@inner
def give(s, profile, identity, anonymous):  # type: ignore[no-untyped-def]
    """Let a profile hold an identity, whether it does already or not."""
    place = s.given[0]
    s.holding[place].profile = profile
    s.holding[place].identity = identity
    s.holding[place].after = s.head[identity]
    s.head[identity] = place
    s.given[0] += 1
    s.in_anonymous[identity] |= anonymous
    hold(s.apart, profile, identity)
