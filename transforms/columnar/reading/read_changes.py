"""Reads the changes of `modify` requests: lists of (type, old value, new value)."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.reading.read_text import plain_text
from idweave.transforms.columnar.reading.records import Changes

_Value = tuple[str | None, bool]  # text, and whether it is of a type that is refused
_Change = tuple[str, _Value, _Value]


def parse_changes(
    row: Ints, values: list[str | None], type_names: tuple[str, ...]
) -> tuple[Changes, Ints]:
    """Read changes written as JSON.

    Args:
        row: [m] the rows of `modify` requests, ascending; at most a unit's rows.
        values: [m] a list of objects with `type`, `old` and `new` each; null: no changes.
        type_names: of the configured identity types.

    Returns:
        The changes, and the rows whose changes can't be read; those have none.
    """
    place = {name: code for code, name in enumerate(type_names)}
    rows: list[int] = []
    changes: list[_Change] = []
    bad: list[int] = []
    for at, text in zip(row.tolist(), values, strict=True):
        try:
            read = _changes_of(text)
        except (ValueError, RecursionError):
            bad.append(at)
            continue
        rows += [at] * len(read)
        changes += read
    names = [change[0] for change in changes]
    result = Changes(
        row=np.array(rows, np.int32),
        type=np.array([place.get(name, -1) for name in names], np.int16),
        type_name=pa.array(names, pa.string()),
        old=pa.array([old for _, (old, _), _ in changes], pa.string()),
        new=pa.array([new for _, _, (new, _) in changes], pa.string()),
        wrong=np.array([(o[1], n[1]) for _, o, n in changes], bool).reshape(-1, 2),
    )
    return result, np.array(bad, np.int32)


def _changes_of(text: str | None) -> list[_Change]:
    """Read one record's changes. Raises ValueError."""
    if not text:
        return []
    items = json.loads(text)
    if items is None:
        return []
    if not isinstance(items, list):
        raise ValueError("not a list")
    return [_change_of(item) for item in items]


def _change_of(item: Any) -> _Change:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise ValueError("not a change")
    item["type"].encode()  # an unpaired surrogate is a ValueError
    return item["type"], _value(item.get("old")), _value(item.get("new"))


def _value(value: Any) -> _Value:
    if isinstance(value, list | dict):
        raise ValueError("no single value")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")  # null would mean something else
    text, wrong = plain_text(value)
    if text is not None:
        text.encode()
    return text, wrong
