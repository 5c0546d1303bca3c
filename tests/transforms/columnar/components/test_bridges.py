"""Bridges and what they part, with networkx as the oracle."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.components.bridges import smaller_parts

EDGES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda e: e[0] < e[1]),
    unique=True,
    max_size=22,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(edges=EDGES)
def test_each_bridge_has_the_size_of_the_smaller_part(edges: list[tuple[int, int]]) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(range(12))
    graph.add_edges_from(edges)
    expected = []
    for left, right in edges:
        graph.remove_edge(left, right)
        parts = [nx.node_connected_component(graph, node) for node in (left, right)]
        expected.append(0 if parts[0] == parts[1] else min(map(len, parts)))
        graph.add_edge(left, right)
    pairs = np.array(edges, np.int32).reshape(-1, 2)
    found = smaller_parts(12, pairs[:, 0].copy(), pairs[:, 1].copy())
    assert found.tolist() == expected
    assert {tuple(sorted(e)) for e in nx.bridges(graph)} == {
        edge for edge, size in zip(edges, expected, strict=True) if size
    }


def test_a_long_chain_needs_no_deep_recursion() -> None:
    left = np.arange(199_999, dtype=np.int32)
    found = smaller_parts(200_000, left, left + np.int32(1))
    assert found.max() == 100_000
    assert found.tolist()[:3] == [1, 2, 3]
