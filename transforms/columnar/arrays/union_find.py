"""Union-find on an array of parents: the smaller number stays a root."""

from idweave.transforms.columnar.arrays.compile import inner, kernel


@inner
def find(parent, node):  # type: ignore[no-untyped-def]
    """The root of a node, halving the path to it."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@inner
def join(parent, left, right):  # type: ignore[no-untyped-def]
    """Put two nodes into one set."""
    left = find(parent, left)
    right = find(parent, right)
    if left < right:
        parent[right] = left
    elif right < left:
        parent[left] = right


@kernel
def join_edges(parent, left, right):  # type: ignore[no-untyped-def]
    """Put the ends of each edge into one set, in place."""
    for i in range(len(left)):
        join(parent, left[i], right[i])


@kernel
def flatten(parent):  # type: ignore[no-untyped-def]
    """Make every node point at its root, in place; parents are never larger than children."""
    for node in range(len(parent)):
        parent[node] = parent[parent[node]]
