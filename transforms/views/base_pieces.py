"""Which pieces of the base are kept, and the rows of its `ids` that one shard has of them."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.lasting.remember import IdRows, first_of_each
from idweave.transforms.exchange.lasting_files import OldIdsFile
from idweave.transforms.exchange.working_file import Address
from idweave.transforms.job import Job


def claiming_shards(job: Job) -> list[tuple[int, int]]:
    """(strategy, shard) of every strategy whose profiles may be those of a base."""
    shards = range(job.exchange_shards)
    return [(n, s) for n, plan in enumerate(job.strategies) if plan.claims for s in shards]


def base_pieces(job: Job, strategy: int, table: str) -> list[int]:
    """The numbers of the pieces that say something: of `identities`, or of `ids`.

    A base without `ids` says by its identities which ids it has. Ids that are erased elsewhere are
    rows of `ids`, too, after the base's own.
    """
    base = job.strategies[strategy].base
    if base is None:
        return []
    read = table if base.has_ids else "identities"
    reads = (read, "erased") if table == "ids" else (read,)
    return [place for place, piece in enumerate(base.pieces) if piece.table in reads]


def asks_who_holds(job: Job, strategy: int) -> bool:
    """Whether a strategy's base holds identities; one of erased ids alone does not."""
    return bool(base_pieces(job, strategy, "identities"))


def old_ids(
    job: Job, strategy: int, shard: int, at: Callable[[int, int], Address[OldIdsFile]]
) -> tuple[IdRows, list[pa.Array]]:
    """The rows of one shard, each id once, and the names that they refer to.

    Args:
        at: OldIdsFile.own or OldIdsFile.following.
    """
    parts = [_no_rows()]
    names: list[pa.Array] = []
    size = 0
    for piece in base_pieces(job, strategy, "ids"):
        with job.store.open(at(strategy, piece)) as file:
            rows, of_file = _of_shard(file, shard)
        names.append(of_file)
        parts.append(shift(rows, size))
        size += len(names[-1])
    joined = IdRows._make(map(np.concatenate, zip(*parts, strict=True)))
    return first_of_each(joined), names


def _of_shard(file: OldIdsFile, shard: int) -> tuple[IdRows, pa.Array]:
    """The rows of one shard in one file, and the names that they refer to."""
    low, high = file.start.span(shard)
    rows = IdRows(
        id=file.id[low:high],
        scope=file.scope[low:high],
        status=file.status[low:high],
        current=file.current[low:high],
        birth=file.birth[low:high],
        born_run=file.born_run[low:high],
        born_at=file.born_at[low:high],
        ended_run=file.ended_run[low:high],
        ended_at=file.ended_at[low:high],
    )
    return rows, file.names[:]


def shift(rows: IdRows, by: int) -> IdRows:
    """The rows with names that stand further behind."""
    return rows._replace(
        scope=rows.scope + np.int32(by),
        born_run=rows.born_run + np.int32(by),
        ended_run=np.where(rows.ended_run < 0, -1, rows.ended_run + by).astype(np.int32),
    )


def join_names(parts: Sequence[pa.Array]) -> pa.Array:
    """The names one after another; the same ones may stand there several times."""
    return concat_texts(list(parts)).cast(pa.string())


def _no_rows() -> IdRows:
    ids, few = np.empty((0, 2), np.uint64), np.empty(0, np.int32)
    long = np.empty(0, np.int64)
    return IdRows(ids, few, np.empty(0, np.int8), ids, ids, few, long, few, long)
