"""SEMANTICS 3.1 and 3.2: merge_all and constrained_merge with attribution; decisions as in § 7."""

from itertools import combinations

from tests.oracle.prepare import Observation, components
from tests.oracle.world import Apart, Expected, Identity, Key, Strategy, holds_both, strength

Pair = tuple[Identity, Identity]

ORDERS = {
    "adobe": ("newest_observation", "strength", "newest"),
    "newest_owner": ("newest", "strength"),
    "first_owner": ("oldest", "strength"),
    "strongest": ("strength", "newest"),
}


def merge(
    observations: list[Observation],
    strategy: Strategy,
    expected: Expected,
    apart: Apart = frozenset(),
) -> None:
    """Resolve the observations of one scope, in order, for a merging policy."""
    for component in components(observations):
        pieces = _pieces(component, strategy, expected, apart)
        of_identity = _profiles(component, pieces, strategy, expected)
        _assign(component, of_identity, strategy, expected)


def _breaks(piece: set[Identity], strategy: Strategy, apart: Apart) -> str | None:
    """The first limit that a profile of these identities would break."""
    params = strategy.params if strategy.policy == "constrained_merge" else {}
    count = {kind: sum(k == kind for k, _ in piece) for kind in strategy.link_on}
    if any(count[kind] > 1 for kind in params.get("unique", ())):
        return "unique"
    if any(count[kind] > most for kind, most in params.get("max_values", {}).items()):
        return "max_values"
    if any(sum(count[kind] for kind in kinds) > 1 for kinds in params.get("exclusive", ())):
        return "exclusive"
    most_values = params.get("max_profile_values")
    if most_values is not None and len(piece) > most_values:
        return "max_profile_values"
    return "apart" if holds_both(piece, apart) else None


def _pieces(
    component: list[Observation], strategy: Strategy, expected: Expected, apart: Apart
) -> list[set[Identity]]:
    everything = {identity for _, own in component for identity in own}
    if _breaks(everything, strategy, apart) is None:
        return [everything]
    pieces = {identity: {identity} for identity in everything}
    for left, right in _links(component, strategy):
        if pieces[left] is pieces[right]:
            continue
        union = pieces[left] | pieces[right]
        rule = _breaks(union, strategy, apart)
        if rule:
            expected.dropped_links.add((left, right, rule))
        else:
            for identity in union:
                pieces[identity] = union
    distinct = {id(piece): piece for piece in pieces.values()}
    return list(distinct.values())


def _links(component: list[Observation], strategy: Strategy) -> list[Pair]:
    """Every link in the order in which it is added: what people decided, then as configured."""
    seen: dict[Pair, list[int]] = {}
    decided: dict[Pair, int] = {}
    for place, (record, own) in enumerate(component):
        for pair in combinations(own, 2):
            if record.decided:
                decided.setdefault(pair, place)
            else:
                seen.setdefault(pair, []).append(place)
    newest = len(component) - 1
    params = strategy.params if strategy.policy == "constrained_merge" else {}
    order = params.get("order", "newest_owner")
    keys = ORDERS[order] if isinstance(order, str) else tuple(order)

    def rank(pair: Pair) -> tuple[object, ...]:
        left, right = (strength(strategy, identity) for identity in pair)
        ranks = {
            "newest_observation": 0 if seen[pair][-1] == newest else 1,
            "strength": left[0] + right[0],
            "newest": -seen[pair][-1],
            "oldest": seen[pair][0],
        }
        return (*(ranks[key] for key in keys), left, right)

    others = [pair for pair in seen if pair not in decided]
    return sorted(decided, key=lambda pair: decided[pair]) + sorted(others, key=rank)


def _profiles(
    component: list[Observation],
    pieces: list[set[Identity]],
    strategy: Strategy,
    expected: Expected,
) -> dict[Identity, Key | None]:
    of_identity: dict[Identity, Key | None] = {}
    scope = component[0][0].scope
    first_seen: dict[Identity, int] = {}
    for place, (record, own) in enumerate(component):
        for identity in own:
            if not record.decided:
                first_seen.setdefault(identity, place)
    never = len(component)  # of what only decisions link: after all that was seen
    created = {identity for record, own in component if record.create for identity in own}
    for piece in pieces:
        first = min(piece, key=lambda i: (first_seen.get(i, never), strength(strategy, i)))
        key: Key | None = ("identity", scope, *first) if piece & created else None
        for identity in piece:
            of_identity[identity] = key
        if key:
            expected.held[key] = set(piece)
            expected.known[key] = False
            expected.linked_from[key] = None
    return of_identity


def _assign(
    component: list[Observation],
    of_identity: dict[Identity, Key | None],
    strategy: Strategy,
    expected: Expected,
) -> None:
    attribution = strategy.params.get("attribution")
    for place, (record, own) in enumerate(component):
        key = of_identity[own[0]]
        if attribution:
            key = _attributed(component, place, of_identity, attribution, key)
        if key is None:
            expected.refuse(record, "unassigned", "update_only")
        else:
            expected.assign(record, key)


def _first(own: list[Identity], kinds: list[str]) -> Identity | None:
    return next((identity for identity in own if identity[0] in kinds), None)


def _attributed(
    component: list[Observation],
    place: int,
    of_identity: dict[Identity, Key | None],
    attribution: dict[str, object],
    key: Key | None,
) -> Key | None:
    devices, persons = list(attribution["device"]), list(attribution["person"])  # type: ignore
    own = component[place][1]
    device = _first(own, devices)
    if device is None:
        return key
    owners = []  # (place, profile) of the device's records with a person who counts
    for other, (record, identities) in enumerate(component):
        person = None if record.decided else _first(identities, persons)
        if _first(identities, devices) == device and person and of_identity[person]:
            owners.append((other, of_identity[person]))
    if not owners:
        return key
    has_person = _first(own, persons) is not None
    mode = attribution["mode"]
    if mode == "last_auth":
        return owners[-1][1]
    if has_person:
        return key
    if mode == "anonymous_last_auth":
        return owners[-1][1]
    before = [owner for other, owner in owners if other <= place]
    return before[-1] if before else owners[0][1]
