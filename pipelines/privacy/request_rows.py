"""The rows of `requests`: those of earlier runs as they are, and what this run answers."""

import hmac
import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.answer import Answer, Answers
from idweave.pipelines.settings.values import iso_time
from idweave.transforms.tables.requests import TABLE
from idweave.transforms.tables.table import plain

SOURCES = plain(TABLE.columns).field("sources")  # known once all records are read
_SCHEMA = pa.schema([field for field in plain(TABLE.columns) if field.name != SOURCES.name])
_SIGNED = tuple(name for name in _SCHEMA.names if name != "receipt")


def request_rows(key: bytes, answers: Answers) -> pa.Table:
    """All rows, by request id, without their sources. There may be many done before: no loop."""
    new = [answer._asdict() | {"receipt": receipt(key, answer)} for answer in answers.new]
    made = pa.Table.from_pylist(new, _SCHEMA)
    before = answers.before.select(_SCHEMA.names).cast(_SCHEMA)
    rows = pa.concat_tables([before, made])
    return rows.take(pc.sort_indices(rows["request_id"])).combine_chunks()


def receipt(key: bytes, answer: Answer) -> str:
    """HMAC-SHA256 over the columns of a row before it, as canonical JSON, hex.

    Keys are sorted, there are no blanks, text is UTF-8; times are ISO 8601 in UTC, as
    `2026-01-31T10:00:00+00:00`, with six decimals where they have a fraction of a second.
    """
    body: dict[str, Any] = {name: getattr(answer, name) for name in _SIGNED}
    body |= {name: iso_time(body[name]) for name in ("submitted_at", "resolved_at")}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.digest(key, text.encode(), "sha256").hex()
