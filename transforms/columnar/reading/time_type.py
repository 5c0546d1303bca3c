"""Says of a column's type whether times can be read from it, before any value is looked at."""

import pyarrow as pa

from idweave.transforms.columnar.reading.read_nested import locate, type_of
from idweave.transforms.columnar.reading.records import SourceReading


def unreadable_time_type(source: SourceReading, schema: pa.Schema) -> str | None:
    """Name the type of a source's time column if none of its values can be a time; else None.

    Args:
        source: numbers can be times if it gives them a unit or a format.
        schema: of a file; one without the column is fine.
    """
    place = None if source.time_column is None else locate(schema, source.time_column)
    if place is None:
        return None
    if place.opens_list:
        return str(schema.field(place.top).type)  # several, where a record has one time
    kind = type_of(schema, place)
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    has_unit = source.time_unit is not None or source.time_format is not None
    return str(kind) if _is_no_time(kind) or (_is_number(kind) and not has_unit) else None


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _is_no_time(kind: pa.DataType) -> bool:
    odd = pa.types.is_boolean(kind) or pa.types.is_time(kind) or pa.types.is_nested(kind)
    return bool(odd or pa.types.is_duration(kind))
