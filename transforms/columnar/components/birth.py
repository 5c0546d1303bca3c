"""The names of profiles and components: which record is first, and a digest of what it carries.

An id is BLAKE2b (128 bits) of zero-separated text: the kind of birth, the scope, and either type
and value of an identity or source and record id of a record. It depends on nothing else.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.blake2b import digests
from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.hex import hex_digits
from idweave.transforms.columnar.arrays.texts import text_buffers
from idweave.transforms.columnar.arrays.types import Ints, Longs

Data = NDArray[np.uint8]


class Text(NamedTuple):
    """``n`` strings as starts and bytes, for kernels."""

    start: Longs  # [n + 1]
    data: Data


def text_of(values: pa.Array) -> Text:
    """The strings of an array, nulls as they lie."""
    start, data = text_buffers(values)
    return Text(start.astype(np.int64), data)


@kernel
def compare(data_a, low_a, high_a, data_b, low_b, high_b):  # type: ignore[no-untyped-def]
    """-1, 0 or 1: how two byte strings compare."""
    size = min(high_a - low_a, high_b - low_b)
    for i in range(size):
        a = data_a[low_a + i]
        b = data_b[low_b + i]
        if a != b:
            return -1 if a < b else 1
    if high_a - low_a == high_b - low_b:
        return 0
    return -1 if high_a - low_a < high_b - low_b else 1


@kernel
def first_records(component, event_time, ids, count):  # type: ignore[no-untyped-def]
    """[count] the first record of each component: by event time, then record id.

    Args:
        component: [n] of the record, or -1
        event_time: [n]
        ids: Text, the record ids; all records are of one source
        count: number of components
    """
    first = np.full(count, -1, np.int32)
    for row in range(len(component)):
        c = component[row]
        if c < 0:
            continue
        best = first[c]
        if best < 0 or event_time[row] < event_time[best]:
            first[c] = row
        elif event_time[row] == event_time[best]:
            order = compare(
                ids.data, ids.start[row], ids.start[row + 1],
                ids.data, ids.start[best], ids.start[best + 1],
            )  # fmt: skip
            if order < 0:
                first[c] = row
    return first


@kernel
def strongest(rows, start, identity, place, values):  # type: ignore[no-untyped-def]
    """[r] the entry with the strongest identity of each record: by type, then value's bytes.

    Args:
        rows: [r] records with at least one linked identity
        start, identity: of the unit
        place: [e] place of the entry's type in `link_on`, or -1
        values: Text, the identities' values
    """
    out = np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        best = -1
        for e in range(start[rows[i]], start[rows[i] + 1]):
            if place[e] < 0:
                continue
            if best < 0 or place[e] < place[best]:
                best = e
            elif place[e] == place[best]:
                a = identity[e]
                b = identity[best]
                order = compare(
                    values.data, values.start[a], values.start[a + 1],
                    values.data, values.start[b], values.start[b + 1],
                )  # fmt: skip
                if order < 0:
                    best = e
        out[i] = best
    return out


@kernel
def prefixes(rows, ids):  # type: ignore[no-untyped-def]
    """[r, 2] the first 16 bytes of record ids as numbers that compare as the bytes do."""
    out = np.zeros((len(rows), 2), np.uint64)
    for i in range(len(rows)):
        low = np.uint64(ids.start[rows[i]])
        size = min(16, ids.start[rows[i] + 1] - ids.start[rows[i]])
        for half in range(2):
            word = np.uint64(0)
            if size >= 8 * half + 8:
                for j in range(8):  # eight loads in the source, one in machine code
                    byte = ids.data[low + np.uint64(8 * half + j)]
                    word |= np.uint64(byte) << np.uint64(56 - 8 * j)
            else:
                for j in range(8 * half, size):
                    byte = ids.data[low + np.uint64(j)]
                    word |= np.uint64(byte) << np.uint64(56 - 8 * (j & 7))
            out[i, half] = word
    return out


class Born(NamedTuple):
    """``n`` births: of what kind, and in which text of the births' values."""

    scope: Ints  # [n] place in the list of scopes
    of: Ints  # [n] place in the list of identity types, or of sources
    place: Longs  # [n] place of the identity's value, or of the record id


def identity_digests(
    scopes: list[str], types: list[str], born: Born, values: Text, key: bytes
) -> Data:
    """[n, 16] ids of what was born with an identity; with an empty key they are not keyed."""
    heads = [f"identity\0{s}\0{t}\0".encode() for s in scopes for t in types]
    return _digest(heads, born.scope * len(types) + born.of, born.place, values, key)


def record_digests(
    scopes: list[str], sources: list[str], born: Born, ids: Text, key: bytes
) -> Data:
    """[n, 16] ids of what was created by a record; arguments as in `identity_digests`."""
    heads = [f"record\0{s}\0{t}\0".encode() for s in scopes for t in sources]
    return _digest(heads, born.scope * len(sources) + born.of, born.place, ids, key)


def _digest(heads: list[bytes], head: Ints, place: Longs, values: Text, key: bytes) -> Data:
    head_data = np.frombuffer(b"".join(heads), np.uint8)
    head_start = np.concatenate([[0], np.cumsum([len(h) for h in heads])]).astype(np.int64)
    start, data = _messages(head_start, head_data, head.astype(np.int64), place, values)
    return digests(start, data, key)


@kernel
def _messages(head_start, head_data, head, place, values):  # type: ignore[no-untyped-def]
    start = np.zeros(len(head) + 1, np.int64)
    for i in range(len(head)):
        size = head_start[head[i] + 1] - head_start[head[i]]
        start[i + 1] = start[i] + size + values.start[place[i] + 1] - values.start[place[i]]
    data = np.empty(start[-1], np.uint8)
    for i in range(len(head)):
        at = start[i]
        for j in range(head_start[head[i]], head_start[head[i] + 1]):
            data[at] = head_data[j]
            at += 1
        for j in range(values.start[place[i]], values.start[place[i] + 1]):
            data[at] = values.data[j]
            at += 1
    return start, data


def hex_texts(digest: Data) -> pa.Array:
    """[n] the digests as 32 lower-case hex digits."""
    out = hex_digits(digest)
    start = np.arange(len(digest) + 1, dtype=np.int32) * 32
    return pa.Array.from_buffers(
        pa.string(), len(digest), [None, pa.py_buffer(start), pa.py_buffer(out)]
    )
