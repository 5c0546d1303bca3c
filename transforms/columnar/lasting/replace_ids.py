"""Puts lasting ids in the place of birth ids, in columns of tables."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.lasting.id_texts import find_ids, id_texts

PROFILE_COLUMNS = ("profile_id", "linked_from", "alias_id")  # of all tables


def replace_words(ids: Hashes, births: Hashes, lasting: Hashes) -> Hashes:
    """[n, 2] the lasting ids of birth ids, all of which are known.

    Args:
        births, lasting: [k, 2] the known ones and what they become.
    """
    if np.array_equal(births, lasting):
        return ids
    return take_rows(lasting, find_ids(births, ids))


def replace_ids(table: pa.Table, births: Hashes, lasting: Hashes) -> pa.Table:
    """The table with lasting ids; other columns stay. Tables are of one chunk."""
    if np.array_equal(births, lasting):
        return table
    for name in PROFILE_COLUMNS:
        place = table.schema.get_field_index(name)
        if place < 0 or not table.num_rows:
            continue
        column = table.column(place).chunk(0)
        if isinstance(column, pa.DictionaryArray):
            texts = _replaced(column.dictionary, births, lasting)
            column = pa.DictionaryArray.from_arrays(column.indices, texts)
        else:
            column = _replaced(column, births, lasting)
        table = table.set_column(place, table.schema.field(place).with_type(column.type), column)
    return table


def _replaced(texts: pa.Array, births: Hashes, lasting: Hashes) -> pa.Array:
    if not len(texts):
        return texts
    return id_texts(np.ascontiguousarray(replace_words(id_words(texts), births, lasting)))
