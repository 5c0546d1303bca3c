"""Guesses from names and contents what the columns of a file are; people check it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.init.look import Look

_MOST = 0.8  # share of a column's values that must look alike


class Guess(NamedTuple):
    """What the columns of one source may be."""

    record_id: str | None
    time: str | None
    time_unit: str | None  # of numbers
    request: str | None
    identities: dict[str, list[str]]  # identity type -> columns
    attributes: list[str]


_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_BY_CONTENT = {
    "email": _EMAIL,
    "email_sha256": r"^[0-9a-fA-F]{64}$",
}
_BY_NAME = {  # strongest first; the whole name in snake_case
    "customer_id": r"^(customer|user|account|member|client|cust|crm|shopper|buyer|login)"
    r"_?(id|key|no|number)$|^uid$",
    "phone": r"(^|_)(phone|mobile|msisdn|telephone|tel)(_?(no|number|nr))?$",
    "email": r"(^|_)e?_?mail(_?address)?$",
    "device_id": r"(^|_)(device_?id|idfa|idfv|gaid|aaid|adid|maid|advertising_?id|android_?id)$",
    "cookie_id": r"(^|_)(cookie(_?id)?|anonymous_?id|visitor_?id|browser_?id)$"
    r"|^(ga_?(client_?)?id|fbp|domain_userid)$",
}
TYPES = ("customer_id", "email", "email_sha256", "phone", "device_id", "cookie_id")  # by strength
_RECORD_ID = r"^(event|message|record|row|insert|transaction|order)?_?(id|uuid|guid|key)$"
_TIME = r"(^|_)(ts|time|timestamp|date|datetime|at)$|(time|timestamp)$"
_REQUEST = r"^(action|event|event_?(name|type)|type|request)$"
_LOGINS = r"(?i)^(log|sign)[ _-]?(in|out|on|off)$"
_UNITS = {"s": (1e8, 1e11), "ms": (1e11, 1e14), "us": (1e14, 1e17)}  # of times since 1973


def guess(seen: Look) -> Guess:
    """Say what the columns of one file may be."""
    identities: dict[str, list[str]] = {}
    rest = []
    record_id = _record_id(seen)
    time, unit = _time(seen)
    for name, values in seen.columns.items():
        if name in (record_id, time):
            continue
        kind = _identity(name, values)
        if kind is None:
            rest.append(name)
        else:
            identities.setdefault(kind, []).append(name)
    request = next((name for name in rest if _is_request(name, seen.columns[name])), None)
    attributes = [
        n for n in rest if n != request and seen.columns[n].null_count < len(seen.columns[n])
    ]
    return Guess(
        record_id, time, unit, request,
        {kind: identities[kind] for kind in TYPES if kind in identities}, attributes,
    )  # fmt: skip


def _snake(name: str) -> str:
    """The last part of a path in snake_case; of `user.id` both parts, as `id` alone says little."""
    parts = [part for part in re.split(r"[.\[\]]+", name.strip("'")) if part] or [name]
    last = "_".join(parts[-2:]) if parts[-1].lower() in ("id", "key", "value") else parts[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", last).lower().strip("_")


def _identity(name: str, values: pa.Array) -> str | None:
    snake = _snake(name)
    for kind, pattern in _BY_CONTENT.items():
        if _share(values, pattern) >= _MOST:
            return kind
    return next((kind for kind in TYPES if re.search(_BY_NAME.get(kind, "$^"), snake)), None)


def _share(values: pa.Array, pattern: str) -> float:
    """The share of a column's values that match; 0 where it has none."""
    there = values.drop_null()
    if not len(there):
        return 0.0
    return float(pc.mean(pc.match_substring_regex(there, pattern).cast(pa.int8())).as_py())


def _record_id(seen: Look) -> str | None:
    """A column that is named like a record id and has a value of its own in each record."""
    for name, values in seen.columns.items():
        unique = len(values) and not values.null_count and len(pc.unique(values)) == len(values)
        if unique and re.search(_RECORD_ID, _snake(name)):
            return name
    return None


def _time(seen: Look) -> tuple[str | None, str | None]:
    """The column that is likeliest the event time, with the unit of its numbers."""
    found = list(_times(seen))
    exact = [f for f in found if re.search(r"^(ts|timestamp|event_time|time)$", _snake(f[0]))]
    likeliest = exact or found
    return likeliest[0] if likeliest else (None, None)


def _times(seen: Look) -> Iterator[tuple[str, str | None]]:
    for name, values in seen.columns.items():
        kind = seen.types.get(name)
        if kind is not None and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            yield name, None
        elif re.search(_TIME, _snake(name)):
            if _share(values, r"^\d{4}-?\d\d-?\d\d([T ].*)?$") >= _MOST:
                yield name, None
            elif _share(values, r"^\d{9,17}(\.\d+)?$") >= _MOST:
                earliest = min(map(float, values.drop_null().to_pylist()))
                for unit, (low, high) in _UNITS.items():
                    if low <= earliest < high:
                        yield name, unit


def _is_request(name: str, values: pa.Array) -> bool:
    """Whether a column says what people did, log-ins among it."""
    distinct = pc.unique(values.drop_null())
    logins = pc.any(pc.match_substring_regex(distinct, _LOGINS)).as_py()
    return bool(re.search(_REQUEST, _snake(name)) and logins)
