"""The limits of `constrained_merge`: which components break one, and which union would."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import inner
from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.policies.constrained_merge.rules import ConstrainedMerge
from idweave.transforms.columnar.policies.seam import Decisions, Identities
from idweave.transforms.columnar.vocabulary import Rule

_NO_LIMIT = np.iinfo(np.int32).max
_NONE, _UNIQUE, _MAX_VALUES = int(Rule.NONE), int(Rule.UNIQUE), int(Rule.MAX_VALUES)
_EXCLUSIVE, _MAX_PROFILE = int(Rule.EXCLUSIVE), int(Rule.MAX_PROFILE_VALUES)


class Limits(NamedTuple):
    """What a profile may hold, of ``t`` types."""

    unique: Flags  # [t] one value at most
    most: Ints  # [t] values at most
    exclusive: Flags  # [groups, t] one identity at most over the types of each group
    total: int  # identities at most


def limits_of(rules: ConstrainedMerge, types: int) -> Limits:
    """The rules as arrays over the types that there are."""
    unique = np.zeros(types, bool)
    unique[[place for place in rules.unique if place < types]] = True
    most = np.full(types, _NO_LIMIT, np.int32)
    for place, limit in rules.max_values:
        if place < types:
            most[place] = limit
    exclusive = np.zeros((len(rules.exclusive), types), bool)
    for group, places in enumerate(rules.exclusive):
        exclusive[group, [place for place in places if place < types]] = True
    return Limits(unique, most, exclusive, rules.max_profile_values or _NO_LIMIT)


def broken_components(
    identities: Identities, limits: Limits, decisions: Decisions, components: int
) -> Flags:
    """[components] whether the component as a whole would break a limit."""
    types = len(limits.most)
    cell = identities.component.astype(np.int64) * types + identities.type
    values = np.bincount(cell, minlength=components * types).reshape(components, types)
    broken = (values[:, limits.unique] > 1).any(axis=1) | (values > limits.most).any(axis=1)
    for group in limits.exclusive:
        broken |= values[:, group].sum(axis=1) > 1
    broken |= values.sum(axis=1) > limits.total
    left = np.repeat(np.arange(len(identities.type)), np.diff(decisions.apart_start))
    of_left, of_right = identities.component[left], identities.component[decisions.apart]
    broken[of_left[of_left == of_right]] = True
    return np.asarray(broken)


@inner
def broken_limit(limits, first, second):  # type: ignore[no-untyped-def]
    """The rule of the first limit that two sets break together, or none.

    Args:
        first, second: [t] values of each type.
    """
    over_unique = False
    over_most = False
    together = 0
    for t in range(len(first)):
        n = first[t] + second[t]
        together += n
        over_unique |= limits.unique[t] and n > 1
        over_most |= n > limits.most[t]
    if over_unique:
        return _UNIQUE
    if over_most:
        return _MAX_VALUES
    for group in range(len(limits.exclusive)):
        n = 0
        for t in range(len(first)):
            if limits.exclusive[group, t]:
                n += first[t] + second[t]
        if n > 1:
            return _EXCLUSIVE
    return _MAX_PROFILE if together > limits.total else _NONE
