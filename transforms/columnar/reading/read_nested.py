"""Finds columns by paths in Arrow data; a top-level column of that very name comes first."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.reading.paths import (
    Each,
    Name,
    Path,
    Step,
    Where,
    found_in,
    is_plain,
    path_of,
    top_of,
)
from idweave.transforms.columnar.reading.read_rows import Flat, flat_of
from idweave.transforms.columnar.reading.read_text import json_text, plain_values, texts


class Place(NamedTuple):
    """Where a column is."""

    top: str  # top-level column
    path: Path  # steps below it
    opens_list: bool  # a row has a list of values
    through_map: bool  # a map is on the way

    def is_field(self) -> bool:
        """Whether a row has one value, in structs alone."""
        return not self.opens_list and not self.through_map and is_plain(self.path)


def locate(schema: pa.Schema, column: str) -> Place | None:
    """Find a column by its path; None: the schema has none, or something else on the way."""
    if schema.get_field_index(column) >= 0:
        return Place(column, (), False, False)
    top, path = top_of(column), path_of(column)[1:]
    if schema.get_field_index(top) < 0:
        return None
    kind = schema.field(top).type
    opens_list = through_map = False
    for step in path:
        if isinstance(step, Name):
            while _is_list(kind):
                kind, opens_list = kind.value_type, True
        opens_list |= isinstance(step, Each)
        through_map |= bool(pa.types.is_map(kind))
        below = _kind_below(kind, step)
        if below is None:
            return None
        kind = below
    return Place(top, path, opens_list, through_map)


def type_of(schema: pa.Schema, place: Place) -> pa.DataType:
    """The type of what is found where a record has one value; of one or several: text."""
    if any(isinstance(step, Where) for step in place.path):
        return pa.string()
    return whole_of(pa.nulls(0, schema.field(place.top).type), place).type


def leaf_of(schema: pa.Schema, place: Place) -> str:
    """What Parquet calls a column, or the list or map on the way, which is read whole."""
    names, kind = [place.top], schema.field(place.top).type
    for step in place.path:
        if not isinstance(step, Name) or not pa.types.is_struct(kind):
            break
        names.append(step.name)
        kind = kind.field(step.name).type
    return place.top if any("." in name for name in names) else ".".join(names)


def _kind_below(kind: pa.DataType, step: Step) -> pa.DataType | None:
    """The type of what a step finds in values of a type; None: it can't find any."""
    if pa.types.is_null(kind):  # a column without values: whatever is looked for may be there
        return kind
    if isinstance(step, Name):
        if pa.types.is_map(kind):
            return kind.item_type
        there = pa.types.is_struct(kind) and kind.get_field_index(step.name) >= 0
        return kind.field(step.name).type if there else None
    if isinstance(step, Each) and pa.types.is_map(kind):
        return kind.item_type
    if not _is_list(kind):
        return None
    if isinstance(step, Where):
        item = kind.value_type
        if not all(_kind_below(item, Name(name)) is not None for name, _ in step.fields):
            return None
    return kind.value_type


def whole_of(column: pa.Array, place: Place) -> pa.Array:
    """Take what a path finds in each row: one value, or the JSON of a list of several."""
    if is_plain(place.path) and place.opens_list and not place.through_map:
        # Python objects: lists where one value a record is asked for are rare.
        found = [found_in(value, place.path) for value in plain_values(column)]
        return pa.array([None if v is None else json_text(v) for v in found], pa.string())
    if place.is_field():
        for step in place.path:
            column = _field(column, step)
        return column
    row, found = _walk(np.arange(len(column), dtype=np.int32), column, place.path)
    if not is_plain(place.path):
        valid = np.asarray(found.is_valid().to_numpy(zero_copy_only=False))
        row, found = row[valid], found.drop_null()
    if not place.opens_list and len(np.unique(row)) == len(row):
        at = np.full(len(column), -1, np.int64)
        at[row] = np.arange(len(row))
        return found.take(pa.array(at, mask=at < 0))
    return _gathered(len(column), row, found, place.opens_list)


def _gathered(count: int, row: Ints, found: pa.Array, always_list: bool) -> pa.Array:
    """Texts of one value a row, JSON of several. Python objects: at most the rows of a unit."""
    values, alone = plain_values(found), texts(found).text.to_pylist()
    start = np.searchsorted(row, np.arange(count + 1)).tolist()
    whole: list[str | None] = []
    for begin, end in pairwise(start):
        if end - begin == 1 and not always_list:
            whole.append(alone[begin])
        else:
            there = any(text is not None for text in alone[begin:end])
            whole.append(json_text(values[begin:end]) if there else None)
    return pa.array(whole, pa.string())


def flat_values(column: pa.Array, place: Place) -> Flat:
    """Take all values that a path finds, lists opened on the way and at the end."""
    row, found = _walk(np.arange(len(column), dtype=np.int32), column, place.path)
    return flat_of(*_open(row, found))


def _walk(row: Ints, column: pa.Array, path: Path) -> tuple[Ints, pa.Array]:
    """Go along a path: the values that it finds, and the rows that they are of."""
    for step in path:
        if pa.types.is_null(column.type):
            return row[:0], column[:0]
        if isinstance(step, Name):
            row, column = _open(row, column)
            if pa.types.is_map(column.type):
                row, column = _of_key(row, column, step.name)
            else:
                column = _field(column, step)
        elif pa.types.is_map(column.type):
            row, entries = _open_once(row, _entries(column))
            column = pc.struct_field(entries, [1])
        else:
            row, column = _open_once(row, column)
            if isinstance(step, Where):
                row, column = _filtered(row, column, step)
    return row, column


def _field(column: pa.Array, step: Step) -> pa.Array:
    assert isinstance(step, Name)
    if pa.types.is_null(column.type):
        return column
    return pc.struct_field(column, [column.type.get_field_index(step.name)])


def _entries(column: pa.Array) -> pa.Array:
    """The entries of maps, as lists of key and value."""
    kind = column.type
    return column.cast(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)])))


def _of_key(row: Ints, column: pa.Array, key: str) -> tuple[Ints, pa.Array]:
    """The values that maps have under a key, the last where it stands there twice."""
    place, entries = _open_once(np.arange(len(column), dtype=np.int32), _entries(column))
    is_key = pc.equal(texts(pc.struct_field(entries, [0])).text, key).fill_null(False)
    at = np.flatnonzero(np.asarray(is_key.to_numpy(zero_copy_only=False)))
    last = np.ones(len(at), bool)
    last[:-1] = place[at][1:] != place[at][:-1]
    at = at[last]
    return row[place[at]], pc.struct_field(entries, [1]).take(pa.array(at))


def _filtered(row: Ints, column: pa.Array, step: Where) -> tuple[Ints, pa.Array]:
    """The structs or maps whose fields have some texts."""
    kept = np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
    for name, text in step.fields:
        every = np.arange(len(column), dtype=np.int32)
        place, field = _walk(every, column, (Name(name),))
        same = pc.equal(texts(field).text, text).fill_null(False)
        holds = np.zeros(len(column), bool)
        holds[place[np.asarray(same.to_numpy(zero_copy_only=False))]] = True
        kept &= holds
    return row[kept], column.filter(pa.array(kept))


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
        row, column = _open_once(row, column)
    return row, column


def _open_once(row: Ints, column: pa.Array) -> tuple[Ints, pa.Array]:
    if column.null_count:
        valid = np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
        row, column = row[valid], column.drop_null()
    lengths = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    return np.repeat(row, lengths), column.flatten()
