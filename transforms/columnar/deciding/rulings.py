"""What decisions mean for one graph: which of them work where, and what a value counts as.

Identities that decisions name are numbered from 0, the stronger first, so of two in one record the
smaller number is taken first. A scope is its place among the graph's.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.deciding.decision import Action, Decision, Identity, classes

_NONE = -1


class Rulings(NamedTuple):
    """``r`` decisions by scope, and ``t`` values that count as a smaller one of their class."""

    decision: Ints  # [r] its place in the list given
    scope: Ints  # [r] where both its identities are carried; -1: nowhere
    left: Ints  # [r] what its left identity counts as
    right: Ints  # [r]
    apart: Flags  # [r] else together
    links: Flags  # [r] together, of two types
    works: Flags  # [r] both are carried, and the graph links both types
    tied_scope: Ints  # [t] ascending
    tied: Ints  # [t] ascending within a scope
    tied_to: Ints  # [t] the smallest of its class


def decided_identities(decisions: Sequence[Decision], link_on: Sequence[int]) -> list[Identity]:
    """The identities that decisions name, the stronger first; those that don't link come last."""
    named = {identity for decision in decisions for identity in (decision.left, decision.right)}
    place = {kind: at for at, kind in enumerate(link_on)}

    def strength(identity: Identity) -> tuple[int, int, bytes]:
        kind, value = identity
        return place.get(kind, len(place)), kind, value.encode()

    return sorted(named, key=strength)


def rule(
    decisions: Sequence[Decision], link_on: Sequence[int], scopes: Sequence[str], carried: Flags
) -> Rulings:
    """Say what each decision means in each scope.

    Args:
        decisions: those of the graph's strategies, by id.
        carried: [identities, scopes] whether an observation carries it, as it was read.
    """
    number = {of: at for at, of in enumerate(decided_identities(decisions, link_on))}
    rows: list[tuple[int, int, int, int]] = []
    ties: list[tuple[int, int, int]] = []
    concerning = [decision for decision in decisions if decision.concerns(link_on)]
    for place, scope in enumerate(scopes):
        of_scope = classes(decision for decision in concerning if decision.is_for(scope))
        smallest = {number[i]: number[of] for i, of in of_scope.items()}
        ties += sorted((place, i, of) for i, of in smallest.items() if i != of)
        for at, decision in enumerate(decisions):
            left, right = number[decision.left], number[decision.right]
            if decision.is_for(scope) and carried[left, place] and carried[right, place]:
                rows.append((at, place, smallest.get(left, left), smallest.get(right, right)))
    nowhere = set(range(len(decisions))) - {row[0] for row in rows}
    for at in nowhere:
        rows.append((at, _NONE, number[decisions[at].left], number[decisions[at].right]))
    rows.sort(key=lambda row: (row[0], scopes[row[1]].encode() if row[1] >= 0 else b""))
    return _arrays(decisions, link_on, rows, ties)


def _arrays(
    decisions: Sequence[Decision],
    link_on: Sequence[int],
    rows: Sequence[tuple[int, int, int, int]],
    ties: Sequence[tuple[int, int, int]],
) -> Rulings:
    decision, scope, left, right = _columns(rows, 4)
    tied_scope, tied, tied_to = _columns(ties, 3)
    facts = [(d.action == Action.APART, d.links, d.concerns(link_on)) for d in decisions]
    apart, links, concerns = np.array(facts, bool).reshape(-1, 3)[decision].T
    works = concerns & (scope != _NONE)
    return Rulings(decision, scope, left, right, apart, links, works, tied_scope, tied, tied_to)


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int32]:
    return np.array(rows, np.int32).reshape(-1, width).T.copy()


def apart_pairs(rulings: Rulings) -> tuple[Ints, Ints, Ints]:
    """Scope, left and right of the pairs that no profile may hold both of."""
    rows = np.flatnonzero(rulings.works & rulings.apart)
    return rulings.scope[rows], rulings.left[rows], rulings.right[rows]
