"""Which decisions of people have to do with an answer, from the table `decisions`."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import networkx as nx

from idweave.pipelines.explain.read import Identity, Published, Row, identity_of

Holders = dict[Identity, set[str]]  # the profiles that hold an identity


class Decisions:
    """The decisions that a run obeyed in one scope."""

    def __init__(self, run: Published, scope: str) -> None:
        """Read them; a run without the table has none."""
        rows = [row for row in run.decisions() if row["scope"] == scope]
        self._rows = sorted(rows, key=lambda row: (row["decided_at"], row["id"]))
        self._ties = nx.Graph()
        for row in self._rows:
            left, right = sides(row)
            if row["action"] == "together" and left.type == right.type:
                self._ties.add_edge(left, right, decision=row)

    def smallest(self, identity: Identity) -> Identity:
        """What an identity counts as: the smallest value that it is tied to."""
        if identity not in self._ties:
            return identity
        tied = nx.node_connected_component(self._ties, identity)
        return min(tied, key=lambda one: one.value.encode())

    def that_tie(self, left: Identity, right: Identity) -> list[Row]:
        """Those that make two values one."""
        if left == right:
            return []
        way = nx.shortest_path(self._ties, left, right)
        return [self._ties.edges[pair]["decision"] for pair in pairwise(way)]

    def that_link(self, path: Sequence[Row]) -> list[Row]:
        """Those that link what a step of the way goes between, where it is kept."""
        steps = [{step["from"], step["to"]} for step in path if step["status"] == "kept"]
        return [row for row in self._of("together") if self._pair(row) in steps]

    def that_part(self, left: Holders, right: Holders) -> list[Row]:
        """Those that keep apart what two sides hold."""
        found = []
        for row in self._of("apart"):
            one, other = map(self.smallest, sides(row))
            if (one in left and other in right) or (one in right and other in left):
                found.append(row)
        return found

    def _of(self, action: str) -> Iterable[Row]:
        return (row for row in self._rows if row["action"] == action and row["outcome"] == "holds")

    def _pair(self, row: Row) -> set[str]:
        return {str(self.smallest(identity)) for identity in sides(row)}


def sides(row: Row) -> tuple[Identity, Identity]:
    """The two identities of a decision."""
    return (
        Identity(row["left_type"], row["left_value"]),
        Identity(row["right_type"], row["right_value"]),
    )


def held_with(run: Published, identity: Identity, scope: str) -> Holders:
    """All that profiles which hold an identity hold."""
    own = [row for row in run.identities([identity]) if row["scope"] == scope]
    profiles = {row["profile_id"] for row in own}
    held: Holders = {identity: profiles}
    for component in sorted({row["component_id"] for row in own} - {None}):
        for row in run.identities_of(component):
            if row["profile_id"] in profiles:
                held.setdefault(identity_of(row), set()).add(row["profile_id"])
    return held


def told(rows: Iterable[Row]) -> tuple[Row, ...]:
    """What an answer says of decisions, each once."""
    names = ("id", "action", "decided_at", "decided_by", "reason")
    by_id = {row["id"]: {name: row[name] for name in names} for row in rows}
    return tuple(by_id.values())
