"""SipHash with 128 bits over Arrow text: a keyed hash that outsiders can't steer.

Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF" (2012) and the authors' reference
code for the 128-bit variant. One compression round and three final ones (SipHash-1-3) unless said
otherwise. The result is a little-endian number: ``lo`` is the first word of the reference output.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

Hashes = tuple[NDArray[np.uint64], NDArray[np.uint64]]
Key = tuple[int, int]
Texts = pa.StringArray | pa.LargeStringArray | pa.BinaryArray | pa.LargeBinaryArray

_MIX_KEY = (0x5BD1E9955BD1E995, 0x9E3779B97F4A7C15)
_NULL = np.uint64(1)  # a last block that no text has: one byte set, length 0


def siphash128(array: Texts, key: Key, rounds: tuple[int, int] = (1, 3)) -> Hashes:
    """Hash each text of an array.

    Input: ``array`` [n] string or binary, slices too; ``key`` two unsigned 64-bit integers.
    Output: (hi, lo), uint64[n]. A null has a hash of its own, other than the empty text's.
    """
    hi = np.empty(len(array), np.uint64)
    lo = np.empty(len(array), np.uint64)
    offsets, data = text_buffers(array)
    bits, first = validity(array)
    _hash_texts(offsets, data, bits, first, key_words(key), rounds[0], rounds[1], hi, lo)
    return hi, lo


def hash_ints(values: NDArray[Any], key: Key) -> Hashes:
    """Hash each int64 or uint64 as its 8 bytes, the lowest first: (hi, lo), uint64[n]."""
    hi = np.empty(len(values), np.uint64)
    lo = np.empty(len(values), np.uint64)
    _hash_words(_as_words(values), key_words(key), hi, lo)
    return hi, lo


def mix128(hi1: NDArray[Any], lo1: NDArray[Any], hi2: NDArray[Any], lo2: NDArray[Any]) -> Hashes:
    """Combine two 128-bit hashes a row into one that depends on their order.

    Input: four uint64[n] or int64[n]. Output: (hi, lo) uint64[n]: the first is the key under which
    the second is hashed.
    """
    hi = np.empty(len(hi1), np.uint64)
    lo = np.empty(len(hi1), np.uint64)
    words = (_as_words(hi1), _as_words(lo1), _as_words(hi2), _as_words(lo2))
    _mix(*words, key_words(_MIX_KEY), hi, lo)
    return hi, lo


def absorb(array: Texts, rows: NDArray[np.int32] | None, tag: Key, hashes: Hashes) -> None:
    """Work texts into the rows' hashes, in place: each text is hashed under its row's hash and `tag`.

    Input: ``array`` [m]; ``rows`` int32[m] says whose text it is (None: text i is row i's).
    A null leaves its row as it is. The texts of one row count in their order.
    """
    offsets, data = text_buffers(array)
    bits, first = validity(array)
    rows = np.empty(0, np.int32) if rows is None else rows
    _absorb_texts(offsets, data, bits, first, rows, key_words(tag), hashes[0], hashes[1])


def absorb_ints(
    values: NDArray[Any], rows: NDArray[np.int32] | None, tag: Key, hashes: Hashes
) -> None:
    """Work integers of 64 bits into the rows' hashes, as `absorb` does; there are no nulls."""
    rows = np.empty(0, np.int32) if rows is None else rows
    _absorb_words(_as_words(values), rows, key_words(tag), hashes[0], hashes[1])


def text_buffers(array: Texts) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Return (offsets int32|int64[n + 1], data uint8[...]): text i is data[offsets[i]:offsets[i+1]]."""
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    width: type[Any] = np.int64 if wide else np.int32
    _, offsets, data = array.buffers()
    if offsets is None or offsets.size == 0 or len(array) == 0:
        return np.zeros(len(array) + 1, width), np.empty(0, np.uint8)
    starts = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1]
    if data is None or data.size == 0:
        return starts, np.empty(0, np.uint8)
    return starts, np.frombuffer(data, np.uint8)


def validity(array: pa.Array) -> tuple[NDArray[np.uint8], int]:
    """Return (validity bitmap, place of row 0 in it); an empty bitmap: nothing is null."""
    bitmap = array.buffers()[0]
    if bitmap is None or array.null_count == 0:
        return np.empty(0, np.uint8), 0
    return np.frombuffer(bitmap, np.uint8), array.offset


def key_words(key: Key) -> NDArray[np.uint64]:
    """Return the two halves of a key as uint64[2], for the kernels."""
    return np.array(key, np.uint64)


def _as_words(values: NDArray[Any]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(values).view(np.uint64)


@njit(cache=True, nogil=True, inline="always")
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


@njit(cache=True, nogil=True, inline="always")
def _start(k0, k1):  # type: ignore[no-untyped-def]
    return (
        k0 ^ np.uint64(0x736F6D6570736575),
        k1 ^ np.uint64(0x646F72616E646F6D ^ 0xEE),
        k0 ^ np.uint64(0x6C7967656E657261),
        k1 ^ np.uint64(0x7465646279746573),
    )


@njit(cache=True, nogil=True, inline="always")
def _finish(v0, v1, v2, v3, last, c, d):  # type: ignore[no-untyped-def]
    v3 ^= last
    for _ in range(c):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= last
    v2 ^= np.uint64(0xEE)
    for _ in range(d):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    low = v0 ^ v1 ^ v2 ^ v3
    v1 ^= np.uint64(0xDD)
    for _ in range(d):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3, low


@njit(cache=True, nogil=True, inline="always")
def _load(data, at):  # type: ignore[no-untyped-def]
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


@njit(cache=True, nogil=True)
def _hash_bytes(data, begin, end, k0, k1, c, d):  # type: ignore[no-untyped-def]
    v0, v1, v2, v3 = _start(k0, k1)
    at = np.uint64(begin)
    stop = np.uint64(end)
    while at + np.uint64(8) <= stop:
        block = _load(data, at)
        v3 ^= block
        for _ in range(c):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= block
        at += np.uint64(8)
    left = stop - at
    last = np.uint64(end - begin) << np.uint64(56)
    if left > np.uint64(0) and stop >= np.uint64(8):
        # The eight bytes that end here; those before the text's last ones are shifted out.
        last |= _load(data, stop - np.uint64(8)) >> (np.uint64(8) * (np.uint64(8) - left))
    else:
        for i in range(left):
            last |= np.uint64(data[at + np.uint64(i)]) << (np.uint64(8) * np.uint64(i))
    return _finish(v0, v1, v2, v3, last, c, d)


@njit(cache=True, nogil=True, inline="always")
def _is_null(bits, place):  # type: ignore[no-untyped-def]
    return len(bits) > 0 and not (bits[place >> 3] >> (place & 7)) & 1


@njit(cache=True, nogil=True)
def _hash_texts(offsets, data, bits, first, key, c, d, hi, lo):  # type: ignore[no-untyped-def]
    k0, k1 = key[0], key[1]
    for i in range(len(hi)):
        if _is_null(bits, first + i):
            v0, v1, v2, v3 = _start(k0, k1)
            hi[i], lo[i] = _finish(v0, v1, v2, v3, _NULL, c, d)
        else:
            hi[i], lo[i] = _hash_bytes(data, offsets[i], offsets[i + 1], k0, k1, c, d)


@njit(cache=True, nogil=True, inline="always")
def _hash_word(word, k0, k1):  # type: ignore[no-untyped-def]
    v0, v1, v2, v3 = _start(k0, k1)
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    return _finish(v0, v1, v2, v3, np.uint64(8 << 56), 1, 3)


@njit(cache=True, nogil=True)
def _hash_words(words, key, hi, lo):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        hi[i], lo[i] = _hash_word(words[i], key[0], key[1])


@njit(cache=True, nogil=True)
def _mix(hi1, lo1, hi2, lo2, key, hi, lo):  # type: ignore[no-untyped-def]
    for i in range(len(hi1)):
        v0, v1, v2, v3 = _start(lo1[i] ^ key[0], hi1[i] ^ key[1])
        for word in (lo2[i], hi2[i]):
            v3 ^= word
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0 ^= word
        hi[i], lo[i] = _finish(v0, v1, v2, v3, np.uint64(16 << 56), 1, 3)


@njit(cache=True, nogil=True)
def _absorb_texts(offsets, data, bits, first, rows, tag, hi, lo):  # type: ignore[no-untyped-def]
    for i in range(len(offsets) - 1):
        if _is_null(bits, first + i):
            continue
        row = rows[i] if len(rows) else i
        k0, k1 = lo[row] ^ tag[0], hi[row] ^ tag[1]
        hi[row], lo[row] = _hash_bytes(data, offsets[i], offsets[i + 1], k0, k1, 1, 3)


@njit(cache=True, nogil=True)
def _absorb_words(words, rows, tag, hi, lo):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        row = rows[i] if len(rows) else i
        hi[row], lo[row] = _hash_word(words[i], lo[row] ^ tag[0], hi[row] ^ tag[1])
