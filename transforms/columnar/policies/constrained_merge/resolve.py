"""Policy `constrained_merge`: links are added in an order, unless one breaks a limit.

SEMANTICS 3.2. Components that break no limit are profiles as they are; only the others are rebuilt,
link by link, with a union-find whose pieces count their values by type.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.components.link import find
from idweave.transforms.columnar.components.linkages import Linkages, find_linkages
from idweave.transforms.columnar.policies.constrained_merge.attribution import attribute
from idweave.transforms.columnar.policies.constrained_merge.rules import ConstrainedMerge
from idweave.transforms.columnar.policies.seam import (
    ASSIGNED,
    REASON,
    RULE,
    UNASSIGNED,
    Flags,
    Identities,
    Ints,
    Links,
    Observations,
    Resolution,
    no_drops,
    no_links,
)

_NO_LIMIT = np.iinfo(np.int32).max
_UNIQUE, _MAX_VALUES = RULE["unique"], RULE["max_values"]
_EXCLUSIVE, _MAX_PROFILE = RULE["exclusive"], RULE["max_profile_values"]


class _Limits(NamedTuple):
    unique: Flags  # [types]
    most: Ints  # [types]
    exclusive: Flags  # [groups, types]
    total: int


def resolve(
    observations: Observations, identities: Identities, rules: ConstrainedMerge
) -> Resolution:
    """Keep what links keep together; profiles are pieces that a creating source has seen."""
    types = int(identities.type.max(initial=0)) + 1
    limits = _limits(rules, types)
    components = int(identities.component.max(initial=-1)) + 1
    broken = _broken(identities, limits, components, types)
    first = np.searchsorted(identities.component, np.arange(components)).astype(np.int32)
    piece = first[identities.component]
    dropped = no_links()
    if broken.any():
        piece, dropped = _rebuild(observations, identities, rules, limits, broken, piece)
    return _profiles(observations, identities, rules, piece, dropped)


def _limits(rules: ConstrainedMerge, types: int) -> _Limits:
    unique = np.zeros(types, bool)
    unique[[place for place in rules.unique if place < types]] = True
    most = np.full(types, _NO_LIMIT, np.int32)
    for place, limit in rules.max_values:
        if place < types:
            most[place] = limit
    exclusive = np.zeros((len(rules.exclusive), types), bool)
    for group, places in enumerate(rules.exclusive):
        exclusive[group, [place for place in places if place < types]] = True
    return _Limits(unique, most, exclusive, rules.max_profile_values or _NO_LIMIT)


def _broken(identities: Identities, limits: _Limits, components: int, types: int) -> Flags:
    """[components] whether the component as a whole would break a limit."""
    cell = identities.component.astype(np.int64) * types + identities.type
    values = np.bincount(cell, minlength=components * types).reshape(components, types)
    broken = (values[:, limits.unique] > 1).any(axis=1) | (values > limits.most).any(axis=1)
    for group in limits.exclusive:
        broken |= values[:, group].sum(axis=1) > 1
    broken |= values.sum(axis=1) > limits.total
    return np.asarray(broken)


def _rebuild(
    observations: Observations,
    identities: Identities,
    rules: ConstrainedMerge,
    limits: _Limits,
    broken: Flags,
    piece: Ints,
) -> tuple[Ints, Links]:
    """Add the links of broken components in order: [k] pieces, and what was dropped."""
    rows = np.flatnonzero(broken[observations.component])
    length = np.diff(observations.start)
    start = np.concatenate([[0], np.cumsum(length[rows])]).astype(np.int64)
    kept = np.repeat(broken[observations.component], length)
    links = find_linkages(start, observations.identity[kept], rows.astype(np.int64))
    order = _order(observations, identities, rules, links)
    left, right = links.left[order], links.right[order]
    parent = np.arange(len(identities.component), dtype=np.int32)
    whole = ~broken[identities.component]
    parent[whole] = piece[whole]
    values = np.zeros((len(parent), len(limits.unique)), np.int32)
    values[np.arange(len(parent)), identities.type] = 1
    rule = _add(parent, values, left, right, *limits)
    for_all = np.flatnonzero(rule)
    dropped = Links(left[for_all], right[for_all], rule[for_all])
    return _roots(parent), dropped


def _order(
    observations: Observations, identities: Identities, rules: ConstrainedMerge, links: Linkages
) -> NDArray[np.int64]:
    """The order in which links are added; components don't matter to each other."""
    component = identities.component[links.left]
    last_row = np.searchsorted(observations.component, component, "right") - 1
    strength = identities.type[links.left].astype(np.int64) + identities.type[links.right]
    keys = {
        "newest_observation": links.last != last_row,
        "strength": strength,
        "newest": -links.last,
        "oldest": links.first,
    }
    chosen = [keys[name] for name in rules.order]
    return np.lexsort((links.right, links.left, *reversed(chosen)))


@kernel
def _add(parent, values, left, right, unique, most, exclusive, total):  # type: ignore[no-untyped-def]
    """Add links in order, in place: [links] the first broken limit's rule, or 0."""
    types = values.shape[1]
    rule = np.zeros(len(left), np.int8)
    for i in range(len(left)):
        a = find(parent, left[i])
        b = find(parent, right[i])
        if a == b:
            continue
        over_unique = False
        over_most = False
        together = 0
        for t in range(types):
            n = values[a, t] + values[b, t]
            together += n
            over_unique |= unique[t] and n > 1
            over_most |= n > most[t]
        over_exclusive = False
        for group in range(len(exclusive)):
            n = 0
            for t in range(types):
                if exclusive[group, t]:
                    n += values[a, t] + values[b, t]
            over_exclusive |= n > 1
        if over_unique:
            rule[i] = _UNIQUE
        elif over_most:
            rule[i] = _MAX_VALUES
        elif over_exclusive:
            rule[i] = _EXCLUSIVE
        elif together > total:
            rule[i] = _MAX_PROFILE
        else:
            low, high = min(a, b), max(a, b)
            parent[high] = low
            for t in range(types):
                values[low, t] += values[high, t]
    return rule


@kernel
def _roots(parent):  # type: ignore[no-untyped-def]
    for i in range(len(parent)):
        parent[i] = find(parent, i)
    return parent


def _profiles(
    observations: Observations,
    identities: Identities,
    rules: ConstrainedMerge,
    piece: Ints,
    dropped: Links,
) -> Resolution:
    """Number the pieces that are profiles, name their first identity, assign the records."""
    length = np.diff(observations.start)
    created = np.zeros(len(piece), bool)
    of_creating = np.repeat(observations.creates, length)
    created[piece[observations.identity[of_creating]]] = True
    roots = np.flatnonzero(created).astype(np.int32)
    number = np.full(len(piece), -1, np.int32)
    number[roots] = np.arange(len(roots), dtype=np.int32)
    of_identity = number[piece]
    birth = _births(observations.identity, of_identity, len(roots))
    profile = of_identity[observations.identity[observations.start[:-1]]]
    if rules.attribution is not None:
        profile = attribute(observations, identities, of_identity, profile, rules.attribution)
    has = profile >= 0
    held = np.flatnonzero(of_identity >= 0).astype(np.int32)
    return Resolution(
        profile,
        np.where(has, ASSIGNED, UNASSIGNED).astype(np.int8),
        np.where(has, 0, REASON["update_only"]).astype(np.int8),
        identities.component[roots],
        np.full(len(roots), -1, np.int32),
        birth,
        np.zeros(len(roots), bool),
        np.full(len(roots), -1, np.int32),
        of_identity[held],
        held,
        no_drops(),
        dropped,
    )


@kernel
def _births(entry, of_identity, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the identity that is first in: entries are in order, the stronger one first."""
    birth = np.full(profiles, -1, np.int32)
    for e in range(len(entry)):
        p = of_identity[entry[e]]
        if p >= 0 and birth[p] < 0:
            birth[p] = entry[e]
    return birth
