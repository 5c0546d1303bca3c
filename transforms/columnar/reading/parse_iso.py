"""Kernels that read times from text, exactly and without a Python object a row."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.reading.records import NO_TIME

FIRST = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z in microseconds since the epoch
LAST = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
READ, UNREADABLE, OTHER, LOCAL = range(4)
_NONE = -1 << 40  # no such day, no such zone
_LOCAL = -1 << 41  # no zone is said


@kernel
def digits_of(data, at, end, count):  # type: ignore[no-untyped-def]
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
def days_of(year, month, day):  # type: ignore[no-untyped-def]
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
    """Seconds east of UTC, _LOCAL where nothing is said, or _NONE.

    Perhaps a blank, then Z, UTC, +02, +0200, +02:00 or, of old times, +00:53:28.
    """
    if at == end:
        return _LOCAL
    at += data[at] == 32
    if end - at == 1 and data[at] | 32 == 122:
        return 0
    if end - at == 3 and data[at] | 32 == 117:
        utc = data[at + 1] | 32 == 116 and data[at + 2] | 32 == 99
        return 0 if utc else _NONE
    hours = digits_of(data, at + 1, end, 2)
    if at == end or (data[at] != 43 and data[at] != 45) or hours < 0 or hours > 23:
        return _NONE
    seconds, sign, unit, at = hours * 3600, 44 - np.int64(data[at]), 60, at + 3
    colon = at < end and data[at] == 58
    while at < end and unit:
        if colon and data[at] != 58:
            return _NONE
        part = digits_of(data, at + colon, end, 2)
        if part < 0 or part > 59:
            return _NONE
        seconds, unit, at = seconds + part * unit, unit // 60, at + colon + 2
    return sign * seconds if at == end else _NONE


@kernel
def _date(data, at, end):  # type: ignore[no-untyped-def]
    """Days since 1970-01-01, or _NONE, and where the date ends: 2026-01-31 or 20260131."""
    dash = at + 4 < end and data[at + 4] == 45
    month_at, day_at = at + 4 + dash, at + 6 + 2 * dash
    if dash and (day_at > end or data[day_at - 1] != 45):
        return _NONE, at
    year, month = digits_of(data, at, end, 4), digits_of(data, month_at, end, 2)
    return days_of(year, month, digits_of(data, day_at, end, 2)), day_at + 2


@kernel
def _clock(data, at, end):  # type: ignore[no-untyped-def]
    """Microseconds of the day, and where the zone begins; -1 for no time of day.

    10:20, 10:20:30, 10:20:30.5 or, after a comma, 10:20:30,5; all of it without colons, too.
    """
    colon = at + 2 < end and data[at + 2] == 58
    hour, minute, second = digits_of(data, at, end, 2), digits_of(data, at + 2 + colon, end, 2), 0
    if hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return -1, at
    at += 4 + colon
    fraction = np.int64(0)
    if at < end and (data[at] == 58 if colon else 48 <= data[at] <= 57):
        second = digits_of(data, at + colon, end, 2)
        if second < 0 or second > 59:
            return -1, at
        at += 2 + colon
        if at < end and (data[at] == 46 or data[at] == 44):
            at += 1
            begin = at
            while at < end and 48 <= data[at] <= 57:
                if at - begin < 6:
                    fraction = fraction * 10 + np.int64(data[at]) - np.int64(48)
                at += 1
            if at == begin:
                return -1, at
            for _ in range(at - begin, 6):
                fraction *= 10
    return (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction, at


@kernel
def _trimmed(data, at, end):  # type: ignore[no-untyped-def]
    """The bounds without blanks."""
    while at < end and data[at] <= 32:
        at += 1
    while end > at and data[end - 1] <= 32:
        end -= 1
    return at, end


@kernel
def parse_iso(starts, data, time, state):  # type: ignore[no-untyped-def]
    """Read ISO 8601 text as warehouses write it: a date, then perhaps a time of day with a zone.

    Args:
        starts, data: texts as of `text_buffers`.
        time: [n] out: microseconds since the epoch UTC, or NO_TIME.
        state: [n] out: READ (also text of nothing but blanks), LOCAL (no zone is said: the time is
            as if UTC) or UNREADABLE.
    """
    for i in range(len(time)):
        at, end = _trimmed(data, np.int64(starts[i]), np.int64(starts[i + 1]))
        time[i] = NO_TIME
        state[i] = READ
        if at == end:
            continue
        state[i] = UNREADABLE
        days, at = _date(data, at, end)
        clock, zone = np.int64(0), np.int64(_LOCAL)
        if days == _NONE:
            continue
        if at < end:
            if data[at] | 32 != 116 and data[at] != 32:
                continue
            clock, at = _clock(data, at + 1, end)
            if clock < 0:
                continue
            zone = _zone(data, at, end)
        if zone == _NONE:
            continue
        micros = days * 86_400_000_000 + clock
        state[i] = LOCAL
        if zone != _LOCAL:
            state[i] = READ
            micros -= zone * 1_000_000
        if FIRST <= micros <= LAST:
            time[i] = micros
        else:
            state[i] = UNREADABLE


@kernel
def parse_numerals(starts, data, time, state):  # type: ignore[no-untyped-def]
    """Read whole numbers of up to 18 digits, as `parse_iso` does; anything else is OTHER."""
    for i in range(len(time)):
        at, end = _trimmed(data, np.int64(starts[i]), np.int64(starts[i + 1]))
        time[i] = NO_TIME
        state[i] = READ
        if at == end:
            continue
        negative = data[at] == 45
        at += negative or data[at] == 43
        number = digits_of(data, at, end, end - at) if 0 < end - at <= 18 else np.int64(-1)
        if number < 0:
            state[i] = OTHER
        else:
            time[i] = -number if negative else number
