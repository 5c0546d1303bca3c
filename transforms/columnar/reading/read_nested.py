"""Finds columns by dotted paths in Arrow data; a top-level column of that very name comes first."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.policies.seam import Ints
from idweave.transforms.columnar.reading.read_rows import Flat, flat_of
from idweave.transforms.columnar.reading.read_text import json_text, plain_values


class Place(NamedTuple):
    """Where a column is."""

    top: str  # top-level column
    path: tuple[str, ...]  # fields below it
    opens_list: bool  # a list is on the way to the field, so a row has several


def locate(schema: pa.Schema, column: str) -> Place | None:
    """Find a column by its dotted path through structs and lists; None: the schema has none."""
    if schema.get_field_index(column) >= 0:
        return Place(column, (), False)
    top, *path = column.split(".")
    if schema.get_field_index(top) < 0:
        return None
    kind, opens_list = schema.field(top).type, False
    for name in path:
        while _is_list(kind):
            kind, opens_list = kind.value_type, True
        if not pa.types.is_struct(kind) or kind.get_field_index(name) < 0:
            return None
        kind = kind.field(name).type
    return Place(top, tuple(path), opens_list)


def whole_of(column: pa.Array, place: Place) -> pa.Array:
    """Take a field of each row; below a list, the JSON of a list of fields."""
    if place.opens_list:
        # Python objects: lists of structs where one value a record is asked for are rare.
        found = [field_of(value, place.path) for value in plain_values(column)]
        return pa.array([None if v is None else json_text(v) for v in found], pa.string())
    for name in place.path:
        column = pc.struct_field(column, name)
    return column


def flat_values(column: pa.Array, place: Place) -> Flat:
    """Take all values of a field, lists opened on the way and at the end."""
    row = np.arange(len(column), dtype=np.int32)
    row, column = _open(row, column)
    for name in place.path:
        row, column = _open(row, pc.struct_field(column, name))
    return flat_of(row, column)


def field_of(value: Any, path: tuple[str, ...]) -> Any:
    """Take a field of plain nested values; of a list, the list of its items' fields."""
    for at, name in enumerate(path):
        if isinstance(value, list):
            return [field_of(item, path[at:]) for item in value]
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def without_views(kind: pa.DataType) -> pa.DataType:
    """The type with plain strings: Arrow can't filter or take views of them."""
    if kind in (pa.string_view(), pa.binary_view()):
        return pa.string() if kind == pa.string_view() else pa.binary()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(without_views(field.type)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        item = kind.value_field.with_type(without_views(kind.value_type))
        return pa.list_(item) if pa.types.is_list(kind) else pa.large_list(item)
    return kind


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def _open(row: Ints, column: pa.Array) -> tuple[Ints, pa.Array]:
    """Open lists, and lists in them, into their items; null lists have none."""
    while _is_list(column.type):
        if column.null_count:
            valid = np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
            row, column = row[valid], column.drop_null()
        lengths = pc.list_value_length(column).to_numpy(zero_copy_only=False)
        row, column = np.repeat(row, lengths), column.flatten()
    return row, column
