"""The tables of the result: their columns, and arrays that are cheap to write."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.policies.seam import Bytes, Ints, Longs
from idweave.transforms.columnar.reading.records import NO_TIME

TIME = pa.timestamp("us", tz="UTC")
_PAIRS = pa.list_(pa.struct([("type", pa.string()), ("value", pa.string())]))

ASSIGNMENTS = pa.schema(
    {
        "source": pa.string(),
        "record_id": pa.string(),
        "event_time": TIME,
        "scope": pa.string(),
        "profile_id": pa.string(),
        "status": pa.string(),
        "reason": pa.string(),
    }
)
IDENTITIES = pa.schema(
    {
        "identity_type": pa.string(),
        "identity_value": pa.string(),
        "profile_id": pa.string(),
        "component_id": pa.string(),
        "scope": pa.string(),
        "linked": pa.bool_(),
        "first_seen": TIME,
        "last_seen": TIME,
        "record_count": pa.int64(),
    }
)
PROFILES = pa.schema(
    {
        "profile_id": pa.string(),
        "scope": pa.string(),
        "first_seen": TIME,
        "last_seen": TIME,
        "record_count": pa.int64(),
        "identity_count": pa.int64(),
        "known": pa.bool_(),
        "orphaned": pa.bool_(),
        "linked_from": pa.string(),
    }
)
LINKAGES = pa.schema(
    {
        "left_type": pa.string(),
        "left_value": pa.string(),
        "right_type": pa.string(),
        "right_value": pa.string(),
        "component_id": pa.string(),
        "scope": pa.string(),
        "first_seen": TIME,
        "last_seen": TIME,
        "record_count": pa.int64(),
        "first_source": pa.string(),
        "first_record_id": pa.string(),
        "status": pa.string(),
        "rule": pa.string(),
    }
)
OBSERVATIONS = pa.schema(
    {
        "component_id": pa.string(),
        "scope": pa.string(),
        "source": pa.string(),
        "record_id": pa.string(),
        "event_time": TIME,
        "request": pa.string(),
        "identities": _PAIRS,
    }
)
DROPS = pa.schema(
    {
        "source": pa.string(),
        "record_id": pa.string(),
        "event_time": TIME,
        "identity_type": pa.string(),
        "identity_value": pa.string(),
        "rule": pa.string(),
        "detail": pa.string(),
    }
)
QUARANTINE = pa.schema(
    {
        "source": pa.string(),
        "file": pa.string(),
        "position": pa.int64(),
        "reason": pa.string(),
        "raw_text": pa.string(),
    }
)
SCHEMAS = {
    "assignments": ASSIGNMENTS,
    "identities": IDENTITIES,
    "profiles": PROFILES,
    "linkages": LINKAGES,
    "drops": DROPS,
    "observations": OBSERVATIONS,
    "quarantine": QUARANTINE,
}


def profiles_schema(attributes: tuple[tuple[str, pa.DataType], ...]) -> pa.Schema:
    """The columns of `profiles` with the configured attributes."""
    return pa.schema([*PROFILES, *(pa.field(name, kind) for name, kind in attributes)])


def chosen(places: Ints | Bytes, names: tuple[str, ...], null: int | None = None) -> pa.Array:
    """[n] names by their places; `null` is the place that stands for no name."""
    mask = None if null is None else np.asarray(places) == null
    if mask is not None and mask.any():
        places = np.where(mask, 0, places)
    indices = pa.array(np.asarray(places, np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))


def coded(places: Ints | Longs, values: pa.Array) -> pa.Array:
    """[n] values by their places; -1 stands for null."""
    places = np.asarray(places, np.int32)
    missing = places < 0
    if not missing.any():
        return pa.DictionaryArray.from_arrays(pa.array(places), values)
    return pa.DictionaryArray.from_arrays(
        pa.array(np.where(missing, 0, places), mask=missing), values
    )


def times(values: Longs) -> pa.Array:
    """[n] event times; NO_TIME, and the largest number, stand for null."""
    mask = (values == NO_TIME) | (values == np.iinfo(np.int64).max)
    return pa.array(values, pa.int64(), mask=mask).cast(TIME)


def platform_schema(
    columns: tuple[tuple[str, bool], ...], attributes: tuple[tuple[str, pa.DataType], ...]
) -> pa.Schema:
    """A platform's columns: (name, whether it lists all values), then its attributes."""
    identities = [
        pa.field(name, pa.list_(pa.string()) if all_ else pa.string()) for name, all_ in columns
    ]
    return pa.schema(
        [pa.field("profile_id", pa.string()), *identities, *(pa.field(n, t) for n, t in attributes)]
    )
