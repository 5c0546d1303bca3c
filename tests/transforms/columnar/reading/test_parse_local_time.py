"""Times in a format of the user's own, and in a zone."""

import datetime as dt
import zoneinfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.parse_iso import FIRST, LAST
from tests.transforms.columnar.reading.test_parse_time import BAD, EPOCH, micros, read

FORMATS = [
    *("%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y%m%d%H%M%S", "%d/%b/%Y:%H:%M:%S %z", "%y-%m-%d"),
    *("%Y-%m-%dT%H:%M:%S.%f", "%I:%M %p %d.%m.%Y", "%H%%%M %d%m%y", "Tag %d %m %Y", "%j %Y"),
]


def by_python(text: str, form: str) -> int | str | None:
    """What `strptime` says."""
    try:
        moment = dt.datetime.strptime(text.strip(), form)
    except ValueError:
        return BAD if text.strip() else None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=50, deadline=None)
@given(st.lists(st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9998, 1, 1)), max_size=5))
def test_a_format_reads_what_python_reads(form: str, moments: list[dt.datetime]):
    texts = [m.replace(tzinfo=dt.timezone(dt.timedelta(hours=-8))).strftime(form) for m in moments]
    texts += [text.replace("0", "") for text in texts] + [f" {text}\t" for text in texts]
    texts += [text[:-1] for text in texts] + [f"{text}0" for text in texts] + ["", "  ", "soon"]
    texts += [text.lower() for text in texts] + [text.replace(" ", "  ") for text in texts]
    assert read(pa.array(texts), None, form) == [by_python(text, form) for text in texts]


def test_a_format_knows_days_that_are_none_and_texts_that_repeat():
    texts = pa.array(["29.02.2024", None, "29.02.2023", "29.02.2024", "1.3.2024", "31.04.2024"])
    leap, march = micros("2024-02-29T00:00:00+00:00"), micros("2024-03-01T00:00:00+00:00")
    assert read(texts, None, "%d.%m.%Y") == [leap, None, BAD, leap, march, BAD]


BERLIN = {
    "2024-01-15 12:00": "2024-01-15T11:00:00+00:00",
    "2024-07-15 12:00": "2024-07-15T10:00:00+00:00",
    "2024-03-31 01:59": "2024-03-31T00:59:00+00:00",
    "2024-03-31 02:30": "2024-03-31T01:30:00+00:00",  # not there: as before the change
    "2024-03-31 03:00": "2024-03-31T01:00:00+00:00",
    "2024-10-27 01:59": "2024-10-26T23:59:00+00:00",
    "2024-10-27 02:30": "2024-10-27T00:30:00+00:00",  # there twice: the first
    "2024-10-27 03:00": "2024-10-27T02:00:00+00:00",
    "1893-03-31 23:59": "1893-03-31T23:05:32+00:00",  # local mean time
}


def test_local_times_are_of_the_zone_given():
    local, right = list(BERLIN), [micros(text) for text in BERLIN.values()]
    assert read(pa.array(local), None, "%Y-%m-%d %H:%M", "Europe/Berlin") == right
    assert read(pa.array(local), None, None, "Europe/Berlin") == right
    naive = [dt.datetime.fromisoformat(text) for text in local]
    for unit in ("s", "ms", "us", "ns"):
        stamps = pa.array(naive, pa.timestamp(unit))
        assert read(stamps, None, None, "Europe/Berlin") == right
        assert read(stamps.cast(pa.timestamp(unit, "UTC")), None, None, "Europe/Berlin") == [
            micros(f"{text}+00:00") for text in local
        ]
    day, midnight = dt.date(2024, 7, 15), micros("2024-07-14T22:00:00+00:00")
    for kind in (pa.date32(), pa.date64()):
        assert read(pa.array([day, None], kind), None, None, "Europe/Berlin") == [midnight, None]


def test_what_says_its_zone_keeps_it():
    texts = pa.array(["2024-07-15 12:00Z", "2024-07-15 12:00 UTC", "2024-07-15 12:00+01"])
    noon = micros("2024-07-15T12:00:00+00:00")
    assert read(texts, None, None, "Europe/Berlin") == [noon, noon, noon - 3_600_000_000]
    texts = pa.array(["15.07.2024 12:00 +0100"])
    got = read(texts, None, "%d.%m.%Y %H:%M %z", "Europe/Berlin")
    assert got == [noon - 3_600_000_000]


def test_zones_at_the_ends_of_the_calendar_never_wrap():
    texts = ["0001-01-01 00:00", "9999-12-31 23:59:59.999999", "yesterday", ""]
    assert read(pa.array(texts), None, None, "Asia/Tokyo")[0] == BAD
    assert read(pa.array(texts), None, None, "America/New_York")[1:] == [BAD, BAD, None]
    assert read(pa.array(texts), None, None, "UTC")[2:] == [BAD, None]
    texts = ["0001-01-01 +0100", "9999-12-31 -0100"]
    assert read(pa.array(texts), None, "%Y-%m-%d %z") == [BAD, micros("9999-12-31T01:00:00+00:00")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.datetimes(), max_size=20),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_any_local_time_is_what_python_says(moments: list[dt.datetime], zone: str):
    rules = zoneinfo.ZoneInfo(zone)
    right = []
    for moment in moments:
        east = moment.replace(tzinfo=rules).utcoffset() or dt.timedelta()
        time = (moment.replace(tzinfo=dt.UTC) - EPOCH - east) // dt.timedelta(microseconds=1)
        right.append(time if FIRST <= time <= LAST else BAD)
    texts = pa.array([moment.isoformat() for moment in moments], pa.string())
    assert read(texts, None, None, zone) == right
