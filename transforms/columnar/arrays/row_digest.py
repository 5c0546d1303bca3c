"""A digest of a table's rows that doesn't depend on their order: equal rows, equal digest.

Each row is hashed with a fixed key to 128 bits; the digest is the sum of the rows' hashes, each
word modulo 2**64. Nulls differ from empty strings, and columns count by their place.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.mix import finalise
from idweave.transforms.columnar.arrays.siphash import Key, hash_strings

_KEY = (0x6964776561766520, 0x726F772064696765)  # fixed: digests are compared between runs
_NULL = (0x9AE16A3B2F90404F, 0xC949D7C7509E6557)


def row_digest(table: pa.Table) -> tuple[int, int]:
    """The sum of the rows' hashes."""
    return digest_of(row_hashes(table))


def digest_of(rows: Hashes) -> tuple[int, int]:
    """The sum of hashes of rows, which `hash_rows` made of all columns."""
    total = rows.sum(axis=0, dtype=np.uint64)
    return int(total[0]), int(total[1])


def row_hashes(table: pa.Table, key: Key = _KEY) -> Hashes:
    """[n, 2] a hash of each row. Tables have dictionary, string, number and list columns.

    Args:
        key: one that nobody outside knows, where unequal rows must not look equal.
    """
    (rows,) = hash_rows(table, table.column_names, key=key)
    return rows


def hash_rows(table: pa.Table, *chosen: Sequence[str], key: Key = _KEY) -> tuple[Hashes, ...]:
    """[n, 2] for each choice of columns a hash of each row's; a value is hashed once for all."""
    hashes = tuple(np.zeros((table.num_rows, 2), np.uint64) for _ in chosen)
    for name, column in zip(table.column_names, table.columns, strict=True):
        array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # no chunk at all
            continue
        wanted = [rows for rows, names in zip(hashes, chosen, strict=True) if name in names]
        if isinstance(array, pa.DictionaryArray):
            known = _hash_column(array.dictionary, key)
            place = array.indices.fill_null(-1) if array.null_count else array.indices
            for rows in wanted:
                _absorb_coded(rows, place.to_numpy(), known)
        elif wanted:
            values = _hash_column(array, key)
            for rows in wanted:
                _absorb(rows, values)
    return hashes


def add_digests(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """The digest of two tables' rows together."""
    return (left[0] + right[0]) % 2**64, (left[1] + right[1]) % 2**64


def _hash_column(array: pa.Array, key: Key) -> Hashes:
    """[n, 2] a hash of each value."""
    if isinstance(array, pa.DictionaryArray):
        array = array.cast(array.type.value_type)
    if pa.types.is_list(array.type):
        return _hash_lists(array, key)
    if pa.types.is_struct(array.type):
        rows = np.zeros((len(array), 2), np.uint64)
        for field in array.flatten():
            _absorb(rows, _hash_column(field, key))
        return rows
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        out = hash_strings(array.fill_null("") if array.null_count else array, key)
    else:
        out = _hash_numbers(array, key)
    if array.null_count:
        out[array.is_null().to_numpy(zero_copy_only=False)] = _NULL
    return out


def _hash_numbers(array: pa.Array, key: Key) -> Hashes:
    """Hashes of numbers, times and flags by their 64 bits; of anything else by its text."""
    kind = array.type
    if pa.types.is_timestamp(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        values = array.cast(pa.int64())
        values = (values.fill_null(0) if values.null_count else values).to_numpy()
        out = np.empty((len(values), 2), np.uint64)
        _hash_words(values, out)
        return out
    return hash_strings(pc.cast(array, pa.string()).fill_null(""), key)


@kernel
def _hash_words(values, out):  # type: ignore[no-untyped-def]
    for i in range(len(values)):
        out[i, 0] = _stir(np.uint64(0), np.uint64(values[i]))
        out[i, 1] = _stir(np.uint64(0xD1B54A32D192ED03), ~np.uint64(values[i]))


def _hash_lists(array: pa.Array, key: Key) -> Hashes:
    values = _hash_column(array.flatten(), key)
    length = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    out = np.zeros((len(array), 2), np.uint64)
    _absorb_lists(out, np.concatenate([[0], np.cumsum(length)]).astype(np.int64), values)
    return out


@kernel
def _stir(word, value):  # type: ignore[no-untyped-def]
    return finalise((word ^ value) + np.uint64(0x9E3779B97F4A7C15))


@kernel
def _absorb(rows, values):  # type: ignore[no-untyped-def]
    """Work the next column's hashes into the rows', in place."""
    for i in range(len(rows)):
        rows[i, 0] = _stir(rows[i, 0], values[i, 0])
        rows[i, 1] = _stir(rows[i, 1] ^ np.uint64(0xD1B54A32D192ED03), values[i, 1])


@kernel
def _absorb_coded(rows, place, known):  # type: ignore[no-untyped-def]
    """As `_absorb`, with hashes by place; -1 stands for null."""
    for i in range(len(rows)):
        at = place[i]
        first = known[at, 0] if at >= 0 else np.uint64(_NULL[0])
        second = known[at, 1] if at >= 0 else np.uint64(_NULL[1])
        rows[i, 0] = _stir(rows[i, 0], first)
        rows[i, 1] = _stir(rows[i, 1] ^ np.uint64(0xD1B54A32D192ED03), second)


@kernel
def _absorb_lists(rows, start, values):  # type: ignore[no-untyped-def]
    for i in range(len(rows)):
        for j in range(start[i], start[i + 1]):
            rows[i, 0] = _stir(rows[i, 0], values[j, 0])
            rows[i, 1] = _stir(rows[i, 1], values[j, 1])
        rows[i, 0] = _stir(rows[i, 0], np.uint64(start[i + 1] - start[i]))
