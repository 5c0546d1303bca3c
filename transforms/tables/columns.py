"""Arrays of columns that are cheap to make and to write: strings come as dictionaries."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import text_array, text_buffers
from idweave.transforms.columnar.arrays.types import Bytes, Ints, Longs
from idweave.transforms.columnar.reading.records import NO_TIME

_TIME = pa.timestamp("us", tz="UTC")


def chosen(
    places: Ints | Bytes | NDArray[np.int16], names: tuple[str, ...], null: int | None = None
) -> pa.Array:
    """[n] names by their places; `null` is the place that stands for no name.

    A name stands in the dictionary once: of one that has it twice Parquet's writer leaves a page
    behind that holds whatever was in memory.
    """
    mask = None if null is None else np.asarray(places) == null
    if mask is not None and mask.any():
        places = np.where(mask, 0, places)
    distinct = tuple(dict.fromkeys(names))
    if len(distinct) < len(names):
        places = np.array([distinct.index(name) for name in names], np.int32)[places]
    indices = pa.array(np.asarray(places, np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array(distinct, pa.string()))


def coded(places: Ints | Longs, values: pa.Array) -> pa.Array:
    """[n] values by their places; -1 stands for null."""
    places = np.asarray(places, np.int32)
    missing = places < 0
    if not missing.any():
        return pa.DictionaryArray.from_arrays(pa.array(places), values)
    return pa.DictionaryArray.from_arrays(
        pa.array(np.where(missing, 0, places), mask=missing), values
    )


def same(value: str | None, rows: int) -> pa.Array:
    """[rows] of one value, or of null."""
    places = np.full(rows, -1 if value is None else 0, np.int32)
    return coded(places, pa.array([value or ""], pa.string()))


def times(values: Longs) -> pa.Array:
    """[n] event times; NO_TIME, and the largest number, stand for null."""
    mask = (values == NO_TIME) | (values == np.iinfo(np.int64).max)
    return pa.array(values, pa.int64(), mask=mask).cast(_TIME)


def dense(values: pa.DictionaryArray) -> pa.Array:
    """[n] the strings that a dictionary's places stand for; ids, all of one length, at once."""
    start, data = text_buffers(values.dictionary)
    widths = np.diff(start)
    width = int(widths[0]) if len(widths) else 0
    if not width or (widths != width).any() or len(values) * width >= 2**31:
        return values.cast(values.type.value_type)
    places, missing = values.indices, None
    if values.null_count:
        missing = np.asarray(values.is_valid().to_numpy(zero_copy_only=False))
        places = places.fill_null(0)
    texts = data.reshape(-1, width).take(places.to_numpy(), axis=0)
    starts = np.arange(len(values) + 1, dtype=np.int32) * np.int32(width)
    return text_array(starts, texts.ravel(), missing)
