"""Writes `requests` and `suppressions`, once it is known which files still carry whose records."""

import hmac
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.answer import Answer
from idweave.pipelines.privacy.prepare import Prepared
from idweave.pipelines.settings.values import iso_time
from idweave.transforms.job import Job, OutputFile
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.requests import TABLE
from idweave.transforms.tables.table import plain
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.suppressed import suppressed_counts

_COLUMNS = tuple(name for name in TABLE.columns.names if name not in ("receipt", "sources"))
_SCHEMA = plain(TABLE.columns)
_COUNTED = (pa.int32(), pa.string(), pa.string(), pa.int64())


def write_tables(job: Job, prepared: Prepared | None) -> list[OutputFile]:
    """The files of both tables, whose rows the launcher knows."""
    if prepared is None:
        return []
    rows = [
        answer._asdict() | {"receipt": answer.receipt or receipt(prepared.key, answer)}
        for answer in prepared.answers
    ]
    told = pa.Table.from_pylist(rows, pa.schema([f for f in _SCHEMA if f.name != "sources"]))
    requests = told.append_column(_SCHEMA.field("sources"), _sources(job, len(rows)))
    tables = {"requests": requests, "suppressions": prepared.suppressions}
    return [
        file
        for name, of in tables.items()
        for file in write_part(job.result, output_of(job, name), 0, [of])
    ]


def receipt(key: bytes, answer: Answer) -> str:
    """HMAC-SHA256 over the columns of a row before it, as canonical JSON, hex.

    Keys are sorted, there are no blanks, text is UTF-8; times are ISO 8601 in UTC, as
    `2026-01-31T10:00:00+00:00`, with six decimals where they have a fraction of a second.
    """
    body: dict[str, Any] = {name: getattr(answer, name) for name in _COLUMNS}
    body |= {name: iso_time(body[name]) for name in ("submitted_at", "resolved_at")}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.digest(key, text.encode(), "sha256").hex()


def _sources(job: Job, requests: int) -> pa.Array:
    """[requests] input files that still carry its records in this run."""
    keys = ["request", "source", "file"]
    parts = [pa.table([pa.array([], of) for of in _COUNTED], names=[*keys, "records"])]
    if job.privacy is not None and job.privacy.suppresses:
        for name in (source.reading.name for source in job.sources):
            for request, path, records in suppressed_counts(job.store, name):
                source = pa.array([name] * len(path), pa.string())
                part = [pa.array(request), source, path.cast(pa.string()), pa.array(records)]
                parts.append(pa.table(part, names=[*keys, "records"]))
    counted = pa.concat_tables(parts).group_by(keys).aggregate([("records", "sum")])
    counted = counted.filter(pc.greater_equal(counted["request"], 0))
    counted = counted.sort_by([(key, "ascending") for key in keys]).combine_chunks()
    kind = _SCHEMA.field("sources").type
    told = [_whole(counted[name]) for name in ("source", "file", "records_sum")]
    start = np.searchsorted(counted["request"].to_numpy(), np.arange(requests + 1))
    pairs = pa.StructArray.from_arrays(told, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(pa.array(start, pa.int32()), pairs, type=kind)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
