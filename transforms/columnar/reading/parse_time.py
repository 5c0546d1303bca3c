"""Reads event times: timestamps, dates, numbers with a unit, ISO 8601 text."""

import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import text_buffers
from idweave.transforms.columnar.arrays.types import Flags, Longs
from idweave.transforms.columnar.reading.parse_format import parse_formatted
from idweave.transforms.columnar.reading.parse_iso import (
    FIRST,
    LAST,
    LOCAL,
    OTHER,
    READ,
    UNREADABLE,
    parse_iso,
    parse_numerals,
)
from idweave.transforms.columnar.reading.parse_zone import to_utc
from idweave.transforms.columnar.reading.records import NO_TIME

_DAY = 86_400_000_000
_PER_UNIT = {"s": 1_000_000, "ms": 1_000, "us": 1}
_NUMERAL = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,4})?")


class Times(NamedTuple):
    """Event times of ``n`` rows."""

    time: Longs  # [n] microseconds since the epoch UTC, or NO_TIME
    unreadable: Flags  # [n] there is one, but it can't be read


def parse_times(
    values: pa.Array, unit: str | None, form: str | None = None, zone: str | None = None
) -> Times:
    """Read a column of times.

    Args:
        values: [n] of any type; null, and text of nothing but blanks, is no time. What is finer
            than a microsecond is cut off.
        unit: s, ms or us: numbers, and text that holds numbers, count it since the epoch;
            fractions are rounded to a microsecond. None: numbers can't be read.
        form: of text, as `strptime` has it; None: ISO 8601.
        zone: a name of the IANA data base, of text, timestamps and dates that say none; None: UTC.

    Returns:
        Times; what is outside the years 1 to 9999 can't be read.
    """
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        times = _parse_numbers(values, unit) if unit else _parse_text(values, form, zone)
    elif pa.types.is_timestamp(kind):
        times = _localised(_scale(_longs(values), kind.unit), None if kind.tz else zone)
    elif pa.types.is_date32(kind):
        times = _localised(_multiply(_longs(values.cast(pa.int32())), _DAY), zone)
    elif pa.types.is_date64(kind):
        times = _localised(_scale(_longs(values), "ms"), zone)
    elif pa.types.is_integer(kind) and unit:
        wide = values.cast(pa.uint64()) if kind == pa.uint64() else values.cast(pa.int64())
        times = _multiply(_numbers(wide), _PER_UNIT[unit])
    elif pa.types.is_floating(kind) and unit:
        times = _round(_numbers(values.cast(pa.float64())), unit)
    else:
        times = _none(len(values))
    return _without_nulls(values, times)


def _longs(values: pa.Array) -> Longs:
    return _numbers(values.cast(pa.int64()))


def _numbers(values: pa.Array) -> NDArray[Any]:
    """Integers or floats; nulls are 0."""
    full = values.fill_null(0) if values.null_count else values
    return np.asarray(full.to_numpy(zero_copy_only=False))


def _without_nulls(values: pa.Array, times: Times) -> Times:
    if not values.null_count:
        return times
    valid = np.asarray(values.is_valid().to_numpy(zero_copy_only=False))
    return Times(np.where(valid, times.time, NO_TIME), times.unreadable & valid)


def _none(count: int) -> Times:
    return Times(np.full(count, NO_TIME, np.int64), np.ones(count, bool))


def _within(time: NDArray[Any], inside: Flags) -> Times:
    if inside.all():
        return Times(np.ascontiguousarray(time, np.int64), ~inside)
    return Times(np.where(inside, time, NO_TIME).astype(np.int64), ~inside)


def _scale(number: Longs, unit: str) -> Times:
    """Timestamps of an Arrow unit."""
    if unit != "ns":
        return _multiply(number, _PER_UNIT[unit])
    return _within(number // 1000, np.ones(len(number), bool))


def _multiply(number: NDArray[Any], factor: int) -> Times:
    """Whole numbers of so many microseconds, range checked before they could overflow."""
    inside = (number <= LAST // factor) & (number >= -(-FIRST // factor))
    if not inside.all():
        number = np.where(inside, number, 0)
    return _within(number.astype(np.int64, copy=False) * factor, inside)


def _round(number: NDArray[np.float64], unit: str) -> Times:
    """Floats to the nearest microsecond; NaN and infinities can't be read."""
    finite = np.abs(number) <= LAST
    time = np.rint(np.where(finite, number, 0.0) * _PER_UNIT[unit])
    inside = finite & (time >= FIRST) & (time <= LAST)
    return _within(np.where(inside, time, 0.0).astype(np.int64), inside)


def _localised(times: Times, zone: str | None) -> Times:
    """Times that were read as if UTC, moved there from a zone; all but what can't be read."""
    if zone is None:
        return times
    local = np.where(times.unreadable, 0, times.time)
    time = to_utc(local, zone)
    inside = (time >= FIRST) & (time <= LAST) & ~times.unreadable
    return _within(time, inside)


def _parse_text(values: pa.Array, form: str | None, zone: str | None) -> Times:
    """Text by its format, or as ISO 8601; what says no zone is of the one given."""
    if form is not None:
        time, state = parse_formatted(values, form)
    else:
        time, state = np.empty(len(values), np.int64), np.empty(len(values), np.uint8)
        parse_iso(*text_buffers(values), time, state)
    local = np.flatnonzero(state == LOCAL)
    unreadable = state == UNREADABLE
    moved = _localised(Times(time[local], np.zeros(len(local), bool)), zone)
    time[local], unreadable[local] = moved
    outside = (time != NO_TIME) & ((time < FIRST) | (time > LAST))  # by the zone in the text
    time[outside], unreadable[outside] = NO_TIME, True
    return Times(time, unreadable)


def _parse_numbers(values: pa.Array, unit: str) -> Times:
    """Text that holds numbers."""
    starts, data = text_buffers(values)
    time = np.empty(len(values), np.int64)
    state = np.empty(len(values), np.uint8)
    parse_numerals(starts, data, time, state)
    whole = _multiply(np.where(state == READ, time, 0), _PER_UNIT[unit])
    empty = (state == READ) & (time == NO_TIME)
    result = np.where((state == READ) & ~empty, whole.time, NO_TIME)
    unreadable = np.where(empty, False, whole.unreadable | (state == UNREADABLE))
    others = np.flatnonzero(state == OTHER)
    # Fractions, exponents and more than 18 digits: rare, at most the rows of one unit of work.
    texts = [text.strip() for text in values.take(pa.array(others)).to_pylist()]
    numbers = [float(t) if _NUMERAL.fullmatch(t) else np.nan for t in texts]
    rounded = _round(np.array(numbers, np.float64), unit)
    result[others], unreadable[others] = rounded
    return Times(result, unreadable)
