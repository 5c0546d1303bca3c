"""HMAC-SHA256 (FIPS 198-1, 180-4) under one key, for many short messages at once.

Equal to `hmac.digest(key, prefix + message, "sha256")`, some three times faster on columns, and
without the interpreter's lock.
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
_DIGEST = 32
Words = NDArray[np.uint32]


def text_hmacs(key: bytes, prefix: bytes, texts: pa.Array) -> NDArray[np.uint8]:
    """[n, 32] the HMACs of texts, none of them null, behind a prefix."""
    start, data = text_buffers(texts)
    padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (_state_after(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    out = np.empty((len(texts), _DIGEST), np.uint8)
    _hmacs(start, data, np.frombuffer(prefix, np.uint8), inner, outer, out)
    return out


def _state_after(block: bytes) -> Words:
    """[8] the state after the first block of a message."""
    state, schedule = _IV.copy(), np.empty(_BLOCK, np.uint32)
    schedule[:16] = np.frombuffer(block, ">u4")
    _compress(state, schedule)
    return state


@inlined
def _rotate(x, bits):  # type: ignore[no-untyped-def]
    return np.uint32((x >> np.uint32(bits)) | (x << np.uint32(32 - bits)))


@inlined
def _turn(a, b, c, d, e, f, g, h, added):  # type: ignore[no-untyped-def]
    # numba adds 32 bits as 64: each sum is cut
    sum_e = _rotate(e, 6) ^ _rotate(e, 11) ^ _rotate(e, 25)
    t = np.uint32(h + sum_e + (g ^ (e & (f ^ g))) + added)
    sum_a = _rotate(a, 2) ^ _rotate(a, 13) ^ _rotate(a, 22)
    return np.uint32(d + t), np.uint32(t + sum_a + ((a & b) | (c & (a | b))))


@kernel
def _compress(state, w):  # type: ignore[no-untyped-def]
    """Work one block into the state, in place; it is the first 16 words of `w` [64]."""
    for i in range(16, 64):
        x, y = w[i - 15], w[i - 2]
        x = _rotate(x, 7) ^ _rotate(x, 18) ^ (x >> np.uint32(3))
        y = _rotate(y, 17) ^ _rotate(y, 19) ^ (y >> np.uint32(10))
        w[i] = np.uint32(w[i - 16] + x + w[i - 7] + y)
    # eight variables, not an array: they stay in registers
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for i in range(0, 64, 8):
        d, h = _turn(a, b, c, d, e, f, g, h, np.uint32(_K[i] + w[i]))
        c, g = _turn(h, a, b, c, d, e, f, g, np.uint32(_K[i + 1] + w[i + 1]))
        b, f = _turn(g, h, a, b, c, d, e, f, np.uint32(_K[i + 2] + w[i + 2]))
        a, e = _turn(f, g, h, a, b, c, d, e, np.uint32(_K[i + 3] + w[i + 3]))
        h, d = _turn(e, f, g, h, a, b, c, d, np.uint32(_K[i + 4] + w[i + 4]))
        g, c = _turn(d, e, f, g, h, a, b, c, np.uint32(_K[i + 5] + w[i + 5]))
        f, b = _turn(c, d, e, f, g, h, a, b, np.uint32(_K[i + 6] + w[i + 6]))
        e, a = _turn(b, c, d, e, f, g, h, a, np.uint32(_K[i + 7] + w[i + 7]))
    state[0] = np.uint32(state[0] + a)
    state[1] = np.uint32(state[1] + b)
    state[2] = np.uint32(state[2] + c)
    state[3] = np.uint32(state[3] + d)
    state[4] = np.uint32(state[4] + e)
    state[5] = np.uint32(state[5] + f)
    state[6] = np.uint32(state[6] + g)
    state[7] = np.uint32(state[7] + h)


@kernel
def _hmacs(start, data, prefix, inner, outer, out):  # type: ignore[no-untyped-def]
    state = np.empty(8, np.uint32)
    w = np.empty(64, np.uint32)
    block = np.empty(64, np.uint8)
    for i in range(len(out)):
        size = len(prefix) + start[i + 1] - start[i]
        state[:] = inner
        for first in range(0, size + 9, 64):  # a bit and the length follow the message
            _fill(block, first, size, prefix, data, start[i])
            for j in range(16):
                w[j] = np.uint32(
                    (block[4 * j] << 24) | (block[4 * j + 1] << 16)
                    | (block[4 * j + 2] << 8) | block[4 * j + 3]
                )  # fmt: skip
            _compress(state, w)
        w[:8] = state
        w[8] = np.uint32(0x80000000)
        w[9:15] = np.uint32(0)
        w[15] = np.uint32(8 * (64 + 32))
        state[:] = outer
        _compress(state, w)
        for j in range(32):
            out[i, j] = np.uint8((state[j >> 2] >> np.uint32(24 - 8 * (j & 3))) & np.uint32(255))


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
