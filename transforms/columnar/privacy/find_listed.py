"""Finds which of many values are on a list, by their hashes."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import places_of_runs, take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.privacy.hashes import full_hashes, short_hashes


class Listed(NamedTuple):
    """``s`` suppressed records, or identities; one may stand there for several requests."""

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
    order = np.argsort(short)
    bits = _bits(len(short))
    starts = np.arange(2**bits, dtype=np.uint64) << np.uint64(64 - bits)
    bucket = np.append(np.searchsorted(short[order], starts), len(short)).astype(np.int32)
    return Listed(bucket, short[order], check[order], since[order], request[order])


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
        first = _find(short, of.bucket, of.short, _bits(len(of.short)))
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
        first = _find(ids[:, 0].copy(), of.bucket, of.short, _bits(len(of.short)))
        found = np.flatnonzero(first >= 0)
        out[_confirmed(of, found, first[found], take_rows(ids, found)[:, 1:]).value] = True
    return out


def _confirmed(of: Listed, value: Longs, first: Longs, digest: NDArray[np.uint64]) -> Hits:
    """All entries with the short hash of a value that have its full one, too."""
    last = np.searchsorted(of.short, of.short[first], side="right")
    count = last - first
    place = np.repeat(np.arange(len(value)), count)
    entry = places_of_runs(first, count)
    same = of.check[entry] == digest[place, 0]
    return Hits(value[place[same]], entry[same])


@kernel
def _find(values, bucket, listed_values, bits):  # type: ignore[no-untyped-def]
    """[n] the first entry equal to each value, or -1."""
    out = np.empty(len(values), np.int64)
    shift = np.uint64(64 - bits)
    for i in range(len(values)):
        out[i] = -1
        at = np.int64(values[i] >> shift)
        for j in range(bucket[at], bucket[at + 1]):
            if listed_values[j] >= values[i]:
                if listed_values[j] == values[i]:
                    out[i] = j
                break
    return out
