"""Records as a graph with decisions sees them: tied values as one, without what is apart.

Only records that carry an identity which decisions name are looked at one by one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.lookup import places_of
from idweave.transforms.columnar.arrays.ragged import take_items
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.deciding.rulings import Rulings, apart_pairs


class Seen(NamedTuple):
    """What ``n`` records carry, of ``i`` identities, which ascend by type."""

    source: Ints  # [i] identity of the unit; from k on: k and the number that decisions give it
    start: Longs  # [n + 1]
    identity: Ints  # [e] ascending within a record
    beside: Flags  # [e] a value as it was read, which counts as another one: it is only listed
    left_row: Ints  # records ...
    left_identity: Ints  # ... and what was left out of them
    old: Ints  # [c] of the changes
    new: Ints


class Given(NamedTuple):
    """Records as they were read: ``n`` with ``e`` entries of ``k`` identities, ``c`` changes."""

    start: Longs  # [n + 1]
    identity: Ints  # [e] ascending and distinct within a record
    scope: Ints  # [n] of the graph, or -1
    outside: Flags  # [e] it neither pushes out others nor is pushed out
    type: NDArray[np.int16]  # [k] ascending
    of_identity: Ints  # [k] its number among the identities that decisions name, or -1
    change_row: Ints  # [c]
    change_old: Ints  # [c] identity, or below 0
    change_new: Ints


class _Entries(NamedTuple):
    """Entries of the records that decisions touch."""

    row: Longs
    identity: Ints
    named: Ints  # what it counts as, among the identities that decisions name; -1: not one
    outside: Flags


def rewrite(given: Given, rulings: Rulings, types: NDArray[np.int16]) -> Seen | None:
    """Apply what was decided; None: no record is touched.

    Args:
        types: of the identities that decisions name.
    """
    named = len(types)
    row = np.repeat(np.arange(len(given.scope)), np.diff(given.start))
    hit = (given.of_identity[given.identity] >= 0) & (given.scope[row] >= 0)
    rows = np.unique(row[hit])
    numbers = _Numbers(given.of_identity, named)
    old, new = (
        _changed(given, values, rulings, numbers, named)
        for values in (given.change_old, given.change_new)
    )
    same = np.array_equal(old, given.change_old) and np.array_equal(new, given.change_new)
    if not len(rows) and same:
        return None
    _, at = take_items(given.start, rows)
    read = _Entries(
        row[at],
        given.identity[at],
        np.where(hit[at], given.of_identity[given.identity[at]], -1).astype(np.int32),
        given.outside[at],
    )
    own, beside, left = _as_one(read, given.scope, rulings, numbers, named)
    source, rank = numbers.by_type(given.type, types)
    parts = (part._replace(identity=rank[part.identity]) for part in (own, beside))
    start, identity, flags = _put_back(given._replace(identity=rank[given.identity]), rows, *parts)
    return Seen(
        source=source,
        start=start,
        identity=identity,
        beside=flags,
        left_row=left.row.astype(np.int32),
        left_identity=rank[left.identity],
        old=np.where(old >= 0, rank[old], old),
        new=np.where(new >= 0, rank[new], new),
    )


class _Numbers:
    """Numbers of identities in the unit: those that it lacks follow its own."""

    def __init__(self, of_identity: Ints, named: int) -> None:
        self._known = len(of_identity)
        self._number = np.full(named, -1, np.int32)
        has = np.flatnonzero(of_identity >= 0)
        self._number[of_identity[has]] = has
        self._added: list[Ints] = []

    def of(self, named: Ints) -> Ints:
        """Of identities by their numbers among those that decisions name."""
        new = np.unique(named[self._number[named] < 0])
        first = self._known + sum(map(len, self._added))
        self._number[new] = np.arange(first, first + len(new), dtype=np.int32)
        self._added.append(new)
        return self._number[named]

    def by_type(self, own: NDArray[np.int16], types: NDArray[np.int16]) -> tuple[Ints, Ints]:
        """All identities by type as `Seen.source`, and the place of each number among them."""
        added = np.concatenate([np.empty(0, np.int32), *self._added])
        order = np.argsort(np.concatenate([own, types[added]]), kind="stable")
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        source = np.concatenate([np.arange(self._known), self._known + added])[order]
        return source.astype(np.int32), rank


def _smallest(scope: Ints, named: Ints, rulings: Rulings, size: int) -> Ints:
    """What identities that decisions name count as in their scopes."""
    tied = rulings.tied_scope.astype(np.int64) * size + rulings.tied
    place = places_of(scope.astype(np.int64) * size + named, tied)
    if not len(tied):
        return named
    return np.where(place >= 0, rulings.tied_to[place], named)


def _changed(given: Given, values: Ints, rulings: Rulings, numbers: _Numbers, size: int) -> Ints:
    """The values of changes as the smallest of their classes."""
    scope = given.scope[given.change_row]
    named = np.where(values >= 0, given.of_identity[values], -1)
    at = np.flatnonzero((named >= 0) & (scope >= 0))
    out = values.copy()
    counts_as = _smallest(scope[at], named[at], rulings, size)
    tied = counts_as != named[at]
    out[at[tied]] = numbers.of(counts_as[tied])
    return out


def _as_one(
    read: _Entries, scope_of: Ints, rulings: Rulings, numbers: _Numbers, size: int
) -> tuple[_Entries, _Entries, _Entries]:
    """What records take part with, the values to list beside it, and what is left out."""
    scope = scope_of[read.row]
    at = np.flatnonzero(read.named >= 0)
    named = read.named.copy()
    named[at] = _smallest(scope[at], named[at], rulings, size)
    tied = np.flatnonzero(named != read.named)
    identity = read.identity.copy()
    identity[tied] = numbers.of(named[tied])
    once = np.unique(read.row * (int(identity.max(initial=0)) + 1) + identity, return_index=True)[1]
    own = _Entries(read.row[once], identity[once], named[once], read.outside[once])
    is_left = _left_out(own, scope_of[own.row], rulings, size)
    left = _take(own, np.flatnonzero(is_left))
    beside = _take(_Entries(read.row, read.identity, named, read.outside), tied)
    gone = np.isin(beside.row * size + beside.named, left.row * size + left.named)
    return _take(own, np.flatnonzero(~is_left)), _take(beside, np.flatnonzero(~gone)), left


def _take(entries: _Entries, at: NDArray[np.int64]) -> _Entries:
    return _Entries(entries.row[at], entries.identity[at], entries.named[at], entries.outside[at])


def _left_out(own: _Entries, scope: Ints, rulings: Rulings, size: int) -> Flags:
    """Whether a stronger identity of the record, which is apart from it, was taken."""
    out = np.zeros(len(own.row), bool)
    pair_scope, left, right = apart_pairs(rulings)
    if not len(left):
        return out
    both = np.concatenate([left, right]) + size * np.tile(pair_scope.astype(np.int64), 2)
    keys, code = np.unique(both, return_inverse=True)
    one, other = code[: len(left)], code[len(left) :]
    order = np.lexsort((np.concatenate([other, one]), np.concatenate([one, other])))
    start = np.searchsorted(np.sort(np.concatenate([one, other])), np.arange(len(keys) + 1))
    counterpart = np.concatenate([other, one])[order]
    place = places_of(scope.astype(np.int64) * size + own.named, keys)
    at = np.flatnonzero((own.named >= 0) & (place >= 0) & ~own.outside)
    at = at[np.lexsort((place[at], own.row[at]))]  # of a record the stronger first
    out[at] = _greedy(own.row[at], place[at], start.astype(np.int64), counterpart)
    return out


@kernel
def _greedy(row, place, start, counterpart):  # type: ignore[no-untyped-def]
    """[m] whether what is apart from it was taken before, in the same record."""
    out = np.zeros(len(row), np.bool_)
    first = 0
    for i in range(len(row)):
        if row[i] != row[first]:
            first = i
        for j in range(first, i):
            if out[j]:
                continue
            for c in range(start[place[i]], start[place[i] + 1]):
                if counterpart[c] == place[j]:
                    out[i] = True
    return out


def _put_back(
    given: Given, rows: Longs, own: _Entries, beside: _Entries
) -> tuple[Longs, Ints, Flags]:
    """The entries of all records: those touched anew, the others as they were."""
    n = len(given.scope)
    count = np.diff(given.start)
    untouched = np.ones(n, bool)
    untouched[rows] = False
    new_row = np.concatenate([own.row, beside.row])
    count[rows] = np.bincount(new_row, minlength=n)[rows]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    identity, flags = np.empty(start[-1], np.int32), np.zeros(start[-1], bool)
    is_new = np.repeat(~untouched, count)
    kept = np.repeat(untouched, np.diff(given.start))
    identity[~is_new] = given.identity[kept]
    is_beside = np.repeat([False, True], [len(own.row), len(beside.row)])
    new_identity = np.concatenate([own.identity, beside.identity])
    order = np.lexsort((is_beside, new_identity, new_row))
    identity[is_new] = new_identity[order]
    flags[is_new] = is_beside[order]
    return start, identity, flags
