"""Writes attributes as texts that their column in the outputs can be read back from."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.reading.parse_time import parse_times
from idweave.transforms.columnar.reading.read_text import texts
from idweave.transforms.columnar.reading.records import NO_TIME


class Attribute(NamedTuple):
    """One attribute of ``n`` records."""

    text: pa.Array  # [n] string or large_string, null where there is none
    unfit: Flags  # [n] a time outside the years 1 to 9999, which is left out


def attribute_of(values: pa.Array) -> Attribute:
    """Write the values of an attribute; times are cut to microseconds.

    Args:
        values: [n] of any type.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return Attribute(texts(values).text, np.zeros(len(values), bool))
    time, unfit = parse_times(values, None)
    moments = pa.array(time, pa.timestamp("us"), mask=time == NO_TIME)
    whole = moments if pa.types.is_timestamp(kind) else moments.cast(kind)
    return Attribute(texts(whole).text, unfit)
