"""Cuts the observations of a unit into pieces of whole components."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.policies.seam import Flags, Ints, Longs


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


def cut(
    row: Ints,
    piece: NDArray[np.int64],
    pieces: int,
    start: Longs,
    identity: Ints,
    wanted: Flags,
    scope: Ints,
    changed: Changed,
) -> Cut:
    """Cut a unit.

    Args:
        row, piece: [r] records that take part, ascending, and where they belong.
        start, identity: entries of the unit.
        wanted: [e] entries that go along.
        scope: [n] of the record
        changed: changes of linked types have codes of the unit, others NO_VALUE
    """
    by_piece = partition(piece, pieces)
    row, piece = row[by_piece.order], piece[by_piece.order]
    entry_start, place = _take_entries(row, start, wanted)
    change_start, change = _take_changes(row, changed.row, len(start) - 1)
    per_row = np.arange(len(row))
    entry_row = np.repeat(per_row, np.diff(entry_start))
    change_row = np.repeat(per_row, np.diff(change_start))
    old, new = changed.old[change].copy(), changed.new[change].copy()
    of_old, of_new = old >= 0, new >= 0
    ref_row = np.concatenate([entry_row, change_row[of_old], change_row[of_new]])
    ref = np.concatenate([identity[place], old[of_old], new[of_new]]).astype(np.int64)
    number, first, first_piece = _number(piece[ref_row], scope[row[ref_row]], ref)
    identity_start = np.searchsorted(first_piece, np.arange(pieces + 1)).astype(np.int64)
    local = (number - identity_start[piece[ref_row]]).astype(np.int32)
    entries, olds = len(place), int(of_old.sum())
    old[of_old] = local[entries : entries + olds]
    new[of_new] = local[entries + olds :]
    return Cut(
        by_piece.start,
        row.astype(np.int32),
        entry_start,
        local[:entries],
        identity_start,
        ref[first].astype(np.int32),
        scope[row[ref_row[first]]].astype(np.int32),
        change_start,
        change,
        old,
        new,
    )


def _number(
    piece: NDArray[np.int64], scope: Ints, ref: Longs
) -> tuple[Longs, NDArray[np.int64], NDArray[np.int64]]:
    """Number identities by piece: [refs] number, [k] a reference of each, [k] its piece."""
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
    out_start = np.zeros(len(row) + 1, np.int64)
    for i in range(len(row)):
        out_start[i + 1] = out_start[i] + start[row[i] + 1] - start[row[i]]
    change = np.empty(out_start[-1], np.int32)
    at = 0
    for i in range(len(row)):
        for c in range(start[row[i]], start[row[i] + 1]):
            change[at] = c
            at += 1
    return out_start, change
