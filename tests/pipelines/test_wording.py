"""Counts and times as pages say them."""

import datetime

from idweave.pipelines.wording import moment, number, span


def test_a_count_has_its_noun_in_the_right_number() -> None:
    counts = [number(n, "record") for n in (0, 1, 2, 1_000)]
    assert counts == ["0 records", "1 record", "2 records", "1,000 records"]
    assert [number(n, "batch", "batches") for n in (1, 2)] == ["1 batch", "2 batches"]


def test_times_are_told_to_the_second_and_a_span_of_one_moment_once() -> None:
    first = datetime.datetime(2026, 1, 5, 18, 39, 42, 999, datetime.UTC)
    last = first + datetime.timedelta(days=1)
    assert moment(first) == "2026-01-05 18:39:42Z"
    assert (moment(None), moment(datetime.date(2026, 1, 5))) == ("without a time", "2026-01-05")
    assert span(first, first) == "2026-01-05 18:39:42Z"
    assert span(None, last) == "without a time to 2026-01-06 18:39:42Z"
