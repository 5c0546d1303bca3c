"""Lengths of time as people write them: days or hours."""

import re

_AGE = re.compile(r"([0-9]{1,6})([dh])")
HOUR = 3_600_000_000  # microseconds


def parse_age(text: str) -> int | None:
    """Microseconds of `30d` or `12h`, blanks around it left out; None: it is no length of time."""
    match = _AGE.fullmatch(text.strip())
    if match is None:
        return None
    return int(match[1]) * (24 if match[2] == "d" else 1) * HOUR
