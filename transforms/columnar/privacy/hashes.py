"""Hashes under the privacy key: a full one that tables hold, a short one that finds it quickly.

The full one is HMAC-SHA256 (FIPS 198-1), a quarter of a microsecond each; the short one is SipHash
under a key that is derived from it, some 15 ns each. What the short one finds the full one decides.
"""

import hmac
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.hex import hex_digits
from idweave.transforms.columnar.arrays.hmac_sha256 import text_hmacs
from idweave.transforms.columnar.arrays.siphash import Key, first_words
from idweave.transforms.columnar.arrays.texts import text_array

# fewer are hashed one at a time, two microseconds each: no kernel is compiled for them
_MANY = 1_000
HASH_DIGITS = 64  # of its digest in hex
RECORD, IDENTITY, LIFT = "record", "identity", "lift"  # kinds of what is hashed


def full_hash(key: bytes, *parts: str) -> str:
    """The hash of texts, as `record`, source and id: 64 hexadecimal digits."""
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()


class FullHashes(NamedTuple):
    """Full hashes of ``n`` texts of one kind and name."""

    digest: NDArray[np.uint64]  # [n, 4]

    def texts(self) -> pa.Array:
        """[n] 64 hexadecimal digits each."""
        start = np.arange(len(self.digest) + 1, dtype=np.int64) * HASH_DIGITS
        return text_array(start, hex_digits(self.digest))


def full_hashes(key: bytes, kind: str, name: str, values: pa.Array) -> FullHashes:
    """The hashes of values, none of them null, of a source (records) or a type (identities)."""
    prefix = f"{kind}\0{name}\0".encode()
    if len(values) < _MANY:
        texts = values.cast(pa.large_binary()).to_pylist()
        found = b"".join(hmac.digest(key, prefix + text, "sha256") for text in texts)
        return FullHashes(np.frombuffer(found, np.uint64).reshape(-1, 4))
    return FullHashes(text_hmacs(key, prefix, values).view(np.uint64))


def short_hashes(key: bytes, kind: str, name: str, values: pa.Array) -> NDArray[np.uint64]:
    """[n] the short hashes of the same texts as `full_hashes` takes."""
    return first_words(values, _short_key(key, kind, name))


def _short_key(key: bytes, kind: str, name: str) -> Key:
    derived = hmac.digest(key, f"short hash\0{kind}\0{name}".encode(), "sha256")
    return int.from_bytes(derived[:8], "little"), int.from_bytes(derived[8:16], "little")


def key_check(key: bytes) -> str:
    """What tells whether a key is the one of another run; nothing else can be learned from it."""
    return full_hash(key, "idweave key check")[:32]
