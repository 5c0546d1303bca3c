"""SEMANTICS 7: decisions of people about two identities: which count, and what they tie."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.oracle.world import BAD, Identity, Row, Strategy, by_bytes

ACTIONS = ("together", "apart", "revoke")
Classes = dict[Identity, Identity]  # a value that is tied: the smallest of its class


class Decision(NamedTuple):
    """One row of a file of decisions, its values normalised already."""

    id: str
    action: str
    left: Identity | None  # none: a revoke
    right: Identity | None
    decided_at: int  # microseconds
    scope: str | None = None  # none: all
    strategy: str | None = None  # none: all
    decided_by: str | None = None
    reason: str | None = None

    @property
    def one_type(self) -> bool:
        """Whether it is about two values of a type."""
        return self.left is not None and self.right is not None and self.left[0] == self.right[0]

    def row(self) -> Row:
        """Its columns, as in the file."""
        left, right = self.left or (None, None), self.right or (None, None)
        return {
            "id": self.id,
            "action": self.action,
            "left_type": left[0],
            "left_value": left[1],
            "right_type": right[0],
            "right_value": right[1],
            "scope": self.scope,
            "strategy": self.strategy,
            "decided_at": self.decided_at,
            "decided_by": self.decided_by,
            "reason": self.reason,
        }


def in_force(rows: Iterable[Decision]) -> list[Decision]:
    """The row that counts of each id: the latest; none, if that is a revoke."""
    latest: dict[str, Decision] = {}
    for row in rows:
        if row.id not in latest or row.decided_at > latest[row.id].decided_at:
            latest[row.id] = row
    return [latest[key] for key in sorted(latest, key=by_bytes) if latest[key].action != "revoke"]


def concerning(decisions: Iterable[Decision], name: str) -> list[Decision]:
    """Decisions for the strategy of that name."""
    return [d for d in decisions if d.strategy in (None, name)]


def errors(rows: Sequence[Decision], strategies: Mapping[str, Strategy]) -> list[tuple[str, str]]:
    """What a run refuses to start with: (id, what)."""
    found = [(row.id, what) for row in rows for what in _faults(row, strategies)]
    for number, row in enumerate(rows):
        for other in rows[:number]:
            if (row.id, row.decided_at) == (other.id, other.decided_at) and row != other:
                found.append((row.id, "same_moment"))
    if found:
        return found
    scopes = {row.scope for row in rows} | {None}  # none stands for any that nobody names
    for name, strategy in strategies.items():
        own = concerning(in_force(rows), name)
        for scope in scopes:
            classes = ties(own, strategy, scope)
            found += [
                (d.id, "tied_and_apart")
                for d in own
                if d.action == "apart" and d.one_type and of_scope(d, scope)
                if d.left and d.right
                if classes.get(d.left, d.left) == classes.get(d.right, d.right)
            ]
    return sorted(set(found))


def _faults(row: Decision, strategies: Mapping[str, Strategy]) -> list[str]:
    if row.action not in ACTIONS or not row.id:
        return ["faulty"]
    if row.action == "revoke":
        return []
    if not (row.left and row.right and row.left[1] and row.right[1]):
        return ["faulty"]
    if row.strategy is not None and row.strategy not in strategies:
        return ["faulty"]
    concerned = [s for name, s in strategies.items() if row.strategy in (None, name)]
    out = []
    for kind, value in (row.left, row.right):
        if not any(kind in strategy.link_on for strategy in concerned):
            out.append("not_linked")
        elif value == BAD:
            out.append("value_refused")
    return out


def of_scope(decision: Decision, scope: str | None) -> bool:
    """Whether it is for that scope, if it is for all or that one."""
    return decision.scope in (None, scope)


def concerns(decision: Decision, strategy: Strategy) -> bool:
    """Whether the strategy links both types."""
    both = (decision.left, decision.right)
    return all(i is not None and i[0] in strategy.link_on for i in both)


def ties(decisions: Iterable[Decision], strategy: Strategy, scope: str | None) -> Classes:
    """The smallest value of its class, of every value that one-type decisions tie in the scope."""
    groups: list[set[Identity]] = []
    for d in decisions:
        if d.action == "together" and d.one_type and of_scope(d, scope) and concerns(d, strategy):
            group = {d.left, d.right}
            touching = [g for g in groups if g & group]
            groups = [g for g in groups if not g & group]
            groups.append(group.union(*touching))  # type: ignore[arg-type]
    return {i: min(group, key=lambda i: by_bytes(i[1])) for group in groups for i in group}
