"""HMACs of columns are those of the standard library, whatever the lengths."""

import hmac

import pyarrow as pa
import pytest

from idweave.transforms.columnar.arrays.hmac_sha256 import text_hmacs


@pytest.mark.parametrize("key", [b"", b"k" * 32, b"k" * 64, b"k" * 65, b"k" * 200])
@pytest.mark.parametrize("prefix", [b"", b"record\0web\0", b"p" * 63, b"p" * 64, b"p" * 130])
def test_hmacs_of_every_length_are_those_of_the_standard_library(key: bytes, prefix: bytes) -> None:
    texts = [bytes((7 * n + i) % 256 for i in range(n)) for n in range(200)]
    found = text_hmacs(key, prefix, pa.array(texts, pa.binary()))
    assert [row.tobytes() for row in found] == [
        hmac.digest(key, prefix + text, "sha256") for text in texts
    ]


def test_slices_and_wide_texts_are_read_from_where_they_begin() -> None:
    texts = pa.array(["a", "é", "", "long" * 50])
    for values in (texts[1:], texts.cast(pa.large_string())[1:]):
        expected = [hmac.digest(b"k", v.encode(), "sha256") for v in texts.to_pylist()[1:]]
        assert [row.tobytes() for row in text_hmacs(b"k", b"", values)] == expected
    assert text_hmacs(b"k", b"", texts[:0]).shape == (0, 32)
