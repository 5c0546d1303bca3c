"""Short forms of values, made into the long ones before they are checked."""

import datetime
import difflib
import re
from typing import Any

_SIZE = re.compile(r"^([0-9]{1,18})\s*([KMGT]i?B|B)?$")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_UNITS = {"B": 1} | {
    f"{letter}{middle}B": base**power
    for power, letter in enumerate("KMGT", 1)
    for middle, base in (("i", 1024), ("", 1000))
}


def as_text(value: Any) -> Any:
    """Numbers and flags that YAML made of a text become text again."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def as_texts(value: Any) -> Any:
    """One text, or a list of them."""
    if isinstance(value, list | tuple):
        return tuple(as_text(item) for item in value)
    return (as_text(value),) if isinstance(value, str | int | float) else value


def in_bytes(value: Any) -> Any:
    """`128MiB` and the like."""
    if not isinstance(value, str):
        return value
    match = _SIZE.match(value.strip())
    if match is None:
        raise ValueError("no size; allowed: a number of bytes, or with a unit as in 128MiB")
    return int(match.group(1)) * _UNITS[match.group(2) or "B"]


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
    """A number that is whole: neither a flag nor a fraction, which equal one for Python."""
    if type(value) is not int:
        raise ValueError("no whole number; allowed: 1")
    return value


def microseconds(value: Any) -> Any:
    """Microseconds since the epoch; without a zone it is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
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
    return {"constant": as_text(value)} if isinstance(value, str | int | float) else value


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
                if not isinstance(of, dict | bool):
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
