"""Bridges of a graph: edges whose removal leaves a component in two parts."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import inlined, kernel
from idweave.transforms.columnar.arrays.types import Ints, Longs


def smaller_parts(nodes: int, left: Ints, right: Ints) -> Longs:
    """[edges] nodes of the smaller part that the removal of each edge leaves; 0: it is no bridge.

    Tarjan's search of 1974 without recursion: time and memory are linear in nodes and edges.

    Args:
        left, right: [edges] the nodes of each edge; no two edges have the same.
    """
    start, edge = _adjacency(nodes, left, right)
    part, whole = _parts_below(start, edge, left, right)
    return np.minimum(part, whole[left] - part)


@kernel
def _adjacency(nodes, left, right):  # type: ignore[no-untyped-def]
    """The edges of each node: of node n edge[start[n]:start[n + 1]]."""
    start = np.zeros(nodes + 1, np.int64)
    for e in range(len(left)):
        start[left[e] + 1] += 1
        start[right[e] + 1] += 1
    start = np.cumsum(start)
    at = start[:-1].copy()
    edge = np.empty(2 * len(left), np.int32)
    for e in range(len(left)):
        for node in (left[e], right[e]):
            edge[at[node]] = e
            at[node] += 1
    return start, edge


@kernel
def _parts_below(start, edge, left, right):  # type: ignore[no-untyped-def]
    """[edges] nodes of the part that hangs on each bridge, 0 of no bridge; [nodes] of its whole."""
    nodes = len(start) - 1
    part = np.zeros(len(left), np.int64)
    whole = np.empty(nodes, np.int64)
    number = np.full(nodes, -1, np.int32)  # in the order in which they are found
    low = np.empty(nodes, np.int32)  # the first node that a node or those below it lead back to
    below = np.ones(nodes, np.int64)  # nodes of the tree that hangs on a node, itself too
    came_by = np.full(nodes, -1, np.int32)
    path, reached = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    at, found = start[:-1].copy(), 0
    for root in range(nodes):
        first = found
        depth = 0
        if number[root] < 0:
            number[root] = low[root] = found
            path[0], reached[found], depth, found = root, root, 1, found + 1
        while depth:
            node = path[depth - 1]
            if at[node] < start[node + 1]:
                e = edge[at[node]]
                at[node] += 1
                other = right[e] if left[e] == node else left[e]
                if number[other] < 0:
                    number[other] = low[other] = found
                    came_by[other] = e
                    path[depth], reached[found], depth, found = other, other, depth + 1, found + 1
                elif e != came_by[node]:
                    low[node] = min(low[node], number[other])
                continue
            depth -= 1
            if depth:
                _leave(node, path[depth - 1], low, below)
                if low[node] > number[path[depth - 1]]:
                    part[came_by[node]] = below[node]
        whole[reached[first:found]] = below[root]
    return part, whole


@inlined
def _leave(node, above, low, below):  # type: ignore[no-untyped-def]
    below[above] += below[node]
    low[above] = min(low[above], low[node])
