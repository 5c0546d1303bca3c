"""Claims, `ids` and `id_changes` against the plain reading, on random chains of runs."""

import hashlib
import random

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.columnar.arrays.id_words import NoId, id_words
from idweave.transforms.columnar.lasting.id_texts import again, id_order, shard_of_id
from idweave.transforms.columnar.lasting.overlaps import (
    Holdings,
    find_common,
)
from tests.oracle.claims import Profile
from tests.oracle.lasting import Base, This, last
from tests.transforms.columnar.lasting.playing import (
    LINK_ON,
    hashes,
    hex_of,
    listed,
    play,
    random_profiles,
    texts,
    words,
)


@pytest.mark.parametrize("block", range(10))
def test_chains_of_runs_are_those_of_the_plain_reading(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        rng = random.Random(seed)
        base: Base | None = None
        profiles: list[Profile] = []
        for run in range(5):
            profiles = random_profiles(rng, profiles)
            this = This(f"r{run}", run, LINK_ON)
            expected = last(profiles, this, base)
            of_birth, ids, changes = play(profiles, this, base)
            assert of_birth == expected.of_birth, (seed, run)
            assert ids == expected.ids, (seed, run)
            assert changes == expected.id_changes, (seed, run)
            base = Base(this.run_id, run, listed(profiles, expected), expected.ids)


def test_an_identity_that_too_many_hold_counts_nowhere() -> None:
    for holders, related in ((100, 100), (101, 0)):
        new = Holdings(hashes([("w", "email", "1")]), words([hex_of("n")]))
        many = Holdings(
            hashes([("w", "email", "1")] * holders), words([hex_of(str(i)) for i in range(holders)])
        )
        place = np.zeros(1, np.int16)
        assert len(find_common(new, place, many).new) == related
        assert len(find_common(many, np.zeros(holders, np.int16), new).new) == related


def test_ids_are_words_and_texts_in_the_same_order() -> None:
    ids = [hex_of(str(i)) for i in range(100)]
    as_words = words(ids)
    assert texts(as_words) == ids
    assert [ids[place] for place in id_order(as_words)] == sorted(ids)
    shard = shard_of_id(as_words, 7)
    assert sorted(range(100), key=lambda i: (shard[i], ids[i])) == id_order(as_words).tolist()


@pytest.mark.parametrize("wrong", ["", "0" * 31, "0" * 33, "G" + "0" * 31, "A" + "0" * 31])
def test_what_is_no_id_is_refused(wrong: str) -> None:
    with pytest.raises(NoId):
        id_words(pa.array(["0" * 32, wrong]))


def test_an_id_that_is_taken_gives_way_to_a_digest_of_the_birth_and_the_base() -> None:
    birth = hex_of("n")
    for key in (b"", b"k" * 32):
        message = f"again\0{birth}\0r1".encode()
        expected = hashlib.blake2b(message, digest_size=16, key=key).hexdigest()
        assert texts(again(words([birth]), "r1", key)) == [expected]
