"""How columns are stored in Parquet: for each kind what is small at no more time of writing.

Measured on a million records, milliseconds and megabytes of a column, Snappy first: record ids
199, 34.9 and 120, 18.3; event times 24, 6.8 and 15, 4.5; counts 4, 0.6 and 2, 0.3. Ids are random
digits: zstd takes 103 to 224 where plain ones take 37 to 90, so they stay plain.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from idweave.transforms.tables.table import about

_PLAIN = ("ids", "sorted_ids", "numbers")  # not compressed


def parquet_options(
    schema: pa.Schema, looked_up: Sequence[str] = (), rows: int = 0
) -> dict[str, Any]:
    """What a ParquetWriter is told of the columns, by how each is `stored`.

    Args:
        looked_up: columns that get bloom filters, so that a look-up reads one row group and few of
            the others: 128 KB each a row group, 30 ms a million rows.
        rows: of the largest row group.

    Strings that come as dictionaries are written as plain ones: no reader sees the difference.
    Only columns of few names get dictionary pages; with ids each row group would repeat them all.
    Ids and names have no statistics: nothing could be skipped by them, and they are a fifth of the
    time of writing. Those by which rows are in order (`sorted_ids`) have some.
    """
    stored = dict(leaf for field in schema for leaf in _leaves(field))
    return {
        "compression": {path: "none" if how in _PLAIN else "zstd" for path, how in stored.items()},
        "compression_level": {path: 1 for path, how in stored.items() if how not in _PLAIN},
        "use_dictionary": [path for path, how in stored.items() if how == "names"] or False,
        "column_encoding": {
            path: "DELTA_BINARY_PACKED" if how == "numbers" else "DELTA_BYTE_ARRAY"
            for path, how in stored.items()
            if how in ("numbers", "keys")
        },
        "write_statistics": [path for path, how in stored.items() if how not in ("ids", "names")],
        "store_schema": False,
        "write_page_index": True,
        "bloom_filter_options": {name: {"ndv": rows, "fpp": 0.05} for name in looked_up} or None,
    }


def _leaves(field: pa.Field) -> Iterator[tuple[str, str]]:
    """The paths of a column's values in a Parquet file, and how they are stored."""
    kind, how = field.type, about(field, "stored")
    if pa.types.is_list(kind):
        inside = f"{field.name}.list.element"
        if pa.types.is_struct(kind.value_type):
            for inner in kind.value_type:
                yield f"{inside}.{inner.name}", about(inner, "stored") or how
        else:
            yield inside, how
    else:
        yield field.name, how
