"""Files in memory, and records as plain values, for the tests of the readers."""

import csv
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.reading.read_records import Limits, read_split
from idweave.transforms.columnar.reading.records import (
    NO_TIME,
    QUARANTINE_REASONS,
    Records,
    SourceReading,
)

SOURCE = SourceReading(
    name="web",
    format="jsonl",
    record_id=("id",),
    time_column=None,
    time_unit=None,
    time_constant=None,
    workspace_column=None,
    workspace="default",
    request_column=None,
    request_map=(),
    request_default="identify",
    identities=((0, "who"),),
    attributes=(),
    changes=None,
    type_names=("customer_id", "email", "device_id"),
    needs_content=False,
)
MANY = 10**6  # more rows than any file of the tests has


def parquet(rows: list[dict[str, Any]] | pa.Table, **options: Any) -> bytes:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def csv_of(header: list[str], rows: list[list[Any]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([header, *rows])
    return file.getvalue().encode()


def packed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    return pa.compress(data, codec="zstd", asbytes=True) if suffix == ".zst" else data


def units(
    source: SourceReading,
    data: bytes,
    suffix: str = "",
    rows: int = MANY,
    size: int = 2**27,
    partitions: dict[str, str] | None = None,
) -> list[Records]:
    path = f"events.{source.format}{suffix}"
    pieces = read_split(
        source, path, lambda: io.BytesIO(data), None, Limits(size, rows), partitions or {}
    )
    return list(pieces)


def read(source: SourceReading, data: bytes, **options: Any) -> Records:
    (records,) = units(source, data, **options)
    return records


def plain(records: Records) -> dict[str, Any]:
    """All that a reader says, in plain values."""
    values = [
        (of_type.type, row, text, wrong)
        for of_type in records.values
        for row, text, wrong in zip(
            of_type.row.tolist(), of_type.value.to_pylist(), of_type.wrong.tolist(), strict=True
        )
    ]
    changes = records.changes
    return {
        "position": records.position.tolist(),
        "record_id": records.record_id.to_pylist(),
        "time": [None if t == NO_TIME else t for t in records.event_time.tolist()],
        "workspace": None if records.workspace is None else records.workspace.to_pylist(),
        "request": records.request.tolist(),
        "values": values,
        "attributes": {name: text.to_pylist() for name, text in records.attributes.items()},
        "changes": [
            changes.row.tolist(),
            changes.type.tolist(),
            changes.type_name.to_pylist(),
            changes.old.to_pylist(),
            changes.new.to_pylist(),
        ],
        "content": None if records.content is None else records.content.tolist(),
        "quarantined": reasons(records),
    }


def reasons(records: Records) -> list[tuple[int, str]]:
    """Position and reason of each row in the quarantine."""
    refused = records.quarantined
    names = [QUARANTINE_REASONS[code] for code in refused.reason.tolist()]
    return list(zip(refused.position.tolist(), names, strict=True))


def raw_texts(records: Records) -> list[str]:
    return list(records.quarantined.raw_text.to_pylist())


def who(records: Records) -> list[tuple[int, str, bool]]:
    """Row, text and `wrong` of the values of the first type."""
    of_type = records.values[0]
    return list(
        zip(of_type.row.tolist(), of_type.value.to_pylist(), of_type.wrong.tolist(), strict=True)
    )
