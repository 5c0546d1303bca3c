"""Arrays of columns: the same values, however they are made."""

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.tables.columns import chosen, coded, dense


@pytest.mark.parametrize("texts", [["ab", "cd", "ef"], ["é", "aa"], ["", ""], ["a", "", "bcd"], []])
@pytest.mark.parametrize("places", [[1, 0, 1], [-1, 0, -1], [-1], []])
def test_dense_texts_are_those_of_the_dictionary(texts: list[str], places: list[int]) -> None:
    values = pa.array(texts, pa.string())
    given = coded([place if place < len(texts) else -1 for place in places], values)
    made = dense(given)
    made.validate(full=True)
    assert made.equals(given.cast(pa.string()))
    assert dense(given.slice(1)).equals(given.slice(1).cast(pa.string()))


def test_a_name_stands_in_the_dictionary_once() -> None:
    """Of two equal ones Parquet's writer leaves a page behind of whatever was in memory."""
    made = chosen(np.array([2, 0, 1, 3], np.int32), ("newest", "sum", "newest", "none"), null=3)
    assert made.to_pylist() == ["newest", "newest", "sum", None]
    assert made.dictionary.to_pylist() == ["newest", "sum", "none"]
