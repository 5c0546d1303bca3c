"""Reads times by a format of `strptime`: a kernel for plain numbers, Python for all else."""

import datetime
import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.texts import text_buffers
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.reading.parse_iso import (
    LOCAL,
    OTHER,
    READ,
    UNREADABLE,
    days_of,
    digits_of,
)
from idweave.transforms.columnar.reading.records import NO_TIME

_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)
_DIRECTIVE = re.compile(rb"%([YmdHMSy%])|([^%\s])|( )")
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND, _SHORT_YEAR = range(256, 263)  # literals are below
_CODES = dict(zip(b"YmdHMSy", range(256, 263), strict=True))
_NO_DAY = -(1 << 30)  # more days than there are before 1970


class Formatted(NamedTuple):
    """What ``n`` texts say."""

    time: Longs  # [n] microseconds since the epoch, as if UTC where the state is LOCAL; or NO_TIME
    state: Ints  # [n] READ (with a zone, or nothing but blanks), LOCAL or UNREADABLE


def parse_formatted(values: pa.Array, form: str) -> Formatted:
    """Read texts as `datetime.strptime` does, blanks around them left out.

    Args:
        values: [n] strings; null is no time.
        form: what the text looks like, as `%d.%m.%Y %H:%M`.
    """
    distinct = pc.utf8_trim_whitespace(values).fill_null("").dictionary_encode()
    texts = distinct.dictionary
    time = np.full(len(texts), NO_TIME, np.int64)
    state = np.full(len(texts), OTHER, np.uint8)
    codes = _compiled(form)
    if codes is not None:
        _parse_plain(*text_buffers(texts), codes, time, state)
    others = np.flatnonzero(state == OTHER)
    # The distinct texts that are not so plain: at most the rows of one unit of work.
    for place, text in zip(others.tolist(), texts.take(pa.array(others)).to_pylist(), strict=True):
        time[place], state[place] = _parse_one(text, form)
    row = distinct.indices.to_numpy()
    return Formatted(time[row], state[row])


def _parse_one(text: str, form: str) -> tuple[int, int]:
    if not text:
        return NO_TIME, READ
    try:
        moment = datetime.datetime.strptime(text, form)
    except (ValueError, OverflowError):
        return NO_TIME, UNREADABLE
    time = (moment.replace(tzinfo=None) - _EPOCH) // _MICROSECOND
    east = moment.utcoffset()
    return (time, LOCAL) if east is None else (time - east // _MICROSECOND, READ)


def _compiled(form: str) -> Ints | None:
    """A format of nothing but numbers of two or four digits and single characters; else None."""
    codes, at, data = [], 0, form.encode()
    while at < len(data):
        match = _DIRECTIVE.match(data, at)
        if match is None or (match[3] and data[match.end() :].startswith(b" ")):
            return None  # blanks that follow each other are one to `strptime`
        field = match[1] if match[1] else b""
        codes.append(_CODES[field[0]] if field not in (b"", b"%") else data[match.end() - 1])
        at = match.end()
    return None if {_YEAR, _SHORT_YEAR} <= set(codes) else np.array(codes, np.int32)


@kernel
def _parse_plain(starts, data, codes, time, state):  # type: ignore[no-untyped-def]
    """Read what has all its digits; what is written otherwise, or can't be, stays OTHER."""
    field = np.empty(7, np.int64)
    for i in range(len(time)):
        at, end = np.int64(starts[i]), np.int64(starts[i + 1])
        field[:] = (1900, 1, 1, 0, 0, 0, -1)
        fits = True
        for code in codes:
            if code < _YEAR:
                fits = bool(at < end and data[at] == code)
                at += 1
            else:
                width = 4 if code == _YEAR else 2
                number = digits_of(data, at, end, width)
                field[code - _YEAR] = number
                fits = bool(number >= 0)
                at += width
            if not fits:
                break
        short = field[_SHORT_YEAR - _YEAR]
        if short >= 0:
            field[0] = short + (1900 if short >= 69 else 2000)
        days = days_of(field[0], field[1], field[2])
        hour, minute, second = field[3], field[4], field[5]
        if not fits or at != end or days < _NO_DAY or hour > 23 or minute > 59 or second > 59:
            continue
        time[i] = ((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000
        state[i] = LOCAL
