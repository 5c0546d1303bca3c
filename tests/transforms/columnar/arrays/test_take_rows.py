"""Rows are taken as NumPy's own indexing takes them."""

import numpy as np
import pytest

from idweave.transforms.columnar.arrays.take_rows import in_places, places_of_runs, take_rows

ROWS = np.arange(12, dtype=np.uint64).reshape(6, 2)


@pytest.mark.parametrize(
    "chosen",
    [
        np.array([5, 0, 0, 3]),
        np.array([1, -1], np.int32),
        np.array([True, False, False, True, True, False]),
        np.empty(0, np.int64),
        np.zeros(6, bool),
    ],
)
def test_rows_are_those_of_numpy(chosen: np.ndarray) -> None:
    np.testing.assert_array_equal(take_rows(ROWS, chosen), ROWS[chosen])
    np.testing.assert_array_equal(take_rows(ROWS[:, 0], chosen), ROWS[chosen, 0])


def test_a_place_beyond_the_rows_is_an_error() -> None:
    with pytest.raises(IndexError):
        take_rows(ROWS, np.array([6]))


def test_rows_come_to_stand_where_they_belong() -> None:
    at = np.array([4, 0, 5, 1, 3, 2], np.int32)
    assert in_places(ROWS, at)[at].tolist() == ROWS.tolist()


def test_runs_are_places_one_after_the_other() -> None:
    found = places_of_runs(np.array([7, 3, 0, 5]), np.array([2, 0, 1, 3]))
    assert found.tolist() == [7, 8, 0, 5, 6, 7]
