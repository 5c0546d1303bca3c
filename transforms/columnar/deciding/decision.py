"""Decisions of people about two identities (SEMANTICS 7), and which values they make one."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

Identity = tuple[int, str]  # place of the type in the settings' list, normalised value


class Action(IntEnum):
    """What people decide about two identities; tables hold the name in lower case."""

    TOGETHER = 0
    APART = 1


class Decision(NamedTuple):
    """A decision that counts: of its id the latest, and not revoked."""

    id: str
    action: Action
    left: Identity
    right: Identity
    scope: str | None  # None: all
    strategy: str | None  # None: all
    decided_at: int  # microseconds since the epoch
    decided_by: str | None
    reason: str | None

    @property
    def ties(self) -> bool:
        """Whether it makes two values of one type one."""
        return self.action == Action.TOGETHER and self.left[0] == self.right[0]

    @property
    def links(self) -> bool:
        """Whether it links identities of two types."""
        return self.action == Action.TOGETHER and self.left[0] != self.right[0]

    def concerns(self, link_on: Sequence[int]) -> bool:
        """Whether a strategy that links these types obeys it."""
        return self.left[0] in link_on and self.right[0] in link_on

    def is_for(self, scope: str) -> bool:
        """Whether it is for a scope."""
        return self.scope is None or self.scope == scope


def newest_first(decision: Decision) -> tuple[int, bytes]:
    """The order among decisions: the newer one first, then by id."""
    return -decision.decided_at, decision.id.encode()


def classes(decisions: Iterable[Decision]) -> dict[Identity, Identity]:
    """The smallest value (bytes) of its class, of every value that decisions tie.

    Args:
        decisions: of one scope and strategy, which concern it.
    """
    above: dict[Identity, Identity] = {}

    def smallest(identity: Identity) -> Identity:
        while above[identity] != identity:
            above[identity] = above[above[identity]]
            identity = above[identity]
        return identity

    for decision in decisions:
        if decision.ties:
            both = decision.left, decision.right
            above.update((identity, identity) for identity in both if identity not in above)
            less, more = sorted(map(smallest, both), key=lambda identity: identity[1].encode())
            above[more] = less
    return {identity: smallest(identity) for identity in above}
