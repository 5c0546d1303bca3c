"""What a run remembers of ids: the rows of `ids`, and of `id_changes`, by shard of id.

Names (scopes, runs) are places in a list that the caller keeps.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.lasting.id_texts import find_ids, id_order


class IdStatus(IntEnum):
    """What has become of an id."""

    LIVE = 0
    MERGED = 1
    GONE = 2
    ERASED = 3


class IdChange(IntEnum):
    """What a run did to an id."""

    CREATED = 0
    SPLIT = 1
    REVIVED = 2
    MERGED = 3
    GONE = 4
    ERASED = 5


class IdRows(NamedTuple):
    """``m`` rows of `ids`."""

    id: Hashes  # [m, 2]
    scope: Ints  # [m] name
    status: Bytes  # [m] IdStatus
    current: Hashes  # [m, 2] of those that are live or merged
    birth: Hashes  # [m, 2] of those that are live
    born_run: Ints  # [m] name
    born_at: Longs  # [m] microseconds
    ended_run: Ints  # [m] name, -1 where live
    ended_at: Longs  # [m] 0 where live

    def at(self, rows: Longs | Flags) -> "IdRows":
        """Some of the rows."""
        return IdRows._make(take_rows(column, rows) for column in self)


class Live(NamedTuple):
    """``l`` profiles of this run."""

    id: Hashes  # [l, 2]
    birth: Hashes  # [l, 2]
    scope: Ints  # [l] name
    other: Hashes  # [l, 2] the id of the base that it claimed first
    has_other: Flags  # [l]


class Followers(NamedTuple):
    """``f`` profiles of the base that a profile of this run follows; each once."""

    old: Hashes  # [f, 2]
    id: Hashes  # [f, 2] the id of that profile


class ChangeRows(NamedTuple):
    """``c`` rows of `id_changes`."""

    id: Hashes  # [c, 2]
    scope: Ints  # [c] name
    change: Bytes  # [c] IdChange
    other: Hashes  # [c, 2]
    has_other: Flags  # [c]


class ThisRun(NamedTuple):
    """The run that is made."""

    run: int  # name
    as_of: int  # microseconds
    erased: Hashes = np.empty((0, 2), np.uint64)  # ids


def remember(
    own: IdRows, following: IdRows, revived: Hashes, live: Live, by: Followers, this: ThisRun
) -> tuple[IdRows, ChangeRows]:
    """The rows of one shard of ids, by id.

    Args:
        own: the base's rows of the shard's ids.
        following: the base's merged rows that follow one of the shard's ids.
        revived: ids of `following` that are live again.
        live: profiles of this run with an id of the shard, or one that was made there.
        by: of the shard's ids.
    """
    place = find_ids(own.id, live.id)
    is_live = np.zeros(len(own.id), bool)
    is_live[place[place >= 0]] = True
    ended = own.at(~is_live & (own.status != IdStatus.MERGED))
    ends = ended.status == IdStatus.LIVE
    ended, told = _erase(_end(ended, ends, by, this), this)
    told |= ends
    waiting = following.at(find_ids(revived, following.id) < 0)
    current = find_ids(own.id, waiting.current)
    lost = (current < 0) | ~is_live[current] if len(own.id) else np.ones(len(current), bool)
    waiting, erased = _erase(_redirect(waiting, lost, by), this)
    rows = _concat([_live_rows(own, live, place, this), ended, waiting])
    gone = erased | (lost & (waiting.status == IdStatus.GONE))
    changes = _concat([_new(own, live, place), _told(ended.at(told)), _told(waiting.at(gone))])
    return IdRows._make(_sorted(rows)), ChangeRows._make(_sorted(changes))


def _live_rows(own: IdRows, live: Live, place: Longs, this: ThisRun) -> IdRows:
    size = len(place)
    born_run = np.full(size, this.run, np.int32)
    born_at = np.full(size, this.as_of, np.int64)
    known = place >= 0
    born_run[known], born_at[known] = own.born_run[place[known]], own.born_at[place[known]]
    return IdRows(
        id=live.id,
        scope=live.scope,
        status=np.full(size, IdStatus.LIVE, np.int8),
        current=live.id,
        birth=live.birth,
        born_run=born_run,
        born_at=born_at,
        ended_run=np.full(size, -1, np.int32),
        ended_at=np.zeros(size, np.int64),
    )


def _end(rows: IdRows, ends: Flags, by: Followers, this: ThisRun) -> IdRows:
    """Rows of ids that are not live: of some it ends in this run."""
    follower = find_ids(by.old, rows.id)
    merged = ends & (follower >= 0)
    status, current = rows.status.copy(), rows.current.copy()
    status[ends] = IdStatus.GONE
    status[merged] = IdStatus.MERGED
    current[merged] = take_rows(by.id, follower[merged])
    return rows._replace(
        status=status,
        current=current,
        ended_run=np.where(ends, this.run, rows.ended_run).astype(np.int32),
        ended_at=np.where(ends, this.as_of, rows.ended_at).astype(np.int64),
    )


def _erase(rows: IdRows, this: ThisRun) -> tuple[IdRows, Flags]:
    """Rows of ids that are not live, and of which it says now that they are erased."""
    if not len(this.erased):
        return rows, np.zeros(len(rows.id), bool)
    erased = (find_ids(this.erased, rows.id) >= 0) & (rows.status != IdStatus.ERASED)
    status = np.where(erased, np.int8(IdStatus.ERASED), rows.status)
    return rows._replace(status=status), erased


def _redirect(rows: IdRows, lost: Flags, by: Followers) -> IdRows:
    """Merged rows: those that lost what they followed follow what that has become."""
    follower = find_ids(by.old, rows.current)
    moved = lost & (follower >= 0)
    status, current = rows.status.copy(), rows.current.copy()
    current[moved] = take_rows(by.id, follower[moved])
    status[lost & ~moved] = IdStatus.GONE
    return rows._replace(status=status, current=current)


def _new(own: IdRows, live: Live, place: Longs) -> ChangeRows:
    """Ids that were not live in the base."""
    known = place >= 0
    before = np.full(len(place), -1, np.int8)
    before[known] = own.status[place[known]]
    change = np.where(live.has_other, IdChange.SPLIT, IdChange.CREATED).astype(np.int8)
    change[known] = IdChange.REVIVED
    new = before != IdStatus.LIVE
    return ChangeRows(
        take_rows(live.id, new),
        live.scope[new],
        change[new],
        take_rows(live.other, new),
        live.has_other[new],
    )


def _told(rows: IdRows) -> ChangeRows:
    """Ids that are live no more, or lost what they followed."""
    merged = rows.status == IdStatus.MERGED
    change = np.where(merged, IdChange.MERGED, IdChange.GONE).astype(np.int8)
    change[rows.status == IdStatus.ERASED] = IdChange.ERASED
    return ChangeRows(rows.id, rows.scope, change, rows.current, merged)


def _concat(parts):  # type: ignore[no-untyped-def]
    return type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))


def _sorted(rows):  # type: ignore[no-untyped-def]
    order = id_order(rows.id)
    return (take_rows(column, order) for column in rows)


def first_of_each(rows: IdRows) -> IdRows:
    """The rows without those whose id stood before: a base without `ids` lists ids many times."""
    if not len(rows.id):
        return rows
    return rows.at(find_ids(rows.id, rows.id) == np.arange(len(rows.id)))
