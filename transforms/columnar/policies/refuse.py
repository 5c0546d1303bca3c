"""Leaves the records that one strategy refuses out of a piece that several strategies share.

Strategies that differ in their unique types alone are gathered once, by the components of all the
records that any of them takes. What is left for one of them may fall apart into smaller components.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.ragged import take_items
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.arrays.union_find import find, join
from idweave.transforms.columnar.codes import SEARCH
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.gathering.piece import Piece, by_bytes, renumber
from idweave.transforms.columnar.policies.seam import Identities, Observations

Digests = NDArray[np.uint64]  # [n, 2] ids of components
Births = Callable[[Ints, Ints], Digests]  # first observations, their strongest identities


def refused_rows(piece: Piece, unique: Sequence[int], spares_search: bool) -> Flags:
    """[n] observations with two values of a unique type.

    Args:
        unique: places in `link_on`.
        spares_search: two values of a `search` are no fault.
    """
    observations, kind = piece.observations, piece.identities.type
    is_unique = np.zeros(int(kind.max(initial=0)) + 1, bool)
    is_unique[[place for place in unique if place < len(is_unique)]] = True
    refused: Flags = _two_values(observations.start, observations.identity, kind, is_unique)
    if spares_search:
        refused &= observations.request != SEARCH
    return refused


@kernel
def _two_values(start, identity, kind, is_unique):  # type: ignore[no-untyped-def]
    out = np.zeros(len(start) - 1, np.bool_)
    for row in range(len(out)):
        for e in range(start[row] + 1, start[row + 1]):
            here = kind[identity[e]]
            if is_unique[here] and here == kind[identity[e - 1]]:
                out[row] = True
                break
    return out


def without(piece: Piece, refused: Flags, decided: Flags, births: Births) -> Piece:
    """The piece without some observations; components are found and named again where needed.

    Args:
        refused: [n]
        decided: [n] people made it: a component is born with one only if it has no other.
        births: ids of components born with some observations.
    """
    given = piece.observations
    touched = np.zeros(len(piece.digest), bool)
    touched[given.component[refused]] = True
    of_row, of_node, first = _fall_apart(
        given, refused, decided, touched, piece.identities.component
    )
    new = births(first, given.identity[given.start[first]])
    labels = np.concatenate([np.flatnonzero(~touched), len(touched) + np.arange(len(first))])
    digest = np.concatenate([take_rows(piece.digest, ~touched), new])
    rank = by_bytes(digest)
    number = np.full(len(touched) + len(first) + 1, -1, np.int32)  # one place more for -1
    number[labels[rank]] = np.arange(len(labels), dtype=np.int32)
    rows, component = _in_order(number[of_row], len(labels))
    nodes, of_identity = _in_order(number[of_node], len(labels))
    others = len(piece.place) - len(of_node)
    code = np.full(len(piece.place), -1, np.int32)
    code[nodes] = np.arange(len(nodes), dtype=np.int32)
    code[len(of_node) :] = np.arange(len(nodes), len(nodes) + others, dtype=np.int32)
    other_start, other = renumber(piece.other_start, piece.other, rows, code)
    observations, change = _of_rows(given, rows, component, code)
    place = np.concatenate([piece.place[nodes], piece.place[len(of_node) :]])
    return Piece(
        piece.order[rows],
        observations,
        Identities(of_identity, piece.identities.type[nodes]),
        take_rows(digest, rank),
        place,
        other_start,
        other,
        piece.change[change],
    )


def _of_rows(
    given: Observations, rows: Longs, component: Ints, code: Ints
) -> tuple[Observations, Longs]:
    """Some of the observations with their identities renumbered, and which changes they have."""
    start, identity = renumber(given.start, given.identity, rows, code)
    change_start, change = take_items(given.change_start, rows)
    values = np.concatenate([code, np.array([-2, -1], np.int32)])  # BAD, NO from the end
    observations = Observations(
        component,
        start,
        identity,
        given.request[rows],
        given.creates[rows],
        change_start,
        given.change_type[change],
        values[given.change_old[change]],
        values[given.change_new[change]],
    )
    return observations, change


def _in_order(component: Ints, components: int) -> tuple[Longs, Ints]:
    """What is in a component, by component and in the order given; and its component."""
    places = np.flatnonzero(component >= 0)
    order = partition(component[places].astype(np.int64), components).order
    return places[order], component[places[order]]


def _fall_apart(
    given: Observations, refused: Flags, decided: Flags, touched: Flags, of_node: Ints
) -> tuple[Ints, Ints, Ints]:
    """Components without the refused observations: those not touched keep their number.

    Returns:
        of_row [n], of_node [k], -1 where nothing is left; first [new] observation of each new one,
        which are numbered from `len(touched)`.
    """
    return _components(  # type: ignore[no-any-return]
        given.component, given.start, given.identity,
        given.change_start, given.change_old, given.change_new,
        refused, decided, touched, of_node,
    )  # fmt: skip


@kernel
def _join_all(parent, carried, one, identities):  # type: ignore[no-untyped-def]
    """Join what a record names with one of its identities; below 0 is none."""
    for identity in identities:
        if identity >= 0:
            carried[identity] = True
            join(parent, one, identity)


@kernel
def _components(  # type: ignore[no-untyped-def]
    component, start, identity, change_start, old, new, refused, decided, touched, of_node
):
    parent = np.arange(len(of_node)).astype(np.int32)
    carried = np.zeros(len(of_node), np.bool_)
    for row in range(len(component)):
        if not refused[row] and touched[component[row]]:
            one, low, high = identity[start[row]], change_start[row], change_start[row + 1]
            _join_all(parent, carried, one, identity[start[row] : start[row + 1]])
            _join_all(parent, carried, one, old[low:high])
            _join_all(parent, carried, one, new[low:high])
    label = np.full(len(of_node), -1, np.int32)
    of_row = np.full(len(component), -1, np.int32)
    first = np.empty(len(component), np.int32)
    count = 0
    for row in range(len(component)):
        if not touched[component[row]]:
            of_row[row] = component[row]
        elif not refused[row]:
            root = find(parent, identity[start[row]])
            if label[root] < 0:
                label[root] = len(touched) + count
                first[count] = row
                count += 1
            of_row[row] = label[root]
            born = label[root] - len(touched)
            if decided[first[born]] and not decided[row]:
                first[born] = row
    left = np.full(len(of_node), -1, np.int32)
    for node in range(len(of_node)):
        if not touched[of_node[node]]:
            left[node] = of_node[node]
        elif carried[node]:
            left[node] = label[find(parent, node)]
    return of_row, left, first[:count].copy()
