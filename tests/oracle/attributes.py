"""SEMANTICS 8, read slowly: one attribute of one profile, from its records in order."""

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

DAY = 86_400_000_000
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


class Said(NamedTuple):
    """One record that is assigned to the profile, with its attributes as texts."""

    source: str
    record_id: str
    time: int | None  # microseconds
    values: Mapping[str, str | None]


class Attribute(NamedTuple):
    """What the profile has, and from which record."""

    value: Any
    record: Said | None
    candidates: int
    unfit: list[Said]


class _Candidate(NamedTuple):
    record: Said
    value: Any


def cast(text: str, kind: str | None) -> Any:
    """The value of a text; ValueError: it can't be cast. `None`: as it is written."""
    if kind is None:
        return text
    text = text.strip()
    if kind == "int64":
        if re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII) and -(2**63) <= int(text) < 2**63:
            return int(text)
    elif kind == "double":
        if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
            return float(text) + 0.0
    elif kind == "boolean":
        if text.lower() in ("true", "1", "false", "0"):
            return text.lower() in ("true", "1")
    elif kind == "timestamp":
        moment = datetime.datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    else:
        return text
    raise ValueError


def attribute_of(
    name: str, rule: Mapping[str, Any], records: Sequence[Said], as_of: int, mapped: set[str]
) -> Attribute:
    """Apply a rule, given as the configuration has it (`within` as `30d`)."""
    source = rule.get("from") or (name if name in mapped else None)
    does = rule.get("rule", "newest")
    kind = "boolean" if does in ("any_true", "all_true") else rule.get("type")
    ignored = {text.strip().casefold() for text in rule.get("ignore", ())}
    left, unfit = [], []
    for record in records:
        value: Any = 1
        if source is not None:
            text = record.values.get(source)
            if text is None or text.strip().casefold() in ignored:
                continue
            try:
                value = cast(text, kind)
            except ValueError:
                unfit.append(record)
                continue
        left.append(_Candidate(record, value))
    for other, allowed in rule.get("where", {}).items():
        left = [c for c in left if c.record.values.get(other) in allowed]
    if "within" in rule:
        length = int(rule["within"][:-1]) * (DAY if rule["within"][-1] == "d" else DAY // 24)
        left = [
            c for c in left if c.record.time is not None and as_of - length < c.record.time <= as_of
        ]
    if "prefer" in rule:
        for preferred in rule["prefer"]:
            if any(c.record.source == preferred for c in left):
                left = [c for c in left if c.record.source == preferred]
                break
    value, chosen = _value(does, kind, left, rule.get("limit", 10))
    return Attribute(value, chosen, len(left), unfit)


def _value(
    does: str, kind: str | None, left: list[_Candidate], limit: int
) -> tuple[Any, Said | None]:
    values = [c.value for c in left]
    if does == "count":
        return len(left), None
    if not left:
        return None, None
    if does == "sum":
        total: Any = 0 if kind == "int64" else 0.0
        for value in values:
            total += value
        return (total if kind != "int64" or -(2**63) <= total < 2**63 else None), None
    if does == "collect":
        return list(dict.fromkeys(reversed(values)))[:limit], None
    if does in ("any_true", "all_true"):
        decides = does == "any_true"
        deciding = [c for c in left if c.value == decides]
        return (decides if deciding else not decides), (deciding or left)[0].record
    if does == "oldest":
        return values[0], left[0].record
    if does == "most_frequent":
        last = {value: place for place, value in enumerate(values)}
        best = max(last, key=lambda value: (values.count(value), last[value]))
        return best, left[last[best]].record
    if does in ("min", "max"):
        comparable = [v.encode() if isinstance(v, str) else v for v in values]
        place = comparable.index((min if does == "min" else max)(comparable))
        return values[place], left[place].record
    return values[-1], left[-1].record


def text_of(value: Any) -> str | None:
    """A value as identity values are written."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 2**53
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime.datetime):
        text = value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        return re.sub(r"\.?0+$", "", text) + "Z"
    return str(value)
