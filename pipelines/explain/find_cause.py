"""Decides why two identities are together or apart, from the tables of one run."""

from itertools import pairwise
from typing import NamedTuple

import networkx as nx

from idweave.pipelines.explain.decided import Decisions, held_with, told
from idweave.pipelines.explain.read import (
    Published,
    Record,
    Row,
    carried_by,
    identity_of,
    key_of,
    order_of,
    place_of,
)
from idweave.pipelines.explain.unheld import VALUE_RULES, unheld
from idweave.pipelines.published.identity import Identity
from idweave.transforms.columnar.policies.registry import POLICIES

_DROPPED = 10**9  # weight of a dropped linkage: a path takes one only where kept ones don't lead


class Answer(NamedTuple):
    """Why two identities are together or apart in one scope."""

    scope: str
    verdict: str  # together | apart | unknown
    profiles: tuple[tuple[str, ...], tuple[str, ...]]  # that hold the left and the right identity
    path: tuple[Row, ...]  # linkages from the left identity to the right one
    cause: Row  # kind, and what belongs to it; empty where the path says all
    decisions: tuple[Row, ...] = ()  # of people, that keep them together or apart


def answer(run: Published, left: Identity, right: Identity, scope: str) -> Answer:
    """Explain two identities in one scope; values that a decision tied count as one."""
    decisions = Decisions(run, scope)
    one, other = decisions.smallest(left), decisions.smallest(right)
    tied = [*decisions.that_tie(left, one), *decisions.that_tie(right, other)]
    if one == other:
        held = {row["profile_id"] for row in run.identities([one]) if row["scope"] == scope}
        profiles = tuple(sorted(held))
        tied = decisions.that_tie(left, right)
        return Answer(scope, "together", (profiles, profiles), (), {}, told(tied))
    found = _of_records(run, one, other, scope)
    if found.verdict == "together":
        return found._replace(decisions=told([*tied, *decisions.that_link(found.path)]))
    held_by_one, held_by_other = held_with(run, one, scope), held_with(run, other, scope)
    return found._replace(decisions=told(decisions.that_part(held_by_one, held_by_other)))


def _of_records(run: Published, left: Identity, right: Identity, scope: str) -> Answer:
    """What records say of two identities."""
    rows = [row for row in run.identities([left, right]) if row["scope"] == scope]
    held: list[tuple[str, ...]] = []
    components: list[set[str]] = []
    for identity in (left, right):
        own = [row for row in rows if identity_of(row) == identity]
        held.append(tuple(sorted({row["profile_id"] for row in own})))
        components.append({row["component_id"] for row in own} - {None})
        if not own:
            rows_of = run.observations_of(identity, scope)
            components[-1] |= {row["component_id"] for row in rows_of}
            cause = unheld(run, identity, rows_of)
            if cause:
                verdict = "unknown" if cause["kind"] == "unknown" else "apart"
                return Answer(scope, verdict, (held[0], (*held, ())[1]), (), cause)
    profiles = held[0], held[1]
    both = sorted(set(held[0]) & set(held[1]))
    if both:
        return _together(run, left, right, Answer(scope, "together", profiles, (), {}), both[0])
    apart = Answer(scope, "apart", profiles, (), {})
    for identity in (left, right):
        if identity.type not in run.link_on:
            return apart._replace(cause={"kind": "not_linked", "identity": str(identity)})
    common = components[0] & components[1]
    if not common:
        return apart._replace(cause=_between(run, components))
    return _parted(run, left, right, apart, min(common))


def _graph(linkages: list[Row]) -> nx.Graph:
    graph = nx.Graph()
    for row in linkages:
        left = Identity(row["left_type"], row["left_value"])
        right = Identity(row["right_type"], row["right_value"])
        weight = 1 if row["status"] == "kept" else _DROPPED
        graph.add_edge(left, right, weight=weight, linkage=row)
    return graph


def _path(graph: nx.Graph, left: Identity, right: Identity) -> tuple[Row, ...]:
    """The linkages of the shortest path, kept ones first; none if nothing leads there."""
    if left not in graph or right not in graph or not nx.has_path(graph, left, right):
        return ()
    way = nx.shortest_path(graph, left, right, weight="weight")
    names = ("first_seen", "last_seen", "record_count", "first_source", "first_record_id",
             "status", "rule")  # fmt: skip
    return tuple(
        {"from": str(a), "to": str(b)}
        | {name: graph.edges[a, b]["linkage"][name] for name in names}
        for a, b in pairwise(way)
    )


def _together(
    run: Published, left: Identity, right: Identity, found: Answer, profile: str
) -> Answer:
    """The way from one to the other through what their profile holds."""
    for identity in (left, right):
        if identity.type not in run.link_on:
            return found._replace(cause={"kind": "not_linked", "identity": str(identity)})
    (component,) = {
        row["component_id"]
        for row in run.identities([left])
        if row["profile_id"] == profile
    }  # fmt: skip
    holds = {
        identity_of(row) for row in run.identities_of(component) if row["profile_id"] == profile
    }
    inside = _graph(run.linkages(component)).subgraph(holds)
    if not POLICIES[run.policy].replays:
        return found._replace(path=_path(inside, left, right))
    observations = run.observations(component)
    assigned = run.assigned(map(key_of, observations))
    own = [row for row in observations if _profile(assigned, row) == profile]
    carried = {frozenset(pair) for row in own for pair in _pairs(row)}
    seen = inside.edge_subgraph([edge for edge in inside.edges if frozenset(edge) in carried])
    path = _path(seen, left, right) or _path(inside, left, right)
    if path:
        return found._replace(path=path)
    firsts = [next((place_of(r) for r in own if i in carried_by(r)), None) for i in (left, right)]
    return found._replace(cause={"kind": "same_profile", "first": firsts})


def _pairs(row: Row) -> list[tuple[Identity, Identity]]:
    """All pairs of a record's identities: at most 100 squared, records with more are refused."""
    carried = carried_by(row)
    return [(a, b) for place, a in enumerate(carried) for b in carried[place + 1 :]]


def _profile(assigned: dict[Record, Row], row: Row) -> str | None:
    of = assigned.get(key_of(row))
    return None if of is None else of["profile_id"]


def _between(run: Published, components: list[set[str]]) -> Row:
    """What two components would have shared, had it not been left out."""
    sides: list[dict[Identity, Row]] = []
    for side in components:
        records = [key_of(row) for component in sorted(side) for row in run.observations(component)]
        drops = [row for row in run.drops_by(records) if row["rule"] in VALUE_RULES]
        sides.append({identity_of(row): row for row in sorted(drops, key=order_of, reverse=True)})
    for identity in sorted(set(sides[0]) & set(sides[1])):
        rule = sides[0][identity]["rule"]
        return {
            "kind": "hub" if rule == "hub" else "refused_value",
            "identity": str(identity),
            "rule": rule,
            "between": [place_of(side[identity]) for side in sides],
        }
    return {"kind": "nothing_links"}


def _parted(
    run: Published, left: Identity, right: Identity, apart: Answer, component: str
) -> Answer:
    """Why two identities of one component are in no common profile."""
    path = _path(_graph(run.linkages(component)), left, right)
    apart = apart._replace(path=path)
    for step in path:
        if step["status"] == "dropped":
            cause = {"kind": "dropped_linkage", "rule": step["rule"], "linkage": step}
            return apart._replace(cause=cause)
    if not path:
        return apart._replace(cause={"kind": "linked_by_changes"})
    return apart._replace(cause=_parting_record(run, path, apart.profiles[0], component))


def _parting_record(
    run: Published, path: tuple[Row, ...], profiles: tuple[str, ...], component: str
) -> Row:
    """The first record about the first step that leaves the left identity's profiles."""
    holders: dict[str, set[str]] = {}
    for row in run.identities_of(component):
        holders.setdefault(str(identity_of(row)), set()).add(row["profile_id"])
    left = next(
        step for step in path if not holders.get(step["to"], set()) & set(profiles)
    )  # the last step's end is the right identity, which none of them holds
    ends = {left["from"], left["to"]}
    observations = [
        row for row in run.observations(component) if ends & set(map(str, carried_by(row)))
    ]
    assigned = run.assigned(map(key_of, observations))
    drops: dict[Record, list[Row]] = {}
    for row in run.drops_by(map(key_of, observations)):
        drops.setdefault(key_of(row), []).append(row)
    for row in observations:
        carried = set(map(str, carried_by(row)))
        of = assigned.get(key_of(row), {"profile_id": None, "status": None, "reason": None})
        about = [d for d in drops.get(key_of(row), []) if str(identity_of(d)) in ends]
        elsewhere = any(of["profile_id"] not in holders.get(end, set()) for end in ends & carried)
        outside = left["to"] in carried and of["profile_id"] not in profiles
        if about or elsewhere or outside:
            return {
                "kind": "parted",
                "linkage": left,
                "record": place_of(row),
                "request": row["request"],
                "profile": of["profile_id"],
                "status": of["status"],
                "reason": of["reason"],
                "drops": [{"identity": str(identity_of(d)), "rule": d["rule"]} for d in about],
            }
    return {"kind": "parted", "linkage": left}
