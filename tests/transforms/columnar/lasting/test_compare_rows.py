"""Rows of two tables are paired by their keys, in whatever order they stand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.lasting.compare_rows import compare_rows

KEYS = st.lists(st.integers(0, 400), unique=True, max_size=300)


def _hashes(values: list[int]) -> np.ndarray:
    return np.array([[value, value * 7 + 1] for value in values], np.uint64).reshape(-1, 2)


def _pairs(left: np.ndarray, right: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(left.tolist(), right.tolist(), strict=True))


@settings(deadline=None)
@given(KEYS, KEYS, st.booleans(), st.sets(st.integers(0, 400)))
def test_rows_are_compared_as_by_a_dictionary(
    old: list[int], new: list[int], shuffled: bool, touched: set[int]
) -> None:
    if not shuffled:  # most rows stand in the same order, with some that only one side has
        new = [key for key in range(500) if key not in new]
        old = [key for key in range(500) if key not in old]
    content = [key + 1000 * (key in touched) for key in new]
    told = compare_rows(_hashes(old), _hashes(old), _hashes(new), _hashes(content))
    place = {key: at for at, key in enumerate(new)}
    both = {(at, place[key]) for at, key in enumerate(old) if key in place}
    assert _pairs(told.both_old, told.both_new) == both
    assert _pairs(told.other_old, told.other_new) == {
        (left, right) for left, right in both if new[right] in touched
    }
    assert sorted(told.only_old.tolist()) == [n for n, key in enumerate(old) if key not in place]
    assert sorted(told.only_new.tolist()) == [n for n, key in enumerate(new) if key not in old]


def test_rows_that_differ_in_the_second_word_alone_are_others() -> None:
    keys = _hashes([1, 2])
    told = compare_rows(keys, np.array([[1, 1], [2, 2]], np.uint64), keys,
                        np.array([[1, 1], [2, 3]], np.uint64))  # fmt: skip
    assert (told.other_old.tolist(), told.other_new.tolist()) == ([1], [1])
