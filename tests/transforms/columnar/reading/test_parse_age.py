"""Lengths of time mean the same wherever they are written."""

import pytest

from idweave.transforms.columnar.reading.parse_age import HOUR, parse_age


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("30d", 720),
        ("030d", 720),
        (" 12h ", 12),
        ("0d", 0),
        ("999999d", 23_999_976),
        ("1000000d", None),
        ("30", None),
        ("-1d", None),
        ("1.5d", None),
        ("٣d", None),
        ("", None),
    ],
)
def test_days_and_hours_are_a_length_of_time_and_all_else_is_none(
    text: str, hours: int | None
) -> None:
    assert parse_age(text) == (None if hours is None else hours * HOUR)
