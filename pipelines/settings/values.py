"""Short forms of values, made into the long ones before they are checked."""

import datetime
import difflib
import re
from typing import Any

from idweave.transforms.columnar.reading.parse_age import HOUR, parse_age

_SIZE = re.compile(r"([0-9][0-9_]{0,40})\s*([KMGT]i?B|B)?")
_WHOLE = re.compile(r"[+-]?[0-9][0-9_]*")
_FLAGS = ("true", "false", "yes", "no", "on", "off")
_MOST_DIGITS = 300  # of a number; a longer one can be nothing but a text
_BLANK = re.compile(r"\s+(?=[+-][0-9:]{2,5}$|Z$)")  # before an offset
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_UNITS = {"B": 1} | {
    f"{letter}{middle}B": base**power
    for power, letter in enumerate("KMGT", 1)
    for middle, base in (("i", 1024), ("", 1000))
}


def as_texts(value: Any) -> Any:
    """One text, or a list of them."""
    return (value,) if isinstance(value, str) else value


def in_bytes(value: Any) -> Any:
    """`128MiB` and the like."""
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise ValueError("no size; allowed: a number of bytes, or with a unit as in 128MiB")
    return int(match.group(1).replace("_", "")) * _UNITS[match.group(2) or "B"]


def age(value: Any) -> Any:
    """Microseconds of `30d` or `12h`."""
    found = parse_age(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("no length of time; allowed: days or hours, as 30d or 12h")
    return found


def age_text(microseconds: int | None) -> str | None:
    """A length of time as one writes it."""
    if microseconds is None:
        return None
    days, rest = divmod(microseconds, 24 * HOUR)
    return f"{microseconds // HOUR}h" if rest else f"{days}d"


def record_id_of(value: Any) -> Any:
    """A column's name, a list of them, or {column, missing}."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"column": value}


def columns_or_first_of(value: Any) -> Any:
    """One column or {first_of: […]}, or a list of both."""
    return (value,) if isinstance(value, dict) else as_texts(value)


def time_of(value: Any) -> Any:
    """A column's name, {column, unit} or {constant}."""
    return {"column": value} if isinstance(value, str) else value


def whole(value: Any) -> Any:
    """A whole number, from its digits; `1_000` is one, `1.0` and `0x10` are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(value) or len(value) > _MOST_DIGITS:
        raise ValueError("no whole number")
    return int(value.replace("_", ""))


def flag(value: Any) -> Any:
    """True or false, as YAML writes them."""
    if isinstance(value, str) and value.lower() in _FLAGS:
        return value.lower() in ("true", "yes", "on")
    if not isinstance(value, bool):
        raise ValueError("should be true or false")
    return value


def microseconds(value: Any) -> Any:
    """Microseconds since the epoch; without a zone it is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(_BLANK.sub("", value.strip()))
        except ValueError:
            raise ValueError("no time; allowed: ISO 8601, as 2026-01-31T10:00:00Z") from None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if value is None:
        return None
    if not isinstance(value, datetime.datetime):
        raise ValueError("no time; allowed: a date or ISO 8601, as 2026-01-31T10:00:00Z")
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    try:
        return (value.astimezone(datetime.UTC) - _EPOCH) // datetime.timedelta(microseconds=1)
    except OverflowError:
        raise ValueError("no time; allowed: years 1 to 9999 in UTC") from None


def iso_time(value: int | None) -> str | None:
    """The text of a time in microseconds."""
    if value is None:
        return None
    return (_EPOCH + datetime.timedelta(microseconds=value)).isoformat()


def column_or_constant(value: Any) -> Any:
    """A constant, or {column}."""
    return {"constant": value} if isinstance(value, str) else value


def request_of(value: Any) -> Any:
    """A constant, or {column, map, default}."""
    return {"default": value} if isinstance(value, str) else value


def platform_attributes(value: Any) -> Any:
    """Names, or {name: {normalise: …}} for people's names."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    out: list[Any] = []
    for item in value:
        if isinstance(item, str):
            out.append({"name": item})
        elif isinstance(item, dict) and "name" not in item:
            for name, of in item.items():
                if not isinstance(of, dict | bool) and str(of).lower() not in _FLAGS:
                    near = difflib.get_close_matches(str(name), ["name", "normalise"], 1, 0.5)
                    hint = f"did you mean {near[0]}" if near else "allowed: name, normalise"
                    raise ValueError(f"unknown key {name}; {hint}, as in {{name: plan}}")
                out.append({"name": name, **(of if isinstance(of, dict) else {"normalise": of})})
        else:
            out.append(item)
    return tuple(out)


def lists_of_types(value: Any) -> Any:
    """Lists of two or more types."""
    allowed = "allowed: lists of two or more types, as [[email, phone]]"
    if not isinstance(value, list | tuple):
        raise ValueError(f"no list; {allowed}")
    for item in value:
        if not isinstance(item, list | tuple):
            raise ValueError(f"a list of single types; {allowed}")
        if len({str(kind) for kind in item}) < 2:
            raise ValueError(f"a list of fewer than two types; {allowed}")
    return value


def preset_or_list(value: Any) -> Any:
    """A preset's name, or a list."""
    if not isinstance(value, str | tuple):
        raise ValueError("neither a preset's name nor a list")
    return value


def without_unset(value: Any) -> Any:
    """Plain values without keys that say nothing: null, or keys that all are."""
    if not isinstance(value, dict):
        return value
    said = {key: without_unset(inner) for key, inner in value.items()}
    return {key: inner for key, inner in said.items() if inner is not None and inner != {}}
