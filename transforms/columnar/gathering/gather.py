"""Cuts the observations of a unit into pieces of whole components."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.arrays.ragged import take_items
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.components.merge import partition, shard_of


class Cut(NamedTuple):
    """``r`` records by piece, with ``e`` entries of ``k`` identities, numbered by piece."""

    piece_start: Longs  # [pieces + 1] records of each piece
    row: Ints  # [r] row of the unit
    entry_start: Longs  # [r + 1]
    entry: Ints  # [e] identity's place in its piece
    identity_start: Longs  # [pieces + 1]
    identity: Ints  # [k] identity of the unit
    scope: Ints  # [k]
    change_start: Longs  # [r + 1]
    change: Ints  # [c] change of the unit
    old: Ints  # [c] identity's place in its piece, or NO_VALUE, BAD_VALUE
    new: Ints  # [c]


def piece_of(digest: NDArray[np.uint64], pieces: int) -> NDArray[np.int64]:
    """[n] piece of a component: a range of its id, so pieces keep the ids' order."""
    return shard_of(digest[:, 0].byteswap(), pieces)


class Changed(NamedTuple):
    """The changes of the unit, by row, as identities of the unit, NO_VALUE or BAD_VALUE."""

    row: Ints
    old: Ints
    new: Ints


class Taken(NamedTuple):
    """The records that take part, and where they belong."""

    row: Ints  # [r] ascending
    piece: NDArray[np.int64]  # [r]
    pieces: int


class UnitEntries(NamedTuple):
    """The entries of the unit's ``n`` records."""

    start: Longs  # [n + 1]
    identity: Ints  # [e]
    wanted: Flags  # [e] those that go along
    scope: Ints  # [n]


class _References(NamedTuple):
    """All places at which the taken records name an identity: entries, then changes."""

    row: NDArray[np.int64]  # [f] place of the record among those taken
    identity: Longs  # [f] of the unit


def cut(taken: Taken, entries: UnitEntries, changed: Changed) -> Cut:
    """Cut a unit. Changes of linked types have identities of the unit, others NO_VALUE."""
    by_piece = partition(taken.piece, taken.pieces)
    row, piece = taken.row[by_piece.order], taken.piece[by_piece.order]
    entry_start, place = _take_entries(row, entries.start, entries.wanted)
    change_start, change = _take_changes(row, changed.row, len(entries.start) - 1)
    old, new = changed.old[change].copy(), changed.new[change].copy()
    of_old, of_new = old >= 0, new >= 0
    change_row = np.repeat(np.arange(len(row)), np.diff(change_start))
    named = _References(
        np.concatenate(
            [
                np.repeat(np.arange(len(row)), np.diff(entry_start)),
                change_row[of_old],
                change_row[of_new],
            ]
        ),
        np.concatenate([entries.identity[place], old[of_old], new[of_new]]).astype(np.int64),
    )
    scope = entries.scope[row[named.row]]
    number, first, first_piece = _number(piece[named.row], scope, named.identity)
    identity_start = np.searchsorted(first_piece, np.arange(taken.pieces + 1)).astype(np.int64)
    local = (number - identity_start[piece[named.row]]).astype(np.int32)
    old[of_old], new[of_new] = np.split(local[len(place) :], [int(of_old.sum())])
    return Cut(
        piece_start=by_piece.start,
        row=row.astype(np.int32),
        entry_start=entry_start,
        entry=local[: len(place)],
        identity_start=identity_start,
        identity=named.identity[first].astype(np.int32),
        scope=scope[first].astype(np.int32),
        change_start=change_start,
        change=change,
        old=old,
        new=new,
    )


def _number(
    piece: NDArray[np.int64], scope: Ints, ref: Longs
) -> tuple[Longs, NDArray[np.int64], NDArray[np.int64]]:
    """Number identities by piece: [f] number, [k] a reference of each, [k] its piece."""
    order = np.argsort(piece, kind="stable")
    most = int(scope.max(initial=0)) + 1
    code, first = factorise_pairs((piece * most + scope)[order], ref[order])
    number = np.empty(len(ref), np.int64)
    number[order] = code
    return number, order[first], piece[order[first]]


@kernel
def _take_entries(row, start, wanted):  # type: ignore[no-untyped-def]
    out_start = np.zeros(len(row) + 1, np.int64)
    for i in range(len(row)):
        count = 0
        for e in range(start[row[i]], start[row[i] + 1]):
            count += wanted[e]
        out_start[i + 1] = out_start[i] + count
    place = np.empty(out_start[-1], np.int64)
    at = 0
    for i in range(len(row)):
        for e in range(start[row[i]], start[row[i] + 1]):
            if wanted[e]:
                place[at] = e
                at += 1
    return out_start, place


@kernel
def _take_changes(row, change_row, rows):  # type: ignore[no-untyped-def]
    start = np.zeros(rows + 1, np.int64)
    for c in range(len(change_row)):
        start[change_row[c] + 1] += 1
    for r in range(rows):
        start[r + 1] += start[r]
    out_start, change = take_items(start, row)
    return out_start, change.astype(np.int32)
