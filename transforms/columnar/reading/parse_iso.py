"""Kernels that read times from text, exactly and without a Python object a row."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.reading.records import NO_TIME

FIRST = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z in microseconds since the epoch
LAST = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
READ, UNREADABLE, OTHER = 0, 1, 2
_NONE = -1 << 40  # no such day, no such zone


@kernel
def _digits(data, at, end, count):  # type: ignore[no-untyped-def]
    """So many digits as a number, or -1."""
    if at + count > end:
        return -1
    number = np.int64(0)
    for i in range(at, at + count):
        digit = np.int64(data[i]) - np.int64(48)
        if digit < 0 or digit > 9:
            return -1
        number = number * 10 + digit
    return number


@kernel
def _days(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970-01-01 (Howard Hinnant, days_from_civil), or _NONE."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return _NONE
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    last = 31 - (month in (4, 6, 9, 11))
    if month == 2:
        last = 28 + leap
    if day > last:
        return _NONE
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@kernel
def _zone(data, at, end):  # type: ignore[no-untyped-def]
    """Minutes east of UTC, or _NONE: Z, nothing, +02, +0200 or +02:00."""
    if at == end or (end - at == 1 and (data[at] == 90 or data[at] == 122)):
        return 0
    hours = _digits(data, at + 1, end, 2)
    if (data[at] != 43 and data[at] != 45) or hours < 0 or hours > 23:
        return _NONE
    sign = 44 - np.int64(data[at])
    at += 3
    if at == end:
        return sign * hours * 60
    if data[at] == 58:
        at += 1
    minutes = _digits(data, at, end, 2)
    if minutes < 0 or minutes > 59 or at + 2 != end:
        return _NONE
    return sign * (hours * 60 + minutes)


@kernel
def _clock(data, at, end):  # type: ignore[no-untyped-def]
    """Microseconds of the day, and where the zone begins; -1 for no time of day."""
    hour, minute, second = _digits(data, at, end, 2), _digits(data, at + 3, end, 2), 0
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or data[at + 2] != 58:
        return -1, at
    at += 5
    fraction = np.int64(0)
    if at < end and data[at] == 58:
        second = _digits(data, at + 1, end, 2)
        if second < 0 or second > 59:
            return -1, at
        at += 3
        if at < end and (data[at] == 46 or data[at] == 44):
            begin = at + 1
            at = begin
            while at < end and at - begin < 9 and 48 <= data[at] <= 57:
                if at - begin < 6:
                    fraction = fraction * 10 + np.int64(data[at]) - np.int64(48)
                at += 1
            if at == begin:
                return -1, at
            for _ in range(at - begin, 6):
                fraction *= 10
    return (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction, at


@kernel
def parse_iso(starts, data, time, state):  # type: ignore[no-untyped-def]
    """Read ISO 8601 text: a date, then perhaps a time of day with a zone.

    Args:
        starts, data: texts as of `text_buffers`.
        time: [n] out: microseconds since the epoch UTC, or NO_TIME.
        state: [n] out: READ (also text of nothing but blanks) or UNREADABLE.
    """
    for i in range(len(time)):
        at, end = np.int64(starts[i]), np.int64(starts[i + 1])
        while at < end and data[at] <= 32:
            at += 1
        while end > at and data[end - 1] <= 32:
            end -= 1
        time[i] = NO_TIME
        state[i] = READ
        if at == end:
            continue
        state[i] = UNREADABLE
        if end - at < 10 or data[at + 4] != 45 or data[at + 7] != 45:
            continue
        year, month = _digits(data, at, end, 4), _digits(data, at + 5, end, 2)
        days = _days(year, month, _digits(data, at + 8, end, 2))
        clock, zone = np.int64(0), np.int64(0)
        at += 10
        if at < end:
            if data[at] != 84 and data[at] != 116 and data[at] != 32:
                continue
            clock, at = _clock(data, at + 1, end)
            if clock < 0:
                continue
            zone = _zone(data, at, end)
        if days == _NONE or zone == _NONE:
            continue
        micros = days * 86_400_000_000 + clock - zone * 60_000_000
        if FIRST <= micros <= LAST:
            time[i] = micros
            state[i] = READ


@kernel
def parse_numerals(starts, data, time, state):  # type: ignore[no-untyped-def]
    """Read whole numbers of up to 18 digits, as `parse_iso` does; anything else is OTHER."""
    for i in range(len(time)):
        at, end = np.int64(starts[i]), np.int64(starts[i + 1])
        while at < end and data[at] <= 32:
            at += 1
        while end > at and data[end - 1] <= 32:
            end -= 1
        time[i] = NO_TIME
        state[i] = READ
        if at == end:
            continue
        negative = data[at] == 45
        at += negative or data[at] == 43
        number = _digits(data, at, end, end - at) if 0 < end - at <= 18 else np.int64(-1)
        if number < 0:
            state[i] = OTHER
        else:
            time[i] = -number if negative else number
