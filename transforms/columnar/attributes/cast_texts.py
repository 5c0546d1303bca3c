"""Casts texts of attributes to the types that rules may name (SEMANTICS 8)."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.texts import text_buffers
from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.reading.parse_time import parse_times
from idweave.transforms.columnar.reading.records import NO_TIME

TIME = pa.timestamp("us", tz="UTC")
TYPES = {
    "int64": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": TIME,
    "string": pa.string(),
}
_LEAST = np.iinfo(np.int64).min
_TENTH = -(2**63 // 10)  # ten times this, and 8 more, is the least
_DECIMAL = r"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"


class Cast(NamedTuple):
    """``n`` values of one type."""

    values: pa.Array  # [n] null where there is none
    unfit: Flags  # [n] a text that is there and can't be cast


def cast_texts(texts: pa.Array, kind: pa.DataType) -> Cast:
    """Cast trimmed texts; null stays null.

    Args:
        texts: [n] string or large_string.
        kind: one of TYPES.
    """
    there = np.asarray(texts.is_valid().to_numpy(zero_copy_only=False))
    texts = _trimmed(texts)
    if kind == pa.string():
        return Cast(texts.cast(pa.string()), np.zeros(len(texts), bool))
    if kind == TIME:
        time, _ = parse_times(texts, None)
        found, values = time != NO_TIME, time
    elif kind == pa.float64():
        found, values = _doubles(texts)
    else:
        start, data = text_buffers(texts)
        parse = _whole_numbers if kind == pa.int64() else _booleans
        found, values = parse(start, data)
    found = found & there
    array = pa.array(values, mask=~found)
    return Cast(array.cast(kind), there & ~found)


def _trimmed(texts: pa.Array) -> pa.Array:
    """Texts without Unicode's blanks around them; most have none, which is soon seen."""
    if not _may_have_blanks(*text_buffers(texts)):
        return texts
    return pc.utf8_trim_whitespace(texts)


@kernel
def _may_have_blanks(start, data):  # type: ignore[no-untyped-def]
    for i in range(len(start) - 1):
        if start[i + 1] > start[i]:
            first, last = data[start[i]], data[start[i + 1] - 1]
            if first <= 32 or first >= 128 or last <= 32 or last >= 128:
                return True
    return False


def _doubles(texts: pa.Array) -> tuple[Flags, np.ndarray]:
    """Decimal numbers that are finite, and which texts are such."""
    shaped = pc.match_substring_regex(texts, _DECIMAL).fill_null(False)
    numbers = pc.if_else(shaped, texts, pa.scalar("0", texts.type)).cast(pa.float64())
    values = np.asarray(numbers.to_numpy(zero_copy_only=False)) + 0.0  # -0.0 is 0.0
    fits = np.asarray(shaped.to_numpy(zero_copy_only=False), bool) & np.isfinite(values)
    return fits, np.where(fits, values, 0.0)


@kernel
def _whole_numbers(start, data):  # type: ignore[no-untyped-def]
    """Digits with an optional sign that fit into 64 bits, and which texts are such."""
    n = len(start) - 1
    fits = np.zeros(n, np.bool_)
    out = np.zeros(n, np.int64)
    for i in range(n):
        at, end = np.int64(start[i]), np.int64(start[i + 1])
        minus = at < end and data[at] == 45
        if at < end and (data[at] == 45 or data[at] == 43):
            at += 1
        right = at < end
        value = np.int64(0)  # kept below zero, where one number more fits
        while right and at < end:
            digit = np.int64(data[at]) - 48
            right = 0 <= digit <= 9 and (value > _TENTH or (value == _TENTH and digit <= 8))
            if right:
                value = value * 10 - digit
            at += 1
        if right and (minus or value != _LEAST):
            fits[i] = True
            out[i] = value if minus else -value
    return fits, out


@kernel
def _booleans(start, data):  # type: ignore[no-untyped-def]
    """true, false, 1 and 0 in any case, and which texts are such."""
    n = len(start) - 1
    fits = np.zeros(n, np.bool_)
    out = np.zeros(n, np.bool_)
    for i in range(n):
        at, size = start[i], start[i + 1] - start[i]
        word = np.uint64(0)
        if size == 1:
            fits[i] = data[at] == 48 or data[at] == 49
            out[i] = data[at] == 49
        elif size == 4 or size == 5:
            for j in range(size):
                letter = data[at + j]
                if 65 <= letter <= 90:
                    letter |= 32
                word = (word << np.uint64(8)) | np.uint64(letter)
            out[i] = word == np.uint64(0x74727565)  # true
            fits[i] = out[i] or word == np.uint64(0x66616C7365)  # false
    return fits, out
