"""Puts the observations of whole components together, from what the units gathered."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.ragged import take_items
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.components.birth import Text
from idweave.transforms.columnar.gathering.sort_in_groups import sort_in_groups
from idweave.transforms.columnar.policies.seam import Identities, Observations


class Gathered(NamedTuple):
    """Records and identities of one piece as the units gave them, one unit after another."""

    digest: NDArray[np.uint64]  # [m, 2] of the component
    time: Longs  # [m]
    source: Ints  # [m] place in the order of the sources' names
    record_id: Text  # [m]
    request: Bytes  # [m]
    creates: Flags  # [m]
    entry_start: Longs  # [m + 1]
    entry: Ints  # places among the identities given
    change_start: Longs  # [m + 1]
    change_place: NDArray[np.int16]  # place of the type in `link_on`, or -1
    old: Ints  # places among the identities given, or NO_VALUE, BAD_VALUE
    new: Ints
    hash: Hashes  # [i, 2] of identity and scope
    place: NDArray[np.int16]  # [i] place of its type in `link_on`, or -1
    value: Text  # [i]


class Piece(NamedTuple):
    """Whole components: ``n`` observations in order, ``k`` linked identities, ``u`` others."""

    order: Longs  # [n] which of the gathered records the observation is
    observations: Observations
    identities: Identities
    digest: NDArray[np.uint64]  # [components, 2] ids of the components
    place: Longs  # [k + u] a place among the identities given: the linked ones, then the others
    other_start: Longs  # [n + 1] identities of types that are not linked
    other: Ints  # k .. k + u - 1
    change: Longs  # [c] which of the gathered changes each is


def put_together(given: Gathered) -> Piece:
    """Sort components by id, observations by time, source and record id, identities by strength.

    That is the order of SEMANTICS 1: those without a time come first.
    """
    code, first = factorise(given.hash)
    component, digest = _components(given.digest)
    order = sort_in_groups(component, len(digest), given.time, given.source, given.record_id)
    linked = given.place[first] >= 0
    of_identity = _component_of(
        component, given.entry_start, given.entry, given.change_start, given.old, given.new,
        code, len(first),
    )  # fmt: skip
    number, place = _number(given, first, linked, of_identity, len(digest))
    known = int(linked.sum())
    all_start, all_entries = renumber(given.entry_start, given.entry, order, number[code])
    entry_start, entry, other_start, other = _split(all_start, all_entries, known)
    change_start, change = take_items(given.change_start, order)
    values = np.concatenate([number[code], np.array([-2, -1], np.int32)])  # BAD, NO from the end
    old, new = values[given.old[change]], values[given.new[change]]
    kept = place[:known]
    observations = Observations(
        component[order],
        entry_start,
        entry,
        given.request[order],
        given.creates[order],
        change_start,
        given.change_place[change],
        old,
        new,
    )
    of_linked = np.empty(known, np.int32)
    of_linked[number[linked]] = of_identity[linked]
    identities = Identities(of_linked, given.place[kept])
    return Piece(order, observations, identities, digest, place, other_start, other, change)


def _components(digests: NDArray[np.uint64]) -> tuple[Ints, NDArray[np.uint64]]:
    """Number components by their ids' bytes."""
    code, first = factorise(digests)
    distinct = take_rows(digests, first)
    rank = by_bytes(distinct)
    number = np.empty(len(rank), np.int32)
    number[rank] = np.arange(len(rank), dtype=np.int32)
    return number[code], take_rows(distinct, rank)


def by_bytes(digests: NDArray[np.uint64]) -> NDArray[np.int64]:
    """[n] the order of ids by their bytes."""
    big_endian = digests.byteswap()
    return np.lexsort((big_endian[:, 1], big_endian[:, 0]))


def _number(
    given: Gathered, first: Ints, linked: Flags, component: Ints, components: int
) -> tuple[Ints, Longs]:
    """Number the linked identities by strength within their component, then the others."""
    places = np.flatnonzero(linked)
    at = first[places]
    order = sort_in_groups(
        component[places],
        components,
        given.place[at].astype(np.int64),
        np.zeros(len(at), np.int32),
        _texts_at(given.value, at),
    )
    others = np.flatnonzero(~linked)
    number = np.empty(len(first), np.int32)
    number[places[order]] = np.arange(len(places), dtype=np.int32)
    number[others] = np.arange(len(places), len(first), dtype=np.int32)
    return number, np.concatenate([at[order], first[others]]).astype(np.int64)


def _texts_at(text: Text, places: NDArray) -> Text:
    """The texts at some places."""
    return Text(*take_texts(text, places.astype(np.int64)))


@kernel
def take_texts(text, places):  # type: ignore[no-untyped-def]
    """Copy the texts at some places: starts and bytes."""
    start = np.zeros(len(places) + 1, np.int64)
    for i in range(len(places)):
        start[i + 1] = start[i] + text.start[places[i] + 1] - text.start[places[i]]
    data = np.empty(start[-1], np.uint8)
    for i in range(len(places)):
        low = text.start[places[i]]
        for j in range(start[i], start[i + 1]):
            data[j] = text.data[low + j - start[i]]
    return start, data


@kernel
def _component_of(component, start, entry, change_start, old, new, code, count):  # type: ignore[no-untyped-def]
    """[count] a component in which the identity is seen (linked ones are in one only)."""
    out = np.zeros(count, np.int32)
    for row in range(len(component)):
        for e in range(start[row], start[row + 1]):
            out[code[entry[e]]] = component[row]
        for c in range(change_start[row], change_start[row + 1]):
            if old[c] >= 0:
                out[code[old[c]]] = component[row]
            if new[c] >= 0:
                out[code[new[c]]] = component[row]
    return out


@kernel
def renumber(start, entry, order, number):  # type: ignore[no-untyped-def]
    """The entries of the rows in order, as numbers that ascend within a row."""
    out_start = np.zeros(len(order) + 1, np.int64)
    for i in range(len(order)):
        out_start[i + 1] = out_start[i] + start[order[i] + 1] - start[order[i]]
    out = np.empty(out_start[-1], np.int32)
    for i in range(len(order)):
        low = start[order[i]]
        at = out_start[i]
        for j in range(out_start[i + 1] - at):
            value = number[entry[low + j]]
            k = at + j - 1
            while k >= at and out[k] > value:
                out[k + 1] = out[k]
                k -= 1
            out[k + 1] = value
    return out_start, out


@kernel
def _split(start, entry, linked):  # type: ignore[no-untyped-def]
    """Linked entries (numbers below `linked`) and others, apart."""
    n = len(start) - 1
    first = np.zeros(n + 1, np.int64)
    second = np.zeros(n + 1, np.int64)
    for row in range(n):
        count = 0
        for e in range(start[row], start[row + 1]):
            count += entry[e] < linked
        first[row + 1] = first[row] + count
        second[row + 1] = second[row] + start[row + 1] - start[row] - count
    left = np.empty(first[n], np.int32)
    right = np.empty(second[n], np.int32)
    for row in range(n):
        a = first[row]
        b = second[row]
        for e in range(start[row], start[row + 1]):
            if entry[e] < linked:
                left[a] = entry[e]
                a += 1
            else:
                right[b] = entry[e]
                b += 1
    return first, left, second, right


def texts_of(values: pa.Array, places: NDArray) -> pa.Array:
    """[n] strings at some places; -1 stands for null."""
    indices = pa.array(places, pa.int64(), mask=np.asarray(places) < 0)
    return values.take(indices)
