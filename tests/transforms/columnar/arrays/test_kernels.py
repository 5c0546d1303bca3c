"""The kernels against the plain libraries: hashlib, networkx, dictionaries."""

import hashlib
from itertools import pairwise

import networkx as nx
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.arrays.blake2b import digests
from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise
from idweave.transforms.columnar.arrays.lean_numba import types
from idweave.transforms.columnar.arrays.row_digest import add_digests, row_digest
from idweave.transforms.columnar.arrays.union_find import flatten, join_edges
from idweave.transforms.columnar.components.contract import contract
from idweave.transforms.columnar.components.merge import partition, tie

EXAMPLES = settings(derandomize=True, deadline=None, max_examples=150)
EDGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60)


def shapes() -> list[tuple[list[tuple[int, int]], int]]:
    """Edges and the number of nodes: paths, stars, self-loops, nothing."""
    path = [(i, i + 1) for i in range(200)]
    star = [(7, i) for i in range(100)]
    loops = [(i, i) for i in range(5)]
    return [(path, 201), (path[::-1], 201), (star, 100), (loops, 5), ([], 3), ([], 0)]


def columns(edges: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Left and right ends."""
    both = np.array(edges, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def smallest(edges: list[tuple[int, int]], nodes: int) -> list[int]:
    """For each node the smallest of its component, by networkx."""
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(nodes))
    least = {node: min(part) for part in nx.connected_components(graph) for node in part}
    return [least[node] for node in range(nodes)]


def solved(edges: list[tuple[int, int]], nodes: int) -> list[int]:
    """The same by union-find."""
    parent = np.arange(nodes, dtype=np.int64)
    join_edges(parent, *columns(edges))
    flatten(parent)
    return parent.tolist()


@EXAMPLES
@given(st.lists(st.binary(max_size=400), max_size=20))
def test_blake2b_is_that_of_hashlib(messages: list[bytes]) -> None:
    messages += [b"x" * size for size in (0, 127, 128, 129, 256, 257)]
    start = np.cumsum([0, *map(len, messages)]).astype(np.int64)
    found = digests(start, np.frombuffer(b"".join(messages), np.uint8))
    expected = [hashlib.blake2b(message, digest_size=16).digest() for message in messages]
    assert [row.tobytes() for row in found] == expected


@EXAMPLES
@given(st.lists(st.binary(max_size=300), max_size=10), st.binary(min_size=1, max_size=64))
def test_keyed_blake2b_is_that_of_hashlib(messages: list[bytes], key: bytes) -> None:
    messages += [b"x" * size for size in (0, 1, 127, 128, 129, 256, 257)]
    start = np.cumsum([0, *map(len, messages)]).astype(np.int64)
    found = digests(start, np.frombuffer(b"".join(messages), np.uint8), key)
    expected = [hashlib.blake2b(m, digest_size=16, key=key).digest() for m in messages]
    assert [row.tobytes() for row in found] == expected


@EXAMPLES
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=80))
def test_codes_are_equal_where_hashes_are_in_both_words(rows: list[tuple[int, int]]) -> None:
    hashes = np.array(rows, np.uint64).reshape(-1, 2)
    code, first = factorise(hashes)
    numbers: dict[tuple[int, int], int] = {}
    assert code.tolist() == [numbers.setdefault(row, len(numbers)) for row in rows]
    assert [rows[place] for place in first] == list(numbers)


@EXAMPLES
@given(EDGES)
def test_components_are_those_of_networkx(edges: list[tuple[int, int]]) -> None:
    assert solved(edges, 31) == smallest(edges, 31)


def test_components_of_odd_shapes_are_those_of_networkx() -> None:
    for edges, nodes in shapes():
        assert solved(edges, nodes) == smallest(edges, nodes)


def test_a_path_of_a_million_hops_is_one_component() -> None:
    nodes = 1_000_001
    order = np.random.default_rng(3).permutation(nodes - 1).astype(np.int64)
    parent = np.arange(nodes, dtype=np.int64)
    join_edges(parent, order, order + 1)
    flatten(parent)
    assert not parent.any()


@EXAMPLES
@given(EDGES)
def test_contracting_shards_and_then_solving_gives_the_same_partition(
    edges: list[tuple[int, int]],
) -> None:
    left, right = columns(edges)
    shard = (left + right) % 3
    label = np.arange(31, dtype=np.int64)
    for number in range(3):
        of_shard = shard == number
        node, component, count = contract(left[of_shard], right[of_shard])
        members = [node[component == part] for part in range(count)]
        assert sorted(np.concatenate([np.empty(0, np.int64), *members]).tolist()) == sorted(
            set(left[of_shard].tolist()) | set(right[of_shard].tolist())
        )
        chains = [(a, b) for part in members for a, b in pairwise(part)]
        join_edges(label, *columns(chains))
    flatten(label)
    assert label.tolist() == smallest(edges, 31)


@EXAMPLES
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_an_identity_ties_all_components_that_it_is_in(seen: list[tuple[int, int]]) -> None:
    hashes = np.array([(identity, 7) for identity, _ in seen], np.uint64).reshape(-1, 2)
    component = np.array([part for _, part in seen], np.int64)
    tied, _ = tie(hashes, component)
    expected = nx.Graph()
    expected.add_nodes_from(range(10))
    for identity in range(10):
        parts = [part for of, part in seen if of == identity]
        expected.add_edges_from((parts[0], part) for part in parts)
    edges = list(zip(tied.left.tolist(), tied.right.tolist(), strict=True))
    assert solved(edges, 10) == smallest(list(expected.edges), 10)
    assert int(tied.owner.sum()) == len({identity for identity, _ in seen})


@EXAMPLES
@given(st.lists(st.integers(0, 6), max_size=50))
def test_values_are_sorted_by_shard_and_stay_in_order(shards: list[int]) -> None:
    found = partition(np.array(shards, np.int64), 7)
    assert found.order.tolist() == sorted(range(len(shards)), key=shards.__getitem__)
    assert found.start.tolist() == [sum(s < shard for s in shards) for shard in range(8)]


ROWS = st.lists(
    st.tuples(st.one_of(st.none(), st.text(max_size=5)), st.one_of(st.none(), st.integers(-5, 5))),
    max_size=30,
)


def table(rows: list[tuple[str | None, int | None]], *, coded: bool = False) -> pa.Table:
    """A table of a text and a number."""
    text = pa.array([text for text, _ in rows], pa.string())
    number = pa.array([number for _, number in rows], pa.int64())
    return pa.table({"text": text.dictionary_encode() if coded else text, "number": number})


@EXAMPLES
@given(ROWS, st.randoms(use_true_random=False), st.integers(0, 30))
def test_a_digest_of_rows_knows_no_order_and_no_encoding(
    rows: list[tuple[str | None, int | None]], chance: object, cut: int
) -> None:
    mixed = sorted(rows, key=lambda row: hash((chance.random(), row)))  # type: ignore[attr-defined]
    whole = row_digest(table(rows))
    assert row_digest(table(mixed)) == whole
    assert row_digest(table(rows, coded=True)) == whole
    assert add_digests(row_digest(table(rows[:cut])), row_digest(table(rows[cut:]))) == whole


def test_a_digest_of_rows_sees_what_differs() -> None:
    variants = [
        [("a", 1), ("b", 2)],
        [("a", 2), ("b", 1)],
        [("", 1), ("b", 2)],
        [(None, 1), ("b", 2)],
        [("a", 0), ("b", 2)],
        [("a", None), ("b", 2)],
        [("a", 1), ("a", 1)],
    ]
    assert len({row_digest(table(rows)) for rows in variants}) == len(variants)


@kernel
def half(number):  # type: ignore[no-untyped-def]
    """Half of a whole number."""
    return number // 2


def test_kernels_share_one_for_all_widths_of_whole_numbers() -> None:
    given = [types.int8, types.int32, types.int64, types.literal(-7), types.literal(9)]
    taken = [half.get_call_template((each,), {})[2] for each in given]
    assert set(taken) == {(types.int64,)}
    assert half.signatures == [(types.int64,)]
    others = [types.uint64, types.float64]
    assert [half.get_call_template((each,), {})[2] for each in others] == [(o,) for o in others]
    assert half(-7) == -4  # one that Python calls takes what it is given
