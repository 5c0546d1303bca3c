"""Writes `requests` and `suppressions`, once it is known which files still carry whose records."""

import hmac
import json
from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa

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


def write_tables(job: Job, prepared: Prepared | None) -> list[OutputFile]:
    """The files of both tables, whose rows the launcher knows."""
    if prepared is None:
        return []
    found = _sources(job, prepared)
    rows = [
        {name: getattr(answer, name) for name in _COLUMNS}
        | {"receipt": receipt(prepared.key, answer), "sources": found[place]}
        for place, answer in enumerate(prepared.answers)
    ]
    tables = {
        "requests": pa.Table.from_pylist(rows, _SCHEMA),
        "suppressions": prepared.suppressions,
    }
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


def _sources(job: Job, prepared: Prepared) -> dict[int, list[dict[str, Any]]]:
    """By request: input files that still carry its records in this run."""
    if job.privacy is None or not job.privacy.suppresses:
        return defaultdict(list)
    counts: Counter[tuple[int, str, str]] = Counter()
    for source in job.sources:
        name = source.reading.name
        for request, path, records in suppressed_counts(job.store, name):
            counts[request, name, path] += records
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for (request, name, path), records in sorted(counts.items()):
        found[request].append({"source": name, "file": path, "records": records})
    return found
