"""Says what type a column of a Parquet file has, before any value is looked at."""

import pyarrow as pa

from idweave.transforms.columnar.reading.read_nested import locate, type_of
from idweave.transforms.columnar.reading.records import SourceReading


def column_type(schema: pa.Schema, column: str) -> pa.DataType | None:
    """The type of the one value that a record has in a column; None: the schema lacks it.

    Of several values a record has the JSON text.
    """
    place = locate(schema, column)
    if place is None:
        return None
    kind = type_of(schema, place)
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def attribute_type(kind: pa.DataType) -> pa.DataType:
    """The type of an attribute's column in the outputs: what can be read back from text."""
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    return kind if pa.types.is_boolean(kind) or pa.types.is_date32(kind) else pa.string()


def unreadable_time_type(source: SourceReading, schema: pa.Schema) -> str | None:
    """Name the type of a source's time column if none of its values can be a time; else None.

    Args:
        source: numbers can be times if it gives them a unit or a format.
        schema: of a file; one without the column is fine.
    """
    column = source.time_column
    place = None if column is None else locate(schema, column)
    if column is None or place is None:
        return None
    if place.opens_list:
        return str(schema.field(place.top).type)  # several, where a record has one time
    kind = column_type(schema, column)
    has_unit = source.time_unit is not None or source.time_format is not None
    return str(kind) if _is_no_time(kind) or (_is_number(kind) and not has_unit) else None


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _is_no_time(kind: pa.DataType) -> bool:
    odd = pa.types.is_boolean(kind) or pa.types.is_time(kind) or pa.types.is_nested(kind)
    return bool(odd or pa.types.is_duration(kind))
