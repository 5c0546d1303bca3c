"""Arrays of columns: the same values, however they are made."""

import pyarrow as pa
import pytest

from idweave.transforms.tables.columns import coded, dense


@pytest.mark.parametrize("texts", [["ab", "cd", "ef"], ["é", "aa"], ["", ""], ["a", "", "bcd"], []])
@pytest.mark.parametrize("places", [[1, 0, 1], [-1, 0, -1], [-1], []])
def test_dense_texts_are_those_of_the_dictionary(texts: list[str], places: list[int]) -> None:
    values = pa.array(texts, pa.string())
    given = coded([place if place < len(texts) else -1 for place in places], values)
    made = dense(given)
    made.validate(full=True)
    assert made.equals(given.cast(pa.string()))
    assert dense(given.slice(1)).equals(given.slice(1).cast(pa.string()))
