"""HMAC-SHA256 (FIPS 198-1, 180-4) under one key, for many short messages at once.

Equal to `hmac.digest(key, prefix + message, "sha256")`, some ten times faster on columns, and
without the interpreter's lock: 64 messages go through each step side by side, which compilers turn
into instructions on vectors.
"""

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inlined, kernel
from idweave.transforms.columnar.arrays.texts import text_buffers

_IV = np.array([
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
], np.uint32)  # fmt: skip
_K = np.array([
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
], np.uint32)  # fmt: skip
_BLOCK = 64  # bytes
_LANES = 64  # messages side by side
Words = NDArray[np.uint32]


def text_hmacs(key: bytes, prefix: bytes, texts: pa.Array) -> NDArray[np.uint8]:
    """[n, 32] the HMACs of texts, none of them null, behind a prefix."""
    start, data = text_buffers(texts)
    padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (_state_after(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    out = np.empty((len(texts), 8), np.uint32)
    _hmacs(start, data, np.frombuffer(prefix, np.uint8), inner, outer, out)
    return out.astype(">u4").view(np.uint8)


def _state_after(block: bytes) -> Words:
    """[8] the state after the first block of a message."""
    state, schedule = _IV[:, None].copy(), np.empty((_BLOCK, 1), np.uint32)
    schedule[:16, 0] = np.frombuffer(block, ">u4")
    _compress(state, schedule, np.ones(1, np.bool_))
    return state[:, 0]


@inlined
def _rotate(x, bits):  # type: ignore[no-untyped-def]
    return np.uint32((x >> np.uint32(bits)) | (x << np.uint32(32 - bits)))


@kernel
def _compress(state, w, works):  # type: ignore[no-untyped-def]
    """Work a block each into the states, in place.

    Args:
        state: [8, lanes]
        w: [64, lanes] the first 16 words are the blocks.
        works: [lanes] whether the message has this block; else its state stays.
    """
    before = state.copy()
    for i in range(16, 64):
        for j in range(w.shape[1]):
            x, y = w[i - 15, j], w[i - 2, j]
            x = _rotate(x, 7) ^ _rotate(x, 18) ^ (x >> np.uint32(3))
            y = _rotate(y, 17) ^ _rotate(y, 19) ^ (y >> np.uint32(10))
            w[i, j] = np.uint32(w[i - 16, j] + x + w[i - 7, j] + y)
    for i in range(64):
        for j in range(w.shape[1]):
            a, b, c, d = state[0, j], state[1, j], state[2, j], state[3, j]
            e, f, g, h = state[4, j], state[5, j], state[6, j], state[7, j]
            sum_e = _rotate(e, 6) ^ _rotate(e, 11) ^ _rotate(e, 25)
            sum_a = _rotate(a, 2) ^ _rotate(a, 13) ^ _rotate(a, 22)
            # numba adds 32 bits as 64: each sum is cut
            t = np.uint32(h + sum_e + (g ^ (e & (f ^ g))) + _K[i] + w[i, j])
            state[7, j], state[6, j], state[5, j], state[4, j] = g, f, e, np.uint32(d + t)
            t = np.uint32(t + sum_a + ((a & b) | (c & (a | b))))
            state[3, j], state[2, j], state[1, j], state[0, j] = c, b, a, t
    for i in range(8):
        for j in range(w.shape[1]):
            state[i, j] = np.uint32(before[i, j] + (state[i, j] if works[j] else np.uint32(0)))


@kernel
def _hmacs(start, data, prefix, inner, outer, out):  # type: ignore[no-untyped-def]
    state = np.empty((8, _LANES), np.uint32)
    w = np.zeros((64, _LANES), np.uint32)
    block = np.empty(64, np.uint8)
    works = np.ones(_LANES, np.bool_)
    for low in range(0, len(out), _LANES):
        lanes = min(_LANES, len(out) - low)
        longest = 0
        for j in range(lanes):
            longest = max(longest, len(prefix) + start[low + j + 1] - start[low + j])
        for i in range(8):
            state[i] = inner[i]
        for first in range(0, longest + 9, 64):  # a bit and the length follow the message
            for j in range(lanes):
                size = len(prefix) + start[low + j + 1] - start[low + j]
                works[j] = first < size + 9
                if works[j]:
                    _fill(block, first, size, prefix, data, start[low + j])
                    _words(block, w, j)
            _compress(state, w, works)
        w[:8] = state
        w[8] = np.uint32(0x80000000)
        w[9:15] = np.uint32(0)
        w[15] = np.uint32(8 * (64 + 32))
        for i in range(8):
            state[i] = outer[i]
        works[:] = True
        _compress(state, w, works)
        out[low : low + lanes] = state[:, :lanes].T


@inlined
def _words(block, w, j):  # type: ignore[no-untyped-def]
    """The 64 bytes of a block as the first words of one lane."""
    for i in range(16):
        w[i, j] = np.uint32(
            (block[4 * i] << 24) | (block[4 * i + 1] << 16)
            | (block[4 * i + 2] << 8) | block[4 * i + 3]
        )  # fmt: skip


@kernel
def _fill(block, first, size, prefix, data, begin):  # type: ignore[no-untyped-def]
    """The 64 bytes from `first` on of prefix, text, a bit, and the length in bits with the key."""
    block[:] = np.uint8(0)
    for at in range(first, min(first + 64, len(prefix))):
        block[at - first] = prefix[at]
    for at in range(max(first, len(prefix)), min(first + 64, size)):
        block[at - first] = data[begin + at - len(prefix)]
    if first <= size < first + 64:
        block[size - first] = np.uint8(0x80)
    if size + 9 <= first + 64:
        for j in range(8):
            block[63 - j] = np.uint8(((8 * (64 + size)) >> (8 * j)) & 255)
