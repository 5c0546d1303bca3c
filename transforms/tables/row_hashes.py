"""Hashes of a table's rows, by which `changes` compare it with the base's."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.row_digest import digest_of, hash_rows
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags, Longs, Words
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.exchange.change_files import RowHashesFile
from idweave.transforms.exchange.store import Store
from idweave.transforms.tables.changes import LEFT_OUT

_NO_HASHES = np.empty((0, 2), np.uint64)
_NO_WORDS = np.empty(0, np.uint64)


class Compared(NamedTuple):
    """Where the hashes of a table's rows go."""

    store: Store
    change: int  # place in Job.changes
    shards: int  # of keys
    key: tuple[str, ...]  # columns that tell rows apart


class RowHashes:
    """Hashes of the rows of one source, in its order."""

    def __init__(self, compared: Compared) -> None:
        self._compared = compared
        self._rows = 0
        self._parts = [(_NO_HASHES, _NO_HASHES, _NO_WORDS, np.empty(0, np.int64))]
        self._erased = [(_NO_HASHES, np.empty(0, np.int64))]

    def add(self, rows: pa.Table, erased: Flags | None = None) -> tuple[int, int]:
        """Hash further rows; returns their digest.

        Args:
            erased: [n] rows of profiles that are erased now: of each only the first is kept.
        """
        key, row, profile, position = _hash(rows, self._compared.key)
        digest = digest_of(row)
        if erased is not None and erased.any():
            told = np.arange(rows.num_rows) if position is None else position
            self._erased.append(_ids(rows, told[erased[told]], self._rows))
            position = told[~erased[told]]
        if position is None:
            position = np.arange(rows.num_rows)
        else:
            key, row = take_rows(key, position), take_rows(row, position)
            profile = profile[position] if len(profile) else profile
        self._parts.append((key, row, profile, position + self._rows))
        self._rows += rows.num_rows
        return digest

    def keep(self, source: str) -> None:
        """Write them, by shard of the key."""
        key, row, profile, position = map(np.concatenate, zip(*self._parts, strict=True))
        shards = self._compared.shards
        by_shard = partition(shard_of(key[:, 0], shards), shards)
        order = by_shard.order
        ids, first = _first_of_each(self._erased)
        by_id = partition(shard_of_id(ids, shards), shards)
        file = RowHashesFile(
            start=by_shard.start,
            key=take_rows(key, order),
            row=take_rows(row, order),
            profile=profile[order] if len(profile) else profile,
            position=position[order],
            erased_start=by_id.start,
            erased=ids[by_id.order],
            erased_position=first[by_id.order],
        )
        self._compared.store.write(RowHashesFile.at(self._compared.change, source), file)


def _ids(rows: pa.Table, places: Longs, before: int) -> tuple[Hashes, Longs]:
    """The profiles of some rows, and where they are in the source."""
    ids = rows["profile_id"].take(pa.array(places)).cast(pa.string()).combine_chunks()
    return id_words(ids), places + before


def _first_of_each(parts: list[tuple[Hashes, Longs]]) -> tuple[Hashes, Longs]:
    """Of each profile the first row."""
    ids, position = map(np.concatenate, zip(*parts, strict=True))
    first = np.sort(factorise(ids).first)
    return ids[first], position[first]


def _hash(rows: pa.Table, key: tuple[str, ...]) -> tuple[Hashes, Hashes, Words, Longs | None]:
    """Hashes of keys, rows and, of records, profiles; which rows changes tell of, None: all."""
    if "record_id" not in key:
        of_row, of_key = hash_rows(rows, rows.column_names, key)
        return of_key, of_row, _NO_WORDS, None
    of_row, of_key, profile = hash_rows(rows, rows.column_names, key, ("profile_id",))
    return of_key, of_row, profile[:, 0], _told(rows["status"].combine_chunks())


def _told(status: pa.Array) -> Longs:
    """The records that changes tell of."""
    if isinstance(status, pa.DictionaryArray):
        status = status.cast(pa.string())
    left_out = pc.is_in(status, pa.array(LEFT_OUT)).to_numpy(zero_copy_only=False)
    return np.flatnonzero(~left_out).astype(np.int64)
