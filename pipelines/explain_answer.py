"""Decides why two identities are together or apart, from the tables of one run."""

from itertools import pairwise
from typing import Any, NamedTuple

import networkx as nx

from pipelines.explain_read import Identity, Published, Row

REPLAYS = ("idsync", "demote_weakest", "no_guess")
VALUE_RULES = ("hub", "blocked", "pattern", "too_long", "not_normalisable", "wrong_type")
_DROPPED = 10**9  # weight of a dropped linkage: a path takes one only where kept ones don't lead
Record = tuple[str, str]  # source, record id


class Answer(NamedTuple):
    """Why two identities are together or apart in one scope."""

    scope: str
    verdict: str  # together | apart | unknown
    profiles: tuple[tuple[str, ...], tuple[str, ...]]  # that hold the left and the right identity
    path: tuple[Row, ...]  # linkages from the left identity to the right one
    cause: Row  # kind, and what belongs to it; empty where the path says all


def answer(run: Published, left: Identity, right: Identity, scope: str) -> Answer:
    """Explain two identities in one scope."""
    rows = [row for row in run.identities([left, right]) if row["scope"] == scope]
    held: list[tuple[str, ...]] = []
    components: list[set[str]] = []
    for identity in (left, right):
        own = [row for row in rows if _identity(row) == identity]
        held.append(tuple(sorted({row["profile_id"] for row in own})))
        components.append({row["component_id"] for row in own} - {None})
        if not own and not _has_component(run, identity, scope, components[-1]):
            return _not_found(run, identity, scope, (held[0], held[1] if len(held) > 1 else ()))
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


def _identity(row: Row) -> Identity:
    return Identity(row["identity_type"], row["identity_value"])


def _has_component(run: Published, identity: Identity, scope: str, found: set[str]) -> bool:
    """Look for the component of an identity that no profile holds."""
    found |= {row["component_id"] for row in run.linkages_of(identity, scope)}
    return bool(found)


def _not_found(
    run: Published, identity: Identity, scope: str, profiles: tuple[tuple[str, ...], ...]
) -> Answer:
    """No profile holds the identity and no linkage has it: it was left out, or never seen."""
    drops = [row for row in run.drops_of([identity]) if row["rule"] != "platform_not_normalisable"]
    held = profiles[0], profiles[1]
    if not drops:
        return Answer(scope, "unknown", held, (), {"kind": "unknown", "identity": str(identity)})
    first = min(drops, key=_order)
    cause = {
        "kind": "hub" if first["rule"] == "hub" else "refused_value",
        "identity": str(identity),
        "rule": first["rule"],
        "records": len({(row["source"], row["record_id"]) for row in drops}),
        "first": _record(first),
    }
    return Answer(scope, "apart", held, (), cause)


def _order(row: Row) -> tuple[Any, ...]:
    """The order of observations: without a time first, then by time, source and record id."""
    time = row["event_time"]
    return time is not None, time or 0, row["source"].encode(), row["record_id"].encode()


def _record(row: Row) -> Row:
    return {key: row[key] for key in ("source", "record_id", "event_time")}


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
    holds = {_identity(row) for row in run.identities_of(component) if row["profile_id"] == profile}
    inside = _graph(run.linkages(component)).subgraph(holds)
    if run.policy not in REPLAYS:
        return found._replace(path=_path(inside, left, right))
    observations = run.observations(component)
    assigned = run.assigned(map(_key, observations))
    own = [row for row in observations if _profile(assigned, row) == profile]
    carried = {frozenset(pair) for row in own for pair in _pairs(row)}
    seen = inside.edge_subgraph([edge for edge in inside.edges if frozenset(edge) in carried])
    path = _path(seen, left, right) or _path(inside, left, right)
    if path:
        return found._replace(path=path)
    firsts = [next((_record(r) for r in own if i in _carried(r)), None) for i in (left, right)]
    return found._replace(cause={"kind": "same_profile", "first": firsts})


def _key(row: Row) -> Record:
    return row["source"], row["record_id"]


def _carried(row: Row) -> list[Identity]:
    return [Identity(pair["type"], pair["value"]) for pair in row["identities"]]


def _pairs(row: Row) -> list[tuple[Identity, Identity]]:
    """All pairs of a record's identities: at most 100 squared, records with more are refused."""
    carried = _carried(row)
    return [(a, b) for place, a in enumerate(carried) for b in carried[place + 1 :]]


def _profile(assigned: dict[Record, Row], row: Row) -> str | None:
    of = assigned.get(_key(row))
    return None if of is None else of["profile_id"]


def _between(run: Published, components: list[set[str]]) -> Row:
    """What two components would have shared, had it not been left out."""
    sides: list[dict[Identity, Row]] = []
    for side in components:
        records = [_key(row) for component in sorted(side) for row in run.observations(component)]
        drops = [row for row in run.drops_by(records) if row["rule"] in VALUE_RULES]
        sides.append({_identity(row): row for row in sorted(drops, key=_order, reverse=True)})
    for identity in sorted(set(sides[0]) & set(sides[1])):
        rule = sides[0][identity]["rule"]
        return {
            "kind": "hub" if rule == "hub" else "refused_value",
            "identity": str(identity),
            "rule": rule,
            "between": [_record(side[identity]) for side in sides],
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
        holders.setdefault(str(_identity(row)), set()).add(row["profile_id"])
    left = next(
        step for step in path if not holders.get(step["to"], set()) & set(profiles)
    )  # the last step's end is the right identity, which none of them holds
    ends = {left["from"], left["to"]}
    observations = [
        row for row in run.observations(component) if ends & set(map(str, _carried(row)))
    ]
    assigned = run.assigned(map(_key, observations))
    drops: dict[Record, list[Row]] = {}
    for row in run.drops_by(map(_key, observations)):
        drops.setdefault(_key(row), []).append(row)
    for row in observations:
        carried = set(map(str, _carried(row)))
        of = assigned.get(_key(row), {"profile_id": None, "status": None, "reason": None})
        about = [d for d in drops.get(_key(row), []) if str(_identity(d)) in ends]
        elsewhere = any(of["profile_id"] not in holders.get(end, set()) for end in ends & carried)
        outside = left["to"] in carried and of["profile_id"] not in profiles
        if about or elsewhere or outside:
            return {
                "kind": "parted",
                "linkage": left,
                "record": _record(row),
                "request": row["request"],
                "profile": of["profile_id"],
                "status": of["status"],
                "reason": of["reason"],
                "drops": [{"identity": str(_identity(d)), "rule": d["rule"]} for d in about],
            }
    return {"kind": "parted", "linkage": left}
