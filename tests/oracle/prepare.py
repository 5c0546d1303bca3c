"""Hubs, verdicts before any policy, and components."""

from collections import defaultdict
from collections.abc import Iterator

from tests.oracle.world import Expected, Identity, Record, Strategy, linked

Observation = tuple[Record, list[Identity]]  # with the usable identities, strongest first


def cut_hubs(records: list[Record], strategy: Strategy, expected: Expected) -> list[Observation]:
    """Take hubs away from every observation that carries one."""
    partners: dict[tuple[str, Identity, int], set[Identity]] = defaultdict(set)
    for record in records:
        own = linked(strategy, record) if strategy.uses(record) else []
        for number, (kind, linked_kind, _) in enumerate(strategy.hubs):
            for hub in own:
                for other in own:
                    if hub[0] == kind and other[0] == linked_kind and hub != other:
                        partners[record.scope, hub, number].add(other)
    cut = {
        (scope, hub)
        for (scope, hub, number), others in partners.items()
        if len(others) > strategy.hubs[number][2]
    }
    observations = []
    for record in records:
        left = []
        for identity in linked(strategy, record) if strategy.uses(record) else []:
            if (record.scope, identity) in cut:
                expected.drop(record, identity, "hub")
            else:
                left.append(identity)
        observations.append((record, left))
    return observations


def unique_types(strategy: Strategy) -> set[str]:
    """Types of which a record may have one value."""
    if strategy.policy not in ("constrained_merge", "idsync", "no_guess"):
        return set()
    direct = strategy.direct if strategy.policy == "idsync" else ()
    return set(strategy.params.get("unique", ())) | (set(direct) & set(strategy.link_on))


def taking_part(
    observations: list[Observation], strategy: Strategy, expected: Expected
) -> Iterator[Observation]:
    """Give the verdicts that come before the policy's; yield what is left for it."""
    unique = unique_types(strategy)
    for record, own in observations:
        of_unique = [kind for kind, _ in own if kind in unique]
        two_values = len(of_unique) != len(set(of_unique))
        if not strategy.uses(record):
            expected.refuse(record, "unassigned", "source_not_used")
        elif not own:
            expected.refuse(record, "unassigned", "no_identity")
        elif strategy.policy != "idsync" and record.request in ("search", "modify"):
            expected.refuse(record, "unassigned", "request_not_used")
        elif two_values and not (strategy.policy == "idsync" and record.request == "search"):
            expected.refuse(record, "refused", "two_values_of_unique_type")
        else:
            yield record, own


def components(observations: list[Observation]) -> list[list[Observation]]:
    """Observations that share identities, directly or by way of others; order is kept."""
    groups: list[tuple[set[Identity], list[Observation]]] = []
    for number, (record, own) in enumerate(observations):
        identities = set(own)
        members = [(number, (record, own))]
        rest = []
        for known, others in groups:
            if known & identities:
                identities |= known
                members += others  # type: ignore[arg-type]
            else:
                rest.append((known, others))
        groups = [*rest, (identities, members)]  # type: ignore[list-item]
    return [
        [observation for _, observation in sorted(members, key=lambda m: m[0])]  # type: ignore
        for _, members in groups
    ]
