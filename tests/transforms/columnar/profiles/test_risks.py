"""Risks of profiles, against a slow reading of the definition on random profiles."""

from collections import Counter
from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.components.linkages import Linkages
from idweave.transforms.columnar.profiles.risks import (
    Evidence,
    RiskLimits,
    find_risks,
    profiles_by_risk,
    risky_profiles,
)
from idweave.transforms.columnar.vocabulary import Risk, Rule

LIMITS = RiskLimits(
    many_identities=4,
    many_values=2,
    weak_bridge=2,
    busy_identity=2,
    busy_share=0.5,
    dropped_linkages=0,
)
PROFILES, LINKED, OTHERS, TYPES = 4, 9, 3, 3
HELD = st.lists(
    st.tuples(st.integers(0, PROFILES - 1), st.integers(0, LINKED - 1)), unique=True, max_size=30
)
OTHER = st.lists(
    st.tuples(st.integers(0, PROFILES - 1), st.integers(LINKED, LINKED + OTHERS - 1)),
    unique=True,
    max_size=8,
)
LINKAGES = st.dictionaries(
    st.tuples(st.integers(0, LINKED - 1), st.integers(0, LINKED - 1)).filter(lambda e: e[0] < e[1]),
    st.tuples(st.integers(1, 2), st.sampled_from([Rule.NONE, Rule.NONE, Rule.NONE, Rule.UNIQUE])),
    max_size=24,
)
Row = tuple[int, str, int, int, int]


def type_of(identity: int) -> int:
    return identity % TYPES


def by_definition(
    held: list[tuple[int, int]],
    others: list[tuple[int, int]],
    linkages: dict[tuple[int, int], tuple[int, Rule]],
) -> set[Row]:
    """Each kind of risk, profile by profile."""
    rows: set[Row] = set()
    for profile in range(PROFILES):
        own = {identity for p, identity in held if p == profile}
        listed = own | {identity for p, identity in others if p == profile}
        if len(own) > LIMITS.many_identities:
            rows.add((profile, "many_identities", len(own), -1, -1))
        for kind, count in Counter(map(type_of, listed)).items():
            if count > LIMITS.many_values:
                rows.add((profile, "many_values", count, kind, -1))
        graph = nx.Graph()
        graph.add_edges_from(
            pair for pair, (_, rule) in linkages.items() if not rule and set(pair) <= own
        )
        for identity in graph:
            degree, edges = graph.degree[identity], graph.number_of_edges()
            if degree > LIMITS.busy_identity and degree > LIMITS.busy_share * edges:
                rows.add((profile, "busy_identity", degree, type_of(identity), -1))
        for left, right in list(nx.bridges(graph)):
            graph.remove_edge(left, right)
            sizes = [len(nx.node_connected_component(graph, end)) for end in (left, right)]
            graph.add_edge(left, right)
            left, right = sorted((left, right))
            if min(sizes) >= LIMITS.weak_bridge and linkages[left, right][0] == 1:
                rows.add((profile, "weak_bridge", min(sizes), type_of(left), type_of(right)))
        dropped = sum(1 for pair, (_, rule) in linkages.items() if rule and own & set(pair))
        if dropped > LIMITS.dropped_linkages:
            rows.add((profile, "dropped_linkages", dropped, -1, -1))
    return rows


def evidence(
    held: list[tuple[int, int]],
    others: list[tuple[int, int]],
    linkages: dict[tuple[int, int], tuple[int, Rule]],
) -> Evidence:
    pairs = sorted(linkages)
    zeros = np.zeros(len(pairs), np.int64)
    ends = np.array(pairs, np.int32).reshape(-1, 2)
    listed = np.array([*held, *others], np.int32).reshape(-1, 2)
    owned = np.array(held, np.int32).reshape(-1, 2)
    return Evidence(
        profiles=PROFILES,
        listed_profile=listed[:, 0].copy(),
        listed_identity=listed[:, 1].copy(),
        linked=LINKED,
        type_of=np.array([type_of(i) for i in range(LINKED + OTHERS)], np.int32),
        held_profile=owned[:, 0].copy(),
        held_identity=owned[:, 1].copy(),
        linkages=Linkages(
            left=ends[:, 0].copy(),
            right=ends[:, 1].copy(),
            records=np.array([linkages[pair][0] for pair in pairs], np.int64),
            first=zeros,
            last=zeros,
            first_row=zeros.astype(np.int32),
        ),
        rule=np.array([linkages[pair][1] for pair in pairs], np.int8),
    )


@settings(max_examples=80, deadline=None, derandomize=True)
@given(held=HELD, others=OTHER, linkages=LINKAGES)
def test_risks_are_those_of_the_definition(
    held: list[tuple[int, int]],
    others: list[tuple[int, int]],
    linkages: dict[tuple[int, int], tuple[int, Rule]],
) -> None:
    found = find_risks(evidence(held, others, linkages), LIMITS)
    names = [Risk(code).text for code in found.risk]
    rows = list(zip(found.profile.tolist(), names, found.measure.tolist(),
                    found.left_type.tolist(), found.right_type.tolist(), strict=True))  # fmt: skip
    expected = by_definition(held, others, linkages)
    assert set(rows) == expected
    risky = {row[0] for row in expected}
    assert risky_profiles(found) == len(risky)
    assert dict(profiles_by_risk(found)) == {
        risk.text: len({row[0] for row in expected if row[1] == risk.text}) for risk in Risk
    }
    kinds = {profile: len({row[1] for row in expected if row[0] == profile}) for profile in risky}
    order = list(dict.fromkeys(row[0] for row in rows))
    assert len(order) == len(risky)
    assert [kinds[profile] for profile in order] == sorted(kinds.values(), reverse=True)


def test_the_profile_farthest_beyond_the_limits_is_first() -> None:
    held = [(p, i) for p, many in ((0, 5), (1, 9), (2, 6)) for i in range(many)]
    limits = LIMITS._replace(many_values=100)
    found = find_risks(evidence(held, [], {}), limits)
    assert found.profile.tolist() == [1, 2, 0]
    assert found.measure.tolist() == [9, 6, 5]


def test_an_identity_that_very_many_profiles_hold_is_cheap() -> None:
    """A device of 40,000 people in a replay: time grows with linkages, not with their square."""
    people = 40_000
    held_profile = np.repeat(np.arange(people, dtype=np.int32), 2)
    person = np.arange(1, people + 1, dtype=np.int32)
    held_identity = np.stack([np.zeros(people, np.int32), person], axis=1).ravel()
    zeros = np.zeros(people, np.int64)
    linkages = Linkages(np.zeros(people, np.int32), person, zeros + 1, zeros, zeros,
                        zeros.astype(np.int32))  # fmt: skip
    of = Evidence(people, held_profile, held_identity, people + 1,
                  np.zeros(people + 1, np.int32), held_profile, held_identity, linkages,
                  np.zeros(people, np.int8))  # fmt: skip
    found = find_risks(of, LIMITS._replace(weak_bridge=1, busy_identity=0))
    assert profiles_by_risk(found)[Risk.WEAK_BRIDGE] == ("weak_bridge", people)
    assert profiles_by_risk(found)[Risk.BUSY_IDENTITY] == ("busy_identity", people)


def test_every_pair_of_a_profile_is_no_bridge() -> None:
    pairs = dict.fromkeys(combinations(range(9), 2), (1, Rule.NONE))
    found = find_risks(evidence([(0, i) for i in range(9)], [], pairs), LIMITS)
    assert [Risk(code).text for code in found.risk] == ["many_identities", *["many_values"] * 3]
