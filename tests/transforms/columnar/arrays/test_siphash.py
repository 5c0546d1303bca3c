"""SipHash-1-3-128 against a plain reading of the paper."""

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.columnar.arrays.siphash import (
    absorb,
    absorb_longs,
    first_words,
    hash_strings,
)
from idweave.transforms.columnar.arrays.texts import text_buffers

KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
_MASK = 2**64 - 1


def _rotate(x: int, bits: int) -> int:
    return (x << bits | x >> (64 - bits)) & _MASK


def _sip_round(v: list[int]) -> None:
    for a, b, c, d, left, right in ((0, 1, 2, 3, 13, 16), (2, 1, 0, 3, 17, 21)):
        v[a] = (v[a] + v[b]) & _MASK
        v[b] = _rotate(v[b], left) ^ v[a]
        v[a] = _rotate(v[a], 32)
        v[c] = (v[c] + v[d]) & _MASK
        v[d] = _rotate(v[d], right) ^ v[c]


def siphash128(data: bytes, key: tuple[int, int], rounds: tuple[int, int] = (1, 3)) -> list[int]:
    v = [
        key[0] ^ 0x736F6D6570736575,
        key[1] ^ 0x646F72616E646F6D ^ 0xEE,
        key[0] ^ 0x6C7967656E657261,
        key[1] ^ 0x7465646279746573,
    ]
    whole = len(data) // 8 * 8
    words = [int.from_bytes(data[i : i + 8], "little") for i in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) & 255) << 56)
    for word in words:
        v[3] ^= word
        for _ in range(rounds[0]):
            _sip_round(v)
        v[0] ^= word
    result = []
    for where, mark in ((2, 0xEE), (1, 0xDD)):
        v[where] ^= mark
        for _ in range(rounds[1]):
            _sip_round(v)
        result.append(v[0] ^ v[1] ^ v[2] ^ v[3])
    return result


def _texts(seed: int, count: int) -> list[bytes]:
    random = np.random.default_rng(seed)
    return [random.bytes(int(n)) for n in random.integers(0, 40, count)] + [b"", b"x" * 300]


def test_the_reference_of_this_test_gives_the_published_vectors_of_siphash_2_4():
    # vectors_sip128 of the authors' repository, the first two.
    for length, expected in (
        (0, "a3817f04ba25a8e66df67214c7550293"),
        (1, "da87c1d86b99af44347659119b22fc45"),
    ):
        words = siphash128(bytes(range(length)), KEY, (2, 4))
        assert b"".join(word.to_bytes(8, "little") for word in words).hex() == expected


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_hashes_equal_the_reference_for_all_lengths_and_slices(kind: pa.DataType):
    texts = [bytes(range(n)) for n in range(40)] + _texts(1, 200)
    array = pa.array(texts, kind)
    expected = np.array([siphash128(text, KEY) for text in texts], np.uint64)
    assert np.array_equal(hash_strings(array, KEY), expected)
    assert np.array_equal(hash_strings(array[7:101], KEY), expected[7:101])
    assert np.array_equal(first_words(array[7:101], KEY), expected[7:101, 0])
    assert np.array_equal(hash_strings(array[:0], KEY), expected[:0])


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_text_is_hashed_by_its_utf8_bytes_whatever_the_width_of_its_offsets(kind: pa.DataType):
    texts = ["", "ä", "a@b.example", "日本語テキスト", "x" * 1000]
    expected = np.array([siphash128(text.encode(), KEY) for text in texts], np.uint64)
    assert np.array_equal(hash_strings(pa.array(texts, kind), KEY), expected)


def test_arrays_without_rows_or_without_bytes_are_hashed():
    assert hash_strings(pa.array([], pa.string()), KEY).shape == (0, 2)
    bare = pa.array([""], pa.string())
    assert hash_strings(bare, KEY).tolist() == [siphash128(b"", KEY)]


def test_text_buffers_of_a_slice_start_at_zero():
    starts, data = text_buffers(pa.array(["ab", "", "cde", "f"])[1:3])
    assert starts.tolist() == [0, 0, 3]
    assert bytes(data) == b"cde"


def test_absorbing_hashes_each_text_under_the_hash_of_its_row():
    hashes = np.zeros((2, 2), np.uint64)
    absorb(pa.array(["a", "b", "c"]), np.array([1, 1, 0], np.int32), (5, 6), hashes)
    absorb_longs(np.array([-1, 7], np.int64), (8, 9), hashes)
    first = siphash128(b"c", (5, 6))
    second = siphash128(b"a", (5, 6))
    second = siphash128(b"b", (second[0] ^ 5, second[1] ^ 6))
    assert hashes.tolist() == [
        siphash128(b"\xff" * 8, (first[0] ^ 8, first[1] ^ 9)),
        siphash128(b"\x07" + bytes(7), (second[0] ^ 8, second[1] ^ 9)),
    ]
