"""Ids, phone numbers and slips of the hand are text of exact shapes."""

import numpy as np
import phonenumbers
import pyarrow as pa

from idweave.transforms.columnar.simulation.simulate_text import (
    hexes,
    misspell,
    mix,
    phone_digits,
    place_where,
    rough,
    uuids,
    write_phones,
)


def test_scrambled_keys_stay_distinct() -> None:
    keys = np.arange(100_000, dtype=np.uint64)
    assert len(np.unique(mix(keys, 5))) == 100_000
    # the first output of splitmix64 with seed 0, as its authors' program prints it
    first = mix(np.zeros(1, np.uint64), 0x9E3779B97F4A7C15)
    assert first.tolist() == [0xE220A8397B1DCDAF]


def test_ids_are_hex_digits() -> None:
    words = np.array([0x0706050403020100, 0xFF], np.uint64)
    assert hexes(words).to_pylist() == ["0001020304050607", "ff00000000000000"]
    assert uuids(words, words).to_pylist() == [
        "00010203-0405-0607-0001-020304050607",
        "ff000000-0000-0000-ff00-000000000000",
    ]


def test_phones_are_written_in_three_ways_and_mean_one_number() -> None:
    phones = write_phones(phone_digits(np.zeros(3, np.int64)), np.arange(3)).to_pylist()
    assert phones == ["+12937292929", "(293) 729-2929", "293-729-2929"]
    numbers = {phonenumbers.parse(phone, "US").national_number for phone in phones}
    assert numbers == {2937292929}


def test_phones_are_distinct_and_nobodys() -> None:
    digits = phone_digits(np.arange(100_000) + 10**9)
    texts = write_phones(digits, np.zeros(100_000, np.int64)).to_pylist()
    assert len(set(texts)) == 100_000
    assert {text[3] for text in texts} == {"9"}
    assert not any(phonenumbers.is_valid_number(phonenumbers.parse(t)) for t in texts[:1000])


def test_slips_of_the_hand() -> None:
    emails = pa.array(["solta.17@mail.example"] * 3)
    assert misspell(emails, np.arange(3)).to_pylist() == [
        "slota.17@mail.example",
        "slta.17@mail.example",
        "solta.17@mail.exmaple",
    ]
    assert rough(emails, np.arange(3)).to_pylist() == [
        "solta.17@mail.example",
        "SOLTA.17@MAIL.EXAMPLE",
        "solta.17@mail.example ",
    ]


def test_values_go_to_the_places_that_are_given() -> None:
    given = np.array([False, True, False, True])
    assert place_where(pa.array(["a", "b"]), given).to_pylist() == [None, "a", None, "b"]
    nothing = place_where(pa.array([], pa.string()), np.zeros(2, bool))
    assert nothing.to_pylist() == [None, None]
