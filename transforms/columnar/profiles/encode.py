"""Encodings of identity values for platforms: hashes over UTF-8, as hex or base64."""

import base64
import hashlib

import pyarrow as pa


def encode(values: pa.Array, encoding: str) -> pa.Array:
    """Encode strings; null stays null.

    Args:
        encoding: raw, or md5, sha1, sha256 in lower-case hex, or these with `_base64` (of the raw
            digest).
    """
    if encoding == "raw":
        return values
    name, _, base = encoding.partition("_")
    distinct = values.dictionary_encode()
    encoded = []
    for text in distinct.dictionary.to_pylist():  # bounded by the distinct values that are written
        digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
        encoded.append(base64.b64encode(digest).decode() if base else digest.hex())
    return pa.array(encoded, pa.string()).take(distinct.indices)
