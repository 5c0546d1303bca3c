"""Moves local times to UTC by the rules of a time zone."""

import datetime
import zoneinfo

import numpy as np

from idweave.transforms.columnar.arrays.types import Longs

_EPOCH = datetime.datetime(1970, 1, 1)
_HOUR = 3_600_000_000
_MICROSECOND = datetime.timedelta(microseconds=1)


def to_utc(local: Longs, zone: str) -> Longs:
    """Take the offset from UTC off local times.

    A local time that is there twice, when clocks go back, is the first of the two; one that is not
    there, when they go forward, counts by the offset before the change (Python's `fold=0`).

    Args:
        local: [n] microseconds since 1970 on the zone's clocks, in the years 1 to 9999.
        zone: a name of the IANA data base.

    Returns:
        [n] microseconds since the epoch UTC; may be outside these years by up to a day.
    """
    rules = zoneinfo.ZoneInfo(zone)
    hour, place = np.unique(local // _HOUR, return_inverse=True)
    # bounded by the distinct hours of the records, two look-ups each
    begin = np.array([_offset(rules, h * _HOUR) for h in hour.tolist()], np.int64)
    last = np.array([_offset(rules, h * _HOUR + _HOUR - 1) for h in hour.tolist()], np.int64)
    offset = begin[place]
    for row in np.flatnonzero((begin != last)[place]).tolist():  # records of the hours of a change
        offset[row] = _offset(rules, int(local[row]))
    return local - offset


def _offset(rules: zoneinfo.ZoneInfo, local: int) -> int:
    """Microseconds east of UTC."""
    moment = _EPOCH + datetime.timedelta(microseconds=local)
    return (rules.utcoffset(moment) or datetime.timedelta()) // _MICROSECOND
