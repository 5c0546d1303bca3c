"""Finds which of many values are on a list, by their hashes."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import first_words, id_words
from idweave.transforms.columnar.arrays.take_rows import places_of_runs, take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.privacy.hashes import full_hashes, short_hashes


class Listed(NamedTuple):
    """``s`` suppressed records, or identities; one may stand there for several requests."""

    sieve: NDArray[np.uint8]  # [2**(b + 3)] a bit is set where short hashes begin with its number
    bucket: Ints  # [2**b + 1] where the entries whose short hash begins with each b bits start
    short: NDArray[np.uint64]  # [s] ascending
    check: NDArray[np.uint64]  # [s] the first 64 bits of the full hash
    since: Longs  # [s] microseconds: records up to then; the largest number: all
    request: Ints  # [s]


class Hits(NamedTuple):
    """``h`` times a value that an entry is of, by value."""

    value: Longs  # [h]
    entry: Longs  # [h]


def listed(
    short: NDArray[np.uint64], check: NDArray[np.uint64], since: Longs, request: Ints
) -> Listed:
    """Put a list in order."""
    bits = _bits(len(short))
    short, order, bucket = _in_buckets(short, bits)
    begun = np.zeros(2 ** (bits + _FINER), bool)
    begun[short >> np.uint64(64 - bits - _FINER)] = True
    sieve = np.packbits(begun, bitorder="little")
    return Listed(sieve, bucket, short, check[order], since[order], request[order])


@kernel
def _in_buckets(short, bits):  # type: ignore[no-untyped-def]
    """Hashes in order, their places before, and where those that begin with the same bits start."""
    shift = np.uint64(64 - bits)
    bucket = np.zeros(2**bits + 1, np.int32)
    for value in short:
        bucket[np.int64(value >> shift) + 1] += 1
    bucket = np.cumsum(bucket).astype(np.int32)
    end = bucket.copy()
    ordered = np.empty(len(short), np.uint64)
    place = np.empty(len(short), np.int64)
    for i in range(len(short)):
        value = short[i]
        of = np.int64(value >> shift)
        at = end[of]
        end[of] += 1
        while at > bucket[of] and ordered[at - 1] > value:  # a few share a bucket
            ordered[at], place[at] = ordered[at - 1], place[at - 1]
            at -= 1
        ordered[at], place[at] = value, i
    return ordered, place, bucket


_FINER = 6  # bits by which the sieve is finer than buckets: one in twenty others gets through


def _bits(entries: int) -> int:
    """Bits that choose a bucket: a few entries share one."""
    return max(1, entries.bit_length() - 2)


def find_listed(of: Listed, key: bytes, kind: str, name: str, values: pa.Array) -> Hits:
    """Find the values that are on the list.

    Args:
        kind, name, values: as in `full_hashes`.
    """
    first = np.empty(0, np.int64)
    if len(of.short) and len(values):
        short = short_hashes(key, kind, name, values)
        first = _first(of, short)
    value = np.flatnonzero(first >= 0)
    if not len(value):
        return Hits(np.empty(0, np.int64), np.empty(0, np.int64))
    digest = full_hashes(key, kind, name, values.take(pa.array(value))).digest
    return _confirmed(of, value, first[value], digest)


def listed_ids(ids: Hashes) -> Listed:
    """A list of ids, for `are_listed`."""
    none = np.zeros(len(ids), np.int64)
    return listed(ids[:, 0].copy(), ids[:, 1].copy(), none, none.astype(np.int32))


def are_listed(of: Listed, ids: Hashes) -> Flags:
    """[n] whether ids are on a list of ids."""
    out = np.zeros(len(ids), bool)
    if len(of.short) and len(ids):
        first = _first(of, ids[:, 0].copy())
        found = np.flatnonzero(first >= 0)
        out[_confirmed(of, found, first[found], take_rows(ids, found)[:, 1:]).value] = True
    return out


def are_listed_texts(of: Listed, texts: pa.Array) -> Flags:
    """[n] whether the texts of ids are on a list of ids; null is not.

    Of most of them only the first half is looked at, in place.

    Raises:
        NoId: one is longer or shorter than an id, or had to be looked at and is none.
    """
    out = np.zeros(len(texts), bool)
    if len(of.short):
        at = np.flatnonzero(_first(of, first_words(texts)) >= 0)
        if texts.null_count:
            at = at[texts.take(pa.array(at)).is_valid().to_numpy(zero_copy_only=False)]
        out[at] = are_listed(of, id_words(texts.take(pa.array(at))))
    return out


def _confirmed(of: Listed, value: Longs, first: Longs, digest: NDArray[np.uint64]) -> Hits:
    """All entries with the short hash of a value that have its full one, too."""
    count = _how_many(of.short, first)
    place = np.repeat(np.arange(len(value)), count)
    entry = places_of_runs(first, count)
    same = of.check[entry] == digest[place, 0]
    return Hits(value[place[same]], entry[same])


@kernel
def _how_many(short, first):  # type: ignore[no-untyped-def]
    """How many hashes from each first one on are equal."""
    count = np.empty(len(first), np.int64)
    for i in range(len(first)):
        last = first[i] + 1
        while last < len(short) and short[last] == short[first[i]]:
            last += 1
        count[i] = last - first[i]
    return count


def _first(of: Listed, short: NDArray[np.uint64]) -> Longs:
    """[n] the first entry with each short hash, or -1."""
    found: Longs = _find(short, of.sieve, of.bucket, of.short, _bits(len(of.short)))
    return found


@kernel
def _find(values, sieve, bucket, listed_values, bits):  # type: ignore[no-untyped-def]
    """The list is larger than a cache, the sieve is not: few values get beyond it."""
    out = np.empty(len(values), np.int64)
    shift = np.uint64(64 - bits)
    fine = np.uint64(64 - bits - _FINER)
    for i in range(len(values)):
        out[i] = -1
        bit = values[i] >> fine
        if not (sieve[np.int64(bit >> np.uint64(3))] >> (bit & np.uint64(7))) & np.uint64(1):
            continue
        at = np.int64(values[i] >> shift)
        for j in range(bucket[at], bucket[at + 1]):
            if listed_values[j] >= values[i]:
                if listed_values[j] == values[i]:
                    out[i] = j
                break
    return out
