"""SipHash-1-3 with 128 bits over Arrow text: a keyed hash that outsiders can't steer.

Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF" (2012) and the authors' reference
code for the 128-bit variant, with one compression round and three final ones.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inlined, kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.texts import text_buffers

Key = tuple[int, int]  # two unsigned 64-bit integers


def hash_strings(values: pa.Array, key: Key) -> Hashes:
    """[n, 2] hash each text of an array: the reference output's two words, the first one first.

    Args:
        values: [n] string, large_string, binary or large_binary, no nulls; slices too.
        key: secret where values come from outsiders.
    """
    offsets, data = text_buffers(values)
    hashes = np.empty((len(values), 2), np.uint64)
    _hash_texts(offsets, data, np.uint64(key[0]), np.uint64(key[1]), hashes)
    return hashes


def first_words(values: pa.Array, key: Key) -> NDArray[np.uint64]:
    """[n] the first words of `hash_strings`, for less: of six final rounds three are left out."""
    offsets, data = text_buffers(values)
    words = np.empty(len(values), np.uint64)
    _first_words(offsets, data, np.uint64(key[0]), np.uint64(key[1]), words)
    return words


def absorb(values: pa.Array, rows: NDArray[np.int32], tag: Key, hashes: Hashes) -> None:
    """Work texts into the rows' hashes, in place: each is hashed under its row's hash and `tag`.

    Args:
        values: [v] texts as in `hash_strings`.
        rows: [v] the row of each text; the texts of one row count in their order.
        tag: what the texts are, so that equal texts of two columns are told apart.
        hashes: [n, 2]
    """
    offsets, data = text_buffers(values)
    _absorb_texts(offsets, data, rows, np.uint64(tag[0]), np.uint64(tag[1]), hashes)


def absorb_longs(values: NDArray[np.int64], tag: Key, hashes: Hashes) -> None:
    """Work one integer of 64 bits into each row's hash, as `absorb` does its 8 bytes."""
    words = np.ascontiguousarray(values).view(np.uint64)
    _absorb_words(words, np.uint64(tag[0]), np.uint64(tag[1]), hashes)


@inlined
def _round(v0, v1, v2, v3):  # type: ignore[no-untyped-def]
    v0 += v1
    v1 = (v1 << np.uint64(13)) | (v1 >> np.uint64(51))
    v1 ^= v0
    v0 = (v0 << np.uint64(32)) | (v0 >> np.uint64(32))
    v2 += v3
    v3 = (v3 << np.uint64(16)) | (v3 >> np.uint64(48))
    v3 ^= v2
    v0 += v3
    v3 = (v3 << np.uint64(21)) | (v3 >> np.uint64(43))
    v3 ^= v0
    v2 += v1
    v1 = (v1 << np.uint64(17)) | (v1 >> np.uint64(47))
    v1 ^= v2
    v2 = (v2 << np.uint64(32)) | (v2 >> np.uint64(32))
    return v0, v1, v2, v3


@inlined
def _start(k0, k1):  # type: ignore[no-untyped-def]
    return (
        k0 ^ np.uint64(0x736F6D6570736575),
        k1 ^ np.uint64(0x646F72616E646F6D ^ 0xEE),
        k0 ^ np.uint64(0x6C7967656E657261),
        k1 ^ np.uint64(0x7465646279746573),
    )


@inlined
def _finish_first(v0, v1, v2, v3, last):  # type: ignore[no-untyped-def]
    """The state whose words, combined, are the first one of the hash."""
    v3 ^= last
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= last
    v2 ^= np.uint64(0xEE)
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0, v1, v2, v3


@inlined
def _finish(v0, v1, v2, v3, last):  # type: ignore[no-untyped-def]
    v0, v1, v2, v3 = _finish_first(v0, v1, v2, v3, last)
    first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= np.uint64(0xDD)
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return first, v0 ^ v1 ^ v2 ^ v3


@inlined
def load_word(data, at):  # type: ignore[no-untyped-def]
    """The eight bytes from an unsigned place on, the first one the lowest."""
    # Eight loads in the source, one in machine code: LLVM merges them.
    return (
        np.uint64(data[at])
        | np.uint64(data[at + np.uint64(1)]) << np.uint64(8)
        | np.uint64(data[at + np.uint64(2)]) << np.uint64(16)
        | np.uint64(data[at + np.uint64(3)]) << np.uint64(24)
        | np.uint64(data[at + np.uint64(4)]) << np.uint64(32)
        | np.uint64(data[at + np.uint64(5)]) << np.uint64(40)
        | np.uint64(data[at + np.uint64(6)]) << np.uint64(48)
        | np.uint64(data[at + np.uint64(7)]) << np.uint64(56)
    )


@inlined
def _absorb_bytes(data, begin, end, k0, k1):  # type: ignore[no-untyped-def]
    """The state before the last block, and that."""
    v0, v1, v2, v3 = _start(k0, k1)
    at = np.uint64(begin)
    stop = np.uint64(end)
    while at + np.uint64(8) <= stop:
        block = load_word(data, at)
        v3 ^= block
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= block
        at += np.uint64(8)
    left = stop - at
    last = np.uint64(end - begin) << np.uint64(56)
    if left > np.uint64(0) and stop >= np.uint64(8):
        # The eight bytes that end here; those before the text's last ones are shifted out.
        last |= load_word(data, stop - np.uint64(8)) >> (np.uint64(8) * (np.uint64(8) - left))
    else:
        for i in range(left):
            last |= np.uint64(data[at + np.uint64(i)]) << (np.uint64(8) * np.uint64(i))
    return v0, v1, v2, v3, last


@kernel
def _hash_bytes(data, begin, end, k0, k1):  # type: ignore[no-untyped-def]
    v0, v1, v2, v3, last = _absorb_bytes(data, begin, end, k0, k1)
    return _finish(v0, v1, v2, v3, last)


@kernel
def _first_words(offsets, data, k0, k1, words):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        v0, v1, v2, v3, last = _absorb_bytes(data, offsets[i], offsets[i + 1], k0, k1)
        v0, v1, v2, v3 = _finish_first(v0, v1, v2, v3, last)
        words[i] = v0 ^ v1 ^ v2 ^ v3


@kernel
def _hash_texts(offsets, data, k0, k1, hashes):  # type: ignore[no-untyped-def]
    for i in range(len(hashes)):
        first, second = _hash_bytes(data, offsets[i], offsets[i + 1], k0, k1)
        hashes[i, 0] = first
        hashes[i, 1] = second


@kernel
def _absorb_texts(offsets, data, rows, tag0, tag1, hashes):  # type: ignore[no-untyped-def]
    for i in range(len(rows)):
        row = rows[i]
        k0, k1 = hashes[row, 0] ^ tag0, hashes[row, 1] ^ tag1
        first, second = _hash_bytes(data, offsets[i], offsets[i + 1], k0, k1)
        hashes[row, 0] = first
        hashes[row, 1] = second


@kernel
def _absorb_words(words, tag0, tag1, hashes):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        v0, v1, v2, v3 = _start(hashes[i, 0] ^ tag0, hashes[i, 1] ^ tag1)
        v3 ^= words[i]
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= words[i]
        first, second = _finish(v0, v1, v2, v3, np.uint64(8 << 56))
        hashes[i, 0] = first
        hashes[i, 1] = second
