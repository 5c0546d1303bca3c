"""Adds the links of broken components in their order; one that would break a limit is dropped."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inner, kernel, lean
from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.arrays.union_find import find
from idweave.transforms.columnar.components.linkages import Linkages, find_linkages
from idweave.transforms.columnar.policies.apart import Apart, hold, hold_all, holds_both, new_apart
from idweave.transforms.columnar.policies.constrained_merge.limits import Limits, broken_limit
from idweave.transforms.columnar.policies.seam import Decisions, Identities, Links, Observations
from idweave.transforms.columnar.vocabulary import Rule

_NONE, _APART = int(Rule.NONE), int(Rule.APART)


class _Sets(NamedTuple):
    """``k`` identities in disjoint sets, which have the number of their smallest one."""

    limits: Limits
    apart: Apart
    parent: Ints  # [k]
    values: Ints  # [k, types] of the set
    found: Ints  # [2] scratch: two sets


def add_links(
    observations: Observations,
    identities: Identities,
    order: tuple[str, ...],
    limits: Limits,
    decisions: Decisions,
    broken: Flags,
) -> tuple[Ints, Links]:
    """[k] the set that each identity is in, and the links that were dropped.

    Args:
        order: names of keys; the first decides.
        broken: [components] the others are sets as they are.
    """
    links = _links(observations, broken[observations.component])
    added = _in_order(observations, identities, decisions, order, links)
    left, right = links.left[added], links.right[added]
    k = len(identities.component)
    first = np.searchsorted(identities.component, np.arange(len(broken))).astype(np.int32)
    whole = ~broken[identities.component]
    sets = _Sets(
        limits=limits,
        apart=new_apart(decisions, k, k),
        parent=np.where(whole, first[identities.component], np.arange(k)).astype(np.int32),
        values=np.zeros((k, len(limits.most)), np.int32),
        found=np.empty(2, np.int32),
    )
    sets.values[np.arange(k), identities.type] = 1
    rule = np.zeros(len(left), np.int8)
    _add(sets, left, right, rule)
    dropped = np.flatnonzero(rule)
    return _roots(sets.parent), Links(left[dropped], right[dropped], rule[dropped])


def _links(observations: Observations, wanted: Flags) -> Linkages:
    """The links of some observations, in whose places they have their first and last time."""
    rows = np.flatnonzero(wanted)
    length = np.diff(observations.start)
    start = np.concatenate([[0], np.cumsum(length[rows])]).astype(np.int64)
    entries = observations.identity[np.repeat(wanted, length)]
    return find_linkages(start, entries, rows.astype(np.int64))


def _in_order(
    observations: Observations,
    identities: Identities,
    decisions: Decisions,
    order: tuple[str, ...],
    links: Linkages,
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
    chosen = [keys[name] for name in order]
    decided = decisions.together[links.first]  # what people made comes first in a component
    by_people = (~decided, np.where(decided, links.first, 0))
    return np.lexsort((links.right, links.left, *reversed(chosen), *reversed(by_people)))


@lean
def _add(s, left, right, rule):  # type: ignore[no-untyped-def]
    """Add links in order: [links] the first broken limit's rule, or none."""
    for i in range(len(s.parent)):
        hold(s.apart, i, i)
    for i in range(len(left)):
        a = find(s.parent, left[i])
        b = find(s.parent, right[i])
        if a == b:
            continue
        rule[i] = broken_limit(s.limits, s.values[a], s.values[b])
        s.found[0], s.found[1] = a, b
        if rule[i] == _NONE and holds_both(s.apart, s.found, 2, left[:0]):
            rule[i] = _APART
        if rule[i] == _NONE:
            _unite(s, min(a, b), max(a, b))


@inner
def _unite(s, low, high):  # type: ignore[no-untyped-def]
    s.parent[high] = low
    hold_all(s.apart, high, low)
    for t in range(s.values.shape[1]):
        s.values[low, t] += s.values[high, t]


@kernel
def _roots(parent):  # type: ignore[no-untyped-def]
    for i in range(len(parent)):
        parent[i] = find(parent, i)
    return parent
