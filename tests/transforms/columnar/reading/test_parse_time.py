"""Times of every form, and what is no time."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.parse_time import parse_times
from idweave.transforms.columnar.reading.records import NO_TIME

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BAD = "unreadable"


def micros(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - EPOCH) // dt.timedelta(microseconds=1)


def read(values: pa.Array, *how: str | None) -> list[int | str | None]:
    """The times as integers; None: no time. How: unit, format, zone."""
    times = parse_times(values, *(how or (None,)))
    assert (times.time[times.unreadable] == NO_TIME).all()
    pairs = zip(times.time.tolist(), times.unreadable.tolist(), strict=True)
    return [BAD if bad else None if time == NO_TIME else time for time, bad in pairs]


READABLE = {
    "2026-01-01": "2026-01-01T00:00:00+00:00",
    "2026-01-01T10:20": "2026-01-01T10:20:00+00:00",
    "2026-01-01T10:20Z": "2026-01-01T10:20:00+00:00",
    "2026-01-01T10:20:30Z": "2026-01-01T10:20:30+00:00",
    "2026-01-01t10:20:30z": "2026-01-01T10:20:30+00:00",
    "2026-01-01 10:20:30": "2026-01-01T10:20:30+00:00",
    "2026-01-01T10:20:30+02:00": "2026-01-01T08:20:30+00:00",
    "2026-01-01T10:20:30-0330": "2026-01-01T13:50:30+00:00",
    "2026-01-01 10:20:30+02": "2026-01-01T08:20:30+00:00",
    "2026-01-01T10:20:30.5Z": "2026-01-01T10:20:30.500000+00:00",
    "2026-01-01T10:20:30,123456789": "2026-01-01T10:20:30.123456+00:00",
    "1969-12-31T23:59:59.9999999": "1969-12-31T23:59:59.999999+00:00",
    "2024-02-29": "2024-02-29T00:00:00+00:00",
    "0001-01-01": "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59.999999": "9999-12-31T23:59:59.999999+00:00",
    " 2026-01-01\t": "2026-01-01T00:00:00+00:00",
    "2026-01-01T10:20:30.123456789012": "2026-01-01T10:20:30.123456+00:00",
    "2026-01-01 10:20:30 UTC": "2026-01-01T10:20:30+00:00",
    "2026-01-01 10:20:30.123456 utc": "2026-01-01T10:20:30.123456+00:00",
    "2026-01-01 10:20:30UTC": "2026-01-01T10:20:30+00:00",
    "2026-01-01 10:20 Z": "2026-01-01T10:20:00+00:00",
    "2026-01-01 10:20:30.123 -0800": "2026-01-01T18:20:30.123000+00:00",
    "2026-01-01 10:20:30 +02:00": "2026-01-01T08:20:30+00:00",
    "1890-01-01 10:20:30+00:53:28": "1890-01-01T09:27:02+00:00",
    "1890-01-01 10:20:30-005328": "1890-01-01T11:13:58+00:00",
    "20260131": "2026-01-31T00:00:00+00:00",
    "20260131T102030Z": "2026-01-31T10:20:30+00:00",
    "20260131t1020+0200": "2026-01-31T08:20:00+00:00",
    "20260131 102030.5 -0800": "2026-01-31T18:20:30.500000+00:00",
    "20260131T102030,25": "2026-01-31T10:20:30.250000+00:00",
    "2026-01-31T102030Z": "2026-01-31T10:20:30+00:00",
    "20260131T10:20:30": "2026-01-31T10:20:30+00:00",
}
UNREADABLE = [
    "yesterday",
    "2026-1-1",
    "2026-02-29",
    "2026-13-01",
    "2026-00-01",
    "2026-01-32",
    "0000-01-01",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "2026-01-01T",
    "2026-01-01T1",
    "2026-01-01T10",
    "2026-01-01T10:2",
    "2026-01-01T24:00:00",
    "2026-01-01T10:60",
    "2026-01-01T10:20:60",
    "2026-01-01T10:20:30.",
    "2026-01-01T10:20:30+",
    "2026-01-01T10:20:30+24:00",
    "2026-01-01T10:20:30+02:60",
    "2026-01-01T10:20:30+02:0",
    "2026-01-01T10:20:30ZZ",
    "2026-01-01X10:20",
    "1767225600",
    "20260101T",
    "20261301",
    "2026011",
    "202601011",
    "20260101102030",
    "2026-0101",
    "202601-01",
    "2026-01-01T10:2030",
    "2026-01-01T1020:30",
    "2026-01-01T1020.5",
    "2026-01-01 10:20:30  UTC",
    "2026-01-01 10:20:30 UTCX",
    "2026-01-01 10:20:30 UT",
    "2026-01-01 10:20:30 PST",
    "2026-01-01 10:20:30 +",
    "2026-01-01 10:20:30 +0",
    "2026-01-01 10:20:30 +02:0030",
    "2026-01-01 10:20:30 +02:00:00:00",
    "2026-01-01Z",
    "2026-01-01 UTC",
    "1714560000",
    "1714560000000",
    "\uff12026-01-01",
    "null",
]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_iso_text_is_read_exactly(kind: pa.DataType):
    texts = pa.array(["", *READABLE], kind)
    expected = [micros(text) for text in READABLE.values()]
    assert read(texts[1:]) == expected
    assert read(texts.dictionary_encode().dictionary_decode()[1:]) == expected


def test_other_text_is_unreadable():
    expected = dict.fromkeys(UNREADABLE, BAD)
    assert dict(zip(UNREADABLE, read(pa.array(UNREADABLE)), strict=True)) == expected


def test_null_and_blank_text_are_no_time():
    for unit in (None, "s"):
        assert read(pa.array([None, "", "  "], pa.string()), unit) == [None, None, None]
    assert read(pa.array([None, None])) == [None, None]


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(timezones=st.just(dt.UTC)),
    st.sampled_from([dt.timedelta(minutes=m) for m in (-720, -210, 0, 60, 330)]),
    st.sampled_from(["T", " "]),
)
def test_any_datetime_that_python_writes_is_read_back(
    moment: dt.datetime, east: dt.timedelta, separator: str
):
    try:
        text = moment.astimezone(dt.timezone(east)).isoformat(separator)
    except OverflowError:
        return
    assert read(pa.array([text])) == [(moment - EPOCH) // dt.timedelta(microseconds=1)]


@pytest.mark.parametrize(
    ("unit", "number", "expected"),
    [
        ("s", -1_500, -1_500_000_000),
        ("ms", 1_500, 1_500_000),
        ("us", 1_500, 1_500),
        ("ns", 1_999, 1),
        ("ns", -1, -1),
    ],
)
def test_timestamps_of_any_unit_and_zone_are_utc(unit: str, number: int, expected: int):
    for zone in (None, "UTC", "Europe/Berlin"):
        assert read(pa.array([number, None], pa.timestamp(unit, zone))) == [expected, None]


def test_timestamps_out_of_the_calendar_are_unreadable():
    for unit in ("s", "ms", "us"):
        values = pa.array([2**62, -(2**62), 0], pa.timestamp(unit))
        assert read(values) == [BAD, BAD, 0]


def test_dates_are_midnight():
    day = dt.date(2026, 1, 2)
    for kind in (pa.date32(), pa.date64()):
        assert read(pa.array([day, None], kind)) == [micros("2026-01-02T00:00:00+00:00"), None]
    assert read(pa.array([2**31 - 1], pa.int32()).cast(pa.date32())) == [BAD]


def test_integers_need_a_unit():
    assert read(pa.array([1, None])) == [BAD, None]
    for unit, factor in (("s", 1_000_000), ("ms", 1_000), ("us", 1)):
        for kind in (pa.int32(), pa.int64(), pa.uint32(), pa.uint64()):
            assert read(pa.array([7, None, 0], kind), unit) == [7 * factor, None, 0]
    assert read(pa.array([-7, 2**63 - 1, -(2**63)]), "s") == [-7_000_000, BAD, BAD]
    assert read(pa.array([2**64 - 1], pa.uint64()), "us") == [BAD]


def test_floats_with_a_unit_count_to_the_microsecond():
    values = pa.array([1.5, -0.25, 1767225600.123456, np.nan, np.inf, 1e300, None])
    expected = [1_500_000, -250_000, 1767225600123456, BAD, BAD, BAD, None]
    assert read(values, "s") == expected
    assert read(pa.array([1.5, np.nan]), "ms") == [1_500, BAD]
    assert read(pa.array([1.5])) == [BAD]


def test_text_of_numbers_with_a_unit_is_what_the_numbers_are():
    texts = ["12", "-12", "+12", " 12 ", "1.5", "1e3", "1767225600.123456", "9" * 19, "9" * 400]
    expected = [12, -12, 12, 12, 1.5, 1000, 1767225600.123456, None, None]
    micros_of = [BAD if x is None else round(x * 1_000_000) for x in expected]
    assert read(pa.array(texts), "s") == micros_of
    odd = ["nan", "inf", "1_000", "0x10", "-", "1e", "--1", "2026-01-01", "1 2", "٣", "1e99999"]
    assert read(pa.array(odd), "s") == [BAD] * len(odd)


def test_other_types_are_unreadable():
    assert read(pa.array([True, None]), "s") == [BAD, None]
    assert read(pa.array([[1]]), "s") == [BAD]
