"""BLAKE2b with a 128-bit digest (RFC 7693), for many short messages at once.

Equal to `hashlib.blake2b(message, digest_size=16, key=key)`, some ten times faster on columns.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inlined, kernel
from idweave.transforms.columnar.arrays.texts import text_buffers

_IV = (
    np.uint64(0x6A09E667F3BCC908),
    np.uint64(0xBB67AE8584CAA73B),
    np.uint64(0x3C6EF372FE94F82B),
    np.uint64(0xA54FF53A5F1D36F1),
    np.uint64(0x510E527FADE682D1),
    np.uint64(0x9B05688C2B3E6C1F),
    np.uint64(0x1F83D9ABFB41BD6B),
    np.uint64(0x5BE0CD19137E2179),
)
_SIGMA = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
_ORDER = np.array([_SIGMA[turn % 10] for turn in range(12)], np.uint8)
_BLOCK = 128  # bytes


def digests(
    start: NDArray[np.int64], data: NDArray[np.uint8], key: bytes = b""
) -> NDArray[np.uint8]:
    """Digest each message.

    Args:
        start: [n + 1] message i is `data[start[i]:start[i + 1]]`.
        data: the messages' bytes.
        key: at most 64 bytes; empty: none.

    Returns:
        [n, 16] bytes.
    """
    words = np.empty((len(start) - 1, 2), np.uint64)
    _digests(start, data, np.frombuffer(key, np.uint8), words)
    return words.view(np.uint8).reshape(-1, 16)


def text_digests(texts: pa.Array, key: bytes = b"") -> NDArray[np.uint64]:
    """[n, 2] the digests of texts, none of them null, as two words of 8 bytes."""
    start, data = text_buffers(texts)
    return digests(start.astype(np.int64), data, key).view(np.uint64)


@inlined
def _rotate(x, bits):  # type: ignore[no-untyped-def]
    return (x >> np.uint64(bits)) | (x << np.uint64(64 - bits))


@inlined
def _mix(a, b, c, d, x, y):  # type: ignore[no-untyped-def]
    a = a + b + x
    d = _rotate(d ^ a, 32)
    c = c + d
    b = _rotate(b ^ c, 24)
    a = a + b + y
    d = _rotate(d ^ a, 16)
    c = c + d
    b = _rotate(b ^ c, 63)
    return a, b, c, d


@kernel
def _compress(h, m, total, last):  # type: ignore[no-untyped-def]
    # sixteen variables, not an array: they stay in registers
    v0, v1, v2, v3, v4, v5, v6, v7 = h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
    v8, v9, v10, v11 = _IV[0], _IV[1], _IV[2], _IV[3]
    v12, v13, v14, v15 = _IV[4] ^ np.uint64(total), _IV[5], _IV[6], _IV[7]
    if last:
        v14 = ~v14
    for turn in range(12):
        s = _ORDER[turn]
        v0, v4, v8, v12 = _mix(v0, v4, v8, v12, m[s[0]], m[s[1]])
        v1, v5, v9, v13 = _mix(v1, v5, v9, v13, m[s[2]], m[s[3]])
        v2, v6, v10, v14 = _mix(v2, v6, v10, v14, m[s[4]], m[s[5]])
        v3, v7, v11, v15 = _mix(v3, v7, v11, v15, m[s[6]], m[s[7]])
        v0, v5, v10, v15 = _mix(v0, v5, v10, v15, m[s[8]], m[s[9]])
        v1, v6, v11, v12 = _mix(v1, v6, v11, v12, m[s[10]], m[s[11]])
        v2, v7, v8, v13 = _mix(v2, v7, v8, v13, m[s[12]], m[s[13]])
        v3, v4, v9, v14 = _mix(v3, v4, v9, v14, m[s[14]], m[s[15]])
    h[0] ^= v0 ^ v8
    h[1] ^= v1 ^ v9
    h[2] ^= v2 ^ v10
    h[3] ^= v3 ^ v11
    h[4] ^= v4 ^ v12
    h[5] ^= v5 ^ v13
    h[6] ^= v6 ^ v14
    h[7] ^= v7 ^ v15


@kernel
def _begin(key, h, m):  # type: ignore[no-untyped-def]
    """The state before any message; a key is a block of its own before it."""
    for j in range(8):
        h[j] = _IV[j]
    h[0] ^= (
        np.uint64(0x01010000) ^ (np.uint64(len(key)) << np.uint64(8)) ^ np.uint64(16)
    )  # 16 bytes out
    m[:] = np.uint64(0)
    for j in range(len(key)):
        m[j >> 3] |= np.uint64(key[j]) << np.uint64(8 * (j & 7))
    return _BLOCK if len(key) else 0


@kernel
def _digests(start, data, key, out):  # type: ignore[no-untyped-def]
    h = np.empty(8, np.uint64)
    m = np.empty(16, np.uint64)
    for i in range(len(start) - 1):
        at = start[i]
        end = start[i + 1]
        total = _begin(key, h, m)
        if total:
            _compress(h, m, total, at == end)
            if at == end:
                out[i, 0] = h[0]
                out[i, 1] = h[1]
                continue
        while True:
            size = min(_BLOCK, end - at)
            m[:] = np.uint64(0)
            for j in range(size):
                m[j >> 3] |= np.uint64(data[at + j]) << np.uint64(8 * (j & 7))
            at += size
            total += size
            _compress(h, m, total, at == end)
            if at == end:
                break
        out[i, 0] = h[0]
        out[i, 1] = h[1]
