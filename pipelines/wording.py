"""How pages and lines for people say counts and times."""

import datetime


def number(count: int, one: str, several: str | None = None) -> str:
    """A count with its noun: 1 batch, 2 batches."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def moment(value: object) -> str:
    """A time of a table, which is in UTC, to the second; a date as it is."""
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return "without a time" if value is None else str(value)


def span(first: object, last: object) -> str:
    """From a time to another, which may be the same."""
    return moment(first) if first == last else f"{moment(first)} to {moment(last)}"
