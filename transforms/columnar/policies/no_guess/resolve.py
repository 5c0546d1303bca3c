"""Policy `no_guess`: a contested identity belongs to nobody.

SEMANTICS 3.5, like Snowplow Identities. An ordered replay: an observation whose identities are free
merges the profiles that hold them, unless that breaks a limit; `state.py` knows who holds what.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import inner, lean
from idweave.transforms.columnar.policies.apart import hold_all, holds_both, holds_counterpart
from idweave.transforms.columnar.policies.drop_list import drop_identity
from idweave.transforms.columnar.policies.merging_profiles import (
    add_profile,
    create,
    merge,
    oldest,
    resolution_of,
)
from idweave.transforms.columnar.policies.no_guess.rules import NoGuess
from idweave.transforms.columnar.policies.no_guess.state import give, new_state, one_holder
from idweave.transforms.columnar.policies.seam import (
    NOBODY,
    Decisions,
    Identities,
    Observations,
    Resolution,
    nothing_decided,
)
from idweave.transforms.columnar.vocabulary import Rule

_FILLED, _CONTESTED, _APART = (
    int(rule) for rule in (Rule.UNIQUE_TYPE_FILLED, Rule.CONTESTED, Rule.APART)
)
_NO_VALUE = -1


def resolve(
    observations: Observations,
    identities: Identities,
    rules: NoGuess,
    decisions: Decisions | None = None,
) -> Resolution:
    """Replay the observations in order."""
    decisions = decisions or nothing_decided(observations, identities)
    state = new_state(observations, identities, rules, decisions)
    _replay(state, observations)
    held = state.holding[: int(state.given[0])]
    return resolution_of(
        observations,
        state.profiles,
        np.ascontiguousarray(held["profile"]),
        np.ascontiguousarray(held["identity"]),
        state.drops,
        repeats=True,
    )


@lean
def _replay(s, o):  # type: ignore[no-untyped-def]
    """Take the observations in order."""
    for row in range(len(o.creates)):
        ids = o.identity[o.start[row] : o.start[row + 1]]
        free, count = _find(s, ids)
        if free == 0:
            profile = _anonymous(s, row, ids[0], o.creates[row])
            _add_all(s, row, ids, profile, True)
        elif _agree(s, ids, count):
            profile = _merge(s, row, count, o.creates[row])
            _add_all(s, row, ids, profile, False)
        else:
            strongest = _strongest_unique(s, ids)
            if strongest == _NO_VALUE:
                profile = _anonymous(s, row, ids[0], o.creates[row])
                _add_all(s, row, ids, profile, True)
            else:
                profile = _holder_of(s, row, strongest, count, o.creates[row])
                _add_all(s, row, ids, profile, False)
        s.profiles.of_observation[row] = profile


@inner
def _find(s, ids):  # type: ignore[no-untyped-def]
    """Which identities are shared: how many are free, and how many profiles (`found`) hold one."""
    free = 0
    count = 0
    for i in range(len(ids)):
        alone, holder = one_holder(s, ids[i])
        s.shared[i] = s.in_anonymous[ids[i]] or not alone
        if not s.shared[i]:
            free += 1
            if holder != NOBODY:
                count = add_profile(s.found, count, holder)
    return free, count


@inner
def _agree(s, ids, count):  # type: ignore[no-untyped-def]
    """Whether the profiles found and the observation may be one; `union` gets its unique values."""
    for u in range(len(s.union)):
        s.union[u] = _NO_VALUE
    for j in range(count):
        for u in range(len(s.union)):
            value = s.value[s.found[j], u]
            if value != _NO_VALUE:
                if s.union[u] != _NO_VALUE and s.union[u] != value:
                    return False
                s.union[u] = value
    for i in range(len(ids)):
        u = s.unique[ids[i]]
        if u >= 0:
            if s.union[u] != _NO_VALUE and s.union[u] != ids[i]:
                return False
            s.union[u] = ids[i]
    return not holds_both(s.apart, s.found, count, ids)


@inner
def _strongest_unique(s, ids):  # type: ignore[no-untyped-def]
    for i in range(len(ids)):
        if s.unique[ids[i]] >= 0:
            return ids[i]
    return _NO_VALUE


@inner
def _create(s, row, creates):  # type: ignore[no-untyped-def]
    """A new profile, unless the source creates none."""
    if not creates:
        return NOBODY
    profile = create(s.profiles, row)
    for u in range(len(s.union)):
        s.value[profile, u] = _NO_VALUE
    return profile


@inner
def _anonymous(s, row, identity, creates):  # type: ignore[no-untyped-def]
    """The anonymous profile of an identity, which the first record that needs it creates."""
    profile = s.anonymous_of[identity]
    if profile == NOBODY:
        profile = _create(s, row, creates)
        s.anonymous_of[identity] = profile
    return profile


@inner
def _merge(s, row, count, creates):  # type: ignore[no-untyped-def]
    """The oldest of the profiles found, into which all merge; a new one where there is none."""
    if count == 0:
        return _create(s, row, creates)
    profile = oldest(s.found, count)
    merge(s.profiles, s.found, count, profile)
    for j in range(count):
        hold_all(s.apart, s.found[j], profile)
    for u in range(len(s.union)):
        s.value[profile, u] = s.union[u]
    return profile


@inner
def _holder_of(s, row, strongest, count, creates):  # type: ignore[no-untyped-def]
    """The oldest of the profiles found that holds a unique value; a new one where none does."""
    profile = NOBODY
    for j in range(count):
        if s.value[s.found[j], s.unique[strongest]] == strongest:
            if profile == NOBODY or s.found[j] < profile:
                profile = s.found[j]
    return profile if profile != NOBODY else _create(s, row, creates)


@inner
def _add_all(s, row, ids, profile, anonymous):  # type: ignore[no-untyped-def]
    """Give the observation's identities to a profile, but what may not be beside what it holds."""
    if profile == NOBODY:
        return
    for i in range(len(ids)):
        u = s.unique[ids[i]]
        if u >= 0 and not anonymous:
            if s.value[profile, u] != _NO_VALUE and s.value[profile, u] != ids[i]:
                drop_identity(s.drops, row, ids[i], _FILLED)
                continue
        if holds_counterpart(s.apart, profile, ids[i]):
            drop_identity(s.drops, row, ids[i], _APART)
            continue
        if u >= 0 and not anonymous:
            s.value[profile, u] = ids[i]
        give(s, profile, ids[i], anonymous)
        if not s.shared[i]:
            alone, _ = one_holder(s, ids[i])
            if s.in_anonymous[ids[i]] or not alone:
                drop_identity(s.drops, row, ids[i], _CONTESTED)
