"""What is on a list is found, and nothing else; hashes are those of the standard."""

import hashlib
import hmac

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.columnar.arrays.id_words import NoId
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.columnar.privacy.find_listed import (
    are_listed,
    are_listed_texts,
    find_listed,
    listed,
    listed_ids,
)
from idweave.transforms.columnar.privacy.hashes import (
    full_hash,
    full_hashes,
    key_check,
    short_hashes,
)

KEY = b"k" * 40


def test_full_hashes_are_hmac_sha256_of_kind_name_and_value() -> None:
    values = pa.array(["ann@x.com", "", "ü\0"])
    expected = [
        hmac.new(KEY, f"identity\0email\0{value}".encode(), hashlib.sha256).hexdigest()
        for value in values.to_pylist()
    ]
    assert full_hashes(KEY, "identity", "email", values).texts().to_pylist() == expected
    long = full_hashes(KEY * 2, "identity", "email", values).texts().to_pylist()
    assert long == [full_hash(KEY * 2, "identity", "email", v) for v in values.to_pylist()]
    assert [full_hash(KEY, "identity", "email", v) for v in values.to_pylist()] == expected


def test_short_hashes_depend_on_key_kind_and_name() -> None:
    value = pa.array(["same"])
    found = {
        int(short_hashes(key, kind, name, value)[0])
        for key in (KEY, b"other" * 8)
        for kind in ("record", "identity")
        for name in ("a", "b")
    }
    assert len(found) == 8
    assert key_check(KEY) != key_check(b"other" * 8)


@pytest.mark.parametrize("entries", [0, 1, 3, 4, 1000])
def test_every_entry_of_a_listed_value_is_found(entries: int) -> None:
    known = pa.array([f"v{i % 700}" for i in range(entries)], pa.string())
    short = short_hashes(KEY, "identity", "email", known)
    check = full_hashes(KEY, "identity", "email", known).digest[:, 0]
    of = listed(short, check, np.arange(entries), np.arange(entries, dtype=np.int32))
    values = pa.array([f"v{i}" for i in range(800)][::-1])
    hits = find_listed(of, KEY, "identity", "email", values)
    found = [(values[v].as_py(), int(of.request[e])) for v, e in zip(*hits, strict=True)]
    assert sorted(found) == sorted((v, i) for i, v in enumerate(known.to_pylist()))
    assert (np.diff(hits.value) >= 0).all()
    assert not len(find_listed(of, KEY, "identity", "phone", values).value)


def test_the_full_hash_decides_where_the_short_one_is_that_of_another_value() -> None:
    known = pa.array(["one"])
    short = short_hashes(KEY, "record", "web", known)
    of = listed(short, np.zeros(1, np.uint64), np.zeros(1, np.int64), np.zeros(1, np.int32))
    assert not len(find_listed(of, KEY, "record", "web", known).value)


def test_many_values_are_hashed_as_few_are() -> None:
    values = pa.array([f"v{i}" for i in range(1_000)])
    many = full_hashes(KEY, "record", "web", values).texts()
    few = [full_hashes(KEY, "record", "web", part).texts() for part in (values[:9], values[9:])]
    assert many.equals(pa.concat_arrays(few))
    assert many[7].as_py() == full_hash(KEY, "record", "web", "v7")


@pytest.mark.parametrize("entries", [0, 1, 3, 5000])
def test_ids_are_found_in_texts_as_they_are_in_words(entries: int) -> None:
    words = np.random.default_rng(3).integers(0, 2**64, (9000, 2), np.uint64)
    of = listed_ids(words[2000 : 2000 + entries])
    texts = id_texts(words)
    known = are_listed(of, words)
    assert np.count_nonzero(known) == entries
    assert (are_listed_texts(of, texts) == known).all()
    assert (are_listed_texts(of, texts[1900:2500]) == known[1900:2500]).all()
    holes = texts.take(pa.array([None, 2000, None, 0], pa.int64()))
    assert are_listed_texts(of, holes).tolist() == [False, entries > 0, False, False]


def test_a_text_that_is_no_id_is_told() -> None:
    of = listed_ids(np.zeros((1, 2), np.uint64))
    for wrong in ("0" * 31, "0" * 33, "0" * 31 + "g"):
        with pytest.raises(NoId):
            are_listed_texts(of, pa.array([wrong, None]))
